/*
 * Texts alone, by Aho-Corasick. States are numbered breadth first over the sorted texts, so that
 * the children of one are neighbours and a state needs no more than the number of its first.
 * Scanning takes at most two steps a byte, each a search among the children, and one for each hit.
 */
#include "rules/search.h"

#include <errno.h>
#include <string.h>

#define NONE UINT32_MAX

struct state {
	uint32_t first; /* of its children; their end is the next state's first */
	uint32_t fail; /* the longest other state that ends as this one does */
	uint32_t hit; /* state nearest along the fails that ends a text, maybe itself; or NONE */
	uint32_t literal; /* that ends here, or NONE */
	uint8_t byte; /* leads here */
};

struct lw_search {
	struct state *states; /* the root, the others, and one that ends the last's children */
	uint32_t count;
	uint32_t root[256]; /* the root's children by byte; 0 = none */
};

/* The texts below a state while it is built: rows [from, to) of the sorted ones. */
struct span {
	uint32_t from, to, depth, parent;
};

struct sorted {
	const struct lw_sought *literal;
	uint32_t id;
};

static int
by_bytes(const void *a, const void *b)
{
	const struct lw_sought *x = ((const struct sorted *)a)->literal;
	const struct lw_sought *y = ((const struct sorted *)b)->literal;
	int r = memcmp(x->bytes, y->bytes, LW_MIN(x->length, y->length));

	return r != 0 ? r : (x->length > y->length) - (x->length < y->length);
}

static uint32_t
child(const struct lw_search *l, uint32_t state, uint8_t byte)
{
	uint32_t from = l->states[state].first, to = l->states[state + 1].first;

	if (state == 0)
		return l->root[byte];
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (l->states[middle].byte == byte)
			return middle;
		if (l->states[middle].byte < byte)
			from = middle + 1;
		else
			to = middle;
	}
	return 0;
}

static uint32_t
step(const struct lw_search *l, uint32_t state, uint8_t byte)
{
	for (;;) {
		uint32_t next = child(l, state, byte);

		if (next != 0 || state == 0)
			return next;
		state = l->states[state].fail;
	}
}

/* A state for each different byte at spans[i].depth; their spans go to the end. */
static void
add_children(struct lw_search *l, struct span *spans, uint32_t i, const struct sorted *rows)
{
	struct span s = spans[i];
	uint32_t at = s.from;

	l->states[i].first = l->count;
	if (at < s.to && s.depth > 0 && rows[at].literal->length == s.depth)
		l->states[i].literal = rows[at++].id;
	while (at < s.to) {
		uint8_t byte = rows[at].literal->bytes[s.depth];
		struct span *made = &spans[l->count];

		*made = (struct span){.from = at, .depth = s.depth + 1, .parent = i};
		while (at < s.to && rows[at].literal->bytes[s.depth] == byte)
			at++;
		made->to = at;
		l->states[l->count] = (struct state){.byte = byte, .hit = NONE, .literal = NONE};
		if (i == 0)
			l->root[byte] = l->count;
		l->count++;
	}
}

static void
link_states(struct lw_search *l, const struct span *spans)
{
	for (uint32_t i = 1; i < l->count; i++) {
		struct state *s = &l->states[i];
		uint32_t parent = spans[i].parent;

		s->fail = parent == 0 ? 0 : step(l, l->states[parent].fail, s->byte);
		s->hit = s->literal != NONE ? i : l->states[s->fail].hit;
	}
}

/* The texts are different from each other. */
static int
build(struct lw_search *l, const struct sorted *rows, size_t count, size_t bytes)
{
	_cleanup_free_ struct span *spans = calloc(bytes + 1, sizeof(*spans));

	l->states = calloc(bytes + 2, sizeof(*l->states));
	if (!l->states || !spans)
		return -ENOMEM;
	l->states[0] = (struct state){.hit = NONE, .literal = NONE};
	l->count = 1;
	spans[0].to = count;
	for (uint32_t i = 0; i < l->count; i++)
		add_children(l, spans, i, rows);
	l->states[l->count].first = l->count;
	link_states(l, spans);
	return 0;
}

enum lw_search_can
lw_search_can(const char *text, unsigned flags)
{
	return LW_SEARCH_NOTHING;
}

static void
lw_search_freep(struct lw_search **l)
{
	*l = lw_search_free(*l);
}

int
lw_search_new(const struct lw_sought *rows, size_t count, struct lw_search_scratch **scratch,
	struct lw_search **out, size_t *bad)
{
	_cleanup_(lw_search_freep) struct lw_search *l = calloc(1, sizeof(*l));
	_cleanup_free_ struct sorted *sorted = calloc(count + 1, sizeof(*sorted));
	size_t bytes = 0;
	int r;

	*bad = count;
	if (!l || !sorted)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		sorted[i] = (struct sorted){.literal = &rows[i], .id = i};
		bytes += rows[i].length;
	}
	if (bytes >= NONE)
		return -EINVAL;
	qsort(sorted, count, sizeof(*sorted), by_bytes);
	r = build(l, sorted, count, bytes);
	if (r == 0)
		*out = TAKE_PTR(l);
	return r;
}

struct lw_search *
lw_search_free(struct lw_search *l)
{
	if (l)
		free(l->states);
	free(l);
	return NULL;
}

struct lw_search_scratch *
lw_search_scratch_free(struct lw_search_scratch *s)
{
	return NULL;
}

void
lw_search_scan(const struct lw_search *l, struct lw_search_scratch *scratch, const uint8_t *text,
	size_t length, lw_search_hit hit, void *data)
{
	uint32_t state = 0;

	for (size_t i = 0; i < length; i++) {
		state = step(l, state, text[i]);
		for (uint32_t s = l->states[state].hit; s != NONE;
			s = l->states[l->states[s].fail].hit)
			hit(data, l->states[s].literal, i + 1);
	}
}

const char *
lw_search_engine(void)
{
	return "built in";
}
