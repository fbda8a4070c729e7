#include <string.h>

#include "classify/decode.h"
#include "classify/decode_scan.h"

#define PAIRS_LEAST 40 /* bytes of a list of numbers */
#define SEPARATOR_WITHIN 12 /* bytes of a list of numbers */
#define PERCENT_LEAST 6 /* of %XX in one place */
#define LAST_LINE_LEAST 4 /* digits of the last line of wrapped base64 without a "=" */

enum {
	WORD = 1 << 0,
	PAIR = 1 << 1,
	PLAIN = 1 << 2, /* may stand between %XX */
	SPACE = 1 << 3,
};

/* [0-9A-Fa-f] of words and pairs; the other letters; and the rest by name. */
#define DIGIT (WORD | PAIR | PLAIN)
#define LETTER (WORD | PLAIN)
static const uint8_t kinds[256] = {
	['0' ... '9'] = DIGIT,
	['A' ... 'F'] = DIGIT,
	['a' ... 'f'] = DIGIT,
	['G' ... 'W'] = LETTER,
	['Y' ... 'Z'] = LETTER,
	['g' ... 'w'] = LETTER,
	['y' ... 'z'] = LETTER,
	['X'] = DIGIT,
	['x'] = DIGIT,
	['+'] = WORD | PLAIN,
	['/'] = WORD | PLAIN,
	['-'] = WORD | PLAIN,
	['_'] = WORD | PLAIN,
	[','] = PAIR | PLAIN,
	[':'] = PAIR | PLAIN,
	[' '] = PAIR | SPACE,
	['\t'] = PAIR | SPACE,
	['\n'] = PAIR | SPACE,
	['\r'] = PAIR | SPACE,
	['%'] = PLAIN,
	['.'] = PLAIN,
	[';'] = PLAIN,
	['('] = PLAIN,
	[')'] = PLAIN,
	['='] = PLAIN,
	['?'] = PLAIN,
	['&'] = PLAIN,
	['@'] = PLAIN,
	['!'] = PLAIN,
	['*'] = PLAIN,
	['~'] = PLAIN,
};

struct scan {
	const uint8_t *bytes;
	size_t length;
	void (*found)(void *arg, enum lw_shape shape, size_t from, size_t to);
	void *arg;
};

static bool
is_kind(const struct scan *s, size_t at, uint8_t kind)
{
	return at < s->length && (kinds[s->bytes[at]] & kind);
}

static size_t
run_end(const struct scan *s, size_t at, uint8_t kind)
{
	while (is_kind(s, at, kind))
		at++;
	return at;
}

/*
 * The next run of at least `least` bytes of this kind from *from on: looks at every least-th byte
 * first, and only around those that fit at the others. Sets *from to its start; returns its end, 0
 * when there is none.
 */
static size_t
next_run(const struct scan *s, uint8_t kind, size_t least, size_t *from)
{
	size_t at = *from;

	while (at < s->length && s->length - at >= least) {
		size_t probe = at + least - 1, start = probe;

		if (!(kinds[s->bytes[probe]] & kind)) {
			at = probe + 1;
			continue;
		}
		while (start > at && (kinds[s->bytes[start - 1]] & kind))
			start--;
		if (start > at) {
			at = start;
			if (s->length - at < least)
				return 0;
			/* All of [start, probe] fits: the rest up to least may yet. */
			while (probe < start + least - 1 && is_kind(s, probe + 1, kind))
				probe++;
			if (probe < start + least - 1) {
				at = probe + 1;
				continue;
			}
		}
		*from = start;
		return run_end(s, probe, kind);
	}
	return 0;
}

static size_t
skip_padding(const struct scan *s, size_t at)
{
	for (int i = 0; i < 6 && at < s->length && s->bytes[at] == '='; i++)
		at++;
	return at;
}

/* The start of the next line of wrapped text; 0 when `at` is no line end, real or written "\n". */
static size_t
next_line(const struct scan *s, size_t at)
{
	size_t start = at;

	if (at + 1 < s->length && s->bytes[at] == '\\' && s->bytes[at + 1] == 'n')
		return at + 2;
	if (is_kind(s, at, SPACE) || (at < s->length && s->bytes[at] == '\\')) {
		at += s->bytes[at] == '\\';
		if (at < s->length && s->bytes[at] == '\r')
			at++;
	}
	if (at >= s->length || s->bytes[at] != '\n')
		return 0;
	at++;
	while (at < s->length && at - start < 64 && (s->bytes[at] == ' ' || s->bytes[at] == '\t'))
		at++;
	return at;
}

/* Is there nothing but the run on this line, up to its end or a closing quote? */
static bool
ends_line(const struct scan *s, size_t at)
{
	return at >= s->length || s->bytes[at] == '\n' || s->bytes[at] == '\r' ||
	       s->bytes[at] == '\\' || s->bytes[at] == '"' || s->bytes[at] == '\'';
}

/* From the end of one run on over the lines that go on with it. */
static size_t
wrapped_end(const struct scan *s, size_t end)
{
	size_t next;

	end = skip_padding(s, end);
	while ((next = next_line(s, end)) > 0) {
		size_t stop = run_end(s, next, WORD), padded = skip_padding(s, stop);
		bool last = next_line(s, padded) == 0 || stop - next < LW_DECODE_LEAST;

		if (!ends_line(s, padded) || (stop - next < LAST_LINE_LEAST && padded == stop))
			return end;
		if (last && stop - next < LW_DECODE_LEAST && padded == stop &&
			(stop - next) % 4 != 0)
			return end;
		end = padded;
		if (last)
			return end;
	}
	return end;
}

static void
scan_words(const struct scan *s)
{
	size_t from = 0, end;

	while ((end = next_run(s, WORD, LW_DECODE_LEAST, &from)) > 0) {
		/* The "n" of a "\n" before it is none of it. */
		bool escaped = from > 0 && s->bytes[from - 1] == '\\';

		end = wrapped_end(s, end);
		s->found(s->arg, LW_SHAPE_WORD, from + escaped, end);
		from = end;
	}
}

/* Without a blank, comma or colon near its start it is one word, and has been seen as such. */
static bool
is_parted(const struct scan *s, size_t from, size_t to)
{
	for (size_t at = from; at < LW_MIN(to, from + SEPARATOR_WITHIN); at++)
		if (!(kinds[s->bytes[at]] & WORD))
			return true;
	return false;
}

static void
scan_pairs(const struct scan *s)
{
	size_t from = 0, end;

	while ((end = next_run(s, PAIR, PAIRS_LEAST, &from)) > 0) {
		/* A letter before it is the end of a word. */
		size_t start = from, stop = end;

		while (start < stop && !(kinds[s->bytes[start]] & SPACE) && start > 0 &&
			(kinds[s->bytes[start - 1]] & WORD))
			start++;
		while (stop > start && is_kind(s, stop, WORD) &&
			!(kinds[s->bytes[stop - 1]] & SPACE))
			stop--;
		if (is_parted(s, start, stop))
			s->found(s->arg, LW_SHAPE_PAIRS, start, stop);
		from = end;
	}
}

static bool
is_percent(const struct scan *s, size_t at)
{
	return at + 2 < s->length && lw_codec_hex_digit(s->bytes[at + 1]) >= 0 &&
	       lw_codec_hex_digit(s->bytes[at + 2]) >= 0;
}

static void
scan_percent(const struct scan *s)
{
	size_t done = 0;

	for (size_t at = 0; at < s->length;) {
		const uint8_t *next = memchr(&s->bytes[at], '%', s->length - at);
		size_t start, end, count = 0;

		if (!next)
			return;
		start = end = next - s->bytes;
		at = start + 1;
		if (!is_percent(s, start))
			continue;
		while (start > done && is_kind(s, start - 1, PLAIN))
			start--;
		for (; is_kind(s, end, PLAIN); end++)
			count += s->bytes[end] == '%' && is_percent(s, end);
		if (count >= PERCENT_LEAST)
			s->found(s->arg, LW_SHAPE_PERCENT, start, end);
		at = done = end;
	}
}

void
lw_scan(const uint8_t *bytes, size_t n,
	void (*found)(void *arg, enum lw_shape shape, size_t from, size_t to), void *arg)
{
	const struct scan s = {bytes, n, found, arg};

	scan_words(&s);
	scan_pairs(&s);
	scan_percent(&s);
}
