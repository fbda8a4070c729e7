#include "rules/build.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "rules/field.h"
#include "rules/grow.h"

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
cut_literals(struct lw_build *b, size_t count)
{
	while (b->literal_count > count)
		free(b->literals[--b->literal_count].bytes);
}

void
lw_build_done(struct lw_build *b)
{
	cut_literals(b, 0);
	free(b->literals);
	lw_exprs_done(&b->exprs);
}

void
lw_build_begin(struct lw_build *b, uint32_t line_offset)
{
	b->line_offset = line_offset;
	b->exprs.count = 0;
	b->fields = 0;
	b->values = 0;
	b->before.literals = b->literal_count;
	b->before.columns = b->set->column_count;
	b->before.atoms = b->set->atom_count;
	b->before.selections = b->set->selection_count;
	b->before.steps = b->set->steps.count;
}

void
lw_build_undo(struct lw_build *b)
{
	struct lw_rules *s = b->set;

	cut_literals(b, b->before.literals);
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
lw_build_literal(struct lw_build *b, const struct lw_yaml_node *where, uint32_t atom,
	const uint8_t *bytes, size_t length, unsigned at)
{
	const struct lw_atom *a = &b->set->atoms[atom];
	struct lw_build_literal *l;

	if (b->literal_count == LW_RULES_LITERALS_MAX)
		return lw_refuse(
			b, where, "more than %u texts in all rules", LW_RULES_LITERALS_MAX);
	if (!lw_grow(
		    &b->literals, &b->literal_capacity, b->literal_count + 1, sizeof(*b->literals)))
		return -ENOMEM;
	l = &b->literals[b->literal_count];
	*l = (struct lw_build_literal){.scope = LW_SCOPES_PER_COLUMN * a->column + a->cased,
		.atom = atom,
		.at = at,
		.length = length,
		.bytes = malloc(length)};
	if (!l->bytes)
		return -ENOMEM;
	memcpy(l->bytes, bytes, length);
	b->literal_count++;
	return 0;
}

static int
by_scope_and_bytes(const void *a, const void *b)
{
	const struct lw_build_literal *x = a, *y = b;
	int r = (x->scope > y->scope) - (x->scope < y->scope);

	if (r == 0)
		r = memcmp(x->bytes, y->bytes, LW_MIN(x->length, y->length));
	if (r == 0)
		r = (x->length > y->length) - (x->length < y->length);
	return r != 0 ? r : (x->atom > y->atom) - (x->atom < y->atom);
}

static bool
same_text(const struct lw_build_literal *x, const struct lw_build_literal *y)
{
	return x->length == y->length && memcmp(x->bytes, y->bytes, x->length) == 0;
}

/* One scope of rows that are sorted: equal texts become one literal with several targets. */
static int
fill_scope(const struct lw_build_literal *rows, size_t count, struct lw_scope *scope,
	struct lw_literals_scratch **scratch)
{
	_cleanup_free_ struct lw_literal *literals = calloc(count, sizeof(*literals));
	size_t n = 0;

	scope->lengths = calloc(count, sizeof(*scope->lengths));
	scope->first = calloc(count + 1, sizeof(*scope->first));
	scope->targets = calloc(count, sizeof(*scope->targets));
	if (!literals || !scope->lengths || !scope->first || !scope->targets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !same_text(&rows[i], &rows[i - 1])) {
			literals[n] = (struct lw_literal){
				.bytes = rows[i].bytes, .length = rows[i].length, .once = true};
			scope->lengths[n] = rows[i].length;
			scope->first[n++] = i;
		}
		literals[n - 1].once = literals[n - 1].once && rows[i].at == 0;
		scope->targets[i] = (struct lw_target){.atom = rows[i].atom, .at = rows[i].at};
	}
	scope->first[n] = count;
	return lw_literals_new(literals, n, scratch, &scope->literals);
}

static int
fill_scopes(struct lw_build *b)
{
	struct lw_rules *s = b->set;
	int r = 0;

	if (b->literal_count > 0)
		qsort(b->literals, b->literal_count, sizeof(*b->literals), by_scope_and_bytes);
	for (size_t i = 0, end; r == 0 && i < b->literal_count; i = end) {
		uint32_t scope = b->literals[i].scope;

		for (end = i; end < b->literal_count && b->literals[end].scope == scope; end++)
			;
		r = fill_scope(&b->literals[i], end - i, &s->scopes[scope], &s->scratch.literals);
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
	qsort_r(s->by_name, s->named_count, sizeof(*s->by_name), by_column_name, s->columns);
	r = fill_scopes(b);
	if (r == 0)
		r = lw_scratch_init(s);
	if (r == 0)
		lw_rules_list_active(s);
	return r;
}
