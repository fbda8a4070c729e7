/*
 * Values that are texts, and lists of texts.
 */
#include <errno.h>
#include <string.h>

#include "policy/load.h"
#include "policy/print.h"
#include "policy/value.h"

/* Copies a text within its bounds. */
static int
text_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, size_t min,
	size_t max, char **out)
{
	const char *wrong;

	if (n->type != LW_YAML_SCALAR)
		return lw_value_refuse_shape(l, k, n);
	if (lw_yaml_is_null(n))
		return lw_loader_refuse(l, k, n, "has no value");
	if (n->length > max)
		return lw_loader_refuse(l, k, n, "text of more than %zu bytes", max);
	if (n->length < min)
		return lw_loader_refuse(l, k, n, "empty text");
	wrong = k->check && n->length ? k->check(n->text) : NULL;
	if (wrong)
		return lw_loader_refuse(l, k, n, "\"%.64s\" %s", n->text, wrong);
	*out = strdup(n->text);
	return *out ? 0 : -ENOMEM;
}

static int
string_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	_cleanup_free_ char *text = NULL;
	char **s = field;
	int r = text_parse(l, k, n, k->min, k->max, &text);

	if (r != 0)
		return r;
	free(*s);
	*s = *text ? TAKE_PTR(text) : NULL;
	return 0;
}

static void
string_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	const char *s = *(char *const *)field;

	lw_print_text(out, s ? s : "");
}

static void
string_done(const struct lw_key *k, void *field)
{
	char **s = field;

	free(TAKE_PTR(*s));
}

static bool
string_present(const void *field)
{
	return *(char *const *)field != NULL;
}

static void
string_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "text, up to %llu bytes", (unsigned long long)k->max);
}

const struct lw_type lw_type_string = {
	.parse = string_parse,
	.print = string_print,
	.done = string_done,
	.present = string_present,
	.describe = string_describe,
};

static void
strings_done(const struct lw_key *k, void *field)
{
	struct lw_string_list *list = field;

	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct lw_string_list){0};
}

static int
item_read(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *item)
{
	return text_parse(l, k, n, 1, LW_STRING_MAX - 1, item);
}

static void
item_done(void *item)
{
	free(*(char **)item);
}

static int
strings_parse(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	static const struct lw_value_item item = {
		.size = sizeof(char *), .read = item_read, .done = item_done};
	struct lw_string_list *list = field;
	void *items = NULL;
	size_t count = 0;
	int r = lw_value_read_list(l, k, n, &item, &items, &count);

	if (r != 0)
		return r;
	strings_done(k, list);
	*list = (struct lw_string_list){.items = items, .count = count};
	return 0;
}

static void
strings_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	const struct lw_string_list *s = field;
	struct lw_print_list list;

	lw_print_list_begin(&list, out, s->count);
	for (size_t i = 0; i < s->count; i++)
		lw_print_list_text(&list, s->items[i]);
	lw_print_list_end(&list);
}

static bool
strings_present(const void *field)
{
	return ((const struct lw_string_list *)field)->count != 0;
}

static void
strings_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "list of text, up to %llu", (unsigned long long)k->max);
}

const struct lw_type lw_type_strings = {
	.parse = strings_parse,
	.print = strings_print,
	.done = strings_done,
	.present = strings_present,
	.describe = strings_describe,
};
