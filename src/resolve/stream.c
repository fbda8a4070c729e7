#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "resolve/peer.h"
#include "resolve/stream.h"

#define MEM_MAJOR 1
#define NULL_MINOR 3

/*
 * Majors of terminals (Documentation/admin-guide/devices.txt): consoles, serial lines,
 * pseudo-terminals.
 */
struct majors {
	unsigned first, last;
};
static const struct majors terminals[] = {{4, 5}, {136, 143}, {188, 188}, {204, 204}, {229, 229}};

/* What has no path shows its kind in front of its inode. */
struct prefix {
	const char *text;
	enum lw_stdin type;
};
static const struct prefix prefixes[] = {
	{"pipe:[", LW_STDIN_PIPE},
	{"socket:[", LW_STDIN_SOCKET},
};

int
lw_stream_parse_inode(const char *link, uint64_t *inode)
{
	const char *open = strchr(link, '[');
	char digits[24];
	size_t length;

	if (!open)
		return -EINVAL;
	length = strcspn(&open[1], "]");
	if (length >= sizeof(digits) || open[1 + length] != ']')
		return -EINVAL;
	memcpy(digits, &open[1], length);
	digits[length] = '\0';
	return lw_parse_u64(digits, inode);
}

static enum lw_stdin
device_type(const struct statx *st)
{
	if (st->stx_rdev_major == MEM_MAJOR && st->stx_rdev_minor == NULL_MINOR)
		return LW_STDIN_NULL;
	for (size_t i = 0; i < LW_ARRAY_SIZE(terminals); i++)
		if (st->stx_rdev_major >= terminals[i].first &&
			st->stx_rdev_major <= terminals[i].last)
			return LW_STDIN_TTY;
	return LW_STDIN_OTHER;
}

static enum lw_stdin
type_of(const struct statx *st)
{
	if (S_ISREG(st->stx_mode))
		return LW_STDIN_FILE;
	if (S_ISCHR(st->stx_mode))
		return device_type(st);
	return S_ISFIFO(st->stx_mode) ? LW_STDIN_PIPE : LW_STDIN_OTHER;
}

/* The first line of fdinfo: "pos:\t123". */
static void
read_position(struct lw_place *p, int n, struct lw_stream *out)
{
	static const char key[] = "pos:\t";
	char text[64], name[32];
	size_t length;

	snprintf(name, sizeof(name), "fdinfo/%d", n);
	if (lw_proc_read(p->task, name, text, sizeof(text)) < 0 ||
		strncmp(text, key, sizeof(key) - 1) != 0)
		return;
	length = strcspn(&text[sizeof(key) - 1], "\n");
	text[sizeof(key) - 1 + length] = '\0';
	if (lw_parse_u64(&text[sizeof(key) - 1], &out->position) < 0)
		out->position = 0;
}

static void
read_path(struct lw_place *p, int n, const char *name, struct lw_stream *out)
{
	struct statx st;

	if (lw_stat_quietly(p->task, name, STATX_TYPE, &st) != 0)
		return;
	out->type = type_of(&st);
	lw_place_strip(p, out->peer);
	if (out->type == LW_STDIN_FILE)
		read_position(p, n, out);
}

static void
open_path(struct lw_place *p, const char *name, struct lw_stream *out)
{
	if (out->type == LW_STDIN_FILE || out->type == LW_STDIN_PIPE)
		out->path_fd = openat(p->task, name, O_PATH | O_CLOEXEC);
}

static void
read_socket(struct lw_place *p, pid_t tgid, int n, struct lw_stream *out)
{
	struct lw_socket_ends ends;
	uint64_t inode;

	if (lw_stream_parse_inode(out->peer, &inode) == 0 &&
		lw_peer_of(p, tgid, n, inode, &ends) == 0) {
		lw_copy_string(out->peer, sizeof(out->peer), ends.peer);
		lw_copy_string(out->local, sizeof(out->local), ends.local);
	}
}

static enum lw_stdin
type_of_link(const char *link)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(prefixes); i++)
		if (strncmp(link, prefixes[i].text, strlen(prefixes[i].text)) == 0)
			return prefixes[i].type;
	return LW_STDIN_OTHER;
}

void
lw_stream_read(struct lw_place *p, pid_t tgid, int n, struct lw_stream *out)
{
	char name[32];
	ssize_t length;

	snprintf(name, sizeof(name), "fd/%d", n);
	length = lw_place_link(p, name, out->peer, sizeof(out->peer));
	out->path_fd = -1;
	out->position = 0;
	out->local[0] = '\0';
	out->type = LW_STDIN_UNKNOWN;
	if (length < 0) {
		out->peer[0] = '\0';
		out->type = length == -ENOENT ? LW_STDIN_NONE : LW_STDIN_UNKNOWN;
		return;
	}
	if (out->peer[0] == '/')
		read_path(p, n, name, out);
	else
		out->type = type_of_link(out->peer);
	open_path(p, name, out);
	if (out->type == LW_STDIN_SOCKET)
		read_socket(p, tgid, n, out);
}
