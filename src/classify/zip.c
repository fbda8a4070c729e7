#include "classify/zip.h"

#include <errno.h>
#include <string.h>

#define END_SIZE 22u /* of the end record without its comment */
#define LOCAL_SIZE 30u /* of a member's header without its name */
#define ENTRY_MAGIC 0x02014b50u
#define LOCAL_MAGIC 0x04034b50u

enum { STORED = 0 };

/* Bytes that could be read. */
static size_t
read_at(int fd, void *out, size_t length, uint64_t offset)
{
	return (size_t)LW_MAX(lw_pread_full(fd, out, length, offset), 0);
}

/* The offset of the last end record in the tail; false without one. */
static bool
find_end(const uint8_t *tail, size_t size, size_t *end)
{
	if (size < END_SIZE)
		return false;
	for (size_t at = size - END_SIZE + 1; at-- > 0;)
		if (memcmp(&tail[at], "PK\5\6", 4) == 0) {
			*end = at;
			return true;
		}
	return false;
}

static int
read_directory(struct lw_zip *z, uint64_t at, uint32_t size)
{
	size_t most = LW_MIN(size, LW_ZIP_DIRECTORY_MAX);

	z->directory = malloc(most + 1);
	if (!z->directory)
		return -ENOMEM;
	lw_reader_init(&z->entries, z->directory, read_at(z->fd, z->directory, most, at));
	return 0;
}

int
lw_zip_open(struct lw_zip *z, int fd, uint64_t size)
{
	size_t n = LW_MIN(size, (uint64_t)LW_ZIP_TAIL), end;
	_cleanup_free_ uint8_t *tail = malloc(n + 1);
	uint32_t directory_size, directory_offset;
	struct lw_reader r;

	*z = (struct lw_zip){.fd = fd};
	if (!tail)
		return -ENOMEM;
	if (read_at(fd, tail, n, size - n) != n || !find_end(tail, n, &end))
		return LW_ZIP_NONE;
	lw_reader_init(&r, tail, n);
	lw_reader_seek(&r, end + 12);
	directory_size = lw_reader_u32(&r);
	directory_offset = lw_reader_u32(&r);
	uint64_t at = size - n + end;

	if (r.failed || directory_size > at || directory_offset > at - directory_size)
		return LW_ZIP_NONE;
	z->front = at - directory_size - directory_offset;
	return read_directory(z, at - directory_size, directory_size);
}

void
lw_zip_done(struct lw_zip *z)
{
	free(z->directory);
	*z = (struct lw_zip){.fd = -1};
}

void
lw_zip_rewind(struct lw_zip *z)
{
	lw_reader_init(&z->entries, z->entries.data, z->entries.length);
}

bool
lw_zip_next(struct lw_zip *z, struct lw_zip_member *m)
{
	struct lw_reader *r = &z->entries;
	uint16_t extra, comment;

	if (lw_reader_u32(r) != ENTRY_MAGIC)
		return false;
	lw_reader_skip(r, 6);
	m->method = lw_reader_u16(r);
	lw_reader_skip(r, 8);
	m->packed = lw_reader_u32(r);
	lw_reader_skip(r, 4);
	m->name_length = lw_reader_u16(r);
	extra = lw_reader_u16(r);
	comment = lw_reader_u16(r);
	lw_reader_skip(r, 8);
	m->local = lw_reader_u32(r);
	m->name = (const char *)lw_reader_bytes(r, m->name_length);
	lw_reader_skip(r, (uint64_t)extra + comment);
	return m->name != NULL;
}

/* Where the member's bytes begin, behind its header; false without one. */
static bool
find_bytes(const struct lw_zip *z, const struct lw_zip_member *m, uint64_t *at)
{
	uint8_t header[LOCAL_SIZE];
	struct lw_reader r;
	uint16_t name_length, extra;

	*at = z->front + m->local;
	lw_reader_init(&r, header, read_at(z->fd, header, sizeof(header), *at));
	if (lw_reader_u32(&r) != LOCAL_MAGIC)
		return false;
	lw_reader_skip(&r, LOCAL_SIZE - 8);
	name_length = lw_reader_u16(&r);
	extra = lw_reader_u16(&r);
	*at += LOCAL_SIZE + name_length + extra;
	return !r.failed;
}

int
lw_zip_read(const struct lw_zip *z, const struct lw_zip_member *m, struct lw_inflater *inflater,
	uint8_t *out, size_t room, size_t *length)
{
	_cleanup_free_ uint8_t *packed = NULL;
	size_t n = LW_MIN(m->packed, LW_ZIP_MEMBER_MAX);
	uint64_t at;

	if (!find_bytes(z, m, &at))
		return LW_ZIP_NONE;
	if (m->method == STORED) {
		*length = read_at(z->fd, out, LW_MIN(n, room), at);
		return 0;
	}
	packed = malloc(n + 1);
	if (!packed)
		return -ENOMEM;
	n = read_at(z->fd, packed, n, at);
	*length = lw_inflate(inflater, LW_INFLATE_RAW, packed, n, out, room, NULL);
	return 0;
}
