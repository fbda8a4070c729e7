#include <errno.h>
#include <hs.h>

#include "rules/regex.h"
#include "rules/search.h"

#define WIDTH_MAX 1024u /* bytes that an expression needs at least: counting them takes memory */

struct lw_search {
	hs_database_t *database;
};

struct lw_search_scratch {
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

static unsigned
flags_of(unsigned flags, enum lw_search_can can)
{
	unsigned hs = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;

	if (can == LW_SEARCH_MAYBE)
		hs |= HS_FLAG_PREFILTER;

	if (flags & LW_REGEX_CASELESS)
		hs |= HS_FLAG_CASELESS;
	if (flags & LW_REGEX_MULTILINE)
		hs |= HS_FLAG_MULTILINE;
	if (flags & LW_REGEX_DOTALL)
		hs |= HS_FLAG_DOTALL;
	return hs;
}

static bool
compiles(const char *text, unsigned flags, enum lw_search_can can)
{
	unsigned hs = flags_of(flags, can);
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	bool good = hs_expression_info(text, hs, &info, &error) == HS_SUCCESS &&
		    info->min_width <= WIDTH_MAX;

	hs_free_compile_error(error);
	free(info);
	return good;
}

/* Beyond ASCII, Hyperscan asks for texts that are valid UTF-8. */
enum lw_search_can
lw_search_can(const char *text, unsigned flags)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return LW_SEARCH_NOTHING;
	if (compiles(text, flags, LW_SEARCH_EXACT))
		return LW_SEARCH_EXACT;
	return compiles(text, flags, LW_SEARCH_MAYBE) ? LW_SEARCH_MAYBE : LW_SEARCH_NOTHING;
}

static int
tables_fill(struct tables *t, const struct lw_sought *rows, size_t count)
{
	t->texts = calloc(count, sizeof(*t->texts));
	t->lengths = calloc(count, sizeof(*t->lengths));
	t->flags = calloc(count, sizeof(*t->flags));
	t->ids = calloc(count, sizeof(*t->ids));
	if (!t->texts || !t->lengths || !t->flags || !t->ids)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		t->texts[i] = (const char *)rows[i].bytes;
		t->lengths[i] = rows[i].length;
		t->flags[i] = rows[i].once ? HS_FLAG_SINGLEMATCH : 0;
		if (rows[i].can != LW_SEARCH_NOTHING)
			t->flags[i] = flags_of(rows[i].flags, rows[i].can);
		t->ids[i] = i;
	}
	return 0;
}

static int
compile(const struct tables *t, size_t count, bool regex, hs_database_t **out, size_t *bad)
{
	hs_compile_error_t *error = NULL;
	hs_error_t r = regex ? hs_compile_multi(t->texts, t->flags, t->ids, count, HS_MODE_BLOCK,
				       NULL, out, &error)
			     : hs_compile_lit_multi(t->texts, t->flags, t->ids, t->lengths, count,
				       HS_MODE_BLOCK, NULL, out, &error);

	*bad = error && error->expression >= 0 ? LW_MIN((size_t)error->expression, count) : count;
	hs_free_compile_error(error);
	return r == HS_SUCCESS ? 0 : r == HS_NOMEM ? -ENOMEM : -EINVAL;
}

static int
grow_scratch(const hs_database_t *database, struct lw_search_scratch **scratch)
{
	if (!*scratch)
		*scratch = calloc(1, sizeof(**scratch));
	if (!*scratch || hs_alloc_scratch(database, &(*scratch)->hs) != HS_SUCCESS)
		return -ENOMEM;
	return 0;
}

static void
lw_search_freep(struct lw_search **s)
{
	*s = lw_search_free(*s);
}

int
lw_search_new(const struct lw_sought *rows, size_t count, struct lw_search_scratch **scratch,
	struct lw_search **out, size_t *bad)
{
	_cleanup_(lw_search_freep) struct lw_search *s = calloc(1, sizeof(*s));
	_cleanup_(tables_done) struct tables t = {0};
	int r = s ? tables_fill(&t, rows, count) : -ENOMEM;

	*bad = count;
	if (hs_valid_platform() != HS_SUCCESS)
		return -ENOTSUP;

	if (r == 0)
		r = compile(&t, count, rows[0].can != LW_SEARCH_NOTHING, &s->database, bad);
	if (r == 0)
		r = grow_scratch(s->database, scratch);
	if (r == 0)
		*out = TAKE_PTR(s);
	return r;
}

struct lw_search *
lw_search_free(struct lw_search *s)
{
	if (s)
		hs_free_database(s->database);
	free(s);
	return NULL;
}

struct lw_search_scratch *
lw_search_scratch_free(struct lw_search_scratch *s)
{
	if (s)
		hs_free_scratch(s->hs);
	free(s);
	return NULL;
}

struct scan {
	lw_search_hit hit;
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
lw_search_scan(const struct lw_search *s, struct lw_search_scratch *scratch, const uint8_t *text,
	size_t length, lw_search_hit hit, void *data)
{
	struct scan scan = {.hit = hit, .data = data};

	hs_scan(s->database, (const char *)text, length, 0, scratch->hs, on_match, &scan);
}

const char *
lw_search_engine(void)
{
	return "Hyperscan";
}
