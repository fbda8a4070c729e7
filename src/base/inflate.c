#include <errno.h>
#include <limits.h>
#include <zlib.h>

#include "base/inflate.h"

#define WINDOW_BITS 15
#define WRAPPED_BITS (WINDOW_BITS + 32) /* zlib or gzip by the header (zlib.h, inflateInit2) */

struct lw_inflater {
	z_stream stream;
};

int
lw_inflater_new(struct lw_inflater **out)
{
	struct lw_inflater *z = calloc(1, sizeof(*z));

	if (!z)
		return -ENOMEM;
	if (inflateInit2(&z->stream, WRAPPED_BITS) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	*out = z;
	return 0;
}

struct lw_inflater *
lw_inflater_free(struct lw_inflater *z)
{
	if (z)
		inflateEnd(&z->stream);
	free(z);
	return NULL;
}

void
lw_inflater_freep(struct lw_inflater **z)
{
	*z = lw_inflater_free(*z);
}

size_t
lw_inflate(struct lw_inflater *z, enum lw_inflate_format format, const void *in, size_t length,
	void *out, size_t room, bool *whole)
{
	int r;

	if (whole)
		*whole = false;
	if (inflateReset2(&z->stream, format == LW_INFLATE_RAW ? -WINDOW_BITS : WRAPPED_BITS) !=
		Z_OK)
		return 0;
	z->stream.next_in = (Bytef *)in;
	z->stream.avail_in = LW_MIN(length, (size_t)UINT_MAX);
	z->stream.next_out = out;
	z->stream.avail_out = LW_MIN(room, (size_t)UINT_MAX);
	r = inflate(&z->stream, Z_SYNC_FLUSH);
	if (whole)
		*whole = r == Z_STREAM_END;
	return z->stream.total_out;
}
