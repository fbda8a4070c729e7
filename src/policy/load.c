/*
 * From sources to a policy: the defaults of the table, then each source over what came before
 * it, then the checks that need all rules. Errors are collected; with one of them there is no
 * policy.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "policy/load.h"

static int
refuse_va(struct lw_loader *l, size_t source, uint32_t line, uint32_t column, const char *key,
	const char *fmt, va_list ap)
{
	const char *name = source < l->source_count ? l->sources[source].name : "default";
	char reason[1024];

	if (++l->error_count > LW_ERRORS_MAX)
		return LW_REFUSED;
	if (l->error_count == LW_ERRORS_MAX) {
		lw_text_adds(l->errors, "more errors\n");
		return LW_REFUSED;
	}
	vsnprintf(reason, sizeof(reason), fmt, ap);
	lw_text_add_visible(l->errors, name, strlen(name));
	lw_text_addf(l->errors, ":%u:%u: ", line, column);
	if (*key) {
		lw_text_add_visible(l->errors, key, strlen(key));
		lw_text_adds(l->errors, ": ");
	}
	lw_text_add_visible(l->errors, reason, strlen(reason));
	lw_text_adds(l->errors, "\n");
	return LW_REFUSED;
}

int
lw_loader_refuse_at(struct lw_loader *l, size_t source, uint32_t line, uint32_t column,
	const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse_va(l, source, line, column, key, fmt, ap);
	va_end(ap);
	return LW_REFUSED;
}

int
lw_loader_refuse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	const char *fmt, ...)
{
	char key[2 * LW_KEY_MAX];
	va_list ap;

	snprintf(key, sizeof(key), "%s%s", l->context, k->key);
	va_start(ap, fmt);
	refuse_va(l, l->source, n->line, n->column, key, fmt, ap);
	va_end(ap);
	return LW_REFUSED;
}

/* Unknown keys */

/* The last component of a dotted key. */
static const char *
leaf_of(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

/* The component of `key` after `prefix` ("decision."), or false when the key is not beneath it. */
static bool
component_after(const char *key, const char *prefix, char out[LW_KEY_MAX])
{
	const size_t length = strlen(prefix);

	if (strncmp(key, prefix, length) != 0)
		return false;
	lw_copy_string(out, LW_KEY_MAX, key + length);
	out[strcspn(out, ".")] = 0;
	return true;
}

static bool
suggest_sibling(const struct lw_key *keys, size_t count, const char *prefix, const char *word,
	char out[LW_KEY_MAX])
{
	char names[64][LW_KEY_MAX];
	const char *candidates[64] = {NULL};
	const char *near;

	for (size_t i = 0; i < count && i < LW_ARRAY_SIZE(names); i++)
		if (component_after(keys[i].key, prefix, names[i]))
			candidates[i] = names[i];
	near = lw_suggest(word, candidates, LW_ARRAY_SIZE(candidates));
	return near && lw_copy_string(out, LW_KEY_MAX, near);
}

static bool
suggest_elsewhere(const struct lw_key *keys, size_t count, const char *word, char out[LW_KEY_MAX])
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(leaf_of(keys[i].key), word) == 0)
			return lw_copy_string(out, LW_KEY_MAX, keys[i].key);
	return false;
}

static int
refuse_unknown(struct lw_loader *l, const struct lw_key *keys, size_t count, const char *prefix,
	const struct lw_yaml_node *n)
{
	char key[2 * LW_KEY_MAX + LW_YAML_KEY_SIZE];
	char near[LW_KEY_MAX] = "";

	if (!suggest_sibling(keys, count, prefix, n->key, near))
		suggest_elsewhere(keys, count, n->key, near);
	snprintf(key, sizeof(key), "%s%s%s", l->context, prefix, n->key);
	return lw_loader_refuse_at(l, l->source, n->key_line, n->key_column, key,
		"unknown key%s%s%s", *near ? "; did you mean \"" : "", near, *near ? "\"?" : "");
}

/* Maps */

static const struct lw_key *
key_find(const struct lw_key *keys, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(keys[i].key, key) == 0)
			return &keys[i];
	return NULL;
}

static bool
is_group(const struct lw_key *keys, size_t count, const char *prefix)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(keys[i].key, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

static int map_below(struct lw_loader *l, const struct lw_key *keys, size_t count,
	const char *prefix, const struct lw_yaml_node *map, void *base);

static int
value_of(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *base)
{
	if (lw_yaml_is_null(n))
		return lw_loader_refuse(l, k, n, "has no value; leave the key out for its default");
	return k->type->parse(l, k, n, lw_field(k, base));
}

static int
entry_of(struct lw_loader *l, const struct lw_key *keys, size_t count, const char *prefix,
	const struct lw_yaml_node *n, void *base)
{
	char key[LW_KEY_MAX + LW_YAML_KEY_SIZE], below[LW_KEY_MAX + LW_YAML_KEY_SIZE + 1];
	const struct lw_key *k;

	snprintf(key, sizeof(key), "%s%s", prefix, n->key);
	snprintf(below, sizeof(below), "%s.", key);
	k = strchr(n->key, '.') ? NULL : key_find(keys, count, key);
	if (k)
		return value_of(l, k, n, base);
	if (strchr(n->key, '.') || !is_group(keys, count, below))
		return refuse_unknown(l, keys, count, prefix, n);
	if (n->type != LW_YAML_MAP) {
		k = &(const struct lw_key){.key = key};
		return lw_loader_refuse(l, k, n, "a map of keys is expected");
	}
	return map_below(l, keys, count, below, n, base);
}

/* The depth is that of the keys in the table. */
static int
map_below(struct lw_loader *l, const struct lw_key *keys, size_t count, const char *prefix,
	const struct lw_yaml_node *map, void *base)
{
	int outcome = 0;

	for (const struct lw_yaml_node *n = map->first; n; n = n->next) {
		int r = entry_of(l, keys, count, prefix, n, base);

		if (r < 0)
			return r;
		outcome = LW_MAX(outcome, r);
	}
	return outcome;
}

int
lw_loader_map(struct lw_loader *l, const struct lw_key *keys, size_t count,
	const struct lw_yaml_node *map, void *base)
{
	return map_below(l, keys, count, "", map, base);
}

static int
default_of(struct lw_loader *l, const struct lw_key *k, void *base)
{
	_cleanup_(lw_yaml_freep) struct lw_yaml *tree = NULL;
	struct lw_yaml_error error;
	int r = lw_yaml_parse(k->fallback, strlen(k->fallback), &tree, &error);

	if (r < 0)
		return r;
	return k->type->parse(l, k, lw_yaml_root(tree), lw_field(k, base));
}

int
lw_loader_defaults(struct lw_loader *l, const struct lw_key *keys, size_t count, void *base)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		if (keys[i].fallback)
			r = default_of(l, &keys[i], base);
	return r;
}

void
lw_schema_done(const struct lw_key *keys, size_t count, void *base)
{
	for (size_t i = 0; i < count; i++)
		keys[i].type->done(&keys[i], lw_field(&keys[i], base));
}

/* Sources */

static int
tree_of(struct lw_loader *l, const struct lw_policy_source *s, struct lw_yaml **out)
{
	struct lw_yaml_error error;
	int r = lw_yaml_parse(s->text, s->length, out, &error);

	if (r == -EINVAL)
		return lw_loader_refuse_at(
			l, l->source, error.line, error.column, "", "%s", error.reason);
	return r;
}

static int
source_read(struct lw_loader *l)
{
	const struct lw_policy_source *s = &l->sources[l->source];
	_cleanup_(lw_yaml_freep) struct lw_yaml *tree = NULL;
	const struct lw_yaml_node *root;
	int r;

	if (s->length > l->bytes_left)
		return lw_loader_refuse_at(
			l, l->source, 1, 1, "", "too many bytes in all files together");
	l->bytes_left -= s->length;
	r = tree_of(l, s, &tree);
	if (r != 0)
		return r;
	root = lw_yaml_root(tree);
	if (lw_yaml_nodes(tree) > l->nodes_left)
		return lw_loader_refuse_at(
			l, l->source, 1, 1, "", "too many values in all files together");
	l->nodes_left -= lw_yaml_nodes(tree);
	if (!root || lw_yaml_is_null(root))
		return 0;
	if (root->type != LW_YAML_MAP)
		return lw_loader_refuse_at(
			l, l->source, root->line, root->column, "", "a map of keys is expected");
	return lw_loader_map(l, lw_schema, lw_schema_count, root, l->policy);
}

static int
sources_read(struct lw_loader *l)
{
	int r = 0;

	l->source = l->source_count;
	r = lw_loader_defaults(l, lw_schema, lw_schema_count, l->policy);
	if (r != 0)
		return r < 0 ? r : -EINVAL;
	l->given = 0;
	for (l->source = 0; l->source < l->source_count && r >= 0; l->source++)
		r = source_read(l);
	return r;
}

int
lw_policy_load_within(const struct lw_policy_source *sources, size_t count,
	const struct lw_limits *limits, struct lw_policy **out, struct lw_text *errors)
{
	_cleanup_(lw_policy_freep) struct lw_policy *p = calloc(1, sizeof(*p));
	struct lw_loader l = {
		.policy = p,
		.sources = sources,
		.source_count = count,
		.context = "",
		.errors = errors,
		.bytes_left = limits->bytes,
		.nodes_left = limits->nodes,
	};
	int r;

	if (!p)
		return -ENOMEM;
	r = sources_read(&l);
	if (r < 0)
		return r;
	if (l.error_count == 0)
		lw_loader_check_rules(&l);
	if (l.error_count)
		return -EINVAL;
	lw_policy_compile(p);
	*out = TAKE_PTR(p);
	return 0;
}

int
lw_policy_load(const struct lw_policy_source *sources, size_t count, struct lw_policy **out,
	struct lw_text *errors)
{
	static const struct lw_limits limits = {
		.bytes = LW_POLICY_DUMP_MAX, .nodes = LW_YAML_NODES_MAX};

	return lw_policy_load_within(sources, count, &limits, out, errors);
}

struct lw_policy *
lw_policy_free(struct lw_policy *p)
{
	if (p)
		lw_schema_done(lw_schema, lw_schema_count, p);
	free(p);
	return NULL;
}

void
lw_policy_freep(struct lw_policy **p)
{
	*p = lw_policy_free(*p);
}

const struct lw_settings *
lw_policy_settings(const struct lw_policy *p)
{
	return &p->settings;
}
