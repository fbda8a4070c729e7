#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/*
 * Linux 6.3; in glibc's headers since 2.38. Without it 6.3+ warns in the kernel log about each
 * memfd.
 */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

void
lw_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void
lw_freep(void *p)
{
	int saved = errno; /* free(3) keeps it only since glibc 2.33 */
	void **pointer = p;

	free(*pointer);
	*pointer = NULL;
	errno = saved;
}

void
lw_fclosep(FILE **f)
{
	int saved = errno;

	if (*f)
		fclose(*f);
	*f = NULL;
	errno = saved;
}

static struct timespec
clock_read(clockid_t id)
{
	struct timespec ts = {0};

	clock_gettime(id, &ts);
	return ts;
}

uint64_t
lw_now_us(void)
{
	struct timespec ts = clock_read(CLOCK_MONOTONIC);

	return (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
lw_realtime_us(void)
{
	struct timespec ts = clock_read(CLOCK_REALTIME);

	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

bool
lw_copy_string(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size);
	bool fits = n < size;

	if (size == 0)
		return false;
	if (!fits)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return fits;
}

int
lw_parse_u64(const char *s, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (const char *c = s; *c; c++)
		if (*c < '0' || *c > '9')
			return -EINVAL;
	for (; *s; s++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
			return -ERANGE;
	*out = v;
	return 0;
}

ssize_t
lw_read_full(int fd, void *buf, size_t size)
{
	char *bytes = buf;
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, &bytes[done], size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

ssize_t
lw_pread_full(int fd, void *buf, size_t size, uint64_t offset)
{
	char *bytes = buf;
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, &bytes[done], size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

int
lw_write_full(int fd, const void *buf, size_t size)
{
	const char *bytes = buf;
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(fd, &bytes[done], size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		done += n;
	}
	return 0;
}

ssize_t
lw_read_file_at(int dirfd, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;
	char more;

	if (size == 0)
		return -EINVAL;
	buf[0] = '\0';
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	n = lw_read_full(fd, buf, size - 1);
	if (n < 0)
		return n;
	buf[n] = '\0';
	if ((size_t)n == size - 1 && lw_read_full(fd, &more, 1) != 0)
		return -EFBIG;
	return n;
}

int
lw_memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

int
lw_memfd_with(const char *name, const void *buf, size_t size)
{
	_cleanup_close_ int fd = lw_memfd(name);
	int r;

	if (fd < 0)
		return fd;
	r = lw_write_full(fd, buf, size);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return -errno;
	return TAKE_FD(fd);
}
