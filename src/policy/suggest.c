/*
 * suggest: which word was meant? Edit distance over words of bounded length.
 */
#include <string.h>

#include "policy/load.h"

#define WORD_MAX 63

/*
 * Insertions, deletions, changes and swaps of neighbours that lead from a to b ("optimal string
 * alignment"), by the last three rows of the matrix.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	const size_t na = strlen(a), nb = strlen(b);

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		const size_t *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = LW_MIN(row[j], LW_MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = LW_MIN(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
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
