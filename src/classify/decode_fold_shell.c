/*
 * The words of a shell: quotes, backslashes and empty expansions where no one needs them. Quoted
 * texts are read as code of some language too.
 */
#include <string.h>

#include "classify/decode.h"
#include "classify/decode_piece.h"

/* In a shell: a quoted text that holds blanks is read as code of some language, and as text. */
static int
fold_quoted(struct lw_fold *f, const struct lw_literal *l, size_t start)
{
	struct lw_expression e = {.start = start, .end = l->end};
	int r;

	if (l->to - l->from >= LW_DECODE_LEAST && (f->literal || l->escapes)) {
		f->value.length = 0;
		f->value.cut = false;
		lw_piece_add_literal(f, l, &e);
		e.joins = 0;
		r = lw_piece_tell(f, &e);
		if (r < 0 || f->copied >= l->end)
			return r;
	}
	return lw_fold_any(f, l->from, l->to);
}

static bool
ends_word(uint8_t c)
{
	static const bool ends[256] = {[' '] = true,
		['\t' ... '\r'] = true,
		[';'] = true,
		['|'] = true,
		['&'] = true,
		['('] = true,
		[')'] = true,
		['<'] = true,
		['>'] = true,
		['`'] = true,
		['"'] = true};

	return ends[c];
}

static bool
holds_blank(const struct lw_fold *f, const struct lw_literal *l)
{
	for (size_t at = l->from; at < l->to; at++)
		if (lw_piece_is_blank(f->in[at]))
			return true;
	return false;
}

/* The quoted text at `at`, also $'...'; false when it is not closed. */
static bool
find_shell_quoted(struct lw_fold *f, size_t at, struct lw_literal *l)
{
	size_t quote = at + (f->in[at] == '$');

	*l = (struct lw_literal){.from = quote + 1};
	if (quote >= f->length || (f->in[quote] != '\'' && f->in[quote] != '"'))
		return false;
	if (quote == at && f->in[quote] == '\'') {
		const uint8_t *end = l->from < f->length && f->dead['\''] <= l->from
					     ? memchr(&f->in[l->from], '\'', f->length - l->from)
					     : NULL;

		if (!end)
			f->dead['\''] = f->length;
		l->to = end ? (size_t)(end - f->in) : f->length;
		l->escapes = end && memchr(&f->in[l->from], '\\', l->to - l->from);
	} else {
		l->to = lw_piece_find_quote(f, l->from, f->in[quote], true, &l->escapes);
	}
	l->end = l->to + 1;
	return l->to < f->length;
}

/* What stands for nothing, or for a blank, in the middle of a word: $@, $*, ${IFS}. */
static size_t
empty_expansion(const struct lw_fold *f, size_t at, bool *blank)
{
	static const struct {
		const char *text;
		bool blank;
	} rows[] = {
		{"${IFS}", true}, {"$IFS$9", true}, {"${@}", false}, {"$@", false}, {"$*", false}};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		if (lw_piece_has_at(f, at, rows[i].text)) {
			*blank = rows[i].blank;
			return strlen(rows[i].text);
		}
	}
	return 0;
}

/*
 * Adds the piece of a shell word at `at`; returns its length, 0 where the word ends. *special says
 * that it is more than one plain byte.
 */
static size_t
add_word_piece(struct lw_fold *f, size_t at, struct lw_expression *e, bool *special)
{
	struct lw_literal l;
	bool blank = false;
	size_t n = f->in[at] == '$' ? empty_expansion(f, at, &blank) : 0;

	*special = true;
	if (n > 0) {
		if (blank)
			lw_out_put(&f->value, ' ');
		e->joins += blank && f->value.length > 1 ? 2 : 0;
		return n;
	}
	if (f->in[at] == '\\' && at + 1 < f->length && f->in[at + 1] != '\n') {
		lw_out_put(&f->value, f->in[at + 1]);
		return 2;
	}
	if (strchr("'\"$", f->in[at]) && f->in[at] && find_shell_quoted(f, at, &l)) {
		if (holds_blank(f, &l))
			return 0;
		lw_piece_add_literal(f, &l, e);
		return l.end - at;
	}
	*special = false;
	if (ends_word(f->in[at]))
		return 0;
	lw_out_put(&f->value, f->in[at]);
	return 1;
}

/* A word of a shell command, from `start` on: its pieces without their quotes. */
static int
fold_word(struct lw_fold *f, size_t start, size_t *end)
{
	struct lw_expression e = {.start = start};
	bool was_special = false, special, empty = false;
	size_t at = start, n;

	f->value.length = 0;
	f->value.cut = false;
	while (at < f->length) {
		size_t before = f->value.length;

		e.pieces = 0;
		n = add_word_piece(f, at, &e, &special);
		if (n == 0)
			break;
		/* Nothing at all, as in w""get, parts a word too: it counts on both its sides. */
		if ((special || was_special) && f->value.length > before &&
			lw_piece_is_inside_word(f, before, f->value.bytes[before]))
			e.joins += 1 + empty;
		empty = special && f->value.length == before;
		was_special = special;
		at += n;
	}
	*end = LW_MAX(at, start + 1);
	e.end = at;
	e.joins = e.joins > 1 ? e.joins : 0;
	return at > start ? lw_piece_tell(f, &e) : 0;
}

/* The byte before or after a place; a blank outside of the text. */
static uint8_t
byte_at(const struct lw_fold *f, size_t at)
{
	return at < f->length ? f->in[at] : ' ';
}

/* Does a quoted text without blanks stand in the middle of a word, or hold escapes? */
static bool
is_odd_quoted(const struct lw_fold *f, const struct lw_literal *l, size_t at)
{
	uint8_t after = byte_at(f, l->end);

	return l->escapes || lw_codec_is_alnum(byte_at(f, at - 1)) || lw_codec_is_alnum(after) ||
	       after == '\'' || after == '"' || after == '\\' || after == '$';
}

/* Is what stands at `at` (a backslash or "$" that quotes nothing) of use to hide a word? */
static bool
is_odd_byte(const struct lw_fold *f, size_t at)
{
	bool blank;

	if (f->in[at] == '$')
		return empty_expansion(f, at, &blank) > 0;
	return lw_codec_is_alnum(byte_at(f, at - 1)) && lw_codec_is_alnum(byte_at(f, at + 1));
}

/* One step of a shell's text: *at is a byte that may begin something; moved past what was done. */
static int
fold_shell_at(struct lw_fold *f, size_t *at, size_t *done)
{
	struct lw_literal l;
	size_t start = *at;
	bool quoted = f->in[*at] != '\\' && f->in[*at] != '#' && find_shell_quoted(f, *at, &l);
	int r;

	if (f->in[*at] == '#') {
		*at = lw_piece_is_blank(byte_at(f, *at - 1)) ? lw_piece_line_end(f, *at) : *at + 1;
		return 0;
	}
	if (quoted && (f->literal || holds_blank(f, &l))) {
		r = fold_quoted(f, &l, *at);
		*at = *done = l.end;
		return r;
	}
	if (quoted ? !is_odd_quoted(f, &l, *at) : !is_odd_byte(f, *at)) {
		*at = quoted ? l.end : *at + 1 + (f->in[*at] == '\\');
		return 0;
	}
	while (start > *done && !ends_word(f->in[start - 1]))
		start--;
	r = fold_word(f, start, at);
	*done = *at;
	return r;
}

int
lw_fold_shell(struct lw_fold *f)
{
	static const bool stops[256] = {
		['\''] = true, ['"'] = true, ['\\'] = true, ['#'] = true, ['$'] = true};
	size_t done = 0;
	int r = 0;

	for (size_t at = 0; at < f->length && r == 0;) {
		if (stops[f->in[at]])
			r = fold_shell_at(f, &at, &done);
		else
			at++;
	}
	return r;
}
