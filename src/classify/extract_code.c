/*
 * extract: the tokens of code, where strings are tokens and parentheses show what goes into what.
 */
#include <string.h>

#include "classify/extract.h"

static bool
is_word_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c >= 128;
}

static size_t
string_word(struct lw_extract *s, const uint8_t *p, size_t left)
{
	size_t n = 0;
	uint64_t hash;

	if (*p >= '0' && *p <= '9') {
		n = lw_extract_read_address(p, left);
		if (n > 0) {
			lw_extract_chain(s->out, &s->string, lw_extract_address(s, p, n, true));
			return n;
		}
	}
	while (n < left && is_word_byte(p[n]))
		n++;
	if (*p >= '0' && *p <= '9' && n < LW_BLOB_BYTES) {
		lw_extract_chain(s->out, &s->string, lw_extract_size_class(n) + 1);
		return n;
	}
	hash = lw_token_hash((const char *)p, n);
	lw_extract_chain(s->out, &s->string, lw_extract_word(s, p, n, hash));
	if (n < LW_LONG_WORD) {
		enum lw_atom atom = lw_atom_find(hash);

		if (atom < LW_ATOM_COUNT)
			lw_extract_atom(s, atom, true);
	}
	return n;
}

/* What a string's beginning says it is. */
static unsigned
string_shape(const uint8_t *p, size_t length)
{
	static const struct {
		const char *start;
		uint8_t shape;
	} rows[] = {{"http", 1}, {"/", 2}, {"./", 3}, {"C:", 4}, {"~", 5}, {"\\x", 6}, {"#!", 7},
		{"-", 8}, {"%", 9}, {"{", 10}, {"<", 11}, {"import ", 12}, {"from ", 13}};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].start);

		if (length >= n && memcmp(p, rows[i].start, n) == 0)
			return rows[i].shape;
	}
	return 0;
}

static void
scan_string(struct lw_extract *s, const uint8_t *p, size_t length)
{
	lw_extract_break(&s->string);
	for (size_t i = 0; i < length;) {
		uint8_t c = p[i];

		if (is_word_byte(c)) {
			i += string_word(s, &p[i], length - i);
			continue;
		}
		if (c == '\\' && i + 1 < length) {
			if (p[i + 1] == 'x' || p[i + 1] == 'u') {
				s->escapes++;
				i += LW_MIN((size_t)4, length - i);
			} else {
				lw_extract_chain(s->out, &s->string, p[i + 1]);
				i += 2;
			}
			continue;
		}
		if (c == '/' && lw_extract_is_devtcp(&p[i], length - i))
			lw_extract_atom(s, LW_ATOM_DEVTCP, true);
		if (c > ' ')
			lw_extract_chain(s->out, &s->string, c);
		i++;
	}
}

static void
add_string(struct lw_extract *s, const struct lw_token *t)
{
	const uint8_t *p = &s->bytes[t->start];
	unsigned shape = string_shape(p, t->length);
	bool blanks = memchr(p, ' ', LW_MIN(t->length, 256u)) != NULL;

	if (t->flags & LW_TOKEN_TEXT) {
		s->documentation++;
		lw_extract_emit(s->out, lw_extract_mix(LW_SPACE_SHAPE, 3));
		return;
	}
	s->string_bytes += t->length;
	if (t->length > s->longest_string) {
		s->longest_string = t->length;
		s->string_line = t->line;
	}
	if (s->last_kind == LW_TOKEN_SIGN && s->last_sign == '+')
		s->joins++;
	lw_extract_chain(s->out, &s->code,
		lw_extract_mix(LW_SPACE_SHAPE,
			1024 + shape * 64 + LW_MIN(lw_extract_size_class(t->length), 12u) * 2 +
				blanks));
	scan_string(s, p, t->length);
}

static void
open_parenthesis(struct lw_extract *s)
{
	uint64_t outer = s->depth ? s->open[LW_MIN(s->depth, LW_EXTRACT_DEPTH) - 1] : 0;

	if (s->depth < LW_EXTRACT_DEPTH)
		s->open[s->depth++] = outer | s->called;
	s->called = 0;
	s->depth_max = LW_MAX(s->depth_max, (uint32_t)s->depth);
}

static void
add_sign(struct lw_extract *s, uint8_t sign)
{
	s->signs++;
	if (sign == '(') {
		open_parenthesis(s);
		return;
	}
	if (sign == ')') {
		s->depth -= s->depth > 0;
		return;
	}
	s->called = 0;
	if (sign == '=' && s->last_sign != '=' && !s->assigned && s->depth == 0) {
		s->name = s->last_word;
		s->assigned = true;
	}
	s->semicolons += sign == ';';
	if (sign != '.' && sign != ',')
		lw_extract_chain(s->out, &s->code, sign);
}

static void
add_code_word(struct lw_extract *s, const struct lw_token *t)
{
	uint64_t token = lw_extract_word(s, &s->bytes[t->start], t->length, t->hash);
	bool call = t->flags & LW_TOKEN_CALL;
	enum lw_atom atom = lw_atom_find(t->hash);

	lw_extract_keyword(s, t);
	s->calls += call;
	lw_extract_chain(
		s->out, &s->code, token + (call ? 1 : 0) + (t->flags & LW_TOKEN_ATTRIBUTE ? 2 : 0));
	if (atom < LW_ATOM_COUNT)
		lw_extract_atom(s, atom, false);
	else if (!(t->flags & LW_TOKEN_ATTRIBUTE))
		lw_extract_recall(s, t->hash);
	if (call && atom < LW_ATOM_COUNT)
		s->called |= 1ull << atom;
	s->last_word = t->hash;
}

void
lw_extract_code(struct lw_extract *s, const struct lw_token *t)
{
	if (t->kind == LW_TOKEN_WORD)
		add_code_word(s, t);
	else if (t->kind == LW_TOKEN_STRING)
		add_string(s, t);
	else if (t->kind == LW_TOKEN_NUMBER)
		lw_extract_number(s, t);
	else if (t->kind == LW_TOKEN_SIGN)
		add_sign(s, t->sign);
}
