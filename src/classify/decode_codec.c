#include <string.h>

#include "classify/decode_codec.h"

void
lw_out_add(struct lw_out *o, const void *bytes, size_t length)
{
	size_t n = LW_MIN(length, o->room - o->length);

	if (n > 0)
		memcpy(&o->bytes[o->length], bytes, n);
	o->length += n;
	if (n < length)
		o->cut = true;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the next byte that counts lies; n at the end. */
static inline size_t
skip_gap(const uint8_t *in, size_t n, size_t at)
{
	while (at < n) {
		if (is_blank(in[at]))
			at++;
		else if (in[at] == '\\' && at + 1 < n &&
			 (is_blank(in[at + 1]) || in[at + 1] == 'n' || in[at + 1] == 'r'))
			at += 2;
		else
			break;
	}
	return at;
}

int
lw_codec_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits in a row: values from v on for characters from c on. */
#define TWO(c, v) [c] = (v), [(c) + 1] = (v) + 1
#define SIX(c, v) TWO(c, v), TWO((c) + 2, (v) + 2), TWO((c) + 4, (v) + 4)
#define TEN(c, v) SIX(c, v), TWO((c) + 6, (v) + 6), TWO((c) + 8, (v) + 8)
#define LETTERS(c, v) TEN(c, v), TEN((c) + 10, (v) + 10), SIX((c) + 20, (v) + 20)

/* The value of each digit, plus 1. */
static const uint8_t base64_digits[256] = {
	LETTERS('A', 1),
	LETTERS('a', 27),
	TEN('0', 53),
	['+'] = 63,
	['-'] = 63,
	['/'] = 64,
	['_'] = 64,
};
static const uint8_t base32_digits[256] = {LETTERS('A', 1), SIX('2', 27)};

/*
 * Digits of `bits` bits each, the first one highest; "=" ends a group, and another may follow, as
 * in a file of several encoded lines.
 */
static bool
decode_bits(
	const uint8_t *in, size_t n, unsigned bits, const uint8_t digits[256], struct lw_out *out)
{
	uint32_t held = 0;
	unsigned count = 0;

	for (size_t at = skip_gap(in, n, 0); at < n; at = skip_gap(in, n, at + 1)) {
		uint8_t digit = digits[in[at]];

		if (in[at] == '=') {
			count = 0;
			continue;
		}
		if (digit == 0)
			return false;
		held = held << bits | (digit - 1u);
		count += bits;
		if (count >= 8) {
			count -= 8;
			lw_out_put(out, held >> count);
		}
	}
	return true;
}

bool
lw_codec_base64(const uint8_t *in, size_t n, struct lw_out *out)
{
	return decode_bits(in, n, 6, base64_digits, out);
}

bool
lw_codec_base32(const uint8_t *in, size_t n, struct lw_out *out)
{
	return decode_bits(in, n, 5, base32_digits, out);
}

static int
base85_digit(uint8_t c)
{
	static const char symbols[] = "!#$%&()*+-;<=>?@^_`{|}~";
	const char *found;

	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 36;
	found = c ? strchr(symbols, c) : NULL;
	return found ? 62 + (int)(found - symbols) : -1;
}

static int
ascii85_digit(uint8_t c)
{
	return c >= '!' && c <= 'u' ? c - '!' : -1;
}

/* Groups of five digits are four bytes; a last group of k digits is k - 1 bytes. */
static bool
decode_base85(const uint8_t *in, size_t n, int (*digit)(uint8_t), struct lw_out *out)
{
	uint64_t held = 0;
	unsigned count = 0;

	for (size_t at = 0; at < n; at++) {
		int d = digit(in[at]);

		if (is_blank(in[at]))
			continue;
		if (d < 0)
			return false;
		held = held * 85 + (unsigned)d;
		if (++count < 5)
			continue;
		for (int shift = 24; shift >= 0; shift -= 8)
			lw_out_put(out, held >> shift);
		held = count = 0;
	}
	for (unsigned i = count; i > 0 && i < 5; i++)
		held = held * 85 + 84;
	for (unsigned i = 1; i < count; i++)
		lw_out_put(out, held >> (32 - 8 * i));
	return true;
}

bool
lw_codec_base85(const uint8_t *in, size_t n, struct lw_out *out)
{
	return decode_base85(in, n, base85_digit, out);
}

bool
lw_codec_ascii85(const uint8_t *in, size_t n, struct lw_out *out)
{
	size_t from = n >= 2 && memcmp(in, "<~", 2) == 0 ? 2 : 0;

	if (n >= from + 2 && memcmp(&in[n - 2], "~>", 2) == 0)
		n -= 2;
	return decode_base85(&in[from], n - from, ascii85_digit, out);
}

bool
lw_codec_hex(const uint8_t *in, size_t n, struct lw_out *out)
{
	int high = -1;

	for (size_t at = skip_gap(in, n, 0); at < n; at = skip_gap(in, n, at + 1)) {
		int d = lw_codec_hex_digit(in[at]);

		if (in[at] == ':')
			continue;
		if (d < 0)
			return false;
		if (high >= 0)
			lw_out_put(out, high << 4 | d);
		high = high < 0 ? d : -1;
	}
	return true;
}

/* One number below 256 at *at, moved past; -1 when there is none. */
static int
read_number(const uint8_t *in, size_t n, size_t *at)
{
	bool hex = n - *at > 2 && in[*at] == '0' && (in[*at + 1] | 0x20) == 'x';
	size_t digits = 0;
	int value = 0;

	if (hex)
		*at += 2;
	while (*at < n && digits < 4) {
		int d = lw_codec_hex_digit(in[*at]);

		if (d < 0 || (!hex && d > 9))
			break;
		value = value * (hex ? 16 : 10) + d;
		digits++;
		(*at)++;
	}
	return digits > 0 && value < 256 ? value : -1;
}

size_t
lw_codec_numbers(const uint8_t *in, size_t n, struct lw_out *out)
{
	size_t count = 0;

	for (size_t at = skip_gap(in, n, 0); at < n;) {
		int value = read_number(in, n, &at);
		size_t next;

		if (value < 0)
			return 0;
		lw_out_put(out, value);
		count++;
		next = skip_gap(in, n, at);
		if (next < n && in[next] == ',')
			next = skip_gap(in, n, next + 1);
		if (next == at && at < n)
			return 0;
		at = next;
	}
	return count;
}

size_t
lw_codec_percent(const uint8_t *in, size_t n, struct lw_out *out)
{
	size_t letters = 0;

	for (size_t at = 0; at < n; at++) {
		int high = at + 2 < n && in[at] == '%' ? lw_codec_hex_digit(in[at + 1]) : -1;
		int low = high >= 0 ? lw_codec_hex_digit(in[at + 2]) : -1;

		if (low < 0) {
			lw_out_put(out, in[at]);
			continue;
		}
		letters += lw_codec_is_alnum(high << 4 | low);
		lw_out_put(out, high << 4 | low);
		at += 2;
	}
	return letters;
}

void
lw_codec_rot13(const uint8_t *in, size_t n, struct lw_out *out)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = in[i], lower = c | 0x20;

		if (lower >= 'a' && lower <= 'z')
			c += lower < 'n' ? 13 : -13;
		lw_out_put(out, c);
	}
}

void
lw_codec_reverse(const uint8_t *in, size_t n, struct lw_out *out)
{
	for (size_t i = n; i > 0; i--)
		lw_out_put(out, in[i - 1]);
}
