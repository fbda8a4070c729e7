/*
 * extract: the dense features, from what the pass has counted and from the bytes themselves.
 */
#include <math.h>
#include <string.h>

#include "classify/extract.h"

static float
log_of(double n)
{
	return log2(1.0 + n);
}

static float
share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* What the bytes are, without tokens. */
static void
measure_bytes(struct lw_extract *s, float *out)
{
	uint32_t counts[256] = {0};
	uint32_t high = 0, control = 0, longest = 0, line = 1;
	double entropy = 0;
	size_t start = 0;

	for (size_t i = 0; i < s->length; i++)
		counts[s->bytes[i]]++;
	for (size_t i = 0; i < 256; i++) {
		high += i >= 128 ? counts[i] : 0;
		control += i < ' ' && i != '\n' && i != '\t' && i != '\r' ? counts[i] : 0;
		if (counts[i] > 0)
			entropy -= counts[i] * log2((double)counts[i] / s->length);
	}
	for (size_t i = 0; start < s->length; start = i + 1, line++) {
		const uint8_t *end = memchr(&s->bytes[start], '\n', s->length - start);

		i = end ? (size_t)(end - s->bytes) : s->length;
		if (i - start > longest) {
			longest = i - start;
			s->out->structure_lines[LW_STRUCTURE_LONGEST_LINE] = line;
		}
	}
	out[LW_STRUCTURE_BYTES] = log_of(s->length);
	out[LW_STRUCTURE_LINES] = log_of(counts['\n']);
	out[LW_STRUCTURE_LONGEST_LINE] = log_of(longest);
	out[LW_STRUCTURE_MEAN_LINE] = log_of(share(s->length, counts['\n'] + 1));
	out[LW_STRUCTURE_HIGH_SHARE] = share(high, s->length);
	out[LW_STRUCTURE_CONTROL_SHARE] = share(control, s->length);
	out[LW_STRUCTURE_ENTROPY] = share(entropy, s->length);
	out[LW_STRUCTURE_SEMICOLONS] = share(s->semicolons, counts['\n'] + 1);
}

static void
measure_tokens(const struct lw_extract *s, const struct lw_lexer *lexer, float *out)
{
	out[LW_STRUCTURE_LONGEST_STRING] = log_of(s->longest_string);
	out[LW_STRUCTURE_STRING_SHARE] = share(s->string_bytes, s->length);
	out[LW_STRUCTURE_COMMENT_SHARE] = share(lexer->comment_bytes, s->length);
	out[LW_STRUCTURE_LONGEST_BLANK] = log_of(lexer->blank_run);
	out[LW_STRUCTURE_ESCAPES] = log_of(s->escapes);
	out[LW_STRUCTURE_LONGEST_BLOB] = log_of(s->longest_blob);
	out[LW_STRUCTURE_WORD_LENGTH] = share(s->word_bytes, s->words);
	out[LW_STRUCTURE_ODD_WORDS] = share(s->odd_words, s->words);
	out[LW_STRUCTURE_NUMBERS] = share(s->numbers, s->tokens);
	out[LW_STRUCTURE_NUMBER_RUN] = log_of(s->longest_number_run);
	out[LW_STRUCTURE_SIGNS] = share(s->signs, s->tokens);
	out[LW_STRUCTURE_DEPTH] = s->depth_max;
	out[LW_STRUCTURE_IMPORTS] = log_of(s->imports);
	out[LW_STRUCTURE_DEFINITIONS] = log_of(s->definitions);
	out[LW_STRUCTURE_CALLS] = log_of(s->calls);
	out[LW_STRUCTURE_DOCUMENTATION] = log_of(s->documentation);
	out[LW_STRUCTURE_JOINS] = log_of(s->joins);
	out[LW_STRUCTURE_SETUP] = s->atoms_code[LW_ATOM_SETUP] >= 2;
	out[LW_STRUCTURE_NESTED_EXEC] = log_of(s->nested_exec);
	out[LW_STRUCTURE_NESTED_FETCH] = log_of(s->nested_fetch);
	out[LW_STRUCTURE_PIPED_SHELL] = log_of(s->piped);
	out[LW_STRUCTURE_TOKENS] = log_of(s->tokens);
	out[LW_STRUCTURE_ATOMS] = __builtin_popcountll(s->all_atoms);
}

void
lw_extract_measure(struct lw_extract *s, const struct lw_lexer *lexer)
{
	float *dense = s->out->dense;

	for (size_t i = 0; i < LW_ATOM_COUNT; i++) {
		dense[LW_DENSE_CODE + i] = log_of(s->atoms_code[i]);
		dense[LW_DENSE_STRING + i] = log_of(s->atoms_string[i]);
	}
	for (size_t i = 0; i < LW_BEHAVIOURS_MAX; i++)
		dense[LW_DENSE_BEHAVIOUR + i] = s->behaviour_scope[i];
	measure_bytes(s, &dense[LW_DENSE_STRUCTURE]);
	measure_tokens(s, lexer, &dense[LW_DENSE_STRUCTURE]);
	s->out->structure_lines[LW_STRUCTURE_LONGEST_BLANK] = lexer->blank_line;
	s->out->structure_lines[LW_STRUCTURE_LONGEST_STRING] = s->string_line;
	s->out->structure_lines[LW_STRUCTURE_LONGEST_BLOB] = s->blob_line;
	s->out->structure_lines[LW_STRUCTURE_NUMBER_RUN] = s->number_line;
}
