#include "rules/build.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "rules/field.h"
#include "rules/grow.h"

#define DROPS_MAX 16 /* expressions that are dropped one by one; then all of the scope are */

int
lw_build_init(struct lw_build *b, struct lw_rules *set, const struct lw_rule_lists *lists)
{
	*b = (struct lw_build){.set = set, .lists = lists};
	if (!lw_grow(&set->columns, &set->column_capacity, LW_COLUMNS_FIXED, sizeof(*set->columns)))
		return -ENOMEM;
	for (; set->column_count < LW_COLUMNS_FIXED; set->column_count++)
		set->columns[set->column_count] = (struct lw_column){.field = set->column_count};
	return 0;
}

static void
cut_rows(struct lw_build *b, size_t count)
{
	while (b->row_count > count)
		free((uint8_t *)b->rows[--b->row_count].sought.bytes);
}

void
lw_build_done(struct lw_build *b)
{
	cut_rows(b, 0);
	free(b->rows);
	lw_exprs_done(&b->exprs);
}

void
lw_build_begin(struct lw_build *b, uint32_t line_offset)
{
	b->line_offset = line_offset;
	b->exprs.count = 0;
	b->fields = 0;
	b->values = 0;
	b->before.rows = b->row_count;
	b->before.columns = b->set->column_count;
	b->before.atoms = b->set->atom_count;
	b->before.selections = b->set->selection_count;
	b->before.steps = b->set->steps.count;
}

void
lw_build_undo(struct lw_build *b)
{
	struct lw_rules *s = b->set;

	cut_rows(b, b->before.rows);
	while (s->column_count > b->before.columns)
		free(s->columns[--s->column_count].name);
	while (s->atom_count > b->before.atoms)
		lw_atom_done(&s->atoms[--s->atom_count]);
	s->selection_count = b->before.selections;
	s->steps.count = b->before.steps;
}

int
lw_refuse(struct lw_build *b, const struct lw_yaml_node *at, const char *fmt, ...)
{
	va_list ap;

	b->error.line = at->line + b->line_offset;
	b->error.column = at->column;
	va_start(ap, fmt);
	vsnprintf(b->reason, sizeof(b->reason), fmt, ap);
	va_end(ap);
	return 1;
}

struct lw_yaml_node
lw_key_place(const struct lw_yaml_node *n)
{
	return (struct lw_yaml_node){.line = n->key_line, .column = n->key_column};
}

int
lw_build_result(struct lw_build *b, const struct lw_yaml_node *at, int r)
{
	return r == -E2BIG ? lw_refuse(b, at, "too long, or of too many variants") : r;
}

static uint32_t
find_column(const struct lw_rules *s, enum lw_rule_field field, const char *name)
{
	for (size_t i = LW_COLUMNS_FIXED; i < s->column_count; i++)
		if (s->columns[i].field == field && strcmp(s->columns[i].name, name) == 0)
			return i;
	return LW_ATOM_NONE;
}

int
lw_build_column(struct lw_build *b, const struct lw_yaml_node *at, enum lw_rule_field field,
	const char *name, uint32_t *out)
{
	struct lw_rules *s = b->set;
	char *copy;

	b->fields |= UINT64_C(1) << field;
	if (lw_field_row(field)->type != LW_FIELD_NAMED) {
		*out = field;
		return 0;
	}
	*out = find_column(s, field, name);
	if (*out != LW_ATOM_NONE)
		return 0;
	if (s->column_count == LW_RULES_COLUMNS_MAX)
		return lw_refuse(b, at, "more than %u variables and labels in all rules",
			LW_RULES_COLUMNS_MAX - LW_COLUMNS_FIXED);
	if (!lw_grow(&s->columns, &s->column_capacity, s->column_count + 1, sizeof(*s->columns)))
		return -ENOMEM;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*out = s->column_count;
	s->columns[s->column_count++] = (struct lw_column){.field = field, .name = copy};
	return 0;
}

int
lw_build_atom(struct lw_build *b, const struct lw_atom *atom, uint32_t *out)
{
	struct lw_rules *s = b->set;
	struct lw_atom taken = *atom;

	if (!lw_grow(&s->atoms, &s->atom_capacity, s->atom_count + 1, sizeof(*s->atoms))) {
		lw_atom_done(&taken);
		return -ENOMEM;
	}
	s->atoms[s->atom_count] = taken;
	*out = s->atom_count++;
	return 0;
}

int
lw_build_row(struct lw_build *b, const struct lw_yaml_node *where, uint32_t atom,
	const struct lw_sought *sought, unsigned at)
{
	const struct lw_atom *a = &b->set->atoms[atom];
	unsigned scope = sought->can != LW_SEARCH_NOTHING ? LW_SCOPE_REGEX
			 : a->cased			  ? LW_SCOPE_CASED
							  : LW_SCOPE_FOLDED;
	uint8_t *bytes;

	if (b->row_count == LW_RULES_LITERALS_MAX)
		return lw_refuse(
			b, where, "more than %u texts in all rules", LW_RULES_LITERALS_MAX);
	if (!lw_grow(&b->rows, &b->row_capacity, b->row_count + 1, sizeof(*b->rows)))
		return -ENOMEM;
	bytes = calloc(1, sought->length + 1);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, sought->bytes, sought->length);
	b->rows[b->row_count] =
		(struct lw_build_row){.scope = LW_SCOPES_PER_COLUMN * a->column + scope,
			.atom = atom,
			.at = at,
			.sought = *sought};
	b->rows[b->row_count++].sought.bytes = bytes;
	return 0;
}

static int
compare_sought(const struct lw_sought *x, const struct lw_sought *y)
{
	int r = memcmp(x->bytes, y->bytes, LW_MIN(x->length, y->length));

	if (r == 0)
		r = (x->length > y->length) - (x->length < y->length);
	return r != 0 ? r : (x->flags > y->flags) - (x->flags < y->flags);
}

static int
by_scope_and_bytes(const void *a, const void *b)
{
	const struct lw_build_row *x = a, *y = b;
	int r = (x->scope > y->scope) - (x->scope < y->scope);

	if (r == 0)
		r = compare_sought(&x->sought, &y->sought);
	return r != 0 ? r : (x->atom > y->atom) - (x->atom < y->atom);
}

static int
alloc_scope(struct lw_scope *scope, size_t count)
{
	scope->lengths = calloc(count, sizeof(*scope->lengths));
	scope->first = calloc(count + 1, sizeof(*scope->first));
	scope->targets = calloc(count, sizeof(*scope->targets));
	return scope->lengths && scope->first && scope->targets ? 0 : -ENOMEM;
}

/* One scope of rows that are sorted: what is the same is sought once, for several targets. */
static size_t
fill_scope(const struct lw_build_row *rows, size_t count, struct lw_scope *scope,
	struct lw_sought *sought)
{
	const struct lw_build_row *before = NULL;
	size_t n = 0, targets = 0;

	for (const struct lw_build_row *row = rows; row < &rows[count]; row++) {
		if (row->dropped)
			continue;
		if (!before || compare_sought(&row->sought, &before->sought) != 0) {
			sought[n] = row->sought;
			sought[n].once = true;
			scope->lengths[n] = row->sought.length;
			scope->first[n++] = targets;
		}
		before = row;
		sought[n - 1].once = sought[n - 1].once && row->at == 0;
		scope->targets[targets++] = (struct lw_target){.atom = row->atom, .at = row->at};
	}
	scope->first[n] = targets;
	return n;
}

/* An expression that the search does not take after all is tried by itself when it is asked for. */
static void
drop(struct lw_rules *s, struct lw_build_row *row)
{
	row->dropped = true;
	for (size_t i = 0; i < s->atom_count; i++) {
		struct lw_atom *a = &s->atoms[i];

		if (a->kind != LW_ATOM_REGEX || a->guard != row->atom)
			continue;
		a->can = LW_SEARCH_NOTHING;
		a->guard = LW_ATOM_NONE;
	}
}

/* The rows of the one to blame; of all where it is not known, or too many were. */
static void
drop_bad(struct lw_build *b, struct lw_build_row *rows, size_t count, const struct lw_sought *bad)
{
	for (size_t i = 0; i < count; i++)
		if (!rows[i].dropped && (!bad || compare_sought(&rows[i].sought, bad) == 0))
			drop(b->set, &rows[i]);
}

static int
compile_scope(struct lw_build *b, struct lw_build_row *rows, size_t count, struct lw_scope *scope)
{
	_cleanup_free_ struct lw_sought *sought = calloc(count, sizeof(*sought));
	int r = sought ? alloc_scope(scope, count) : -ENOMEM;
	bool texts = rows[0].sought.can == LW_SEARCH_NOTHING;
	size_t n = r == 0 ? fill_scope(rows, count, scope, sought) : 0;

	for (unsigned tries = 0; n > 0; tries++) {
		size_t bad;

		r = lw_search_new(sought, n, &b->set->scratch.search, &scope->search, &bad);
		if (r != -EINVAL || texts)
			break;
		r = 0;
		drop_bad(b, rows, count, bad < n && tries < DROPS_MAX ? &sought[bad] : NULL);
		n = fill_scope(rows, count, scope, sought);
	}
	return r;
}

static int
compile_scopes(struct lw_build *b)
{
	int r = 0;

	if (b->row_count > 0)
		qsort(b->rows, b->row_count, sizeof(*b->rows), by_scope_and_bytes);
	for (size_t i = 0, end; r == 0 && i < b->row_count; i = end) {
		uint32_t scope = b->rows[i].scope;

		for (end = i; end < b->row_count && b->rows[end].scope == scope; end++)
			;
		r = compile_scope(b, &b->rows[i], end - i, &b->set->scopes[scope]);
	}
	return r;
}

static int
by_column_name(const void *a, const void *b, void *data)
{
	const struct lw_column *columns = data;
	const struct lw_column *x = &columns[*(const uint32_t *)a];
	const struct lw_column *y = &columns[*(const uint32_t *)b];
	int r = (x->field > y->field) - (x->field < y->field);

	return r != 0 ? r : strcmp(x->name, y->name);
}

int
lw_build_finish(struct lw_build *b)
{
	struct lw_rules *s = b->set;
	int r;

	s->scopes = calloc(s->column_count * LW_SCOPES_PER_COLUMN, sizeof(*s->scopes));
	s->by_name = calloc(s->column_count, sizeof(*s->by_name));
	s->active = calloc(s->count + 1, sizeof(*s->active));
	if (!s->scopes || !s->by_name || !s->active)
		return -ENOMEM;
	for (size_t i = LW_COLUMNS_FIXED; i < s->column_count; i++)
		s->by_name[s->named_count++] = i;
	for (size_t i = 0; i < s->atom_count; i++)
		s->has_keywords = s->has_keywords || s->atoms[i].column == LW_COLUMN_KEYWORDS;
	qsort_r(s->by_name, s->named_count, sizeof(*s->by_name), by_column_name, s->columns);
	r = compile_scopes(b);
	if (r == 0)
		r = lw_scratch_init(s);
	if (r == 0)
		lw_rules_list_active(s);
	return r;
}
