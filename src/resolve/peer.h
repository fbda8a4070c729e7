/*
 * peer: who is at the other end of a socket.
 *
 * Called by stream. Asks the socket itself through pidfd_getfd(2) (5.6+), else looks its inode up
 * in the task's /proc/TID/net tables. The line parsers are pure and fuzzed. Owns nothing.
 */
#ifndef LW_RESOLVE_PEER_H
#define LW_RESOLVE_PEER_H

#include <netinet/in.h>

#include "resolve/place.h"

#define LW_PEER_SIZE 160u /* "unix:" and a path of 108 bytes, or "[v6]:port" */
#define LW_PEER_TABLE (1024u * 1024) /* bytes of one /proc/TID/net table looked at */
#define LW_PEER_LINE 512u

/* One line of /proc/net/tcp, tcp6, udp or udp6. */
struct lw_inet_line {
	uint64_t inode;
	uint16_t port; /* of the peer */
	bool v6;
	struct in6_addr address; /* network order; an IPv4 address is in the first 4 bytes */
};

/* 0, or -EINVAL for a header and whatever else is no line of such a table. */
int lw_peer_parse_inet(const char *line, size_t length, struct lw_inet_line *out);
/* "192.0.2.1:443", "[2001:db8::1]:443"; an IPv4 address mapped into IPv6 is shown as IPv4. */
void lw_peer_show_inet(const struct lw_inet_line *line, char out[LW_PEER_SIZE]);

struct lw_socket_ends {
	char peer[LW_PEER_SIZE];
	char local[LW_PEER_SIZE]; /* "" where it is not known, or is no address */
};

/*
 * The ends of descriptor n of the task, whose socket has this inode. Returns 0, or -ENOTCONN when
 * there is no peer or none can be found.
 */
int lw_peer_of(struct lw_place *p, pid_t tgid, int n, uint64_t inode, struct lw_socket_ends *out);

#endif
