#include "rules/pattern.h"

#include <errno.h>
#include <string.h>

#include "rules/grow.h"

void
lw_patterns_done(struct lw_patterns *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->rows[i].items);
	free(p->rows);
	*p = (struct lw_patterns){0};
}

int
lw_patterns_add(struct lw_patterns *p, struct lw_pattern **out)
{
	if (p->count == LW_PATTERNS_MAX)
		return -E2BIG;
	if (!lw_grow(&p->rows, &p->capacity, p->count + 1, sizeof(*p->rows)))
		return -ENOMEM;
	*out = &p->rows[p->count++];
	**out = (struct lw_pattern){0};
	return 0;
}

int
lw_pattern_add_items(struct lw_pattern *p, const uint16_t *items, size_t length)
{
	if (length > LW_RULE_PATTERN_MAX - p->length)
		return -E2BIG;
	if (!lw_grow(&p->items, &p->capacity, p->length + length, sizeof(*p->items)))
		return -ENOMEM;
	if (length > 0)
		memcpy(&p->items[p->length], items, length * sizeof(*items));
	p->length += length;
	return 0;
}

int
lw_pattern_add(struct lw_pattern *p, uint16_t item)
{
	return lw_pattern_add_items(p, &item, 1);
}

int
lw_pattern_add_bytes(struct lw_pattern *p, const void *bytes, size_t length)
{
	const uint8_t *b = bytes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < length; i++)
		r = lw_pattern_add(p, b[i]);
	return r;
}

int
lw_patterns_append(struct lw_patterns *p, uint16_t item)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++)
		r = lw_pattern_add(&p->rows[i], item);
	return r;
}

int
lw_patterns_multiply(struct lw_patterns *p, const struct lw_patterns *alternatives)
{
	_cleanup_patterns_ struct lw_patterns made = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count * alternatives->count; i++) {
		const struct lw_pattern *head = &p->rows[i / alternatives->count];
		const struct lw_pattern *tail = &alternatives->rows[i % alternatives->count];
		struct lw_pattern *row;

		r = lw_patterns_add(&made, &row);
		if (r == 0)
			r = lw_pattern_add_items(row, head->items, head->length);
		if (r == 0)
			r = lw_pattern_add_items(row, tail->items, tail->length);
	}
	if (r == 0) {
		lw_patterns_done(p);
		*p = made;
		made = (struct lw_patterns){0};
	}
	return r;
}

static int
item_of(char c)
{
	return c == '*' ? (int)LW_PATTERN_ANY : c == '?' ? (int)LW_PATTERN_ONE : (uint8_t)c;
}

/* Does "%name%" begin here? Its length with both signs, else 0. */
static size_t
placeholder(const char *text, size_t left)
{
	size_t n = 1;

	while (n < left && (text[n] == '_' || (text[n] >= '0' && text[n] <= '9') ||
				   ((text[n] | 0x20) >= 'a' && (text[n] | 0x20) <= 'z')))
		n++;
	return n > 1 && n < left && text[n] == '%' && n - 1 < LW_LIST_NAME_SIZE ? n + 1 : 0;
}

static int
add_list(struct lw_patterns *out, const char *name, size_t length,
	const struct lw_rule_lists *lists, char missing[LW_LIST_NAME_SIZE])
{
	_cleanup_patterns_ struct lw_patterns values = {0};
	const struct lw_rule_list *list = lw_rule_lists_find(lists, name, length);
	char none[LW_LIST_NAME_SIZE];
	int r = 0;

	if (!list) {
		snprintf(missing, LW_LIST_NAME_SIZE, "%.*s", (int)length, name);
		return -ENOENT;
	}
	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = lw_patterns_parse(
			list->values[i], strlen(list->values[i]), NULL, &values, none);
	return r == 0 ? lw_patterns_multiply(out, &values) : r;
}

/* What a backslash makes plain. */
static bool
is_special(char c, const struct lw_rule_lists *lists)
{
	return c == '*' || c == '?' || c == '\\' || (lists && c == '%');
}

static int
parse(const char *text, size_t length, const struct lw_rule_lists *lists, struct lw_patterns *made,
	char missing[LW_LIST_NAME_SIZE])
{
	size_t i = 0;
	int r = 0;

	while (r == 0 && i < length) {
		size_t name = lists && text[i] == '%' ? placeholder(&text[i], length - i) : 0;

		if (name > 0) {
			r = add_list(made, &text[i + 1], name - 2, lists, missing);
			i += name;
		} else if (text[i] == '\\' && i + 1 < length && is_special(text[i + 1], lists)) {
			r = lw_patterns_append(made, (uint8_t)text[i + 1]);
			i += 2;
		} else {
			r = lw_patterns_append(made, item_of(text[i]));
			i++;
		}
	}
	return r;
}

static struct lw_pattern
take(struct lw_pattern *p)
{
	struct lw_pattern taken = *p;

	*p = (struct lw_pattern){0};
	return taken;
}

int
lw_patterns_parse(const char *text, size_t length, const struct lw_rule_lists *lists,
	struct lw_patterns *out, char missing[LW_LIST_NAME_SIZE])
{
	_cleanup_patterns_ struct lw_patterns made = {0};
	struct lw_pattern *row;
	int r = lw_patterns_add(&made, &row);

	if (r == 0)
		r = parse(text, length, lists, &made, missing);
	for (size_t i = 0; r == 0 && i < made.count; i++) {
		r = lw_patterns_add(out, &row);
		if (r == 0)
			*row = take(&made.rows[i]);
	}
	return r;
}

bool
lw_pattern_has_wildcard(const struct lw_pattern *p)
{
	for (size_t i = 0; i < p->length; i++)
		if (p->items[i] >= LW_PATTERN_ANY)
			return true;
	return false;
}

void
lw_pattern_simplify(struct lw_pattern *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->length; i++) {
		if (p->items[i] == LW_PATTERN_ANY && kept > 0 &&
			p->items[kept - 1] == LW_PATTERN_ANY)
			continue;
		p->items[kept++] = p->items[i];
	}
	p->length = kept;
}
