/*
 * handle: see handle.h. The checks are those of ovl_check_fb_len() in fs/overlayfs/namei.c: what
 * overlayfs itself would not take for its own, we do not either.
 */
#include "gate/handle.h"

#include <string.h>

#include "base/reader.h"

#define PADDING 3 /* struct ovl_fh aligns the inner handle */
#define HEADER 21 /* struct ovl_fb without the inner handle; counted in its len */
#define VERSION 0
#define MAGIC 0xfb
#define FLAG_BIG_ENDIAN 0x01
#define FLAG_ANY_ENDIAN 0x02
#define FLAG_PATH_UPPER 0x04
#define FLAG_ALL (FLAG_BIG_ENDIAN | FLAG_ANY_ENDIAN | FLAG_PATH_UPPER)

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FLAG_CPU_ENDIAN FLAG_BIG_ENDIAN
#else
#define FLAG_CPU_ENDIAN 0
#endif

static bool
flags_known(uint8_t flags)
{
	if (flags & ~FLAG_ALL)
		return false;
	return (flags & FLAG_ANY_ENDIAN) || (flags & FLAG_BIG_ENDIAN) == FLAG_CPU_ENDIAN;
}

int
lw_ovl_handle_decode(int type, const uint8_t *bytes, size_t length, struct lw_ovl_handle *out)
{
	struct lw_ovl_handle h = {};
	struct lw_reader r;
	uint8_t version, magic, fb_length, flags, inner_type;
	const uint8_t *uuid, *inner;
	size_t inner_length;

	if (type != LW_OVL_HANDLE_TYPE || length > LW_OVL_HANDLE_SIZE)
		return LW_HANDLE_NOT_OVERLAY;
	lw_reader_init(&r, bytes, length);
	lw_reader_skip(&r, PADDING);
	version = lw_reader_u8(&r);
	magic = lw_reader_u8(&r);
	fb_length = lw_reader_u8(&r);
	flags = lw_reader_u8(&r);
	inner_type = lw_reader_u8(&r);
	uuid = lw_reader_bytes(&r, LW_UUID_SIZE);
	if (r.failed || magic != MAGIC || version != VERSION || fb_length < HEADER ||
		!flags_known(flags))
		return LW_HANDLE_NOT_OVERLAY;
	/* The kernel rounds the whole up to 4 bytes: fewer can count than were given. */
	inner_length = (size_t)fb_length - HEADER;
	inner = lw_reader_bytes(&r, inner_length);
	if (r.failed)
		return LW_HANDLE_NOT_OVERLAY;
	h.upper = flags & FLAG_PATH_UPPER;
	memcpy(h.uuid, uuid, sizeof(h.uuid));
	h.inner.handle.handle_bytes = (unsigned int)inner_length;
	h.inner.handle.handle_type = inner_type;
	memcpy(h.inner.handle.f_handle, inner, inner_length);
	*out = h;
	return 0;
}

bool
lw_uuid_is_null(const uint8_t uuid[LW_UUID_SIZE])
{
	static const uint8_t null[LW_UUID_SIZE];

	return memcmp(uuid, null, sizeof(null)) == 0;
}
