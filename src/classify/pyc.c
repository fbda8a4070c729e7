#include "classify/pyc.h"

#include <string.h>

#include "base/reader.h"

#define REFERENCE 0x80 /* FLAG_REF of marshal.c: the object is kept for later */

/* How a version writes code, from this magic number on. */
struct layout {
	uint16_t magic;
	uint8_t header; /* bytes before the code */
	uint8_t numbers; /* 32-bit fields before the objects of a code object */
	uint8_t tables; /* objects behind its first line */
};

/* From the newest down. 2.7 is 62211, above all of Python 3. */
static const struct layout layouts[] = {
	{62000, 8, 4, 1},
	{3495, 16, 5, 2}, /* 3.11 */
	{3400, 16, 6, 1}, /* 3.8 */
	{3390, 16, 5, 1}, /* 3.7 */
	{3190, 12, 5, 1}, /* 3.3 */
	{3000, 8, 5, 1},
};

/* Of a code object: its bytecode, constants, names, ..., file name, name. */
enum { OBJECTS = 8 };

struct parse {
	struct lw_reader r;
	const struct layout *layout;
	uint8_t *out;
	size_t room, length;
	unsigned objects;
	bool silent; /* not to be written: bytecode, tables */
};

static bool read_object(struct parse *p, unsigned depth);

static void
emit(struct parse *p, const uint8_t *bytes, size_t length)
{
	if (p->silent || !bytes || length == 0)
		return;
	length = LW_MIN(LW_MIN(length, LW_PYC_TEXT), p->room - p->length);
	memcpy(&p->out[p->length], bytes, length);
	p->length += length;
	if (p->length < p->room)
		p->out[p->length++] = '\n';
}

static bool
read_text(struct parse *p, uint32_t length)
{
	emit(p, lw_reader_bytes(&p->r, length), length);
	return !p->r.failed;
}

static bool
read_many(struct parse *p, uint64_t count, unsigned depth)
{
	for (uint64_t i = 0; i < count; i++)
		if (!read_object(p, depth + 1))
			return false;
	return true;
}

/* Pairs until a NULL key. */
static bool
read_dict(struct parse *p, unsigned depth)
{
	while (lw_reader_left(&p->r) > 0) {
		if ((p->r.data[p->r.at] & ~REFERENCE) == '0')
			return lw_reader_skip(&p->r, 1);
		if (!read_many(p, 2, depth))
			return false;
	}
	return false;
}

static bool
read_silently(struct parse *p, unsigned count, unsigned depth)
{
	bool silent = p->silent, ok;

	p->silent = true;
	ok = read_many(p, count, depth);
	p->silent = silent;
	return ok;
}

/* Constants and names are what it does; bytecode, tables, local names and paths are left out. */
static bool
read_code(struct parse *p, unsigned depth)
{
	const struct layout *l = p->layout;

	return lw_reader_skip(&p->r, l->numbers * 4u) && read_silently(p, 1, depth) &&
	       read_many(p, 2, depth) && read_silently(p, OBJECTS - 3, depth) &&
	       lw_reader_skip(&p->r, 4) && read_silently(p, l->tables, depth);
}

static bool
read_long(struct parse *p)
{
	int64_t digits = (int32_t)lw_reader_u32(&p->r);

	return lw_reader_skip(&p->r, (uint64_t)(digits < 0 ? -digits : digits) * 2);
}

/* What follows the byte of a type. */
static bool
read_rest(struct parse *p, uint8_t type, unsigned depth)
{
	struct lw_reader *r = &p->r;

	switch (type) {
	case 'N':
	case 'F':
	case 'T':
	case 'S':
	case '.':
		return true;
	case 'i':
	case 'r':
	case 'R':
		return lw_reader_skip(r, 4);
	case 'I':
	case 'g':
		return lw_reader_skip(r, 8);
	case 'y':
		return lw_reader_skip(r, 16);
	case 'f':
		return lw_reader_skip(r, lw_reader_u8(r));
	case 'x':
		return lw_reader_skip(r, lw_reader_u8(r)) && lw_reader_skip(r, lw_reader_u8(r));
	case 'l':
		return read_long(p);
	case 's':
	case 't':
	case 'u':
	case 'a':
	case 'A':
		return read_text(p, lw_reader_u32(r));
	case 'z':
	case 'Z':
		return read_text(p, lw_reader_u8(r));
	case ')':
		return read_many(p, lw_reader_u8(r), depth);
	case '(':
	case '[':
	case '<':
	case '>':
		return read_many(p, lw_reader_u32(r), depth);
	case ':':
		return read_many(p, 3, depth);
	case '{':
		return read_dict(p, depth);
	case 'c':
		return read_code(p, depth);
	default:
		return false;
	}
}

static bool
read_object(struct parse *p, unsigned depth)
{
	uint8_t type;

	if (depth > LW_PYC_DEPTH || p->objects >= LW_PYC_OBJECTS || p->length == p->room)
		return false;
	p->objects++;
	type = lw_reader_u8(&p->r);
	return !p->r.failed && read_rest(p, type & ~REFERENCE, depth) && !p->r.failed;
}

static const struct layout *
find_layout(uint16_t magic)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(layouts); i++)
		if (magic >= layouts[i].magic)
			return &layouts[i];
	return NULL;
}

int
lw_pyc_read(const void *bytes, size_t size, uint8_t *out, size_t room, size_t *length)
{
	struct parse p = {.out = out, .room = room};
	uint16_t magic;

	lw_reader_init(&p.r, bytes, size);
	magic = lw_reader_u16(&p.r);
	/* "\r\n" behind the magic number: a file that was sent as text is not taken. */
	if (lw_reader_u8(&p.r) != '\r' || lw_reader_u8(&p.r) != '\n' || p.r.failed)
		return LW_PYC_NOT;
	p.layout = find_layout(magic);
	if (!p.layout || !lw_reader_seek(&p.r, p.layout->header) || lw_reader_left(&p.r) == 0 ||
		(p.r.data[p.r.at] & ~REFERENCE) != 'c')
		return LW_PYC_NOT;
	read_object(&p, 0);
	*length = p.length;
	return 0;
}
