#include "base/reader.h"

#include <string.h>

void
lw_reader_init(struct lw_reader *r, const void *data, size_t length)
{
	*r = (struct lw_reader){.data = data, .length = length};
}

size_t
lw_reader_left(const struct lw_reader *r)
{
	return r->length - r->at;
}

static bool
reader_fail(struct lw_reader *r)
{
	r->failed = true;
	return false;
}

bool
lw_reader_seek(struct lw_reader *r, uint64_t offset)
{
	if (offset > r->length)
		return reader_fail(r);
	r->at = offset;
	return true;
}

bool
lw_reader_skip(struct lw_reader *r, uint64_t count)
{
	if (count > lw_reader_left(r))
		return reader_fail(r);
	r->at += count;
	return true;
}

const uint8_t *
lw_reader_bytes(struct lw_reader *r, size_t count)
{
	const uint8_t *p;

	if (!r->data || count > lw_reader_left(r)) {
		reader_fail(r);
		return NULL;
	}
	p = r->data + r->at;
	r->at += count;
	return p;
}

static uint64_t
reader_number(struct lw_reader *r, size_t count)
{
	const uint8_t *p = lw_reader_bytes(r, count);
	uint64_t v = 0;

	for (size_t i = 0; p && i < count; i++)
		v = v << 8 | p[r->big_endian ? i : count - 1 - i];
	return v;
}

uint8_t
lw_reader_u8(struct lw_reader *r)
{
	return reader_number(r, 1);
}

uint16_t
lw_reader_u16(struct lw_reader *r)
{
	return reader_number(r, 2);
}

uint32_t
lw_reader_u32(struct lw_reader *r)
{
	return reader_number(r, 4);
}

uint64_t
lw_reader_u64(struct lw_reader *r)
{
	return reader_number(r, 8);
}

const uint8_t *
lw_reader_until(struct lw_reader *r, uint8_t stop, size_t *length)
{
	size_t left = lw_reader_left(r);
	const uint8_t *start, *end;

	*length = 0;
	if (left == 0)
		return NULL;
	start = r->data + r->at;
	end = memchr(start, stop, left);
	*length = end ? (size_t)(end - start) : left;
	r->at += *length + (end ? 1 : 0);
	return start;
}
