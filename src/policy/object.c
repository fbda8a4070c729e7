/*
 * Lists of objects: sinks, hash lists, rules, exceptions; and what must hold for one of them as
 * a whole.
 */
#include <errno.h>
#include <string.h>

#include "policy/load.h"
#include "policy/object.h"
#include "policy/value.h"

/* The struct that holds the list's field; its count lies there too. */
static void *
owner_of(const struct lw_key *k, void *field)
{
	return (char *)field - k->offset;
}

static size_t *
count_of(const struct lw_key *k, void *field)
{
	return (size_t *)((char *)owner_of(k, field) + k->objects->count_offset);
}

size_t
lw_object_count(const struct lw_key *k, const void *field)
{
	return *count_of(k, (void *)field);
}

const void *
lw_object_at(const struct lw_key *k, const void *field, size_t i)
{
	const char *items = k->objects->embedded ? field : *(char *const *)field;

	return items + i * k->objects->size;
}

/* Makes room for one more at the end. NULL when there is no memory. */
static void *
object_room(const struct lw_key *k, void *field)
{
	const size_t count = *count_of(k, field), size = k->objects->size;
	char **items = field;
	char *grown, *object;

	/* The allocation doubles: it is full exactly when the count is a power of two. */
	if (!k->objects->embedded && (count & (count - 1)) == 0) {
		grown = reallocarray(*items, count ? 2 * count : 1, size);
		if (!grown)
			return NULL;
		*items = grown;
	}
	object = (char *)lw_object_at(k, field, count);
	memset(object, 0, size);
	return object;
}

/* Forgotten keys are told together with what else is wrong. */
static int
check_required(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n)
{
	const struct lw_objects *o = k->objects;
	int outcome = 0;

	for (size_t i = 0; i < o->key_count; i++)
		if (o->keys[i].required && !lw_yaml_child(n, o->keys[i].key))
			outcome = lw_loader_refuse(l, &o->keys[i], n, "is missing");
	return outcome;
}

static int
check_applies(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	const void *object)
{
	const struct lw_objects *o = k->objects;
	const struct lw_yaml_node *child;

	for (size_t i = 0; i < o->key_count; i++) {
		if (!o->keys[i].applies || o->keys[i].applies(object))
			continue;
		child = lw_yaml_child(n, o->keys[i].key);
		if (child)
			return lw_loader_refuse(l, &o->keys[i], child, "is not for this type");
	}
	return 0;
}

static int
object_read(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *object)
{
	const struct lw_objects *o = k->objects;
	const struct lw_yaml_node scalar = {
		.type = LW_YAML_MAP,
		.line = n->line,
		.column = n->column,
		.first = &(struct lw_yaml_node){.type = LW_YAML_SCALAR,
			.plain = n->plain,
			.line = n->line,
			.column = n->column,
			.key_line = n->line,
			.key_column = n->column,
			.key = (char *)o->scalar,
			.text = n->text,
			.length = n->length},
	};
	const bool short_form = o->scalar && n->type == LW_YAML_SCALAR;
	const struct lw_yaml_node *map = short_form ? &scalar : n;
	int r;

	if (map->type != LW_YAML_MAP)
		return lw_loader_refuse_at(
			l, l->source, n->line, n->column, k->key, "a map of keys is expected");
	r = lw_loader_defaults(l, o->keys, o->key_count, object);
	if (r == 0)
		r = lw_loader_map(l, o->keys, o->key_count, map, object);
	if (r >= 0 && check_required(l, k, map) != 0)
		r = LW_REFUSED;
	if (r == 0)
		r = check_applies(l, k, map, object);
	if (r == 0 && o->finish)
		r = o->finish(l, k, map, object);
	return r;
}

static int
object_add(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	const char *outer = l->context;
	char context[LW_KEY_MAX];
	void *object;
	int r;

	if (*count_of(k, field) >= k->max)
		return lw_loader_refuse(l, k, n, "more than %u in all files", (unsigned)k->max);
	object = object_room(k, field);
	if (!object)
		return -ENOMEM;
	snprintf(context, sizeof(context), "%s[].", k->key);
	l->context = context;
	r = object_read(l, k, n, object);
	l->context = outer;
	/* Counted even when refused, so that what it owns is freed with the rest. */
	(*count_of(k, field))++;
	return r;
}

static void
objects_done(const struct lw_key *k, void *field)
{
	size_t *count = count_of(k, field);

	for (size_t i = 0; i < *count; i++)
		lw_schema_done(
			k->objects->keys, k->objects->key_count, (void *)lw_object_at(k, field, i));
	*count = 0;
	if (!k->objects->embedded)
		free(TAKE_PTR(*(void **)field));
}

/* The first source that has the key replaces the defaults; what a later one does, the row says. */
static void
objects_begin(struct lw_loader *l, const struct lw_key *k, void *field)
{
	const uint64_t bit = 1ull << (k - lw_schema);

	if (!k->objects->append || !(l->given & bit))
		objects_done(k, field);
	l->given |= bit;
}

static int
objects_parse(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	int outcome = 0;

	if (n->type != LW_YAML_LIST && !(k->objects->scalar && n->type == LW_YAML_SCALAR))
		return lw_loader_refuse(l, k, n, "a list is expected");
	objects_begin(l, k, field);
	if (n->type == LW_YAML_SCALAR)
		return object_add(l, k, n, field);
	for (const struct lw_yaml_node *c = n->first; c; c = c->next) {
		int r = object_add(l, k, c, field);

		if (r < 0)
			return r;
		outcome = LW_MAX(outcome, r);
	}
	return outcome;
}

static void
objects_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "list, up to %u", (unsigned)k->max);
}

const struct lw_type lw_type_objects = {
	.parse = objects_parse,
	.done = objects_done,
	.describe = objects_describe,
};
