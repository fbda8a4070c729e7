/*
 * The text is seen as a stream of tokens; each adds its sparse entries, its atom, and what it
 * does to the state of the line, of the last tokens and of the open parentheses.
 */
#include "classify/features.h"

#include <string.h>

#include "classify/extract.h"

#define GRAM_MULTIPLIER 0x9e3779b1u
#define NEAR_TOKENS 256 /* two such blocks are "near" */

static void
add_newline(struct lw_extract *s, uint32_t line)
{
	struct lw_features *f = s->out;

	if (s->depth == 0 || s->language == LW_LANGUAGE_SHELL) {
		lw_extract_end_name(s);
		s->line_atoms = 0;
		s->called = 0;
	}
	while (f->line_count <= LW_MIN(line, LW_LINES_MAX - 1))
		f->lines[f->line_count++] = f->count;
}

static void
add_gram(struct lw_features *f, const uint8_t bytes[LW_GRAM_BYTES])
{
	uint32_t four;

	memcpy(&four, bytes, sizeof(four));
	uint32_t gram = four * GRAM_MULTIPLIER >> (32 - LW_FEATURE_BITS);
	uint64_t bit = 1ull << gram % 64;
	bool fresh = !(f->grams_seen[gram / 64] & bit);

	f->grams[f->gram_count] = gram;
	f->gram_count += fresh;
	f->grams_seen[gram / 64] |= bit;
}

/* Up to this token's end, from where the last comment or documentation ended. */
static void
add_grams(struct lw_extract *s, const struct lw_lexer *lexer, const struct lw_token *t)
{
	if (lexer->comment_bytes != s->comment_bytes)
		s->gram_at = t->start;
	s->comment_bytes = lexer->comment_bytes;
	if (t->flags & LW_TOKEN_TEXT)
		s->gram_at = lexer->at;
	for (; s->gram_at + LW_GRAM_BYTES <= lexer->at; s->gram_at++)
		add_gram(s->out, &s->bytes[s->gram_at]);
}

static void
add_token(struct lw_extract *s, struct lw_lexer *lexer, const struct lw_token *t)
{
	struct lw_features *f = s->out;

	add_grams(s, lexer, t);
	while (f->step_count < LW_STEPS_MAX && f->step_count * LW_STEP_BYTES <= t->start)
		f->steps[f->step_count++] = f->count;
	s->line = t->line;
	if (++s->block_tokens > NEAR_TOKENS) {
		s->block_tokens = 0;
		s->last_block_atoms = s->block_atoms;
		s->block_atoms = 0;
	}
	s->tokens++;
	if (t->start < s->skip_until)
		return;
	if (s->language == LW_LANGUAGE_SHELL)
		lw_extract_shell(s, lexer, t);
	else
		lw_extract_code(s, t);
	if (t->kind == LW_TOKEN_NEWLINE)
		add_newline(s, t->line);
	s->last_kind = t->kind;
	s->last_sign = t->sign;
}

static void
reset(struct lw_features *out)
{
	for (uint32_t i = 0; i < out->gram_count; i++)
		out->grams_seen[out->grams[i] / 64] = 0;
	out->count = out->step_count = out->gram_count = 0;
	out->line_count = 1;
	out->lines[0] = 0;
	memset(out->dense, 0, sizeof(out->dense));
	memset(out->behaviour_lines, 0, sizeof(out->behaviour_lines));
	memset(out->structure_lines, 0, sizeof(out->structure_lines));
}

void
lw_features_extract(
	struct lw_features *out, enum lw_language language, const uint8_t *bytes, size_t length)
{
	struct lw_lexer lexer;
	struct lw_token token;
	struct lw_extract s = {
		.out = out,
		.bytes = bytes,
		.length = LW_MIN(length, (size_t)LW_FEATURE_TEXT_MAX),
		.language = language,
		.code.space = LW_SPACE_CODE,
		.string.space = LW_SPACE_STRING,
		.word.space = LW_SPACE_WORD,
		.line = 1,
	};

	reset(out);
	lw_lexer_init(&lexer, language, bytes, s.length);
	while (lw_lexer_next(&lexer, &token))
		add_token(&s, &lexer, &token);
	lw_extract_end_argument(&s);
	lw_extract_check(&s, s.all_atoms, LW_SCOPE_TEXT);
	lw_extract_measure(&s, &lexer);
}

const char *
lw_structure_to_str(enum lw_structure structure)
{
	static const char *const names[LW_STRUCTURE_COUNT] = {
		[LW_STRUCTURE_LONGEST_LINE] = "very long line",
		[LW_STRUCTURE_LONGEST_STRING] = "very long string",
		[LW_STRUCTURE_LONGEST_BLANK] = "code behind blanks",
		[LW_STRUCTURE_ESCAPES] = "escaped characters",
		[LW_STRUCTURE_LONGEST_BLOB] = "encoded data",
		[LW_STRUCTURE_NUMBER_RUN] = "long list of numbers",
		[LW_STRUCTURE_NESTED_EXEC] = "exec of decoded data",
		[LW_STRUCTURE_NESTED_FETCH] = "runs what it downloads",
		[LW_STRUCTURE_PIPED_SHELL] = "download piped to a shell",
	};

	return structure < LW_STRUCTURE_COUNT ? names[structure] : NULL;
}
