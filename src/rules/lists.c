#include "rules/lists.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "rules/grow.h"

void
lw_rule_lists_done(struct lw_rule_lists *lists)
{
	for (size_t i = 0; i < lists->count; i++) {
		for (size_t v = 0; v < lists->rows[i].count; v++)
			free(lists->rows[i].values[v]);
		free(lists->rows[i].values);
	}
	free(lists->rows);
	*lists = (struct lw_rule_lists){0};
}

const struct lw_rule_list *
lw_rule_lists_find(const struct lw_rule_lists *lists, const char *name, size_t length)
{
	for (size_t i = 0; i < lists->count; i++)
		if (strlen(lists->rows[i].name) == length &&
			memcmp(lists->rows[i].name, name, length) == 0)
			return &lists->rows[i];
	return NULL;
}

static int _printf_(3, 4)
	refuse(struct lw_yaml_error *error, const struct lw_yaml_node *n, const char *fmt, ...)
{
	va_list ap;

	error->line = n->line;
	error->column = n->column;
	va_start(ap, fmt);
	vsnprintf(error->reason, sizeof(error->reason), fmt, ap);
	va_end(ap);
	return 1;
}

static bool
is_name(const char *s)
{
	size_t length =
		strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return length > 0 && length < LW_LIST_NAME_SIZE && s[length] == '\0';
}

static int
add_value(struct lw_rule_list *list, const struct lw_yaml_node *n, struct lw_yaml_error *error)
{
	if (n->type != LW_YAML_SCALAR || lw_yaml_is_null(n))
		return refuse(error, n, "a list holds texts");
	if (list->count == LW_LIST_VALUES_MAX)
		return refuse(error, n, "more than %u values", LW_LIST_VALUES_MAX);
	if (!lw_grow(&list->values, &list->capacity, list->count + 1, sizeof(*list->values)))
		return -ENOMEM;
	list->values[list->count] = strdup(n->text);
	return list->values[list->count++] ? 0 : -ENOMEM;
}

static int
row_of(struct lw_rule_lists *lists, const struct lw_yaml_node *n, struct lw_yaml_error *error,
	struct lw_rule_list **out)
{
	*out = (struct lw_rule_list *)lw_rule_lists_find(lists, n->key, strlen(n->key));
	if (*out)
		return 0;
	if (lists->count == LW_LISTS_MAX)
		return refuse(error, n, "more than %u lists", LW_LISTS_MAX);
	if (!lw_grow(&lists->rows, &lists->capacity, lists->count + 1, sizeof(*lists->rows)))
		return -ENOMEM;
	*out = &lists->rows[lists->count++];
	**out = (struct lw_rule_list){0};
	lw_copy_string((*out)->name, sizeof((*out)->name), n->key);
	return 0;
}

static int
add_list(struct lw_rule_lists *lists, const struct lw_yaml_node *n, struct lw_yaml_error *error)
{
	struct lw_rule_list *list;
	int r;

	if (!is_name(n->key))
		return refuse(error, n, "a list's name is of letters, digits and _, at most %d",
			LW_LIST_NAME_SIZE - 1);
	if (n->type != LW_YAML_LIST)
		return refuse(error, n, "%s: a list of texts belongs here", n->key);
	r = row_of(lists, n, error, &list);
	for (const struct lw_yaml_node *v = n->first; r == 0 && v; v = v->next)
		r = add_value(list, v, error);
	return r;
}

int
lw_rule_lists_add(
	struct lw_rule_lists *lists, const char *text, size_t length, struct lw_yaml_error *error)
{
	_cleanup_(lw_yaml_freep) struct lw_yaml *yaml = NULL;
	const struct lw_yaml_node *root;
	int r = lw_yaml_parse(text, length, &yaml, error);

	if (r < 0)
		return r == -EINVAL ? 1 : r;
	root = lw_yaml_root(yaml);
	if (!root)
		return 0;
	if (root->type != LW_YAML_MAP)
		return refuse(error, root, "a map of names to lists belongs here");
	for (const struct lw_yaml_node *n = root->first; r == 0 && n; n = n->next)
		r = add_list(lists, n, error);
	return r;
}
