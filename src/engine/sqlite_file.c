#include "engine/sqlite_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/reader.h"

#define SQLITE_HEADER 100
#define SQLITE_TRIES 4
#define SQLITE_PAGE_MAX 65536
#define SCHEMA_ROW_MAX (64u * 1024) /* bytes of one row of the schema table */

enum { PAGE_TABLE_INTERIOR = 0x05, PAGE_TABLE_LEAF = 0x0d };

struct database {
	int fd;
	uint32_t page_size, usable, changes;
	uint32_t left; /* pages that may still be read */
};

/* What to do with each row of a table: 0 go on, 1 found, negative errno. */
struct visitor {
	int (*row)(struct visitor *v, const struct lw_text *payload);
	const struct lw_sqlite_query *query;
	size_t bound; /* of a row, bytes */
	struct lw_text *out;
	uint32_t root;
};

/* A column of a record: text and blobs point into it, integers are in number. */
struct column {
	const uint8_t *bytes;
	size_t length;
	int64_t number;
};

static void
database_init(struct database *db, int fd)
{
	*db = (struct database){.fd = fd, .left = LW_SQLITE_PAGES_MAX};
}

static int
read_header(struct database *db)
{
	uint8_t bytes[SQLITE_HEADER];
	struct lw_reader r;

	if (pread(db->fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EBADMSG;
	lw_reader_init(&r, bytes, sizeof(bytes));
	r.big_endian = true;
	if (memcmp(lw_reader_bytes(&r, 16), "SQLite format 3", 16) != 0)
		return -EBADMSG;
	uint16_t size = lw_reader_u16(&r);
	db->page_size = size == 1 ? SQLITE_PAGE_MAX : size;
	lw_reader_u8(&r);
	unsigned read_version = lw_reader_u8(&r), reserved = lw_reader_u8(&r);
	lw_reader_seek(&r, 24);
	db->changes = lw_reader_u32(&r);
	lw_reader_seek(&r, 56);
	uint32_t encoding = lw_reader_u32(&r);
	if (read_version != 1 || encoding != 1 || db->page_size < 512 ||
		db->page_size - reserved < 480)
		return -EBADMSG;
	db->usable = db->page_size - reserved;
	return 0;
}

static int
load_page(struct database *db, uint32_t number, uint8_t *page)
{
	if (number == 0 || db->left == 0)
		return -EBADMSG;
	db->left--;
	ssize_t n = pread(db->fd, page, db->page_size, (off_t)(number - 1) * db->page_size);
	if (n < 0)
		return -errno;
	return n == db->page_size ? 0 : -EBADMSG;
}

static uint64_t
read_varint(struct lw_reader *r)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint8_t b = lw_reader_u8(r);

		v = v << 7 | (b & 0x7f);
		if (!(b & 0x80))
			return v;
	}
	return v << 8 | lw_reader_u8(r);
}

/*
 * Of a payload of this size, the bytes that lie in the leaf page itself (file format, "Cell Payload
 * Overflow Pages").
 */
static uint64_t
local_size(const struct database *db, uint64_t size)
{
	uint64_t most = db->usable - 35;
	uint64_t least = ((uint64_t)db->usable - 12) * 32 / 255 - 23;

	if (size <= most)
		return size;
	uint64_t k = least + (size - least) % (db->usable - 4);
	return k <= most ? k : least;
}

static int
add_overflow(struct database *db, uint32_t number, uint64_t left, struct lw_text *payload)
{
	_cleanup_free_ uint8_t *page = malloc(db->page_size);

	if (!page)
		return -ENOMEM;
	while (left > 0) {
		struct lw_reader r;
		int e = load_page(db, number, page);

		if (e < 0)
			return e;
		lw_reader_init(&r, page, db->usable);
		r.big_endian = true;
		number = lw_reader_u32(&r);
		size_t here = LW_MIN(left, lw_reader_left(&r));
		lw_text_add(payload, lw_reader_bytes(&r, here), here);
		left -= here;
	}
	return payload->failed ? -EFBIG : 0;
}

static int
read_cell(struct database *db, struct lw_reader *r, struct lw_text *payload)
{
	uint64_t size = read_varint(r);

	read_varint(r); /* rowid */
	if (r->failed)
		return -EBADMSG;
	if (size > payload->bound)
		return -EFBIG;
	uint64_t local = local_size(db, size);
	const uint8_t *bytes = lw_reader_bytes(r, local);
	if (!bytes)
		return -EBADMSG;
	lw_text_reset(payload);
	lw_text_add(payload, bytes, local);
	if (local == size)
		return payload->failed ? -ENOMEM : 0;
	uint32_t next = lw_reader_u32(r);
	return r->failed ? -EBADMSG : add_overflow(db, next, size - local, payload);
}

/* Steps over the record up to the column. False when it is not there. */
static bool
read_column(const struct lw_text *payload, unsigned index, struct column *out)
{
	static const uint8_t sizes[10] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
	struct lw_reader types, values;

	lw_reader_init(&types, payload->data, payload->length);
	lw_reader_init(&values, payload->data, payload->length);
	uint64_t header = read_varint(&types);
	lw_reader_seek(&values, header);
	for (unsigned i = 0; i <= index; i++) {
		if (types.at >= header)
			return false;
		uint64_t type = read_varint(&types);

		if (type == 10 || type == 11)
			return false;
		out->length = type < 10 ? sizes[type] : (type - 12) / 2;
		out->bytes = lw_reader_bytes(&values, out->length);
		out->number = type == 9;
		for (size_t k = 0; type < 7 && out->bytes && k < out->length; k++)
			out->number = (int64_t)((uint64_t)out->number << 8 | out->bytes[k]);
	}
	return !types.failed && !values.failed;
}

static bool
column_is(const struct lw_text *payload, unsigned index, const char *text)
{
	struct column c;

	return read_column(payload, index, &c) && c.length == strlen(text) &&
	       memcmp(c.bytes, text, c.length) == 0;
}

/* A cell that is too large for the visitor is no row that it wants. */
static int
visit_leaf(struct database *db, struct lw_reader *page, unsigned cells, struct visitor *v)
{
	_cleanup_text_ struct lw_text payload = {0};
	int r = 0;

	lw_text_init(&payload, v->bound);
	for (unsigned i = 0; r == 0 && i < cells; i++) {
		struct lw_reader cell = *page;
		uint16_t at = lw_reader_u16(page);

		cell.failed = !lw_reader_seek(&cell, at);
		r = read_cell(db, &cell, &payload);
		if (r == -EFBIG)
			r = 0;
		else if (r == 0)
			r = v->row(v, &payload);
	}
	return r;
}

static int visit_tree(struct database *db, uint32_t number, unsigned depth, struct visitor *v);

static int
visit_children(struct database *db, struct lw_reader *page, unsigned cells, unsigned depth,
	struct visitor *v)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < cells; i++) {
		struct lw_reader cell = *page;
		uint16_t at = lw_reader_u16(page);

		lw_reader_seek(&cell, at);
		uint32_t child = lw_reader_u32(&cell);
		r = page->failed || cell.failed ? -EBADMSG : visit_tree(db, child, depth, v);
	}
	return r;
}

/*
 * The whole tree below this page, depth first. The page count and the depth are bounded: a loop
 * ends.
 */
static int
visit_tree(struct database *db, uint32_t number, unsigned depth, struct visitor *v)
{
	_cleanup_free_ uint8_t *bytes = malloc(db->page_size);
	struct lw_reader r;

	if (!bytes)
		return -ENOMEM;
	int e = depth > LW_SQLITE_DEPTH_MAX ? -EBADMSG : load_page(db, number, bytes);
	if (e < 0)
		return e;
	lw_reader_init(&r, bytes, db->usable);
	r.big_endian = true;
	lw_reader_seek(&r, number == 1 ? SQLITE_HEADER : 0);
	uint8_t type = lw_reader_u8(&r);
	lw_reader_u16(&r);
	uint16_t cells = lw_reader_u16(&r);
	lw_reader_skip(&r, 3);
	if (type == PAGE_TABLE_LEAF)
		return visit_leaf(db, &r, cells, v);
	if (type != PAGE_TABLE_INTERIOR)
		return -EBADMSG;
	uint32_t last = lw_reader_u32(&r);
	e = visit_children(db, &r, cells, depth + 1, v);
	return e == 0 ? visit_tree(db, last, depth + 1, v) : e;
}

/* sqlite_schema: type, name, tbl_name, rootpage, sql. */
static int
schema_row(struct visitor *v, const struct lw_text *payload)
{
	struct column root;

	if (!column_is(payload, 0, "table") || !column_is(payload, 1, v->query->table))
		return 0;
	if (!read_column(payload, 3, &root) || root.number <= 0 || root.number > UINT32_MAX)
		return -EBADMSG;
	v->root = root.number;
	return 1;
}

static int
table_row(struct visitor *v, const struct lw_text *payload)
{
	struct column value;

	if (!column_is(payload, v->query->key_column, v->query->key))
		return 0;
	if (!read_column(payload, v->query->value_column, &value))
		return -EBADMSG;
	lw_text_reset(v->out);
	lw_text_add(v->out, value.bytes, value.length);
	return v->out->failed ? -EFBIG : 1;
}

static int
run_query(struct database *db, const struct lw_sqlite_query *query, struct lw_text *out)
{
	struct visitor schema = {.row = schema_row, .query = query, .bound = SCHEMA_ROW_MAX};
	struct visitor table = {.row = table_row, .query = query, .bound = out->bound, .out = out};
	int r = visit_tree(db, 1, 0, &schema);

	return r == 1 ? visit_tree(db, schema.root, 0, &table) : r;
}

int
lw_sqlite_get(int fd, const struct lw_sqlite_query *query, struct lw_text *out)
{
	struct database before, after;

	for (unsigned i = 0; i < SQLITE_TRIES; i++) {
		database_init(&before, fd);
		int r = read_header(&before);

		if (r < 0)
			return r;
		int result = run_query(&before, query, out);
		database_init(&after, fd);
		r = read_header(&after);
		if (r < 0)
			return r;
		if (before.changes == after.changes)
			return result;
	}
	return -EAGAIN;
}
