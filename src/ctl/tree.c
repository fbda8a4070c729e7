#include "ctl/tree.h"

#include <errno.h>
#include <string.h>

#define CHUNK_NODES 256

/* Nodes never move: they are made in chunks. */
struct chunk {
	struct chunk *before;
	size_t used;
	struct lw_tree_node nodes[CHUNK_NODES];
};

struct lw_tree {
	char *text; /* a copy of the JSON, strings unescaped in place */
	struct chunk *chunks;
	size_t node_count;
	struct lw_tree_node *root;
};

/* A list or map that is still open, and its last child. */
struct level {
	struct lw_tree_node *parent;
	struct lw_tree_node *last;
};

struct parser {
	struct lw_tree *tree;
	char *text;
	size_t length, at;
	struct level levels[LW_TREE_DEPTH_MAX];
	unsigned depth;
};

static struct lw_tree_node *
new_node(struct lw_tree *t, enum lw_tree_type type)
{
	struct chunk *c = t->chunks;

	if (!c || c->used == CHUNK_NODES) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		c->before = t->chunks;
		t->chunks = c;
	}
	struct lw_tree_node *n = &c->nodes[c->used++];
	n->type = type;
	t->node_count++;
	return n;
}

static void
skip_space(struct parser *p)
{
	while (p->at < p->length && memchr(" \t\r\n", p->text[p->at], 4))
		p->at++;
}

/* The next byte after space, 0 at the end (NUL is no part of JSON outside strings). */
static char
peek(struct parser *p)
{
	skip_space(p);
	return p->at < p->length ? p->text[p->at] : '\0';
}

static bool
take(struct parser *p, char c)
{
	if (peek(p) != c || p->at >= p->length)
		return false;
	p->at++;
	return true;
}

static int
read_hex4(struct parser *p, uint32_t *out)
{
	uint8_t bytes[2];
	char digits[5] = "";

	if (p->length - p->at < 4)
		return -EBADMSG;
	memcpy(digits, &p->text[p->at], 4);
	if (lw_unhex(bytes, 2, digits) != 0)
		return -EBADMSG;
	p->at += 4;
	*out = (uint32_t)bytes[0] << 8 | bytes[1];
	return 0;
}

static size_t
put_utf8(char *out, uint32_t code)
{
	bool is_byte = code >= 0xdc80 && code <= 0xdcff;

	if (code < 0x80 || is_byte) {
		out[0] = code & 0xff;
		return 1;
	}
	if (code < 0x800) {
		out[0] = 0xc0 | code >> 6;
		out[1] = 0x80 | (code & 0x3f);
		return 2;
	}
	if (code < 0x10000) {
		out[0] = 0xe0 | code >> 12;
		out[1] = 0x80 | (code >> 6 & 0x3f);
		out[2] = 0x80 | (code & 0x3f);
		return 3;
	}
	out[0] = 0xf0 | code >> 18;
	out[1] = 0x80 | (code >> 12 & 0x3f);
	out[2] = 0x80 | (code >> 6 & 0x3f);
	out[3] = 0x80 | (code & 0x3f);
	return 4;
}

/*
 * After "\u": one code unit, or two that are a pair. A half of a pair alone becomes U+FFFD, but
 * U+DC80 to U+DCFF, with which Python (PEP 383) stands for bytes that are no UTF-8.
 */
static int
read_unicode(struct parser *p, uint32_t *code)
{
	uint32_t low;
	int r = read_hex4(p, code);

	if (r < 0 || *code < 0xd800 || *code > 0xdfff)
		return r;
	if (*code > 0xdbff || p->length - p->at < 6 || memcmp(&p->text[p->at], "\\u", 2) != 0) {
		*code = *code >= 0xdc80 && *code <= 0xdcff ? *code : 0xfffd;
		return 0;
	}
	size_t back = p->at;
	p->at += 2;
	r = read_hex4(p, &low);
	if (r < 0)
		return r;
	if (low >= 0xdc00 && low <= 0xdfff) {
		*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
		return 0;
	}
	p->at = back;
	*code = 0xfffd;
	return 0;
}

/* After a backslash. What is written is never longer than what was read. */
static int
read_escape(struct parser *p, size_t *to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	uint32_t code;

	if (p->at >= p->length)
		return -EBADMSG;
	char c = p->text[p->at++];
	const char *known = c ? strchr(names, c) : NULL;
	if (known) {
		p->text[(*to)++] = values[known - names];
		return 0;
	}
	if (c != 'u')
		return -EBADMSG;
	int r = read_unicode(p, &code);
	if (r == 0)
		*to += put_utf8(&p->text[*to], code);
	return r;
}

/*
 * At the opening quote. The NUL behind the text takes the place of the closing quote, or lies
 * before it.
 */
static int
read_string(struct parser *p, const char **text, size_t *length)
{
	if (!take(p, '"'))
		return -EBADMSG;
	size_t from = p->at, to = p->at;
	while (p->at < p->length && p->text[p->at] != '"') {
		char c = p->text[p->at++];
		int r = 0;

		if ((unsigned char)c < 0x20)
			return -EBADMSG;
		if (c == '\\')
			r = read_escape(p, &to);
		else
			p->text[to++] = c;
		if (r < 0)
			return r;
	}
	if (p->at >= p->length)
		return -EBADMSG;
	p->at++;
	p->text[to] = '\0';
	*text = &p->text[from];
	*length = to - from;
	return 0;
}

static size_t
skip_digits(struct parser *p)
{
	size_t from = p->at;

	while (p->at < p->length && p->text[p->at] >= '0' && p->text[p->at] <= '9')
		p->at++;
	return p->at - from;
}

static bool
skip_one_of(struct parser *p, const char *set)
{
	if (p->at >= p->length || p->text[p->at] == '\0' || !strchr(set, p->text[p->at]))
		return false;
	p->at++;
	return true;
}

/* RFC 8259, section 6. */
static bool
skip_number(struct parser *p)
{
	skip_one_of(p, "-");
	bool zero = p->at < p->length && p->text[p->at] == '0';
	size_t digits = skip_digits(p);
	if (digits == 0 || (zero && digits > 1))
		return false;
	if (skip_one_of(p, ".") && skip_digits(p) == 0)
		return false;
	if (skip_one_of(p, "eE")) {
		skip_one_of(p, "+-");
		return skip_digits(p) > 0;
	}
	return true;
}

/*
 * A number or a word: its text has no room for a NUL, so it is moved one byte down, over what
 * stands in front of it: a comma, a colon, a bracket or a space, which is read already (and at the
 * very start the space that lw_tree_parse puts there).
 */
static void
end_bare(struct parser *p, size_t from, struct lw_tree_node *n)
{
	n->length = p->at - from;
	memmove(&p->text[from - 1], &p->text[from], n->length);
	p->text[p->at - 1] = '\0';
	n->text = &p->text[from - 1];
}

static int
read_bare(struct parser *p, struct lw_tree_node *n)
{
	static const struct {
		const char *word;
		enum lw_tree_type type;
	} words[] = {{"null", LW_TREE_NULL}, {"true", LW_TREE_BOOL}, {"false", LW_TREE_BOOL}};
	size_t from = p->at;

	for (size_t i = 0; i < LW_ARRAY_SIZE(words); i++) {
		size_t length = strlen(words[i].word);

		if (p->length - p->at < length ||
			memcmp(&p->text[p->at], words[i].word, length) != 0)
			continue;
		n->type = words[i].type;
		p->at += length;
		end_bare(p, from, n);
		return 0;
	}
	if (!skip_number(p))
		return -EBADMSG;
	n->type = LW_TREE_NUMBER;
	end_bare(p, from, n);
	return 0;
}

static int
open_level(struct parser *p, struct lw_tree_node *n)
{
	if (p->depth == LW_TREE_DEPTH_MAX)
		return -E2BIG;
	p->levels[p->depth++] = (struct level){.parent = n};
	p->at++;
	return 0;
}

static void
attach(struct parser *p, struct lw_tree_node *n)
{
	if (p->depth == 0) {
		p->tree->root = n;
		return;
	}
	struct level *level = &p->levels[p->depth - 1];
	if (level->last)
		level->last->next = n;
	else
		level->parent->first = n;
	level->last = n;
}

/* One value; a list or map is only opened. */
static int
read_value(struct parser *p, const char *key)
{
	if (p->tree->node_count == LW_TREE_NODES_MAX)
		return -E2BIG;
	struct lw_tree_node *n = new_node(p->tree, LW_TREE_NULL);
	if (!n)
		return -ENOMEM;
	n->key = key;
	attach(p, n);
	switch (peek(p)) {
	case '{':
		n->type = LW_TREE_MAP;
		return open_level(p, n);
	case '[':
		n->type = LW_TREE_LIST;
		return open_level(p, n);
	case '"':
		n->type = LW_TREE_STRING;
		return read_string(p, &n->text, &n->length);
	default:
		return read_bare(p, n);
	}
}

static int
read_member(struct parser *p)
{
	const char *key;
	size_t length;
	int r = peek(p) == '"' ? read_string(p, &key, &length) : -EBADMSG;

	if (r == 0 && (strlen(key) != length || !take(p, ':')))
		r = -EBADMSG;
	return r < 0 ? r : read_value(p, key);
}

/* The next child of the innermost open level, or its end. */
static int
read_next(struct parser *p)
{
	struct level *level = &p->levels[p->depth - 1];
	bool map = level->parent->type == LW_TREE_MAP;

	if (take(p, map ? '}' : ']')) {
		p->depth--;
		return 0;
	}
	if (level->last && !take(p, ','))
		return -EBADMSG;
	return map ? read_member(p) : read_value(p, NULL);
}

static int
parse(struct parser *p)
{
	int r = read_value(p, NULL);

	while (r == 0 && p->depth > 0)
		r = read_next(p);
	if (r == 0 && peek(p) != '\0')
		r = -EBADMSG;
	return r == 0 && p->at < p->length ? -EBADMSG : r;
}

int
lw_tree_parse(const char *json, size_t length, struct lw_tree **out)
{
	if (length > LW_TREE_BYTES_MAX)
		return -E2BIG;
	_cleanup_tree_ struct lw_tree *t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->text = malloc(length + 1);
	if (!t->text)
		return -ENOMEM;
	t->text[0] = ' ';
	memcpy(&t->text[1], json, length);
	struct parser p = {.tree = t, .text = t->text, .length = length + 1};
	int r = parse(&p);
	if (r < 0)
		return r;
	*out = TAKE_PTR(t);
	return 0;
}

struct lw_tree *
lw_tree_free(struct lw_tree *t)
{
	if (!t)
		return NULL;
	while (t->chunks) {
		struct chunk *c = t->chunks;

		t->chunks = c->before;
		free(c);
	}
	free(t->text);
	free(t);
	return NULL;
}

void
lw_tree_freep(struct lw_tree **t)
{
	*t = lw_tree_free(*t);
}

const struct lw_tree_node *
lw_tree_root(const struct lw_tree *t)
{
	return t->root;
}

static const struct lw_tree_node *
child_of(const struct lw_tree_node *n, const char *name, size_t length)
{
	char digits[24];
	uint64_t position = 0;

	if (n->type == LW_TREE_LIST) {
		if (length >= sizeof(digits))
			return NULL;
		memcpy(digits, name, length);
		digits[length] = '\0';
		if (lw_parse_u64(digits, &position) != 0)
			return NULL;
	}
	const struct lw_tree_node *c = n->first;
	if (n->type == LW_TREE_LIST) {
		while (c && position-- > 0)
			c = c->next;
		return c;
	}
	while (c && (strlen(c->key) != length || memcmp(c->key, name, length) != 0))
		c = c->next;
	return c;
}

const struct lw_tree_node *
lw_tree_at(const struct lw_tree_node *n, const char *path)
{
	while (n && *path) {
		size_t length = strcspn(path, ".");

		n = child_of(n, path, length);
		path += length + (path[length] == '.');
	}
	return n;
}

const char *
lw_tree_text(const struct lw_tree_node *n, const char *path)
{
	n = lw_tree_at(n, path);
	return n && n->type != LW_TREE_NULL ? n->text : NULL;
}

bool
lw_tree_is_true(const struct lw_tree_node *n, const char *path)
{
	n = lw_tree_at(n, path);
	return n && n->type == LW_TREE_BOOL && n->length == 4;
}

int64_t
lw_tree_number(const struct lw_tree_node *n, const char *path, int64_t otherwise)
{
	const char *text = lw_tree_text(n, path);
	bool negative = text && text[0] == '-';
	uint64_t v;

	if (!text || lw_parse_u64(text + negative, &v) != 0 || v > INT64_MAX)
		return otherwise;
	return negative ? -(int64_t)v : (int64_t)v;
}
