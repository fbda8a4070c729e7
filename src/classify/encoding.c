#include "classify/encoding.h"

#include <string.h>

#define LINES 2 /* that can name it */
#define NAME_MAX_BYTES 32

static const char utf_7[] = "utf-7";
static const char escapes[] = "unicode-escape";

/* Names as the codecs know them, '-' for '_', in small letters. */
static const struct {
	const char *name, *encoding;
} rows[] = {
	{"utf-7", utf_7},
	{"utf7", utf_7},
	{"u7", utf_7},
	{"unicode-1-1-utf-7", utf_7},
	{"unicode-escape", escapes},
	{"raw-unicode-escape", escapes},
};

static bool
is_name_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

static const char *
find_row(const uint8_t *name, size_t length)
{
	char small[NAME_MAX_BYTES];
	size_t n = 0;

	for (; n < length && n < sizeof(small) - 1 && is_name_byte(name[n]); n++)
		small[n] =
			name[n] == '_'
				? '-'
				: (char)(name[n] | (name[n] >= 'A' && name[n] <= 'Z' ? 0x20 : 0));
	small[n] = '\0';
	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, small) == 0)
			return rows[i].encoding;
	return NULL;
}

/* "# -*- coding: utf-7 -*-" */
static const char *
encoding_of_line(const uint8_t *line, size_t length)
{
	static const char key[] = "coding";
	const uint8_t *hash = memchr(line, '#', length);
	size_t from = hash ? (size_t)(hash - line) : length;
	const uint8_t *at = memmem(&line[from], length - from, key, sizeof(key) - 1);
	size_t n;

	if (!at)
		return NULL;
	n = (size_t)(at - line) + sizeof(key) - 1;
	if (n >= length || (line[n] != ':' && line[n] != '='))
		return NULL;
	for (n++; n < length && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	return find_row(&line[n], length - n);
}

const char *
lw_encoding_of(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	for (unsigned i = 0; i < LINES && at < length; i++) {
		const uint8_t *end = memchr(&bytes[at], '\n', length - at);
		size_t next = end ? (size_t)(end - bytes) : length;
		const char *encoding = encoding_of_line(&bytes[at], next - at);

		if (encoding)
			return encoding;
		at = next + 1;
	}
	return NULL;
}

/* Code is ASCII; what is not stays visible as a letter of no meaning. */
static uint8_t
ascii(uint32_t c)
{
	return c < 0x80 ? (uint8_t)c : '?';
}

static int
base64_value(uint8_t c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Behind a '+': UTF-16 in base64, up to the first other byte. Returns where it ends. */
static size_t
decode_shifted(const uint8_t *bytes, size_t at, size_t length, uint8_t *out, size_t *n)
{
	uint32_t bits = 0;
	unsigned count = 0;
	size_t from = at;

	for (int v; at < length && (v = base64_value(bytes[at])) >= 0; at++) {
		bits = bits << 6 | (uint32_t)v;
		count += 6;
		if (count < 16)
			continue;
		count -= 16;
		out[(*n)++] = ascii(bits >> count & 0xffff);
	}
	if (at < length && bytes[at] == '-') {
		if (at == from)
			out[(*n)++] = '+';
		at++;
	}
	return at;
}

static size_t
decode_utf_7(const uint8_t *bytes, size_t length, uint8_t *out)
{
	size_t n = 0;

	for (size_t at = 0; at < length;) {
		if (bytes[at] == '+')
			at = decode_shifted(bytes, at + 1, length, out, &n);
		else
			out[n++] = bytes[at++];
	}
	return n;
}

static int
digit_value(uint8_t c, unsigned base)
{
	int v = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' ? (c | 0x20) - 'a' + 10 : 99;

	return v < (int)base ? v : -1;
}

/* Up to `most` digits at bytes[*at]. */
static uint32_t
read_number(const uint8_t *bytes, size_t *at, size_t length, unsigned base, unsigned most)
{
	uint32_t value = 0;

	for (int v; most > 0 && *at < length && (v = digit_value(bytes[*at], base)) >= 0; most--) {
		value = value * base + (uint32_t)v;
		++*at;
	}
	return value;
}

/* What stands behind a backslash at bytes[*at]. */
static uint8_t
read_escape(const uint8_t *bytes, size_t *at, size_t length)
{
	static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
	uint8_t c = bytes[(*at)++];
	const char *letter = c ? strchr(letters, c) : NULL;

	if (letter)
		return (uint8_t)values[letter - letters];
	switch (c) {
	case 'x':
		return ascii(read_number(bytes, at, length, 16, 2));
	case 'u':
		return ascii(read_number(bytes, at, length, 16, 4));
	case 'U':
		return ascii(read_number(bytes, at, length, 16, 8));
	default:
		break;
	}
	if (c < '0' || c > '7')
		return c;
	--*at;
	return ascii(read_number(bytes, at, length, 8, 3));
}

static size_t
decode_escapes(const uint8_t *bytes, size_t length, uint8_t *out)
{
	size_t n = 0;

	for (size_t at = 0; at < length;) {
		uint8_t c = bytes[at++];

		out[n++] = c == '\\' && at < length ? read_escape(bytes, &at, length) : c;
	}
	return n;
}

size_t
lw_encoding_decode(const char *encoding, const uint8_t *bytes, size_t length, uint8_t *out)
{
	return encoding == utf_7 ? decode_utf_7(bytes, length, out)
				 : decode_escapes(bytes, length, out);
}
