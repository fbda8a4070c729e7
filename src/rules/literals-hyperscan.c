#include <errno.h>
#include <hs.h>

#include "rules/literals.h"

struct lw_literals {
	hs_database_t *database;
};

struct lw_literals_scratch {
	hs_scratch_t *hs;
};

struct tables {
	const char **texts;
	size_t *lengths;
	unsigned *flags, *ids;
};

static void
tables_done(struct tables *t)
{
	free(t->texts);
	free(t->lengths);
	free(t->flags);
	free(t->ids);
}

static int
tables_fill(struct tables *t, const struct lw_literal *literals, size_t count)
{
	t->texts = calloc(count, sizeof(*t->texts));
	t->lengths = calloc(count, sizeof(*t->lengths));
	t->flags = calloc(count, sizeof(*t->flags));
	t->ids = calloc(count, sizeof(*t->ids));
	if (!t->texts || !t->lengths || !t->flags || !t->ids)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		t->texts[i] = (const char *)literals[i].bytes;
		t->lengths[i] = literals[i].length;
		t->flags[i] = literals[i].once ? HS_FLAG_SINGLEMATCH : 0;
		t->ids[i] = i;
	}
	return 0;
}

static int
compile(const struct tables *t, size_t count, hs_database_t **out)
{
	hs_compile_error_t *error = NULL;
	hs_error_t r = hs_compile_lit_multi(
		t->texts, t->flags, t->ids, t->lengths, count, HS_MODE_BLOCK, NULL, out, &error);

	hs_free_compile_error(error);
	return r == HS_SUCCESS ? 0 : r == HS_NOMEM ? -ENOMEM : -EINVAL;
}

static int
grow_scratch(const hs_database_t *database, struct lw_literals_scratch **scratch)
{
	if (!*scratch)
		*scratch = calloc(1, sizeof(**scratch));
	if (!*scratch || hs_alloc_scratch(database, &(*scratch)->hs) != HS_SUCCESS)
		return -ENOMEM;
	return 0;
}

static void
lw_literals_freep(struct lw_literals **l)
{
	*l = lw_literals_free(*l);
}

int
lw_literals_new(const struct lw_literal *literals, size_t count,
	struct lw_literals_scratch **scratch, struct lw_literals **out)
{
	_cleanup_(lw_literals_freep) struct lw_literals *l = calloc(1, sizeof(*l));
	_cleanup_(tables_done) struct tables t = {0};
	int r = l ? tables_fill(&t, literals, count) : -ENOMEM;

	if (r == 0)
		r = compile(&t, count, &l->database);
	if (r == 0)
		r = grow_scratch(l->database, scratch);
	if (r == 0)
		*out = TAKE_PTR(l);
	return r;
}

struct lw_literals *
lw_literals_free(struct lw_literals *l)
{
	if (l)
		hs_free_database(l->database);
	free(l);
	return NULL;
}

struct lw_literals_scratch *
lw_literals_scratch_free(struct lw_literals_scratch *s)
{
	if (s)
		hs_free_scratch(s->hs);
	free(s);
	return NULL;
}

struct scan {
	lw_literals_hit hit;
	void *data;
};

static int
on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
	struct scan *scan = data;

	scan->hit(scan->data, id, to);
	return 0;
}

void
lw_literals_scan(const struct lw_literals *l, struct lw_literals_scratch *scratch,
	const uint8_t *text, size_t length, lw_literals_hit hit, void *data)
{
	struct scan scan = {.hit = hit, .data = data};

	hs_scan(l->database, (const char *)text, length, 0, scratch->hs, on_match, &scan);
}

const char *
lw_literals_engine(void)
{
	return "Hyperscan";
}
