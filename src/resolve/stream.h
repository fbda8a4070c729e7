/*
 * stream: what standard input or output of a held task is.
 *
 * Called by execution. Looks first and opens O_PATH only what is a file or pipe (kernel-facts 21,
 * 35): nothing is read from it. Owns the O_PATH descriptor that it gives out.
 */
#ifndef LW_RESOLVE_STREAM_H
#define LW_RESOLVE_STREAM_H

#include "layerwatch/words.h"
#include "resolve/peer.h"
#include "resolve/place.h"

struct lw_stream {
	enum lw_stdin type;
	/* O_PATH, owned by the caller; -1 unless type is FILE or PIPE: look again at what it is */
	int path_fd;
	uint64_t position; /* that a file is read from */
	char peer[LW_PLACE_PATH]; /* path, "pipe:[N]", "192.0.2.1:443", "socket:[N]" */
	char local[LW_PEER_SIZE]; /* the own end of a socket with an address, or "" */
};

/* Fills all of *out, of descriptor n; what can't be told stays UNKNOWN. */
void lw_stream_read(struct lw_place *p, pid_t tgid, int n, struct lw_stream *out);

/* The N of "socket:[N]". 0, or -EINVAL. */
int lw_stream_parse_inode(const char *link, uint64_t *inode);

#endif
