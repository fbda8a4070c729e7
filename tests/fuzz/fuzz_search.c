/*
 * fuzz_search: texts, one a line, and behind an empty line the text that they are sought in. The
 * search must find what looking at each place finds. Wildcards are compared with a plain matcher.
 */
#include <string.h>

#include "rules/search.h"
#include "rules/wildcard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS_MAX 64
#define TEXT_MAX 256

struct found {
	size_t length;
	bool ends[ROWS_MAX][TEXT_MAX + 1];
};

static void
on_hit(void *data, uint32_t id, size_t end)
{
	struct found *f = data;

	if (id >= ROWS_MAX || end > f->length)
		abort();
	f->ends[id][end] = true;
}

static bool
is_known(const struct lw_sought *rows, size_t count, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].length == length && memcmp(rows[i].bytes, bytes, length) == 0)
			return true;
	return false;
}

static void
compare(const struct lw_sought *rows, size_t count, const struct found *f, const uint8_t *text)
{
	for (size_t i = 0; i < count; i++)
		for (size_t end = 0; end <= f->length; end++) {
			bool here = end >= rows[i].length &&
				    memcmp(&text[end - rows[i].length], rows[i].bytes,
					    rows[i].length) == 0;

			if (here != f->ends[i][end])
				abort();
		}
}

/* As the header says it, without regard to time. */
static bool
matches(const uint16_t *items, size_t left, const uint8_t *text, size_t length)
{
	if (left == 0)
		return length == 0;
	if (items[0] == LW_PATTERN_ANY) {
		for (size_t skip = 0; skip <= length; skip++)
			if (matches(&items[1], left - 1, &text[skip], length - skip))
				return true;
		return false;
	}
	return length > 0 && text[0] == items[0] &&
	       matches(&items[1], left - 1, &text[1], length - 1);
}

/* "?" is left out: it is one character here, and a star before it may end within one there. */
static void
compare_wildcard(const struct lw_sought *row, const uint8_t *text, size_t length)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	struct lw_wildcard *w = NULL;
	char none[LW_LIST_NAME_SIZE];

	if (row->length > 12 || length > 32 || memchr(row->bytes, '?', row->length) ||
		lw_patterns_parse((const char *)row->bytes, row->length, NULL, &p, none) != 0)
		return;
	lw_pattern_simplify(&p.rows[0]);
	if (lw_wildcard_new(&p.rows[0], &w) != 0)
		return;
	if (p.rows[0].length > 0 &&
		lw_wildcard_match(w, text, length) !=
			matches(p.rows[0].items, p.rows[0].length, text, length))
		abort();
	lw_wildcard_free(w);
}

static size_t
read_rows(const uint8_t *data, size_t size, struct lw_sought rows[ROWS_MAX], size_t *at)
{
	size_t count = 0;

	while (*at < size && count < ROWS_MAX) {
		const uint8_t *end = memchr(&data[*at], '\n', size - *at);
		size_t length = end ? (size_t)(end - &data[*at]) : size - *at;

		if (length > 0 && !is_known(rows, count, &data[*at], length))
			rows[count++] = (struct lw_sought){.bytes = &data[*at], .length = length};
		*at = LW_MIN(size, *at + length + 1);
		if (length == 0)
			break;
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_sought rows[ROWS_MAX] = {0};
	struct lw_search_scratch *scratch = NULL;
	struct lw_search *search = NULL;
	struct found found = {0};
	size_t at = 0, bad, count = read_rows(data, size, rows, &at);

	found.length = LW_MIN(size - at, TEXT_MAX);
	if (count > 0 && lw_search_new(rows, count, &scratch, &search, &bad) == 0) {
		lw_search_scan(search, scratch, &data[at], found.length, on_hit, &found);
		compare(rows, count, &found, &data[at]);
	}
	for (size_t i = 0; i < count; i++)
		compare_wildcard(&rows[i], &data[at], found.length);
	lw_search_free(search);
	lw_search_scratch_free(scratch);
	return 0;
}
