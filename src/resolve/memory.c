#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "base/reader.h"
#include "resolve/memory.h"

#define READ_AHEAD 16u /* pages, in a long array or string */
#define BATCH 32u /* strings whose pages are asked for together */

struct page {
	uint64_t base;
	uint32_t generation; /* of the request that read it */
	bool readable;
	uint8_t data[LW_MEMORY_PAGE];
};

/* Direct-mapped: a page has one place, and the newest of those that share it stays. */
struct lw_memory {
	pid_t tid;
	uint32_t generation;
	struct page pages[LW_MEMORY_PAGES];
};

static uint64_t
base_of(uint64_t address)
{
	return address - address % LW_MEMORY_PAGE;
}

static struct page *
place_of(struct lw_memory *m, uint64_t base)
{
	return &m->pages[base / LW_MEMORY_PAGE % LW_MEMORY_PAGES];
}

static bool
is_cached(const struct lw_memory *m, const struct page *p, uint64_t base)
{
	return p->generation == m->generation && p->base == base;
}

int
lw_memory_new(struct lw_memory **out)
{
	struct lw_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*out = m;
	return 0;
}

struct lw_memory *
lw_memory_free(struct lw_memory *m)
{
	free(m);
	return NULL;
}

void
lw_memory_freep(struct lw_memory **m)
{
	*m = lw_memory_free(*m);
}

static void
forget_all(struct lw_memory *m)
{
	for (size_t i = 0; i < LW_MEMORY_PAGES; i++)
		m->pages[i].generation = 0;
}

void
lw_memory_begin(struct lw_memory *m, pid_t tid)
{
	m->tid = tid;
	if (++m->generation == 0) {
		forget_all(m);
		m->generation = 1;
	}
}

/*
 * One call for many pages. The kernel stops at the first that it can't read and tells how much it
 * has copied: that page is marked, and the rest is asked for again.
 */
static void
read_pages(struct lw_memory *m, struct page **pages, size_t count)
{
	struct iovec local[LW_MEMORY_PAGES], remote[LW_MEMORY_PAGES];
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		local[i] = (struct iovec){pages[i]->data, LW_MEMORY_PAGE};
		remote[i] = (struct iovec){(void *)(uintptr_t)pages[i]->base, LW_MEMORY_PAGE};
	}
	while (done < count) {
		ssize_t n = process_vm_readv(
			m->tid, &local[done], count - done, &remote[done], count - done, 0);
		size_t whole = n > 0 ? (size_t)n / LW_MEMORY_PAGE : 0;

		for (size_t i = 0; i < whole; i++)
			pages[done + i]->readable = true;
		done += whole;
		if (done < count)
			pages[done++]->readable = false;
	}
}

/* Takes the page's place for this request; NULL when it is there already. */
static struct page *
claim(struct lw_memory *m, uint64_t base)
{
	struct page *p = place_of(m, base);

	if (is_cached(m, p, base))
		return NULL;
	p->base = base;
	p->generation = m->generation;
	p->readable = false;
	return p;
}

static bool
is_listed(struct page *const *pages, size_t count, const struct page *p)
{
	for (size_t i = 0; i < count; i++)
		if (pages[i] == p)
			return true;
	return false;
}

void
lw_memory_prefetch(struct lw_memory *m, const uint64_t *addresses, size_t count)
{
	struct page *pages[LW_MEMORY_PAGES];
	size_t wanted = 0;

	for (size_t i = 0; i < count && wanted < LW_MEMORY_PAGES; i++) {
		uint64_t base = base_of(addresses[i]);

		/* Two pages with one place: the second is read when it is asked for. */
		if (is_listed(pages, wanted, place_of(m, base)))
			continue;
		struct page *p = claim(m, base);
		if (p)
			pages[wanted++] = p;
	}
	read_pages(m, pages, wanted);
}

void
lw_memory_prefetch_strings(struct lw_memory *m, const uint64_t *pointers, size_t i, size_t count)
{
	if (i % BATCH == 0)
		lw_memory_prefetch(m, &pointers[i], LW_MIN(count - i, BATCH));
}

size_t
lw_memory_at(struct lw_memory *m, uint64_t address, const uint8_t **bytes)
{
	struct page *p = claim(m, base_of(address));
	struct lw_reader r;

	if (p)
		read_pages(m, &p, 1);
	else
		p = place_of(m, base_of(address));
	if (!p->readable)
		return 0;
	lw_reader_init(&r, p->data, LW_MEMORY_PAGE);
	lw_reader_skip(&r, address % LW_MEMORY_PAGE);
	size_t left = lw_reader_left(&r);
	*bytes = lw_reader_bytes(&r, left);
	return left;
}

/* Pages that will be asked for next, when reading `length` bytes more from address. */
static void
read_ahead(struct lw_memory *m, uint64_t address, uint64_t length)
{
	uint64_t next[READ_AHEAD];
	size_t n = LW_MIN(length / LW_MEMORY_PAGE + 1, READ_AHEAD);

	for (size_t i = 0; i < n; i++)
		next[i] = address + i * LW_MEMORY_PAGE;
	lw_memory_prefetch(m, next, n);
}

int
lw_memory_string(struct lw_memory *m, uint64_t address, char *out, size_t size, size_t *length)
{
	*length = 0;
	for (unsigned round = 0;; round++) {
		const uint8_t *bytes;

		/* Most strings end in their first page. */
		if (round > 0 && round % READ_AHEAD == 1)
			read_ahead(m, address, size - *length);
		size_t n = lw_memory_at(m, address, &bytes);
		if (n == 0)
			return LW_MEMORY_UNREADABLE;
		const uint8_t *end = memchr(bytes, 0, n);
		size_t have = end ? (size_t)(end - bytes) : n;
		size_t take = LW_MIN(have, size - *length);
		memcpy(&out[*length], bytes, take);
		*length += take;
		if (take < have)
			return LW_MEMORY_CUT;
		if (end)
			return 0;
		address += n;
	}
}

/* A pointer of 4 or 8 bytes; one that lies across two pages is put together. */
static bool
read_pointer(struct lw_memory *m, uint64_t address, unsigned size, uint64_t *out)
{
	uint8_t raw[8] = {0};
	uint32_t narrow;

	for (unsigned have = 0; have < size;) {
		const uint8_t *bytes;
		size_t n = lw_memory_at(m, address + have, &bytes);

		if (n == 0)
			return false;
		n = LW_MIN(n, size - have);
		memcpy(&raw[have], bytes, n);
		have += n;
	}
	memcpy(out, raw, sizeof(*out));
	memcpy(&narrow, raw, sizeof(narrow));
	if (size == sizeof(narrow))
		*out = narrow;
	return true;
}

int
lw_memory_pointers(
	struct lw_memory *m, uint64_t address, unsigned pointer_size, struct lw_pointers *p)
{
	uint64_t first_page_end = base_of(address) + LW_MEMORY_PAGE;
	uint64_t item;

	p->kept = p->count = 0;
	if (address == 0)
		return 0;
	for (;; address += pointer_size) {
		/* Long arrays are rare: read ahead from the second page on. */
		if (address >= first_page_end && address % (READ_AHEAD * LW_MEMORY_PAGE) == 0)
			read_ahead(m, address, (p->bound - p->count) * pointer_size);
		if (!read_pointer(m, address, pointer_size, &item))
			return LW_MEMORY_UNREADABLE;
		if (item == 0)
			return 0;
		if (p->count == p->bound)
			return LW_MEMORY_CUT;
		if (p->kept < p->size)
			p->items[p->kept++] = item;
		p->count++;
	}
}
