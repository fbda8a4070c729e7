#include <errno.h>
#include <string.h>

#include "classify/decode.h"
#include "classify/decode_look.h"
#include "classify/decode_piece.h"

#define CONTEXT 256 /* bytes of a long line that are kept before and after what was folded */
#define ESCAPES_TELLING 4 /* escaped letters in one literal that are no accident */
#define CHARACTERS_TELLING 3 /* chr() in one expression */

bool
lw_piece_has_at(const struct lw_fold *f, size_t at, const char *word)
{
	size_t n;

	if (at >= f->length || f->in[at] != (uint8_t)word[0])
		return false;
	n = strlen(word);
	return n > 0 && n <= f->length - at && memcmp(&f->in[at], word, n) == 0;
}

size_t
lw_piece_line_end(const struct lw_fold *f, size_t at)
{
	const uint8_t *end = at < f->length ? memchr(&f->in[at], '\n', f->length - at) : NULL;

	return end ? (size_t)(end - f->in) : f->length;
}

static size_t
line_start(const struct lw_fold *f, size_t at, size_t least)
{
	const uint8_t *found = at > least ? memrchr(&f->in[least], '\n', at - least) : NULL;

	return found ? (size_t)(found - f->in) + 1 : least;
}

/* Up to `most` digits of a number at `at`; returns how many there were. */
size_t
lw_piece_read_digits(
	const struct lw_fold *f, size_t at, unsigned base, size_t most, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	while (n < most && at + n < f->length) {
		int d = lw_codec_hex_digit(f->in[at + n]);

		if (d < 0 || (unsigned)d >= base)
			break;
		*value = *value * base + (unsigned)d;
		n++;
	}
	return n;
}

void
lw_piece_put_code(struct lw_out *o, unsigned code)
{
	if (code < 0x80) {
		lw_out_put(o, code);
	} else if (code < 0x800) {
		lw_out_put(o, 0xc0 | code >> 6);
		lw_out_put(o, 0x80 | (code & 0x3f));
	} else {
		lw_out_put(o, 0xe0 | (code >> 12 & 0x0f));
		lw_out_put(o, 0x80 | (code >> 6 & 0x3f));
		lw_out_put(o, 0x80 | (code & 0x3f));
	}
}

static void
count_escape(struct lw_expression *e, unsigned value)
{
	if (value < 0x80 && lw_codec_is_alnum(value))
		e->escapes++;
	else if (value >= 0x80 || (value < ' ' && value != '\n' && value != '\t' && value != '\r'))
		e->binary = true;
}

static const struct {
	char name;
	uint8_t base, least, most; /* digits; in braces up to six */
	bool wide; /* a code point, not a byte */
} numeric_escapes[] = {
	{'x', 16, 2, 2, false},
	{'u', 16, 4, 4, true},
	{'U', 16, 8, 8, true},
};

/* "\x63", "\u0063", "\143": returns the bytes read after the backslash; 0 = it is none of these. */
static size_t
numeric_escape(struct lw_fold *f, size_t at, struct lw_expression *e)
{
	unsigned value;
	size_t n;

	for (size_t i = 0; i < LW_ARRAY_SIZE(numeric_escapes); i++) {
		size_t brace = at + 1 < f->length && f->in[at + 1] == '{';

		if (f->in[at] != (uint8_t)numeric_escapes[i].name)
			continue;
		n = lw_piece_read_digits(
			f, at + 1 + brace, 16, brace ? 6 : numeric_escapes[i].most, &value);
		if (n < (brace ? 1 : numeric_escapes[i].least))
			return 0;
		count_escape(e, value);
		if (numeric_escapes[i].wide)
			lw_piece_put_code(&f->value, value);
		else
			lw_out_put(&f->value, value);
		return 1 + n + 2 * brace;
	}
	n = lw_piece_read_digits(f, at, 8, f->in[at] == '0' ? 4 : 3, &value);
	if (n < 3 || value > 255)
		return 0;
	count_escape(e, value);
	lw_out_put(&f->value, value);
	return n;
}

/* Adds what the escape after a backslash at `at` stands for; returns the bytes after it. */
static size_t
add_escape(struct lw_fold *f, size_t at, struct lw_expression *e)
{
	static const char plain[] = "nrtabfve0\\'\"`\n";
	static const char values[] = "\n\r\t\a\b\f\v\033\0\\'\"`";
	const char *found;
	size_t n = numeric_escape(f, at, e);

	if (n > 0)
		return n;
	found = f->in[at] ? strchr(plain, f->in[at]) : NULL;
	if (!found) {
		lw_out_put(&f->value, '\\');
		lw_out_put(&f->value, f->in[at]);
	} else if (*found != '\n') {
		lw_out_put(&f->value, values[found - plain]);
		e->binary |= *found == '0';
	}
	return 1;
}

/* The closing quote of the literal that opens before `from`; f->length when there is none. */
size_t
lw_piece_find_quote(struct lw_fold *f, size_t from, uint8_t quote, bool lines, bool *escapes)
{
	size_t at = from;

	*escapes = false;
	if (f->dead[quote] > from)
		return f->length;
	for (; at < f->length && (lines || f->in[at] != '\n'); at++) {
		if (f->in[at] == quote)
			return at;
		if (f->in[at] != '\\')
			continue;
		*escapes = true;
		at++;
	}
	f->dead[quote] = LW_MIN(at, f->length);
	return f->length;
}

/* Is the place between two pieces the middle of a word? */
bool
lw_piece_is_inside_word(const struct lw_fold *f, size_t before, uint8_t next)
{
	return before > 0 && before <= f->value.length &&
	       lw_codec_is_alnum(f->value.bytes[before - 1]) && lw_codec_is_alnum(next);
}

void
lw_piece_add_literal(struct lw_fold *f, const struct lw_literal *l, struct lw_expression *e)
{
	size_t before = f->value.length;

	if (!l->escapes || l->raw) {
		lw_out_add(&f->value, &f->in[l->from], l->to - l->from);
	} else {
		for (size_t at = l->from; at < l->to;) {
			if (f->in[at] == '\\' && at + 1 < l->to) {
				at += 1 + add_escape(f, at + 1, e);
				continue;
			}
			lw_out_put(&f->value, f->in[at++]);
		}
	}
	if (e->pieces > 0 && f->value.length > before)
		e->joins += lw_piece_is_inside_word(f, before, f->value.bytes[before]);
	e->pieces++;
	e->characters_last = false;
	e->end = l->end;
}

static int
add_origin(struct lw_fold *f, size_t in)
{
	if (f->origin_count == f->origin_room) {
		size_t room = LW_MAX(f->origin_room * 2, (size_t)64);
		void *grown = reallocarray(f->origins, room, sizeof(*f->origins));

		if (!grown)
			return -ENOMEM;
		f->origins = grown;
		f->origin_room = room;
	}
	f->origins[f->origin_count++] = (struct lw_fold_origin){f->out.length, in};
	return 0;
}

/* The rest of the line of the last fold, as far as it is kept. */
void
lw_piece_finish_line(struct lw_fold *f)
{
	size_t end;

	if (f->origin_count == 0)
		return;
	end = LW_MIN(lw_piece_line_end(f, f->copied), f->copied + CONTEXT);
	lw_out_add(&f->out, &f->in[f->copied], end - f->copied);
	lw_out_put(&f->out, '\n');
	f->copied = end;
}

/* Writes the value in the place of input [start, end). */
static int
replace(struct lw_fold *f, size_t start, size_t end)
{
	size_t from = LW_MAX(f->copied, start > CONTEXT ? start - CONTEXT : 0);
	int r;

	from = line_start(f, start, from);
	if (f->origin_count == 0 || from > f->copied) {
		lw_piece_finish_line(f);
		from = LW_MAX(from, f->copied);
		r = add_origin(f, from);
		if (r < 0)
			return r;
	}
	lw_out_add(&f->out, &f->in[from], start - from);
	r = add_origin(f, start);
	lw_out_put(&f->out, '"');
	lw_out_add(&f->out, f->value.bytes, f->value.length);
	lw_out_put(&f->out, '"');
	f->copied = end;
	return r;
}

/* What a whole expression comes to. */
int
lw_piece_tell(struct lw_fold *f, const struct lw_expression *e)
{
	bool telling = e->joins > 0 || e->escapes >= ESCAPES_TELLING ||
		       e->characters >= CHARACTERS_TELLING;

	if (f->value.cut)
		return 0;
	if (e->binary && f->value.length >= LW_DECODE_LEAST &&
		lw_look_at(f->value.bytes, f->value.length) > LW_LOOK_WIDE) {
		if (f->binary)
			f->binary(f->arg, e->start, f->value.bytes, f->value.length);
		return 0;
	}
	if (f->literal && f->value.length >= LW_DECODE_LEAST)
		f->literal(f->arg, e->start, f->value.bytes, f->value.length);
	if (!telling || lw_look_at(f->value.bytes, f->value.length) != LW_LOOK_TEXT)
		return 0;
	f->joins += e->joins;
	f->escapes += e->escapes;
	f->characters += e->characters;
	return replace(f, e->start, e->end);
}
