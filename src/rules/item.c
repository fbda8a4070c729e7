/*
 * Values that are plain texts share one atom, which the automaton sets when it meets any of them;
 * with |all each has one of its own. What the automaton can't decide is an atom of another kind,
 * with a text that it must hold as its guard where there is one.
 */
#include "rules/item.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/field.h"
#include "rules/fold.h"
#include "rules/modifier.h"

struct item {
	struct lw_build *b;
	const struct lw_yaml_node *at; /* for refusals that are about the key */
	struct lw_key key;
	const struct lw_field *field; /* NULL = keywords */
	uint32_t column;
	uint32_t parent; /* the "or" that alternatives are hung beneath */
	uint32_t group; /* the atom of the plain texts beneath it, or LW_ATOM_NONE */
};

static bool
is_cased(const struct item *it)
{
	return it->key.modifiers & LW_MOD_CASED;
}

static int
attach_atom(struct item *it, uint32_t atom)
{
	uint32_t node;
	int r = lw_expr_add(&it->b->exprs, LW_EXPR_ATOM, atom, &node);

	if (r == 0)
		lw_expr_attach(&it->b->exprs, it->parent, node);
	return lw_build_result(it->b, it->at, r);
}

/* A new atom beneath the parent; what it owns is taken. */
static int
add_atom(struct item *it, const struct lw_atom *atom)
{
	uint32_t id;
	int r = lw_build_atom(it->b, atom, &id);

	return r == 0 ? attach_atom(it, id) : r;
}

static int
add_simple(struct item *it, enum lw_atom_kind kind)
{
	return add_atom(
		it, &(struct lw_atom){.kind = kind, .column = it->column, .guard = LW_ATOM_NONE});
}

static int
add_absent(struct item *it)
{
	struct lw_exprs *e = &it->b->exprs;
	uint32_t parent = it->parent;
	int r = lw_expr_add(e, LW_EXPR_NOT, 0, &it->parent);

	if (r == 0)
		lw_expr_attach(e, parent, it->parent);
	r = lw_build_result(it->b, it->at, r);
	if (r == 0)
		r = add_simple(it, LW_ATOM_PRESENT);
	it->parent = parent;
	return r;
}

/* A guard: an atom that is set when this is found anywhere. */
static int
add_guard(struct item *it, bool cased, const struct lw_sought *sought, uint32_t *out)
{
	struct lw_atom atom = {.kind = LW_ATOM_SCANNED, .column = it->column, .cased = cased};
	int r = lw_build_atom(it->b, &atom, out);

	return r == 0 ? lw_build_row(it->b, it->at, *out, sought, 0) : r;
}

static int
add_literal(struct item *it, const struct lw_pattern *p, size_t start, size_t length, unsigned at)
{
	uint8_t bytes[LW_RULE_PATTERN_MAX];
	struct lw_sought sought = {.bytes = bytes, .length = length};
	int r = 0;

	if (it->group == LW_ATOM_NONE) {
		struct lw_atom atom = {
			.kind = LW_ATOM_SCANNED, .column = it->column, .cased = is_cased(it)};

		r = lw_build_atom(it->b, &atom, &it->group);
		if (r == 0)
			r = attach_atom(it, it->group);
	}
	for (size_t i = 0; i < length; i++)
		bytes[i] = p->items[start + i];
	return r == 0 ? lw_build_row(it->b, it->at, it->group, &sought, at) : r;
}

static int
add_wildcard(struct item *it, const struct lw_pattern *p)
{
	struct lw_atom atom = {.kind = LW_ATOM_WILDCARD,
		.column = it->column,
		.cased = is_cased(it),
		.guard = LW_ATOM_NONE};
	uint8_t bytes[LW_RULE_PATTERN_MAX];
	struct lw_sought sought = {.bytes = bytes};
	size_t start;
	int r = 0;

	if (lw_wildcard_literal(p, &start, &sought.length)) {
		for (size_t i = 0; i < sought.length; i++)
			bytes[i] = p->items[start + i];
		r = add_guard(it, is_cased(it), &sought, &atom.guard);
	}
	if (r == 0)
		r = lw_wildcard_new(p, &atom.wildcard);
	if (r == -E2BIG)
		return lw_refuse(it->b, it->at,
			"more than %u characters with a \"?\" behind a \"*\"",
			LW_WILDCARD_PIECE_MAX);
	return r == 0 ? add_atom(it, &atom) : r;
}

/* Wildcards are no bytes: 0xff, which is in no UTF-8, holds their places. */
static void
fold_pattern(struct lw_pattern *p)
{
	uint8_t bytes[LW_RULE_PATTERN_MAX];

	for (size_t i = 0; i < p->length; i++)
		bytes[i] = p->items[i] < LW_PATTERN_ANY ? p->items[i] : 0xff;
	lw_rule_fold(bytes, bytes, p->length);
	for (size_t i = 0; i < p->length; i++)
		if (p->items[i] < LW_PATTERN_ANY)
			p->items[i] = bytes[i];
}

static bool
is_plain(const struct lw_pattern *p, size_t start, size_t length)
{
	for (size_t i = start; i < start + length; i++)
		if (p->items[i] >= LW_PATTERN_ANY)
			return false;
	return true;
}

/* Fields of a fixed set of words: a typing error would never match, and never be seen. */
static int
check_word(struct item *it, const struct lw_pattern *p)
{
	char word[32];

	if (!it->field || !it->field->is_word || p->length == 0 || !is_plain(p, 0, p->length))
		return 0;
	for (size_t i = 0; i < LW_MIN(p->length, sizeof(word) - 1); i++)
		word[i] = p->items[i] | (p->items[i] >= 'A' && p->items[i] <= 'Z' ? 0x20 : 0);
	word[LW_MIN(p->length, sizeof(word) - 1)] = '\0';
	if (it->field->is_word(word))
		return 0;
	return lw_refuse(it->b, it->at, "\"%s\" is not one of: %s", word, it->field->words);
}

static int
add_pattern(struct item *it, struct lw_pattern *p)
{
	size_t start = 0, end;
	unsigned at = 0;
	int r = check_word(it, p);

	if (r != 0)
		return r;
	lw_pattern_simplify(p);
	if (!is_cased(it))
		fold_pattern(p);
	if (p->length == 0)
		return add_simple(it, LW_ATOM_EMPTY);
	end = p->length;
	if (p->items[0] == LW_PATTERN_ANY)
		start++;
	else
		at |= LW_AT_START;
	if (start == end)
		return add_simple(it, LW_ATOM_PRESENT);
	if (p->items[end - 1] == LW_PATTERN_ANY)
		end--;
	else
		at |= LW_AT_END;
	return is_plain(p, start, end - start) ? add_literal(it, p, start, end - start, at)
					       : add_wildcard(it, p);
}

/* The value with its placeholders replaced; placeholders alone, where nothing else is read. */
static int
parse_value(struct item *it, const struct lw_yaml_node *v, struct lw_patterns *out)
{
	bool expand = it->key.modifiers & LW_MOD_EXPAND;
	char missing[LW_LIST_NAME_SIZE];
	int r = lw_patterns_parse(v->text, v->length, expand ? it->b->lists : NULL, out, missing);

	if (r == -ENOENT)
		return lw_refuse(it->b, v, "there is no list \"%s\" for |expand", missing);
	it->b->values += out->count;
	if (r == 0 && it->b->values > LW_RULE_VALUES_MAX)
		return lw_refuse(it->b, v, "more than %u values in one rule", LW_RULE_VALUES_MAX);
	return lw_build_result(it->b, v, r);
}

static int
add_text(struct item *it, const struct lw_yaml_node *v)
{
	_cleanup_patterns_ struct lw_patterns patterns = {0};
	const char *reason = "";
	int r = parse_value(it, v, &patterns);

	for (size_t i = 0; r == 0 && i < it->key.encoder_count; i++)
		r = lw_build_result(it->b, v, it->key.encoders[i](&patterns, &reason));
	/* A keyword is sought anywhere. */
	if (r == 0 && !it->field && !(it->key.modifiers & LW_MOD_SHAPE))
		r = lw_build_result(it->b, v, lw_encode_contains(&patterns, &reason));
	if (r == 1 && reason[0])
		return lw_refuse(it->b, v, "%s", reason);
	it->b->values += patterns.count;
	for (size_t i = 0; r == 0 && i < patterns.count; i++)
		r = add_pattern(it, &patterns.rows[i]);
	return r;
}

/* The expression itself where the search takes it, else a text that each match must hold. */
static int
guard_regex(struct item *it, const struct lw_yaml_node *v, struct lw_atom *atom)
{
	uint8_t folded[LW_REGEX_BYTES_MAX];
	struct lw_sought sought = {
		.bytes = (const uint8_t *)v->text, .length = v->length, .flags = it->key.regex};
	const uint8_t *literal;

	if (it->b->expressions < LW_RULES_EXPRESSIONS_MAX)
		sought.can = lw_search_can(v->text, it->key.regex);
	atom->can = sought.can;
	it->b->expressions += sought.can != LW_SEARCH_NOTHING;
	if (sought.can != LW_SEARCH_NOTHING)
		return add_guard(it, false, &sought, &atom->guard);
	literal = lw_regex_literal(atom->regex, &sought.length);
	if (!literal)
		return 0;
	lw_rule_fold(folded, literal, sought.length);
	sought.bytes = folded;
	sought.flags = 0;
	return add_guard(it, false, &sought, &atom->guard);
}

static int
add_regex(struct item *it, const struct lw_yaml_node *v)
{
	struct lw_atom atom = {.kind = LW_ATOM_REGEX, .column = it->column, .guard = LW_ATOM_NONE};
	char reason[LW_REGEX_REASON_SIZE];
	int r = lw_regex_new(v->text, v->length, it->key.regex, &atom.regex, reason);

	if (r == 1)
		return lw_refuse(it->b, v, "regular expression: %s", reason);
	if (r == 0)
		r = guard_regex(it, v, &atom);
	if (r != 0) {
		lw_atom_done(&atom);
		return r;
	}
	return add_atom(it, &atom);
}

static int
add_network(struct item *it, const struct lw_yaml_node *v, const struct lw_pattern *p)
{
	struct lw_atom atom = {.kind = LW_ATOM_CIDR, .column = it->column, .guard = LW_ATOM_NONE};
	char text[64];
	size_t length = LW_MIN(p->length, sizeof(text) - 1);

	for (size_t i = 0; i < length; i++)
		text[i] = p->items[i];
	text[length] = '\0';
	if (length < p->length || !is_plain(p, 0, length) ||
		lw_cidr_parse(text, length, &atom.cidr) < 0)
		return lw_refuse(it->b, v, "\"%.64s\" is no network such as 10.0.0.0/8", v->text);
	return add_atom(it, &atom);
}

static int
add_networks(struct item *it, const struct lw_yaml_node *v)
{
	_cleanup_patterns_ struct lw_patterns patterns = {0};
	int r = parse_value(it, v, &patterns);

	for (size_t i = 0; r == 0 && i < patterns.count; i++)
		r = add_network(it, v, &patterns.rows[i]);
	return r;
}

static int
add_number(struct item *it, const struct lw_yaml_node *v)
{
	struct lw_atom atom = {.kind = LW_ATOM_NUMBER,
		.column = it->column,
		.guard = LW_ATOM_NONE,
		.compare = it->key.compare};
	char *end;

	errno = 0;
	atom.number = strtoll(v->text, &end, 10);
	if (errno != 0 || end == v->text || *end != '\0' || strchr(" \t\n\v\f\r", v->text[0]))
		return lw_refuse(it->b, v, "\"%.64s\" is no whole number", v->text);
	return add_atom(it, &atom);
}

static int
add_existence(struct item *it, const struct lw_yaml_node *v)
{
	if (strcmp(v->text, "true") == 0)
		return add_simple(it, LW_ATOM_PRESENT);
	if (strcmp(v->text, "false") == 0)
		return add_absent(it);
	return lw_refuse(it->b, v, "|exists takes true or false");
}

/* A field by its name in the rule. */
static int
find_field(struct item *it, const struct lw_yaml_node *at, const char *name,
	const struct lw_field **field, uint32_t *column)
{
	const char *rest;
	int found = lw_field_find(name, &rest);

	if (found < 0)
		return lw_refuse(it->b, at, "there is no field \"%.64s\"", name);
	*field = lw_field_row(found);
	return lw_build_column(it->b, at, found, rest, column);
}

static int
add_reference(struct item *it, const struct lw_yaml_node *v)
{
	struct lw_atom atom = {.kind = LW_ATOM_SAME,
		.column = it->column,
		.cased = is_cased(it),
		.at = it->key.at,
		.guard = LW_ATOM_NONE};
	const struct lw_field *other;
	int r = find_field(it, v, v->text, &other, &atom.other);

	if (r != 0)
		return r;
	if ((other->type == LW_FIELD_NUMBER) != (it->field->type == LW_FIELD_NUMBER))
		return lw_refuse(it->b, v, "a number and a text are never the same");
	return add_atom(it, &atom);
}

static int
add_value(struct item *it, const struct lw_yaml_node *v)
{
	unsigned m = it->key.modifiers;

	if (v->type != LW_YAML_SCALAR)
		return lw_refuse(it->b, v, "a text or number belongs here");
	if (lw_yaml_is_null(v) && !it->field)
		return lw_refuse(it->b, v, "null is no keyword");
	if (lw_yaml_is_null(v) && (m & ~(unsigned)(LW_MOD_NOT | LW_MOD_ALL)))
		return lw_refuse(it->b, v, "null does not go with a modifier");
	if (lw_yaml_is_null(v))
		return add_absent(it);
	if (m & LW_MOD_REGEX)
		return add_regex(it, v);
	if (m & LW_MOD_CIDR)
		return add_networks(it, v);
	if (m & LW_MOD_EXISTS)
		return add_existence(it, v);
	if (m & LW_MOD_FIELDREF)
		return add_reference(it, v);
	if (it->field && it->field->type == LW_FIELD_NUMBER)
		return add_number(it, v);
	return add_text(it, v);
}

/* Do the modifiers suit the field? */
static int
check_type(struct item *it)
{
	unsigned m = it->key.modifiers;
	bool number = it->field && it->field->type == LW_FIELD_NUMBER;
	unsigned numeric = LW_MOD_COMPARE | LW_MOD_EXISTS | LW_MOD_NOT | LW_MOD_ALL;

	if (number && (m & LW_MOD_FIELDREF) && it->key.at != (LW_AT_START | LW_AT_END))
		return lw_refuse(it->b, it->at, "%s is a number: it holds no other", it->key.field);
	if (number && (m & ~(numeric | LW_MOD_FIELDREF)))
		return lw_refuse(it->b, it->at,
			"%s is a number: modifiers of texts do not go with it", it->key.field);
	if (!number && (m & LW_MOD_COMPARE))
		return lw_refuse(it->b, it->at,
			"%s is no number: |lt, |lte, |gt, |gte do not go with it",
			it->field ? it->key.field : "a keyword");
	if (!it->field && (m & (LW_MOD_EXISTS | LW_MOD_FIELDREF | LW_MOD_CIDR)))
		return lw_refuse(it->b, it->at, "a keyword has no field for this modifier");
	return 0;
}

/* A node for alternatives, within which plain texts share an atom. */
static int
open_alternatives(struct item *it)
{
	it->group = LW_ATOM_NONE;
	return lw_build_result(
		it->b, it->at, lw_expr_add(&it->b->exprs, LW_EXPR_OR, 0, &it->parent));
}

static int
add_any(struct item *it, const struct lw_yaml_node *n, uint32_t *out)
{
	const struct lw_yaml_node *v = n->type == LW_YAML_LIST ? n->first : n;
	int r = open_alternatives(it);

	*out = it->parent;
	for (; r == 0 && v; v = n->type == LW_YAML_LIST ? v->next : NULL)
		r = add_value(it, v);
	return r;
}

static int
add_all(struct item *it, const struct lw_yaml_node *n, uint32_t *out)
{
	int r = lw_build_result(it->b, it->at, lw_expr_add(&it->b->exprs, LW_EXPR_AND, 0, out));

	for (const struct lw_yaml_node *v = n->first; r == 0 && v; v = v->next) {
		r = open_alternatives(it);
		if (r == 0)
			r = add_value(it, v);
		if (r == 0)
			lw_expr_attach(&it->b->exprs, *out, it->parent);
	}
	return r;
}

static int
negate(struct item *it, uint32_t *node)
{
	uint32_t child = *node;
	int r = lw_expr_add(&it->b->exprs, LW_EXPR_NOT, 0, node);

	if (r == 0)
		lw_expr_attach(&it->b->exprs, *node, child);
	return lw_build_result(it->b, it->at, r);
}

static int
compile(struct item *it, const struct lw_yaml_node *n, uint32_t *out)
{
	bool all = it->key.modifiers & LW_MOD_ALL;
	int r = check_type(it);

	if (r != 0)
		return r;
	if (n->type == LW_YAML_MAP)
		return lw_refuse(it->b, n, "a value or a list of values belongs here");
	if (n->type == LW_YAML_LIST && !n->first)
		return lw_refuse(it->b, n, "an empty list matches nothing");
	if (all && (n->type != LW_YAML_LIST || n->count < 2))
		return lw_refuse(it->b, it->at, "|all needs a list of two values or more");
	r = all ? add_all(it, n, out) : add_any(it, n, out);
	return r == 0 && (it->key.modifiers & LW_MOD_NOT) ? negate(it, out) : r;
}

/* Keywords are sought in every text that there is. */
static void
take_keywords(struct item *it)
{
	it->column = LW_COLUMN_KEYWORDS;
	for (int i = 0; i < LW_RULE_FIELD_COUNT; i++)
		if (lw_field_row(i)->type != LW_FIELD_NUMBER)
			it->b->fields |= UINT64_C(1) << i;
}

int
lw_item_compile(struct lw_build *b, const struct lw_yaml_node *n, uint32_t *out)
{
	struct lw_yaml_node key = lw_key_place(n);
	struct item it = {.b = b, .at = &key};
	char reason[LW_RULE_REASON_SIZE];
	int r = 0;

	if (lw_key_parse(n->key, &it.key, reason) != 0)
		return lw_refuse(b, &key, "%s", reason);
	if (it.key.field[0])
		r = find_field(&it, &key, it.key.field, &it.field, &it.column);
	else
		take_keywords(&it);
	return r == 0 ? compile(&it, n, out) : r;
}

int
lw_item_keywords(struct lw_build *b, const struct lw_yaml_node *n, uint32_t *out)
{
	struct item it = {.b = b, .at = n};

	take_keywords(&it);
	return compile(&it, n, out);
}
