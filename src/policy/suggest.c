/*
 * suggest: which word was meant? Edit distance over words of bounded length.
 */
#include <string.h>

#include "policy/load.h"

#define WORD_MAX 63

/* Levenshtein's distance, one row at a time. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	const size_t na = strlen(a), nb = strlen(b);

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = LW_MIN(change, LW_MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[nb];
}

const char *
lw_suggest(const char *word, const char *const *candidates, size_t count)
{
	const size_t length = strlen(word);
	size_t best = LW_MAX(length / 3, 1) + 1;
	const char *near = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t d;

		if (!candidates[i] || strlen(candidates[i]) > WORD_MAX)
			continue;
		d = distance(word, candidates[i]);
		if (d < best) {
			best = d;
			near = candidates[i];
		}
	}
	return near;
}
