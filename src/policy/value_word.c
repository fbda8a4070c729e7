/*
 * Values that are words: enums, booleans, sets of an enum.
 */
#include <assert.h>
#include <string.h>

#include "policy/load.h"
#include "policy/print.h"
#include "policy/value.h"

/* Every enum of a policy is stored and read as an unsigned int. */
static_assert(sizeof(enum lw_mode) == sizeof(uint32_t), "enums are ints");
static_assert(sizeof(enum lw_action) == sizeof(uint32_t), "enums are ints");
static_assert(sizeof(enum lw_verdict) == sizeof(uint32_t), "enums are ints");
static_assert(sizeof(enum lw_sink_type) == sizeof(uint32_t), "enums are ints");

static bool
word_allowed(const struct lw_key *k, int v)
{
	return !k->allowed || LW_IN_SET(k->allowed, v);
}

static int
word_find(const struct lw_key *k, const char *text)
{
	for (int v = 0; v < k->words->count; v++)
		if (word_allowed(k, v) && strcmp(k->words->word(v), text) == 0)
			return v;
	return -1;
}

static void
words_describe(const struct lw_key *k, struct lw_text *out)
{
	const char *separator = "";

	for (int v = 0; v < k->words->count; v++) {
		if (!word_allowed(k, v))
			continue;
		lw_text_addf(out, "%s%s", separator, k->words->word(v));
		separator = " | ";
	}
}

static const char *
word_suggest(const struct lw_key *k, const char *text)
{
	const char *words[32] = {NULL};

	for (int v = 0; v < k->words->count && v < (int)LW_ARRAY_SIZE(words); v++)
		words[v] = word_allowed(k, v) ? k->words->word(v) : NULL;
	return lw_suggest(text, words, LW_ARRAY_SIZE(words));
}

static int
word_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, int *out)
{
	_cleanup_text_ struct lw_text expected = {0};
	const char *near;
	int v;

	if (n->type != LW_YAML_SCALAR)
		return lw_value_refuse_shape(l, k, n);
	v = word_find(k, n->text);
	if (v >= 0) {
		*out = v;
		return 0;
	}
	lw_text_init(&expected, 1024);
	words_describe(k, &expected);
	near = word_suggest(k, n->text);
	return lw_loader_refuse(l, k, n, "\"%.64s\" is none of: %s%s%s%s", n->text,
		expected.data ? expected.data : "", near ? "; did you mean \"" : "",
		near ? near : "", near ? "\"?" : "");
}

static int
enum_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	int v = 0;
	int r = word_parse(l, k, n, &v);

	if (r == 0)
		*(uint32_t *)field = v;
	return r;
}

static void
enum_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	lw_text_adds(out, k->words->word(*(const uint32_t *)field));
}

const struct lw_type lw_type_enum = {
	.parse = enum_parse,
	.print = enum_print,
	.done = lw_value_keep,
	.describe = words_describe,
};

static int
bool_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	int v = 0;
	int r = word_parse(l, k, n, &v);

	if (r == 0)
		*(bool *)field = v;
	return r;
}

static void
bool_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	lw_text_adds(out, k->words->word(*(const bool *)field));
}

const struct lw_type lw_type_bool = {
	.parse = bool_parse,
	.print = bool_print,
	.done = lw_value_keep,
	.describe = words_describe,
};

static int
set_add(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, uint32_t *set)
{
	int v = 0;
	int r = word_parse(l, k, n, &v);

	if (r == 0 && LW_IN_SET(*set, v))
		return lw_loader_refuse(l, k, n, "\"%.64s\" stands twice", n->text);
	if (r == 0)
		*set |= 1u << v;
	return r;
}

static int
set_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	uint32_t set = 0;
	int r = 0;

	if (n->type == LW_YAML_SCALAR)
		r = set_add(l, k, n, &set);
	else if (n->type == LW_YAML_MAP)
		return lw_loader_refuse(l, k, n, "a word or a list of words is expected");
	else if (n->count == 0)
		return lw_loader_refuse(l, k, n, "the list is empty: this could never match");
	for (const struct lw_yaml_node *c = n->first; c && r == 0; c = c->next)
		r = set_add(l, k, c, &set);
	if (r == 0)
		*(uint32_t *)field = set;
	return r;
}

static void
set_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	uint32_t set = *(const uint32_t *)field;
	struct lw_print_list list;

	lw_print_list_begin(&list, out, __builtin_popcount(set));
	for (int v = 0; v < k->words->count; v++)
		if (LW_IN_SET(set, v))
			lw_print_list_text(&list, k->words->word(v));
	lw_print_list_end(&list);
}

static void
set_done(const struct lw_key *k, void *field)
{
	*(uint32_t *)field = 0;
}

static bool
set_present(const void *field)
{
	return *(const uint32_t *)field != 0;
}

static void
set_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_adds(out, "list of: ");
	words_describe(k, out);
}

const struct lw_type lw_type_set = {
	.parse = set_parse,
	.print = set_print,
	.done = set_done,
	.present = set_present,
	.describe = set_describe,
};
