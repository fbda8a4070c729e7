/*
 * json_check: is this one valid line of JSON? A checker for fuzz targets and tests: no numbers are
 * read, nothing is kept.
 */
#ifndef LW_FUZZ_JSON_CHECK_H
#define LW_FUZZ_JSON_CHECK_H

#include <string.h>

#include "base/text.h"

#define JSON_CHECK_DEPTH 32

struct json_check {
	const char *s;
	size_t length, at;
};

static inline int
json_peek(const struct json_check *c)
{
	return c->at < c->length ? (unsigned char)c->s[c->at] : -1;
}

static inline bool
json_take(struct json_check *c, char want)
{
	if (json_peek(c) != (unsigned char)want)
		return false;
	c->at++;
	return true;
}

static inline bool
json_check_escape(struct json_check *c)
{
	int kind = json_peek(c);

	c->at++;
	if (kind != 'u')
		return kind > 0 && strchr("\"\\/bfnrt", kind);
	for (int i = 0; i < 4; i++, c->at++) {
		int d = json_peek(c);

		if (!((d >= '0' && d <= '9') || (d >= 'a' && d <= 'f') || (d >= 'A' && d <= 'F')))
			return false;
	}
	return true;
}

static inline bool
json_check_string(struct json_check *c)
{
	if (!json_take(c, '"'))
		return false;
	while (json_peek(c) >= 0x20 && json_peek(c) != '"') {
		bool escape = json_peek(c) == '\\';

		c->at++;
		if (escape && !json_check_escape(c))
			return false;
	}
	return json_take(c, '"');
}

static inline bool
json_check_word(struct json_check *c)
{
	size_t from = c->at;

	while (json_peek(c) > 0 && strchr("+-.0123456789eEtrufalsn", json_peek(c)))
		c->at++;
	return c->at > from;
}

static inline bool json_check_value(struct json_check *c, unsigned depth);

static inline bool
json_check_items(struct json_check *c, unsigned depth, char end, bool keys)
{
	c->at++;
	if (json_take(c, end))
		return true;
	do {
		if (keys && (!json_check_string(c) || !json_take(c, ':')))
			return false;
		if (!json_check_value(c, depth + 1))
			return false;
	} while (json_take(c, ','));
	return json_take(c, end);
}

static inline bool
json_check_value(struct json_check *c, unsigned depth)
{
	if (depth > JSON_CHECK_DEPTH)
		return false;
	if (json_peek(c) == '{')
		return json_check_items(c, depth, '}', true);
	if (json_peek(c) == '[')
		return json_check_items(c, depth, ']', false);
	return json_peek(c) == '"' ? json_check_string(c) : json_check_word(c);
}

/* One object, one newline, valid UTF-8, nothing else. */
static inline bool
json_check_line(const char *s, size_t length)
{
	struct json_check c = {s, length, 0};

	return lw_utf8_valid(s, length) && json_peek(&c) == '{' && json_check_value(&c, 0) &&
	       json_take(&c, '\n') && c.at == length;
}

#endif
