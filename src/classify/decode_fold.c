#include <errno.h>
#include <string.h>

#include "classify/decode_piece.h"

#define CUT_LEAST 64 /* bytes of a literal that the end of the capture cuts */

/* How a language writes literals. */
struct rules {
	enum lw_language language;
	const char *quotes;
	const char *join; /* the operator that joins strings */
	bool adjacent; /* literals side by side are one */
	bool triple; /* three quotes: over several lines */
	const char *comment; /* to the end of the line */
};

static const struct rules languages[] = {
	{LW_LANGUAGE_PYTHON, "\"'", "+", true, true, "#"},
	{LW_LANGUAGE_NODE, "\"'`", "+", false, false, "//"},
	{LW_LANGUAGE_PHP, "\"'", ".", false, false, "//"},
	{LW_LANGUAGE_PERL, "\"'`", ".", false, false, "#"},
	{LW_LANGUAGE_RUBY, "\"'`", "+", true, false, "#"},
	{LW_LANGUAGE_LUA, "\"'", "..", false, false, "--"},
	{LW_LANGUAGE_AWK, "\"", "", true, false, "#"},
};

static const struct rules any_language = {LW_LANGUAGE_NONE, "\"'", "+", false, false, "\n"};

static size_t
find_triple(struct lw_fold *f, size_t from, uint8_t quote, bool *escapes)
{
	const uint8_t closing[3] = {quote, quote, quote};
	const uint8_t *end;

	*escapes = false;
	if (f->dead[quote ^ 0x80] > from || from >= f->length)
		return f->length;
	end = memmem(&f->in[from], f->length - from, closing, sizeof(closing));
	if (!end) {
		f->dead[quote ^ 0x80] = f->length;
		return f->length;
	}
	*escapes = memchr(&f->in[from], '\\', end - &f->in[from]) != NULL;
	return end - f->in;
}

static bool
find_literal(struct lw_fold *f, size_t at, const struct rules *rules, struct lw_literal *l)
{
	uint8_t quote = f->in[at];
	bool triple = rules->triple && at + 2 < f->length && f->in[at + 1] == quote &&
		      f->in[at + 2] == quote;
	size_t width = triple ? 3 : 1;

	l->from = at + width;
	l->raw = rules->triple && at > 0 && (f->in[at - 1] | 0x20) == 'r' &&
		 (at < 2 || !lw_codec_is_alnum(f->in[at - 2]) || (f->in[at - 2] | 0x20) == 'b');
	l->to = triple ? find_triple(f, l->from, quote, &l->escapes)
		       : lw_piece_find_quote(f, l->from, quote, quote == '`', &l->escapes);
	l->end = l->to + width;
	/* The end of the text, and no line end before it, may have cut the literal. */
	if (l->to == f->length && !triple && f->dead[quote] == f->length &&
		f->length - l->from >= CUT_LEAST) {
		l->end = f->length;
		return true;
	}
	return l->to < f->length;
}

/* A literal that documents what stands before it, and is no part of it. */
static bool
is_docstring(const struct lw_fold *f, size_t at, const struct rules *rules)
{
	return rules->triple && (lw_piece_has_at(f, at, "\"\"\"") || lw_piece_has_at(f, at, "'''"));
}

/* Behind the text of the piece: where the next one may begin; 0 = the expression ends here. */
static size_t
find_next_piece(const struct lw_fold *f, const struct lw_expression *e, const struct rules *rules)
{
	bool joined = false, nested = false, comma = false;
	size_t at = e->end;

	while (at < f->length) {
		if (lw_piece_is_blank(f->in[at]) ||
			(f->in[at] == '\\' && lw_piece_has_at(f, at + 1, "\n"))) {
			at++;
		} else if (lw_piece_has_at(f, at, rules->join) && !joined) {
			joined = true;
			at += strlen(rules->join);
		} else if (f->in[at] == '(' || f->in[at] == ')') {
			nested = true;
			at++;
		} else if (f->in[at] == ',' && e->characters_last && !comma) {
			comma = true;
			at++;
		} else {
			break;
		}
	}
	if (at >= f->length || (!joined && is_docstring(f, at, rules)))
		return 0;
	return joined || comma || (rules->adjacent && !nested) ? at : 0;
}

static const char *const character_calls[] = {
	"chr(", "Chr(", "String.fromCharCode(", "fromCharCode(", "chr ("};

/* "chr(99)" and the like at `at`. */
static bool
add_character(struct lw_fold *f, size_t at, struct lw_expression *e)
{
	size_t start = at, n;
	unsigned value;
	bool hex;

	for (size_t i = 0; i < LW_ARRAY_SIZE(character_calls) && at == start; i++)
		if (lw_piece_has_at(f, at, character_calls[i]))
			at += strlen(character_calls[i]);
	if (at == start)
		return false;
	hex = lw_piece_has_at(f, at, "0x") || lw_piece_has_at(f, at, "0X");
	n = lw_piece_read_digits(f, at + 2 * hex, hex ? 16 : 10, 6, &value);
	at += 2 * hex + n;
	if (n == 0 || at >= f->length || f->in[at] != ')' || value > 0xffff)
		return false;
	lw_piece_put_code(&f->value, value);
	e->pieces++;
	e->characters++;
	e->characters_last = true;
	e->end = at + 1;
	return true;
}

static bool
is_prefix_letter(uint8_t c)
{
	return c && strchr("bBrRuUfF", c);
}

/* The piece that begins at `at`, a prefix of Python's literals stepped over. */
static bool
add_piece(struct lw_fold *f, size_t at, const struct rules *rules, struct lw_expression *e)
{
	struct lw_literal l;
	size_t quote = at;

	while (rules->triple && quote < f->length && quote - at < 2 &&
		is_prefix_letter(f->in[quote]))
		quote++;
	if (quote < f->length && f->in[quote] && strchr(rules->quotes, f->in[quote])) {
		if (!find_literal(f, quote, rules, &l))
			return false;
		lw_piece_add_literal(f, &l, e);
		return true;
	}
	return add_character(f, at, e);
}

/* The expression at `at`; *end is where to go on. */
static int
fold_expression(struct lw_fold *f, size_t at, const struct rules *rules, size_t *end)
{
	struct lw_expression e = {.start = at, .end = at};

	f->value.length = 0;
	f->value.cut = false;
	*end = at + 1;
	for (size_t next = at; next && add_piece(f, next, rules, &e);)
		next = find_next_piece(f, &e, rules);
	if (e.pieces == 0)
		return 0;
	*end = e.end;
	return lw_piece_tell(f, &e);
}

/* A literal that stands alone and has nothing escaped: what nearly all are. Its end, or 0. */
static size_t
plain_literal(struct lw_fold *f, size_t at, const struct rules *rules)
{
	struct lw_literal l;
	size_t next;

	if (!find_literal(f, at, rules, &l))
		return at + 1;
	if (f->literal || (l.escapes && !l.raw))
		return 0;
	next = l.end;
	while (next < f->length && lw_piece_is_blank(f->in[next]))
		next++;
	if (next >= f->length ||
		!(strchr("\\()", f->in[next]) || lw_piece_has_at(f, next, rules->join) ||
			(rules->adjacent && (strchr(rules->quotes, f->in[next]) ||
						    is_prefix_letter(f->in[next])))))
		return l.end;
	return 0;
}

/* Which bytes a language's folding stops at. */
static void
mark_stops(bool stops[256], const struct rules *rules)
{
	memset(stops, 0, 256 * sizeof(*stops));
	for (const char *q = rules->quotes; *q; q++)
		stops[(uint8_t)*q] = true;
	stops[(uint8_t)rules->comment[0]] = rules->comment[0] != '\n';
	stops['('] = true;
}

/* The start of "chr" and the like that ends in the "(" at `at`; f->length when it is none. */
static size_t
character_start(const struct lw_fold *f, size_t at)
{
	size_t start = at;

	if (at == 0 || (f->in[at - 1] != 'r' && f->in[at - 1] != 'e' && f->in[at - 1] != ' '))
		return f->length;
	while (start > 0 && at - start < 13 &&
		(lw_codec_is_alnum(f->in[start - 1]) || f->in[start - 1] == ' ')) {
		start--;
		for (size_t i = 0; i < LW_ARRAY_SIZE(character_calls); i++)
			if (start + strlen(character_calls[i]) == at + 1 &&
				lw_piece_has_at(f, start, character_calls[i]))
				return start;
	}
	return f->length;
}

/* Folds [from, to) by the rules of one language. */
static int
fold_range(struct lw_fold *f, size_t from, size_t to, const struct rules *rules)
{
	size_t length = f->length;
	bool stops[256];
	int r = 0;

	mark_stops(stops, rules);
	f->length = to;
	for (size_t at = from; at < to && r == 0;) {
		size_t end;

		if (!stops[f->in[at]]) {
			at++;
		} else if (f->in[at] == '(') {
			size_t start = character_start(f, at++);

			if (start < to && start >= f->copied) {
				r = fold_expression(f, start, rules, &end);
				at = LW_MAX(at, end);
			}
		} else if (lw_piece_has_at(f, at, rules->comment)) {
			at = lw_piece_line_end(f, at);
		} else if (strchr(rules->quotes, f->in[at])) {
			end = plain_literal(f, at, rules);
			if (end == 0)
				r = fold_expression(f, at, rules, &end);
			at = end;
		} else {
			at++;
		}
	}
	f->length = length;
	return r;
}

int
lw_fold_any(struct lw_fold *f, size_t from, size_t to)
{
	return fold_range(f, from, to, &any_language);
}

int
lw_fold(struct lw_fold *f, enum lw_language language)
{
	const struct rules *rules = &any_language;
	int r;

	for (size_t i = 0; i < LW_ARRAY_SIZE(languages); i++)
		if (languages[i].language == language)
			rules = &languages[i];
	r = language == LW_LANGUAGE_SHELL ? lw_fold_shell(f) : fold_range(f, 0, f->length, rules);
	lw_piece_finish_line(f);
	return r;
}
