#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define TEXT_CAPACITY_FIRST 256 /* bytes */

void
lw_text_init(struct lw_text *t, size_t bound)
{
	/* So that no sum or doubling below can overflow. */
	*t = (struct lw_text){.bound = LW_MIN(bound, SIZE_MAX / 4)};
}

void
lw_text_done(struct lw_text *t)
{
	lw_freep(&t->data);
	*t = (struct lw_text){.bound = t->bound};
}

void
lw_text_cut(struct lw_text *t, size_t length)
{
	if (length >= t->length)
		return;
	t->length = length;
	t->data[length] = '\0';
}

void
lw_text_reset(struct lw_text *t)
{
	lw_text_cut(t, 0);
	t->failed = false;
}

static bool
text_fail(struct lw_text *t)
{
	t->failed = true;
	return false;
}

/* Makes room for `length` more bytes and a NUL. */
static bool
text_reserve(struct lw_text *t, size_t length)
{
	size_t need, capacity;
	char *data;

	if (t->failed || length > t->bound - t->length)
		return text_fail(t);
	need = t->length + length + 1;
	if (need <= t->capacity)
		return true;
	capacity = LW_MIN(LW_MAX(t->capacity * 2, TEXT_CAPACITY_FIRST), t->bound + 1);
	capacity = LW_MAX(capacity, need);
	data = realloc(t->data, capacity);
	if (!data)
		return text_fail(t);
	t->data = data;
	t->capacity = capacity;
	return true;
}

void
lw_text_add(struct lw_text *t, const void *bytes, size_t length)
{
	if (length == 0 || !text_reserve(t, length))
		return;
	memcpy(&t->data[t->length], bytes, length);
	t->length += length;
	t->data[t->length] = '\0';
}

void
lw_text_adds(struct lw_text *t, const char *s)
{
	lw_text_add(t, s, strlen(s));
}

void
lw_text_addf(struct lw_text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0) {
		text_fail(t);
	} else if (n > 0 && text_reserve(t, n)) {
		vsnprintf(&t->data[t->length], n + 1, fmt, again);
		t->length += n;
	}
	va_end(again);
	va_end(ap);
}

/* First byte -> length of the sequence and the smallest code point that may use it. */
static size_t
utf8_lead(unsigned char c, uint32_t *code, uint32_t *smallest)
{
	if (c < 0x80) {
		*code = c;
		*smallest = 0;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*code = c & 0x1f;
		*smallest = 0x80;
		return 2;
	}
	if ((c & 0xf0) == 0xe0) {
		*code = c & 0x0f;
		*smallest = 0x800;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*code = c & 0x07;
		*smallest = 0x10000;
		return 4;
	}
	return 0;
}

size_t
lw_utf8_decode(const unsigned char *p, size_t length, uint32_t *code)
{
	uint32_t v, smallest;
	size_t n = length > 0 ? utf8_lead(p[0], &v, &smallest) : 0;

	if (n == 0 || n > length)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v < smallest || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*code = v;
	return n;
}

size_t
lw_utf8_sequence(const unsigned char *p, size_t length)
{
	uint32_t code;

	return lw_utf8_decode(p, length, &code);
}

bool
lw_utf8_valid(const void *bytes, size_t length)
{
	const unsigned char *p = bytes;

	for (size_t i = 0, n; i < length; i += n) {
		n = lw_utf8_sequence(&p[i], length - i);
		if (n == 0)
			return false;
	}
	return true;
}

bool
lw_utf8_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || /* C0, DEL, C1: U+009B is CSI */
	       code == 0x61c || code == 0x200e || code == 0x200f || /* marks of direction */
	       (code >= 0x2028 && code <= 0x202e) || /* separators, embeddings, overrides */
	       (code >= 0x2066 && code <= 0x2069) || /* isolates */
	       code == 0xfeff;
}

void
lw_text_add_visible(struct lw_text *t, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	size_t before = t->length;

	for (size_t i = 0; i < length && !t->failed;) {
		size_t start = i, n = 0;
		uint32_t code;

		while (i < length && (n = lw_utf8_decode(&p[i], length - i, &code)) > 0 &&
			!lw_utf8_control(code))
			i += n;
		lw_text_add(t, &p[start], i - start);
		for (start = i; i < length && i - start < LW_MAX(n, 1); i++)
			lw_text_addf(t, "\\x%02x", p[i]);
	}
	if (t->failed)
		lw_text_cut(t, before);
}

void
lw_hex(char *out, const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < length; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * length] = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
lw_unhex(void *out, size_t length, const char *hex)
{
	unsigned char *p = out;

	if (strnlen(hex, 2 * length + 1) != 2 * length)
		return -EINVAL;
	for (size_t i = 0; i < 2 * length; i++)
		if (hex_digit(hex[i]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < length; i++)
		p[i] = hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]);
	return 0;
}

void
lw_text_add_base64(struct lw_text *t, const void *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = bytes;

	if (length == 0)
		return;
	if (length > t->bound || !text_reserve(t, (length + 2) / 3 * 4)) {
		text_fail(t);
		return;
	}
	for (size_t i = 0; i < length; i += 3) {
		size_t n = LW_MIN(length - i, 3);
		uint32_t v =
			(uint32_t)p[i] << 16 | (n > 1 ? p[i + 1] << 8 : 0) | (n > 2 ? p[i + 2] : 0);
		char *out = &t->data[t->length];

		for (size_t k = 0; k < 4; k++)
			out[k] = k <= n ? digits[v >> (18 - 6 * k) & 63] : '=';
		t->length += 4;
	}
	t->data[t->length] = '\0';
}

/*
 * Only the last star met needs to be remembered: whatever an earlier one could give up, the last
 * can take as well. So each byte of the text is compared at most once with each byte of the
 * pattern.
 */
bool
lw_glob_match(const char *pattern, const char *text, size_t text_length)
{
	const char *p = pattern, *after_star = NULL;
	size_t i = 0, restart = 0;

	while (i < text_length || *p) {
		const char *literal = *p == '\\' && p[1] ? &p[1] : p;

		if (*p == '*') {
			after_star = ++p;
			restart = i;
			if (!*p)
				return true;
		} else if (*p && i < text_length && (*p == '?' || *literal == text[i])) {
			p = &literal[1];
			i++;
		} else if (after_star && restart < text_length) {
			p = after_star;
			i = ++restart;
		} else {
			return false;
		}
	}
	return true;
}
