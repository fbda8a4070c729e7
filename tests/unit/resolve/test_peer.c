#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "resolve/peer.h"
#include "resolve/stream.h"

#define REST                                                                                       \
	" 01 00000000:00000000 00:00000000 00000000  1000        0 34562 1 "                       \
	"0000000000000000 20 4 30 10 -1"

static int
parse(const char *line, struct lw_inet_line *out)
{
	return lw_peer_parse_inet(line, strlen(line), out);
}

/* The addresses stand there as a little-endian machine writes them. */
static void
lines_of_the_kernels_tables_are_read(void **state)
{
	struct lw_inet_line line;
	char text[LW_PEER_SIZE];

	assert_int_equal(parse("   0: 0100007F:1F90 010200C0:01BB" REST, &line), 0);
	assert_int_equal(line.inode, 34562);
	lw_peer_show_inet(&line, text);
	assert_string_equal(text, "192.0.2.1:443");
	assert_int_equal(parse("   1: 00000000000000000000000001000000:1F90 "
			       "B80D0120000000000000000001000000:C350" REST,
				 &line),
		0);
	lw_peer_show_inet(&line, text);
	assert_string_equal(text, "[2001:db8::1]:50000");
	assert_int_equal(parse("  10: 0000000000000000FFFF00000100007F:1F90 "
			       "0000000000000000FFFF0000010200C0:0016" REST,
				 &line),
		0);
	lw_peer_show_inet(&line, text);
	assert_string_equal(text, "192.0.2.1:22");
}

static void
other_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"          ",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   "
		"uid  timeout inode",
		"   0: 0100007F:1F90 010200C0:01BB 01 0:0 00:0 0 1000 0",
		"   0: 0100007F:1F90 010200C:01BB" REST,
		"   0: 0100007F:1F90 010200C0-01BB" REST,
		"   0: 0100007F:1F90 010200G0:01BB" REST,
		"   0: 0100007F:1F90 010200C0:01BB 01 0:0 00:0 0 1000 0 -4 1",
		"   0: 0100007F:1F90 010200C0:01BB 01 0:0 00:0 0 1000 0 99999999999999999999 1",
	};
	struct lw_inet_line line;

	for (size_t i = 0; i < LW_ARRAY_SIZE(lines); i++)
		assert_int_equal(parse(lines[i], &line), -EINVAL);
}

static void
inodes_of_links_are_read(void **state)
{
	uint64_t inode = 0;

	assert_int_equal(lw_stream_parse_inode("socket:[4711]", &inode), 0);
	assert_int_equal(inode, 4711);
	assert_true(lw_stream_parse_inode("socket:4711", &inode) < 0);
	assert_true(lw_stream_parse_inode("socket:[4711", &inode) < 0);
	assert_true(lw_stream_parse_inode("socket:[]", &inode) < 0);
	assert_true(lw_stream_parse_inode("socket:[x]", &inode) < 0);
	assert_true(lw_stream_parse_inode("socket:[11111111111111111111111111]", &inode) < 0);
}

struct ends {
	int listener, client;
	struct sockaddr_in address;
};

static struct ends
connected(void)
{
	struct ends e = {.address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}}};
	socklen_t length = sizeof(e.address);

	e.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	e.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(e.listener, (struct sockaddr *)&e.address, sizeof(e.address)), 0);
	assert_int_equal(listen(e.listener, 1), 0);
	assert_int_equal(getsockname(e.listener, (struct sockaddr *)&e.address, &length), 0);
	assert_int_equal(connect(e.client, (struct sockaddr *)&e.address, sizeof(e.address)), 0);
	return e;
}

static uint64_t
inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* A wrong descriptor number makes the socket unaskable: the tables are left. */
static void
a_peer_is_asked_of_the_socket_or_looked_up(void **state)
{
	struct ends e = connected();
	struct lw_procfs procfs;
	struct lw_place place;
	struct lw_socket_ends ends;
	char expected[64], own[64];
	struct sockaddr_in client;
	socklen_t length = sizeof(client);

	assert_int_equal(getsockname(e.client, (struct sockaddr *)&client, &length), 0);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", ntohs(e.address.sin_port));
	snprintf(own, sizeof(own), "127.0.0.1:%u", ntohs(client.sin_port));
	assert_int_equal(lw_procfs_open(&procfs), 0);
	assert_int_equal(lw_place_open(&place, &procfs, getpid()), 0);
	assert_int_equal(lw_peer_of(&place, getpid(), e.client, inode_of(e.client), &ends), 0);
	assert_string_equal(ends.peer, expected);
	assert_string_equal(ends.local, own);
	memset(&ends, 0xff, sizeof(ends));
	assert_int_equal(lw_peer_of(&place, getpid(), e.listener, inode_of(e.client), &ends), 0);
	assert_string_equal(ends.peer, expected);
	assert_string_equal(ends.local, "");
	assert_int_equal(
		lw_peer_of(&place, getpid(), e.listener, inode_of(e.listener), &ends), -ENOTCONN);
	assert_int_equal(lw_peer_of(&place, getpid(), 999, 1, &ends), -ENOTCONN);
	lw_place_close(&place);
	lw_procfs_close(&procfs);
	close(e.listener);
	close(e.client);
}

static void
local_peers_have_a_name_or_none(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0layerwatch-test-peer"};
	const socklen_t length = offsetof(struct sockaddr_un, sun_path) + 21;
	struct lw_procfs procfs;
	struct lw_place place;
	struct lw_socket_ends ends;
	int pair[2], listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&name, length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&name, length), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(lw_procfs_open(&procfs), 0);
	assert_int_equal(lw_place_open(&place, &procfs, getpid()), 0);
	assert_int_equal(lw_peer_of(&place, getpid(), client, inode_of(client), &ends), 0);
	assert_string_equal(ends.local, "");
	assert_string_equal(ends.peer, "unix:@layerwatch-test-peer");
	assert_int_equal(
		lw_peer_of(&place, getpid(), pair[0], inode_of(pair[0]), &ends), -ENOTCONN);
	lw_place_close(&place);
	lw_procfs_close(&procfs);
	close(listener);
	close(client);
	close(pair[0]);
	close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_kernels_tables_are_read),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(inodes_of_links_are_read),
		cmocka_unit_test(a_peer_is_asked_of_the_socket_or_looked_up),
		cmocka_unit_test(local_peers_have_a_name_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
