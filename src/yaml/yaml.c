/*
 * A builder feeds libyaml's events into the tree. State: a stack of the open maps and lists, and
 * the key that waits for its value. Nothing recurses; every node is in one chain, by which the tree
 * is freed.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

#include "yaml/yaml.h"

struct lw_yaml {
	struct lw_yaml_node *root;
	struct lw_yaml_node *made_last;
	size_t nodes;
	bool ended; /* one document was seen to its end */
};

struct builder {
	struct lw_yaml *tree;
	struct lw_yaml_error *error;
	struct lw_yaml_node *open[LW_YAML_DEPTH_MAX];
	unsigned depth;
	char *key; /* waits for its value */
	yaml_mark_t key_mark;
};

#define _cleanup_event_ _cleanup_(yaml_event_delete)
#define _cleanup_parser_ _cleanup_(yaml_parser_delete)

static void
builder_done(struct builder *b)
{
	free(b->key);
}

static int _printf_(3, 4) refuse(struct builder *b, const yaml_mark_t *mark, const char *fmt, ...)
{
	va_list ap;

	b->error->line = mark->line + 1;
	b->error->column = mark->column + 1;
	va_start(ap, fmt);
	vsnprintf(b->error->reason, sizeof(b->error->reason), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void
node_free(struct lw_yaml_node *n)
{
	free(n->key);
	free(n->text);
	free(n);
}

static struct lw_yaml_node *
node_new(struct lw_yaml *tree)
{
	struct lw_yaml_node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->made_before = tree->made_last;
	tree->made_last = n;
	tree->nodes++;
	return n;
}

static void
node_attach(struct lw_yaml_node *parent, struct lw_yaml_node *n)
{
	if (parent->last)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	parent->count++;
}

/* The node that the next event fills, hung into the tree beneath the innermost open map or list. */
static int
node_place(struct builder *b, const yaml_mark_t *mark, struct lw_yaml_node **out)
{
	struct lw_yaml_node *parent = b->depth ? b->open[b->depth - 1] : NULL;
	struct lw_yaml_node *n;

	if (b->tree->nodes >= LW_YAML_NODES_MAX)
		return refuse(b, mark, "more than %d values", LW_YAML_NODES_MAX);
	n = node_new(b->tree);
	if (!n)
		return -ENOMEM;
	n->line = mark->line + 1;
	n->column = mark->column + 1;
	if (b->key) {
		n->key = TAKE_PTR(b->key);
		n->key_line = b->key_mark.line + 1;
		n->key_column = b->key_mark.column + 1;
	}
	if (parent)
		node_attach(parent, n);
	else
		b->tree->root = n;
	*out = n;
	return 0;
}

static bool
expects_key(const struct builder *b)
{
	return b->depth && b->open[b->depth - 1]->type == LW_YAML_MAP && !b->key;
}

static int
take_key(struct builder *b, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	const struct lw_yaml_node *map = b->open[b->depth - 1];

	if (e->data.scalar.length >= LW_YAML_KEY_SIZE)
		return refuse(b, &e->start_mark, "key of more than %d bytes", LW_YAML_KEY_SIZE - 1);
	if (map->count >= LW_YAML_KEYS_MAX)
		return refuse(b, &e->start_mark, "more than %d keys in one map", LW_YAML_KEYS_MAX);
	if (lw_yaml_child(map, text))
		return refuse(b, &e->start_mark, "the same key twice");
	b->key = strdup(text);
	b->key_mark = e->start_mark;
	return b->key ? 0 : -ENOMEM;
}

static int
on_scalar(struct builder *b, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t length = e->data.scalar.length;
	struct lw_yaml_node *n;
	int r;

	if (e->data.scalar.anchor || e->data.scalar.tag)
		return refuse(b, &e->start_mark, "anchors and tags are not supported");
	if (length > LW_YAML_SCALAR_MAX)
		return refuse(b, &e->start_mark, "text of more than %u bytes", LW_YAML_SCALAR_MAX);
	if (memchr(text, 0, length))
		return refuse(b, &e->start_mark, "NUL in text");
	if (expects_key(b))
		return take_key(b, e);
	r = node_place(b, &e->start_mark, &n);
	if (r < 0)
		return r;
	n->type = LW_YAML_SCALAR;
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->text = strndup(text, length);
	n->length = length;
	return n->text ? 0 : -ENOMEM;
}

static int
open_node(struct builder *b, const yaml_event_t *e, enum lw_yaml_type type, bool decorated)
{
	struct lw_yaml_node *n;
	int r;

	if (decorated)
		return refuse(b, &e->start_mark, "anchors and tags are not supported");
	if (expects_key(b))
		return refuse(b, &e->start_mark, "a key must be plain text");
	if (b->depth == LW_YAML_DEPTH_MAX)
		return refuse(b, &e->start_mark, "nested more than %d deep", LW_YAML_DEPTH_MAX);
	r = node_place(b, &e->start_mark, &n);
	if (r < 0)
		return r;
	n->type = type;
	b->open[b->depth++] = n;
	return 0;
}

static int
on_list(struct builder *b, const yaml_event_t *e)
{
	return open_node(
		b, e, LW_YAML_LIST, e->data.sequence_start.anchor || e->data.sequence_start.tag);
}

static int
on_map(struct builder *b, const yaml_event_t *e)
{
	return open_node(
		b, e, LW_YAML_MAP, e->data.mapping_start.anchor || e->data.mapping_start.tag);
}

static int
on_close(struct builder *b, const yaml_event_t *e)
{
	assert(b->depth > 0);
	b->depth--;
	return 0;
}

static int
on_alias(struct builder *b, const yaml_event_t *e)
{
	return refuse(b, &e->start_mark, "aliases are not supported");
}

static int
on_document(struct builder *b, const yaml_event_t *e)
{
	if (b->tree->ended)
		return refuse(b, &e->start_mark, "more than one document");
	return 0;
}

static int
on_document_end(struct builder *b, const yaml_event_t *e)
{
	b->tree->ended = true;
	return 0;
}

static int
on_nothing(struct builder *b, const yaml_event_t *e)
{
	return 0;
}

static int (*const handlers[])(struct builder *b, const yaml_event_t *e) = {
	[YAML_NO_EVENT] = on_nothing,
	[YAML_STREAM_START_EVENT] = on_nothing,
	[YAML_STREAM_END_EVENT] = on_nothing,
	[YAML_DOCUMENT_START_EVENT] = on_document,
	[YAML_DOCUMENT_END_EVENT] = on_document_end,
	[YAML_ALIAS_EVENT] = on_alias,
	[YAML_SCALAR_EVENT] = on_scalar,
	[YAML_SEQUENCE_START_EVENT] = on_list,
	[YAML_SEQUENCE_END_EVENT] = on_close,
	[YAML_MAPPING_START_EVENT] = on_map,
	[YAML_MAPPING_END_EVENT] = on_close,
};

/* libyaml's reader knows the offset of a bad byte, but no line. */
static yaml_mark_t
mark_of_offset(const char *text, size_t length, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < LW_MIN(offset, length); i++) {
		mark.column = text[i] == '\n' ? 0 : mark.column + 1;
		mark.line += text[i] == '\n';
	}
	return mark;
}

static int
refuse_parser(struct builder *b, const yaml_parser_t *p, const char *text, size_t length)
{
	const char *problem = p->problem ? p->problem : "not YAML";
	yaml_mark_t mark = p->problem_mark;

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (p->error == YAML_READER_ERROR)
		mark = mark_of_offset(text, length, p->problem_offset);
	return refuse(b, &mark, "%s", problem);
}

static int
build(struct builder *b, const char *text, size_t length)
{
	_cleanup_parser_ yaml_parser_t parser = {0};
	yaml_event_type_t type = YAML_NO_EVENT;
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (r == 0 && type != YAML_STREAM_END_EVENT) {
		_cleanup_event_ yaml_event_t event = {0};

		if (!yaml_parser_parse(&parser, &event))
			return refuse_parser(b, &parser, text, length);
		type = event.type;
		r = handlers[type](b, &event);
	}
	return r;
}

int
lw_yaml_parse(const char *text, size_t length, struct lw_yaml **out, struct lw_yaml_error *error)
{
	_cleanup_(lw_yaml_freep) struct lw_yaml *tree = calloc(1, sizeof(*tree));
	_cleanup_(builder_done) struct builder b = {.tree = tree, .error = error};
	int r;

	if (!tree)
		return -ENOMEM;
	r = build(&b, text, length);
	if (r < 0)
		return r;
	*out = TAKE_PTR(tree);
	return 0;
}

struct lw_yaml *
lw_yaml_free(struct lw_yaml *y)
{
	struct lw_yaml_node *n = y ? y->made_last : NULL;

	while (n) {
		struct lw_yaml_node *before = n->made_before;

		node_free(n);
		n = before;
	}
	free(y);
	return NULL;
}

void
lw_yaml_freep(struct lw_yaml **y)
{
	*y = lw_yaml_free(*y);
}

const struct lw_yaml_node *
lw_yaml_root(const struct lw_yaml *y)
{
	return y->root;
}

size_t
lw_yaml_nodes(const struct lw_yaml *y)
{
	return y->nodes;
}

const struct lw_yaml_node *
lw_yaml_child(const struct lw_yaml_node *map, const char *key)
{
	for (const struct lw_yaml_node *n = map->first; n; n = n->next)
		if (n->key && strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

bool
lw_yaml_is_null(const struct lw_yaml_node *n)
{
	return n->type == LW_YAML_SCALAR && n->plain &&
	       (n->length == 0 || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}
