#include <string.h>

#include "classify/decode_words.h"

static size_t
hash(uint8_t a, uint8_t b)
{
	return ((size_t)a << 5 ^ b) & (LW_WORDS_HASH - 1);
}

static size_t
shortest(const struct lw_words *w)
{
	size_t least = UINT8_MAX;

	for (size_t i = 0; i < w->count; i++)
		least = LW_MIN(least, (size_t)w->length[i]);
	return least;
}

void
lw_words_init(struct lw_words *w, const char *const *words, size_t count)
{
	w->words = words;
	w->count = LW_MIN(count, (size_t)LW_WORDS_MAX);
	for (size_t i = 0; i < w->count; i++)
		w->length[i] = strlen(words[i]);
	w->least = shortest(w);
	memset(w->shift, w->least - 1, sizeof(w->shift));
	memset(w->head, 0, sizeof(w->head));
	for (size_t i = 0; i < w->count; i++) {
		const uint8_t *word = (const uint8_t *)words[i];
		size_t last = hash(word[w->least - 2], word[w->least - 1]);

		for (size_t at = 1; at < w->least; at++) {
			size_t h = hash(word[at - 1], word[at]);

			w->shift[h] = LW_MIN(w->shift[h], w->least - 1 - at);
		}
		w->next[i] = w->head[last];
		w->head[last] = i + 1;
	}
}

uint64_t
lw_words_find(const struct lw_words *w, const uint8_t *bytes, size_t n)
{
	const size_t back = w->least - 1;
	uint64_t found = 0;

	for (size_t at = back; at < n;) {
		size_t h = hash(bytes[at - 1], bytes[at]);
		size_t start = at - back;

		if (w->shift[h] > 0) {
			at += w->shift[h];
			continue;
		}
		for (size_t i = w->head[h]; i > 0; i = w->next[i - 1])
			if (n - start >= w->length[i - 1] &&
				memcmp(&bytes[start], w->words[i - 1], w->length[i - 1]) == 0)
				found |= (uint64_t)1 << (i - 1);
		at++;
	}
	return found;
}
