#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/reader.h"
#include "resolve/peer.h"

#define COLUMN_REMOTE 2 /* "sl local remote st queues timer retrnsmt uid timeout inode" */
#define COLUMN_INODE 9

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly `digits` of them. */
static uint32_t
take_hex(struct lw_reader *r, unsigned digits)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < digits; i++) {
		int d = hex_value(lw_reader_u8(r));

		if (d < 0)
			r->failed = true;
		v = v << 4 | (uint32_t)(d & 15);
	}
	return v;
}

/* "0100007F:1F90": words of 32 bits as the machine stores them, then the port. */
static void
take_address(struct lw_reader *column, size_t length, struct lw_inet_line *out)
{
	out->v6 = length == 37;
	if (length != 37 && length != 13)
		column->failed = true;
	for (unsigned i = 0; i < (out->v6 ? 4u : 1u); i++) {
		uint32_t word = take_hex(column, 8);

		memcpy(&out->address.s6_addr[4 * i], &word, sizeof(word));
	}
	if (lw_reader_u8(column) != ':')
		column->failed = true;
	out->port = (uint16_t)take_hex(column, 4);
}

static void
take_decimal(struct lw_reader *column, uint64_t *out)
{
	uint64_t v = 0;

	if (lw_reader_left(column) == 0 || lw_reader_left(column) > 19)
		column->failed = true;
	while (!column->failed && lw_reader_left(column) > 0) {
		uint8_t c = lw_reader_u8(column);

		if (c < '0' || c > '9')
			column->failed = true;
		v = v * 10 + (c - '0');
	}
	*out = v;
}

static const uint8_t *
next_column(struct lw_reader *r, size_t *length)
{
	const uint8_t *column;

	do {
		column = lw_reader_until(r, ' ', length);
	} while (*length == 0 && !r->failed && lw_reader_left(r) > 0);
	return column;
}

int
lw_peer_parse_inet(const char *line, size_t length, struct lw_inet_line *out)
{
	struct lw_inet_line found = {0};
	struct lw_reader r, column;
	bool failed = false;

	lw_reader_init(&r, line, length);
	for (unsigned i = 0; i <= COLUMN_INODE; i++) {
		size_t n;
		const uint8_t *text = next_column(&r, &n);

		if (r.failed || n == 0)
			return -EINVAL;
		lw_reader_init(&column, text, n);
		if (i == COLUMN_REMOTE)
			take_address(&column, n, &found);
		if (i == COLUMN_INODE)
			take_decimal(&column, &found.inode);
		failed |= column.failed;
	}
	if (failed)
		return -EINVAL;
	*out = found;
	return 0;
}

void
lw_peer_show_inet(const struct lw_inet_line *line, char out[LW_PEER_SIZE])
{
	char text[INET6_ADDRSTRLEN] = "";
	bool mapped = line->v6 && IN6_IS_ADDR_V4MAPPED(&line->address);

	if (line->v6 && !mapped) {
		inet_ntop(AF_INET6, &line->address, text, sizeof(text));
		snprintf(out, LW_PEER_SIZE, "[%s]:%u", text, line->port);
		return;
	}
	inet_ntop(AF_INET, &line->address.s6_addr[mapped ? 12 : 0], text, sizeof(text));
	snprintf(out, LW_PEER_SIZE, "%s:%u", text, line->port);
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage room;
};

static int
show_unix(const struct sockaddr_un *un, socklen_t length, char out[LW_PEER_SIZE])
{
	size_t path = length > offsetof(struct sockaddr_un, sun_path)
			      ? length - offsetof(struct sockaddr_un, sun_path)
			      : 0;
	bool abstract = path > 1 && un->sun_path[0] == '\0';

	if (path == 0)
		return -ENOTCONN;
	snprintf(out, LW_PEER_SIZE, "unix:%s%.*s", abstract ? "@" : "", (int)path - abstract,
		&un->sun_path[abstract]);
	return 0;
}

static int
show_address(const union address *a, socklen_t length, char out[LW_PEER_SIZE])
{
	struct lw_inet_line line = {0};

	if (a->any.sa_family == AF_UNIX)
		return show_unix(&a->un, length, out);
	if (a->any.sa_family == AF_INET) {
		line.port = ntohs(a->in.sin_port);
		memcpy(&line.address, &a->in.sin_addr, sizeof(a->in.sin_addr));
	} else if (a->any.sa_family == AF_INET6) {
		line.v6 = true;
		line.port = ntohs(a->in6.sin6_port);
		line.address = a->in6.sin6_addr;
	} else {
		return -ENOTCONN;
	}
	lw_peer_show_inet(&line, out);
	return 0;
}

/* A second descriptor of the task's socket, for as long as one question takes. */
static int
borrow(pid_t tgid, int n)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, tgid, 0);
	int fd;

	if (pidfd < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);
	return fd < 0 ? -errno : fd;
}

/* The leader's descriptor n may be another one than the thread's, or may have been replaced. */
static bool
is_inode(int fd, uint64_t inode)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_ino == inode;
}

/* Returns 1 when the socket could not be asked. */
static int
ask_socket(pid_t tgid, int n, uint64_t inode, struct lw_socket_ends *out)
{
	_cleanup_close_ int fd = borrow(tgid, n);
	union address a = {0}, own = {0};
	socklen_t length = sizeof(a), own_length = sizeof(own);

	if (fd < 0 || !is_inode(fd, inode))
		return 1;
	if (getpeername(fd, &a.any, &length) != 0)
		return -ENOTCONN;
	if (getsockname(fd, &own.any, &own_length) != 0 || own.any.sa_family == AF_UNIX ||
		show_address(&own, own_length, out->local) < 0)
		out->local[0] = '\0';
	return show_address(&a, length, out->peer);
}

/* One table, line by line, bounded. */
static int
search_table(FILE *f, uint64_t inode, char out[LW_PEER_SIZE])
{
	char line[LW_PEER_LINE];
	size_t seen = 0;

	while (seen < LW_PEER_TABLE && fgets(line, sizeof(line), f)) {
		size_t length = strcspn(line, "\n");
		struct lw_inet_line found;

		seen += length + 1;
		if (lw_peer_parse_inet(line, length, &found) != 0 || found.inode != inode)
			continue;
		if (found.port == 0)
			return -ENOTCONN;
		lw_peer_show_inet(&found, out);
		return 0;
	}
	return 1;
}

static int
look_up(const struct lw_place *p, const char *table, uint64_t inode, char out[LW_PEER_SIZE])
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_close_ int fd = openat(p->task, table, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 1;
	f = fdopen(fd, "r");
	if (!f)
		return -ENOMEM;
	fd = -1;
	return search_table(f, inode, out);
}

int
lw_peer_of(struct lw_place *p, pid_t tgid, int n, uint64_t inode, struct lw_socket_ends *out)
{
	static const char *const tables[] = {"net/tcp", "net/tcp6", "net/udp", "net/udp6"};
	int r;

	out->local[0] = '\0';
	r = ask_socket(tgid, n, inode, out);

	for (size_t i = 0; i < LW_ARRAY_SIZE(tables) && r > 0; i++)
		r = look_up(p, tables[i], inode, out->peer);
	return r > 0 ? -ENOTCONN : r;
}
