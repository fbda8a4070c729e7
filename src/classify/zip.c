#include "classify/zip.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"

#define END_SIZE 22u /* of the end record without its comment */
#define COMMENT_MAX 65535u
#define END_MAGIC 0x06054b50u
#define ENTRY_MAGIC 0x02014b50u
#define LOCAL_MAGIC 0x04034b50u
#define ENCRYPTED 1u

enum { STORED = 0, DEFLATED = 8 };

struct archive {
	const uint8_t *bytes;
	size_t size;
	size_t directory; /* where it begins */
	size_t front; /* bytes before the archive, which its offsets leave out */
	uint16_t members;
};

struct member {
	bool found;
	uint16_t flags, method;
	uint32_t packed; /* bytes in the archive */
	uint32_t local; /* offset of its header */
};

/* The end record that reaches to the end of the file; the last one counts. */
static bool
is_end(const struct archive *a, size_t at)
{
	struct lw_reader r;

	lw_reader_init(&r, a->bytes, a->size);
	lw_reader_seek(&r, at);
	return lw_reader_u32(&r) == END_MAGIC && lw_reader_skip(&r, END_SIZE - 6) &&
	       lw_reader_u16(&r) <= lw_reader_left(&r);
}

static bool
find_end(const struct archive *a, size_t *end)
{
	size_t first;

	if (a->size < END_SIZE)
		return false;
	first = a->size - END_SIZE;
	for (size_t n = 0; n <= LW_MIN(first, (size_t)COMMENT_MAX); n++)
		if (a->bytes[first - n] == 'P' && is_end(a, first - n)) {
			*end = first - n;
			return true;
		}
	return false;
}

static bool
read_end(struct archive *a)
{
	uint32_t directory_size, directory_offset;
	struct lw_reader r;
	size_t end;

	if (!find_end(a, &end))
		return false;
	lw_reader_init(&r, a->bytes, a->size);
	lw_reader_seek(&r, end + 10);
	a->members = lw_reader_u16(&r);
	directory_size = lw_reader_u32(&r);
	directory_offset = lw_reader_u32(&r);
	if (r.failed || directory_size > end || directory_offset > end - directory_size)
		return false;
	a->directory = end - directory_size;
	a->front = a->directory - directory_offset;
	return true;
}

/* One entry of the directory; false at its end. */
static bool
read_entry(struct lw_reader *r, const char *name, struct member *out)
{
	struct member m = {.found = true};
	uint16_t name_length, extra, comment;
	const uint8_t *bytes;

	if (lw_reader_u32(r) != ENTRY_MAGIC)
		return false;
	lw_reader_skip(r, 4);
	m.flags = lw_reader_u16(r);
	m.method = lw_reader_u16(r);
	lw_reader_skip(r, 8);
	m.packed = lw_reader_u32(r);
	lw_reader_skip(r, 4);
	name_length = lw_reader_u16(r);
	extra = lw_reader_u16(r);
	comment = lw_reader_u16(r);
	lw_reader_skip(r, 8);
	m.local = lw_reader_u32(r);
	bytes = lw_reader_bytes(r, name_length);
	lw_reader_skip(r, (uint64_t)extra + comment);
	if (!bytes)
		return false;
	if (name_length == strlen(name) && memcmp(bytes, name, name_length) == 0)
		*out = m;
	return !r->failed;
}

static void
find_member(const struct archive *a, const char *name, struct member *out)
{
	struct lw_reader r;

	*out = (struct member){0};
	lw_reader_init(&r, a->bytes, a->size);
	lw_reader_seek(&r, a->directory);
	for (unsigned i = 0; i < LW_ZIP_MEMBERS_MAX; i++)
		if (!read_entry(&r, name, out))
			return;
}

/* The packed bytes of a member, as many as are there. */
static const uint8_t *
member_bytes(const struct archive *a, const struct member *m, size_t *length)
{
	uint16_t name_length, extra;
	struct lw_reader r;

	lw_reader_init(&r, a->bytes, a->size);
	lw_reader_seek(&r, (uint64_t)a->front + m->local);
	if (lw_reader_u32(&r) != LOCAL_MAGIC)
		return NULL;
	lw_reader_skip(&r, 22);
	name_length = lw_reader_u16(&r);
	extra = lw_reader_u16(&r);
	lw_reader_skip(&r, (uint64_t)name_length + extra);
	if (r.failed)
		return NULL;
	*length = LW_MIN((size_t)m->packed, lw_reader_left(&r));
	return lw_reader_bytes(&r, *length);
}

int
lw_zip_read(const void *archive, size_t size, const char *name, struct lw_inflater *z, uint8_t *out,
	size_t room, size_t *length)
{
	struct archive a = {.bytes = archive, .size = size};
	struct member m;
	const uint8_t *packed;
	size_t n;

	if (!read_end(&a))
		return LW_ZIP_NONE;
	find_member(&a, name, &m);
	if (!m.found || m.flags & ENCRYPTED)
		return LW_ZIP_NONE;
	packed = member_bytes(&a, &m, &n);
	if (!packed)
		return LW_ZIP_NONE;
	if (m.method == STORED) {
		*length = LW_MIN(n, room);
		memcpy(out, packed, *length);
		return 0;
	}
	if (m.method != DEFLATED)
		return LW_ZIP_NONE;
	*length = lw_inflate(z, LW_INFLATE_RAW, packed, n, out, room, NULL);
	return 0;
}
