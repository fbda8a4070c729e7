#include "rules/encode.h"

#include <errno.h>
#include <string.h>

/* A function that adds what a row becomes to out. */
typedef int (*encode_row)(const struct lw_pattern *p, struct lw_patterns *out, const char **reason);

static int
encode(struct lw_patterns *p, encode_row row, const char **reason)
{
	_cleanup_patterns_ struct lw_patterns made = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++)
		r = row(&p->rows[i], &made, reason);
	if (r == 0) {
		lw_patterns_done(p);
		*p = made;
		made = (struct lw_patterns){0};
	}
	return r;
}

static int
surround(const struct lw_pattern *p, bool before, bool after, struct lw_patterns *out)
{
	struct lw_pattern *row;
	int r = lw_patterns_add(out, &row);

	if (r == 0 && before)
		r = lw_pattern_add(row, LW_PATTERN_ANY);
	if (r == 0)
		r = lw_pattern_add_items(row, p->items, p->length);
	if (r == 0 && after)
		r = lw_pattern_add(row, LW_PATTERN_ANY);
	return r;
}

static int
contains_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	return surround(p, true, true, out);
}

static int
startswith_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	return surround(p, false, true, out);
}

static int
endswith_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	return surround(p, true, false, out);
}

/* The bytes of a row without wildcards. */
static int
bytes_of(const struct lw_pattern *p, uint8_t bytes[LW_RULE_PATTERN_MAX], const char **reason)
{
	if (lw_pattern_has_wildcard(p)) {
		*reason = "a value with wildcards has no Base64 form";
		return 1;
	}
	for (size_t i = 0; i < p->length; i++)
		bytes[i] = p->items[i];
	return 0;
}

static int
base64_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	_cleanup_text_ struct lw_text text = {0};
	uint8_t bytes[LW_RULE_PATTERN_MAX];
	struct lw_pattern *row;
	int r = bytes_of(p, bytes, reason);

	if (r != 0)
		return r;
	lw_text_init(&text, 2 * LW_RULE_PATTERN_MAX);
	lw_text_add_base64(&text, bytes, p->length);
	if (text.failed)
		return -ENOMEM;
	r = lw_patterns_add(out, &row);
	return r == 0 ? lw_pattern_add_bytes(row, text.data, text.length) : r;
}

/*
 * The value behind `offset` bytes that are not known. Left out are the digits that these bytes
 * have a part in, and those that the bytes after the value have a part in.
 */
static int
base64_at(const uint8_t *bytes, size_t length, size_t offset, struct lw_patterns *out)
{
	static const size_t first[] = {0, 2, 3}, unsure[] = {0, 3, 2};
	_cleanup_text_ struct lw_text text = {0};
	uint8_t shifted[LW_RULE_PATTERN_MAX + 2] = {0};
	struct lw_pattern *row;
	size_t end;
	int r;

	memcpy(&shifted[offset], bytes, length);
	lw_text_init(&text, 2 * LW_RULE_PATTERN_MAX);
	lw_text_add_base64(&text, shifted, offset + length);
	if (text.failed)
		return -ENOMEM;
	end = text.length - unsure[(offset + length) % 3];
	if (end <= first[offset])
		return 0;
	r = lw_patterns_add(out, &row);
	return r == 0 ? lw_pattern_add_bytes(row, &text.data[first[offset]], end - first[offset])
		      : r;
}

static int
base64offset_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	uint8_t bytes[LW_RULE_PATTERN_MAX];
	int r = bytes_of(p, bytes, reason);

	if (r == 0 && p->length < 3) {
		*reason = "|base64offset needs a value of three bytes or more";
		return 1;
	}
	for (size_t offset = 0; r == 0 && offset < 3; offset++)
		r = base64_at(bytes, p->length, offset, out);
	return r;
}

static int
add_unit(struct lw_pattern *row, uint32_t unit, bool big)
{
	uint8_t low = unit & 0xff, high = unit >> 8;
	uint8_t bytes[] = {big ? high : low, big ? low : high};

	return lw_pattern_add_bytes(row, bytes, sizeof(bytes));
}

static int
add_code(struct lw_pattern *row, uint32_t code, bool big)
{
	int r;

	if (code < 0x10000)
		return add_unit(row, code, big);
	r = add_unit(row, 0xd800 + ((code - 0x10000) >> 10), big);
	return r == 0 ? add_unit(row, 0xdc00 + ((code - 0x10000) & 0x3ff), big) : r;
}

/* The character at p->items[at], and how many items it has; a wildcard is its own. */
static size_t
character(const struct lw_pattern *p, size_t at, uint32_t *code)
{
	uint8_t bytes[4];
	size_t n = 0;

	while (n < 4 && at + n < p->length && p->items[at + n] < LW_PATTERN_ANY)
		bytes[n] = p->items[at + n], n++;
	return lw_utf8_decode(bytes, n, code);
}

static int
utf16_row(const struct lw_pattern *p, struct lw_patterns *out, bool mark, bool big)
{
	struct lw_pattern *row;
	int r = lw_patterns_add(out, &row);

	if (r == 0 && mark)
		r = add_unit(row, 0xfeff, big);
	for (size_t i = 0; r == 0 && i < p->length;) {
		uint32_t code = p->items[i];
		size_t n = character(p, i, &code);

		r = n == 0 ? lw_pattern_add(row, code) : add_code(row, code, big);
		i += LW_MAX(n, 1u);
	}
	return r;
}

static int
utf16le_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	return utf16_row(p, out, false, false);
}

static int
utf16be_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	return utf16_row(p, out, false, true);
}

static int
utf16mark_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	return utf16_row(p, out, true, false);
}

static bool
is_word(const struct lw_pattern *p, size_t i)
{
	uint16_t c = i < p->length ? p->items[i] : ' ';

	return c == '_' || (c >= '0' && c <= '9') || (c >= 0x80 && c < LW_PATTERN_ANY) ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool
begins_option(const struct lw_pattern *p, size_t i)
{
	return (p->items[i] == '-' || p->items[i] == '/') && is_word(p, i + 1) &&
	       !(i > 0 && is_word(p, i - 1));
}

static int
multiply_dashes(struct lw_patterns *p)
{
	static const char *const dashes[] = {
		"-", "/", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\x95"};
	_cleanup_patterns_ struct lw_patterns alternatives = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < LW_ARRAY_SIZE(dashes); i++) {
		struct lw_pattern *row;

		r = lw_patterns_add(&alternatives, &row);
		if (r == 0)
			r = lw_pattern_add_bytes(row, dashes[i], strlen(dashes[i]));
	}
	return r == 0 ? lw_patterns_multiply(p, &alternatives) : r;
}

static int
windash_row(const struct lw_pattern *p, struct lw_patterns *out, const char **reason)
{
	_cleanup_patterns_ struct lw_patterns made = {0};
	struct lw_pattern *row;
	int r = lw_patterns_add(&made, &row);

	for (size_t i = 0; r == 0 && i < p->length; i++)
		r = begins_option(p, i) ? multiply_dashes(&made)
					: lw_patterns_append(&made, p->items[i]);
	for (size_t i = 0; r == 0 && i < made.count; i++) {
		r = lw_patterns_add(out, &row);
		if (r == 0)
			r = lw_pattern_add_items(row, made.rows[i].items, made.rows[i].length);
	}
	return r;
}

#define ENCODER(name, row)                                                                         \
	int lw_encode_##name(struct lw_patterns *p, const char **reason)                           \
	{                                                                                          \
		return encode(p, row, reason);                                                     \
	}                                                                                          \
	struct lw_encode_##name##_semicolon

ENCODER(contains, contains_row);
ENCODER(startswith, startswith_row);
ENCODER(endswith, endswith_row);
ENCODER(base64, base64_row);
ENCODER(base64offset, base64offset_row);
ENCODER(utf16le, utf16le_row);
ENCODER(utf16be, utf16be_row);
ENCODER(utf16, utf16mark_row);
ENCODER(windash, windash_row);
