#include "engine/bolt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/reader.h"

#define BOLT_MAGIC 0xed0cdaedu
#define BOLT_VERSION 2
#define BOLT_PAGE_HEADER 16
#define BOLT_BUCKET_HEADER 16
#define BOLT_ELEMENT 16 /* of a branch or a leaf page, bytes */
#define BOLT_META_BYTES (BOLT_PAGE_HEADER + 64)

enum { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02, PAGE_META = 0x04 };
enum { LEAF_BUCKET = 0x01 };

struct meta {
	uint32_t page_size;
	uint64_t root;
	uint64_t pages; /* high-water mark: page numbers are below it */
	uint64_t transaction;
};

/* One page image (with its overflow pages) or the part of one that an inline bucket is. */
struct page {
	uint8_t *owned;
	const uint8_t *data;
	size_t length;
	unsigned flags, count;
};

struct element {
	unsigned flags;
	uint64_t child; /* branch pages: page number */
	const uint8_t *key, *value;
	size_t key_length, value_length;
};

static void
page_done(struct page *p)
{
	free(p->owned);
	*p = (struct page){0};
}

#define _cleanup_page_ _cleanup_(page_done)

static uint64_t
fnv64a(const uint8_t *bytes, size_t length)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		h = (h ^ bytes[i]) * 0x100000001b3u;
	return h;
}

static int
read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
	if (offset > INT64_MAX - size)
		return -EBADMSG;
	ssize_t n = pread(fd, buffer, size, offset);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EBADMSG;
}

static bool
parse_meta(const uint8_t bytes[BOLT_META_BYTES], struct meta *m)
{
	struct lw_reader r;

	lw_reader_init(&r, bytes, BOLT_META_BYTES);
	lw_reader_skip(&r, BOLT_PAGE_HEADER);
	if (lw_reader_u32(&r) != BOLT_MAGIC || lw_reader_u32(&r) != BOLT_VERSION)
		return false;
	m->page_size = lw_reader_u32(&r);
	lw_reader_u32(&r); /* flags */
	m->root = lw_reader_u64(&r);
	lw_reader_u64(&r); /* sequence of the root bucket */
	lw_reader_u64(&r); /* freelist */
	m->pages = lw_reader_u64(&r);
	m->transaction = lw_reader_u64(&r);
	return lw_reader_u64(&r) == fnv64a(bytes + BOLT_PAGE_HEADER, 56) && m->page_size >= 512 &&
	       m->page_size <= 65536;
}

/*
 * The newer of the two; the second lies one page behind the first, whose size only the first can
 * tell.
 */
static int
read_meta(int fd, struct meta *newest)
{
	static const uint32_t sizes[] = {4096, 16384, 65536, 8192, 512, 1024, 2048, 32768};
	uint8_t bytes[BOLT_META_BYTES];
	struct meta first = {0}, second = {0};
	bool have_first, have_second = false;
	int r = read_at(fd, bytes, sizeof(bytes), 0);

	if (r < 0)
		return r;
	have_first = parse_meta(bytes, &first);
	for (size_t i = 0; i < LW_ARRAY_SIZE(sizes) && !have_second; i++) {
		if (have_first && sizes[i] != first.page_size)
			continue;
		have_second = read_at(fd, bytes, sizeof(bytes), sizes[i]) == 0 &&
			      parse_meta(bytes, &second) && second.page_size == sizes[i];
	}
	if (!have_first && !have_second)
		return -EBADMSG;
	*newest = !have_first || (have_second && second.transaction > first.transaction) ? second
											 : first;
	return 0;
}

static int
parse_page(struct page *p, const uint8_t *data, size_t length, uint32_t *overflow)
{
	struct lw_reader r;

	lw_reader_init(&r, data, length);
	lw_reader_u64(&r);
	p->data = data;
	p->length = length;
	p->flags = lw_reader_u16(&r);
	p->count = lw_reader_u16(&r);
	*overflow = lw_reader_u32(&r);
	return r.failed ? -EBADMSG : 0;
}

static int
load_page(int fd, const struct meta *m, uint64_t number, struct page *p)
{
	_cleanup_page_ struct page fresh = {0};
	uint8_t header[BOLT_PAGE_HEADER];
	uint32_t overflow;

	if (number < 2 || number >= m->pages || number > INT64_MAX / m->page_size)
		return -EBADMSG;
	int r = read_at(fd, header, sizeof(header), number * m->page_size);
	if (r == 0)
		r = parse_page(&fresh, header, sizeof(header), &overflow);
	if (r < 0)
		return r;
	uint64_t length = ((uint64_t)overflow + 1) * m->page_size;
	if (length > LW_BOLT_PAGE_MAX)
		return -EFBIG;
	fresh.owned = malloc(length);
	if (!fresh.owned)
		return -ENOMEM;
	r = read_at(fd, fresh.owned, length, number * m->page_size);
	if (r == 0)
		r = parse_page(&fresh, fresh.owned, length, &overflow);
	if (r < 0)
		return r;
	page_done(p);
	*p = fresh;
	fresh = (struct page){0};
	return 0;
}

/* An element's position counts from the element itself. */
static bool
read_element(const struct page *p, unsigned index, struct element *e)
{
	uint64_t at = BOLT_PAGE_HEADER + (uint64_t)index * BOLT_ELEMENT;
	struct lw_reader r;
	uint32_t position;

	lw_reader_init(&r, p->data, p->length);
	lw_reader_seek(&r, at);
	*e = (struct element){0};
	if (p->flags & PAGE_BRANCH) {
		position = lw_reader_u32(&r);
		e->key_length = lw_reader_u32(&r);
		e->child = lw_reader_u64(&r);
	} else {
		e->flags = lw_reader_u32(&r);
		position = lw_reader_u32(&r);
		e->key_length = lw_reader_u32(&r);
		e->value_length = lw_reader_u32(&r);
	}
	lw_reader_seek(&r, at + position);
	e->key = lw_reader_bytes(&r, e->key_length);
	e->value = lw_reader_bytes(&r, e->value_length);
	return !r.failed;
}

static int
compare_key(const struct element *e, const char *key, size_t length)
{
	int r = memcmp(e->key, key, LW_MIN(e->key_length, length));

	return r ? r : (e->key_length > length) - (e->key_length < length);
}

/* The child that can hold the key: the last one whose first key is not behind it. */
static int
choose_child(const struct page *p, const char *key, uint64_t *child)
{
	struct element e;

	if (p->count == 0)
		return -EBADMSG;
	for (unsigned i = 0; i < p->count; i++) {
		if (!read_element(p, i, &e))
			return -EBADMSG;
		if (i > 0 && compare_key(&e, key, strlen(key)) > 0)
			break;
		*child = e.child;
	}
	return 0;
}

/* Key in the tree whose root is p; p moves on to the leaf page, which the element points into. */
static int
find_key(int fd, const struct meta *m, struct page *p, const char *key, struct element *e)
{
	uint64_t child = 0;
	int r;

	for (unsigned depth = 0; p->flags & PAGE_BRANCH; depth++) {
		if (depth == LW_BOLT_DEPTH_MAX)
			return -EBADMSG;
		r = choose_child(p, key, &child);
		if (r == 0)
			r = load_page(fd, m, child, p);
		if (r < 0)
			return r;
	}
	if (!(p->flags & PAGE_LEAF))
		return -EBADMSG;
	for (unsigned i = 0; i < p->count; i++) {
		if (!read_element(p, i, e))
			return -EBADMSG;
		if (compare_key(e, key, strlen(key)) == 0)
			return 1;
	}
	return 0;
}

/*
 * p becomes the root page of the bucket: a page of its own, or the inline one behind the bucket's
 * header.
 */
static int
enter_bucket(int fd, const struct meta *m, const struct element *e, struct page *p)
{
	struct lw_reader r;
	uint32_t overflow;

	lw_reader_init(&r, e->value, e->value_length);
	uint64_t root = lw_reader_u64(&r);
	lw_reader_u64(&r);
	if (r.failed || !(e->flags & LEAF_BUCKET))
		return -EBADMSG;
	if (root != 0)
		return load_page(fd, m, root, p);
	size_t left = lw_reader_left(&r);
	return parse_page(p, lw_reader_bytes(&r, left), left, &overflow);
}

/*
 * Follows the names; the last found element is left in e, in page p. Without names, p is the root
 * bucket.
 */
static int
walk(int fd, const struct meta *m, const char *const *path, struct page *p, struct element *e)
{
	int r = load_page(fd, m, m->root, p);

	for (size_t i = 0; r >= 0 && path[i]; i++) {
		if (i > 0)
			r = enter_bucket(fd, m, e, p);
		if (r >= 0)
			r = find_key(fd, m, p, path[i], e);
		if (r <= 0)
			return r;
	}
	return r < 0 ? r : 1;
}

static int
copy_value(int fd, const struct meta *m, const char *const *path, void *arg)
{
	_cleanup_page_ struct page p = {0};
	struct lw_text *out = arg;
	struct element e = {0};
	int r = walk(fd, m, path, &p, &e);

	if (r <= 0)
		return r;
	if (e.flags & LEAF_BUCKET)
		return -EBADMSG;
	lw_text_reset(out);
	lw_text_add(out, e.value, e.value_length);
	return out->failed ? -EFBIG : 1;
}

static int
visit_pairs(int fd, const struct meta *m, const char *const *path, void *arg)
{
	const struct lw_bolt_visitor *visitor = arg;
	_cleanup_page_ struct page p = {0};
	struct element e = {0};
	int r = walk(fd, m, path, &p, &e);

	if (r == 1)
		r = enter_bucket(fd, m, &e, &p);
	else if (r == 0)
		return 0;
	if (r < 0)
		return r;
	visitor->restart(visitor->arg);
	if (!(p.flags & PAGE_LEAF))
		return -EFBIG;
	for (unsigned i = 0; i < p.count; i++) {
		if (!read_element(&p, i, &e))
			return -EBADMSG;
		if (!(e.flags & LEAF_BUCKET) &&
			!visitor->pair(visitor->arg, e.key, e.key_length, e.value, e.value_length))
			break;
	}
	return 1;
}

typedef int (*bolt_fn)(int fd, const struct meta *m, const char *const *path, void *arg);

/*
 * A page that was freed by one transaction can be written by the next but one: only an unmoved meta
 * page proves the walk.
 */
static int
run(int fd, const char *const *path, bolt_fn fn, void *arg)
{
	struct meta before, after;

	for (unsigned i = 0; i < LW_BOLT_TRIES; i++) {
		int r = read_meta(fd, &before);

		if (r < 0)
			return r;
		int result = fn(fd, &before, path, arg);
		r = read_meta(fd, &after);
		if (r < 0)
			return r;
		if (before.transaction == after.transaction)
			return result;
	}
	return -EAGAIN;
}

int
lw_bolt_get(int fd, const char *const *path, struct lw_text *out)
{
	return run(fd, path, copy_value, out);
}

int
lw_bolt_each(int fd, const char *const *path, const struct lw_bolt_visitor *visitor)
{
	return run(fd, path, visit_pairs, (void *)visitor);
}
