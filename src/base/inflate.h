/*
 * inflate: bounded decompression of zlib, gzip and raw deflate streams (RFC 1950, 1952, 1951). The
 * only file that knows zlib. The input is hostile: what a stream says of its length is not
 * believed, and it is cut at the room that the caller has.
 */
#ifndef LW_BASE_INFLATE_H
#define LW_BASE_INFLATE_H

#include "base/util.h"

enum lw_inflate_format {
	LW_INFLATE_WRAPPED, /* zlib or gzip, whichever the header says */
	LW_INFLATE_RAW,
};

/* The memory of decompression, about 40 KiB; one stream after the other. */
struct lw_inflater;

int lw_inflater_new(struct lw_inflater **out); /* 0 or -ENOMEM */
struct lw_inflater *lw_inflater_free(struct lw_inflater *z); /* always NULL */
void lw_inflater_freep(struct lw_inflater **z);

/*
 * Decompresses the stream at the beginning of in into out[0..room). Returns the bytes written: all
 * of them, or those before the stream is cut or damaged. *whole (may be NULL) says whether its end
 * was reached.
 */
size_t lw_inflate(struct lw_inflater *z, enum lw_inflate_format format, const void *in,
	size_t length, void *out, size_t room, bool *whole);

#endif
