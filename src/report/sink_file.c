/*
 * A file of JSON lines. One write(2) a line, O_APPEND; what a full disk lets through of a line is
 * cut off again, so a reader sees whole lines only. The file may be rotated by us (max_bytes, keep)
 * or by others (reopen), and cut by others.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "report/finding.h"
#include "report/sink.h"

#define LINE_START "{\"finding\":" /* how every line of ours begins */
#define TAIL_STEP 65536

/* Offset of the byte after the last newline before `end`; -1 when there is none within the longest
 * line. */
static off_t
last_line_start(int fd, off_t end)
{
	char buf[TAIL_STEP];
	off_t least = end > (off_t)LW_FINDING_MAX ? end - (off_t)LW_FINDING_MAX : 0;

	while (end > least) {
		size_t n = LW_MIN((off_t)sizeof(buf), end - least);
		const char *newline;

		if (pread(fd, buf, n, end - n) != (ssize_t)n)
			return -1;
		newline = memrchr(buf, '\n', n);
		if (newline)
			return end - n + (newline - buf) + 1;
		end -= n;
	}
	return least == 0 ? 0 : -1;
}

/* A line that a crash or a power cut left without its end: cut when it is ours, else ended. */
static int
mend_end(int fd, off_t size)
{
	char last, head[sizeof(LINE_START) - 1];
	off_t start;
	size_t n;

	if (size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n'))
		return 0;
	start = last_line_start(fd, size);
	n = start >= 0 ? LW_MIN((size_t)(size - start), sizeof(head)) : 0;
	if (n && pread(fd, head, n, start) == (ssize_t)n && memcmp(head, LINE_START, n) == 0)
		return ftruncate(fd, start) == 0 ? 0 : -errno;
	return lw_write_full(fd, "\n", 1);
}

static int
file_open(struct lw_sink *s)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = 0;

	/* O_NONBLOCK: a FIFO in its place must not hold us. */
	fd = open(s->settings.path,
		O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return -EINVAL;
	if (S_ISREG(st.st_mode))
		r = mend_end(fd, st.st_size);
	if (r != 0)
		return r;
	s->fd = TAKE_FD(fd);
	return 0;
}

static int
numbered(char *out, const char *path, unsigned n)
{
	int length =
		n ? snprintf(out, PATH_MAX, "%s.%u", path, n) : snprintf(out, PATH_MAX, "%s", path);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* path -> path.1 -> path.2 ... -> path.keep; what was path.keep is replaced. */
static int
shift_files(const char *path, unsigned keep)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (keep == 0)
		return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
	for (unsigned n = keep; n > 0; n--) {
		if (numbered(from, path, n - 1) != 0 || numbered(to, path, n) != 0)
			return -ENAMETOOLONG;
		if (rename(from, to) != 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* When the files can't be moved, the line goes where it went before, and it is tried again in a
 * while. */
static int
rotate(struct lw_sink *s)
{
	uint64_t now = lw_now_us();
	int old, r;

	if (now < s->rotate_after_us)
		return 0;
	r = shift_files(s->settings.path, s->settings.keep);
	if (r != 0) {
		s->rotate_after_us = now + LW_SINK_ROTATE_RETRY_US;
		s->errors++;
		s->last_error = -r;
		return 0;
	}
	old = TAKE_FD(s->fd);
	lw_closep(&old);
	s->rotations++;
	return file_open(s);
}

/* Takes back what went out since `before`; where that fails, the rest of the line is to follow. */
static void
take_back(struct lw_sink *s, const struct stat *before, size_t begun, size_t *at)
{
	if (*at > begun && S_ISREG(before->st_mode) && ftruncate(s->fd, before->st_size) == 0)
		*at = begun;
}

static int
write_rest(struct lw_sink *s, const char *line, size_t length, size_t *at)
{
	while (*at < length) {
		ssize_t n = write(s->fd, &line[*at], length - *at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*at += n;
	}
	return 0;
}

static int
file_write(struct lw_sink *s, const char *line, size_t length, size_t *at)
{
	size_t begun = *at;
	struct stat st;
	int r;

	if (fstat(s->fd, &st) != 0)
		return -errno;
	if (*at == 0 && S_ISREG(st.st_mode) && s->settings.max_bytes && st.st_size > 0 &&
		st.st_size + length > s->settings.max_bytes) {
		r = rotate(s);
		if (r != 0)
			return r;
		if (fstat(s->fd, &st) != 0)
			return -errno;
	}
	r = write_rest(s, line, length, at);
	if (r != 0)
		take_back(s, &st, begun, at);
	return r;
}

const struct lw_sink_ops lw_sink_file = {
	.name = "file",
	.open = file_open,
	.write = file_write,
	.reopens = true,
};
