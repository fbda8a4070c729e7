#include "samples.h"

#include <errno.h>
#include <string.h>

#include "base/xxh.h"
#include "classify/tokens.h"
#include "floor.h"

#define SHAPE_TOKENS 65536u
#define COMMON 10 /* a word that stands in so many texts is part of a shape */
#define WORD_SLOTS (1u << 18)

uint64_t
next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

void
shuffle(uint32_t *items, size_t count, uint64_t *state)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = next_random(state) % i;
		uint32_t item = items[i - 1];

		items[i - 1] = items[other];
		items[other] = item;
	}
}

static void *
copy_of(const void *bytes, size_t length)
{
	void *copy = malloc(length + 1);

	if (!copy)
		abort();
	return memcpy(copy, bytes, length);
}

static int
compare_kinds(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
keep_features(struct sample *one, const struct lw_features *f)
{
	one->count = f->count;
	one->step_count = f->step_count;
	one->entries = copy_of(f->entries, f->count * sizeof(uint32_t));
	one->steps = copy_of(f->steps, f->step_count * sizeof(uint32_t));
	one->kinds = copy_of(f->entries, f->count * sizeof(uint32_t));
	qsort(one->kinds, f->count, sizeof(uint32_t), compare_kinds);
	for (uint32_t i = 0; i < f->count; i++)
		if (i == 0 || one->kinds[i] != one->kinds[one->kind_count - 1])
			one->kinds[one->kind_count++] = one->kinds[i];
	one->kinds = realloc(one->kinds, (one->kind_count + 1) * sizeof(uint32_t));
	one->gram_count = f->gram_count;
	one->grams = copy_of(f->grams, f->gram_count * sizeof(uint32_t));
	memcpy(one->dense, f->dense, sizeof(one->dense));
}

static void
keep_shape(struct sample *one, const uint8_t *text, size_t length)
{
	struct lw_lexer lexer;
	struct lw_token t;

	one->shape = malloc(SHAPE_TOKENS * sizeof(uint64_t));
	lw_lexer_init(&lexer, one->language, text, length);
	while (one->shape_count < SHAPE_TOKENS && lw_lexer_next(&lexer, &t)) {
		uint64_t token = t.kind == LW_TOKEN_WORD ? t.hash | 1ull << 63
							 : (uint64_t)t.kind * 256 + t.sign;

		one->shape[one->shape_count++] = token;
	}
	one->shape = realloc(one->shape, (one->shape_count + 1) * sizeof(uint64_t));
}

static int
read_header(struct sample *one, char *line, size_t *length)
{
	char *field[8], *save = line;

	for (size_t i = 0; i < LW_ARRAY_SIZE(field); i++)
		if (!(field[i] = strsep(&save, "\t\n")))
			return -1;
	lw_copy_string(one->id, sizeof(one->id), field[0]);
	one->language = strcmp(field[1], "shell") == 0 ? LW_LANGUAGE_SHELL : LW_LANGUAGE_PYTHON;
	one->malicious = *field[2] == '1';
	one->weight = strtof(field[3], NULL);
	one->cluster = lw_xxh(field[4], strlen(field[4]), 0);
	one->fold[BY_CLUSTER] = one->cluster % FOLDS;
	one->fold[BY_SOURCE] = lw_xxh(field[5], strlen(field[5]), 1) % FOLDS;
	one->found = *field[6] == '1';
	*length = strtoul(field[7], NULL, 10);
	return *length <= LW_FEATURE_TEXT_MAX ? 0 : -1;
}

int
samples_read(struct samples *s, FILE *in)
{
	static uint8_t text[LW_FEATURE_TEXT_MAX];
	char line[1024];
	size_t length;

	s->scratch = calloc(1, sizeof(*s->scratch));
	while (fgets(line, sizeof(line), in)) {
		struct sample one = {0};

		if (read_header(&one, line, &length) < 0 || fread(text, 1, length, in) != length) {
			fprintf(stderr, "lw-train: a frame is not as it should be\n");
			return -1;
		}
		lw_features_extract(s->scratch, one.language, text, length);
		keep_features(&one, s->scratch);
		keep_shape(&one, text, length);
		if (s->floor)
			floor_keep(&one, text, length);
		if (s->count == s->room) {
			s->room = s->room ? 2 * s->room : 1024;
			s->items = realloc(s->items, s->room * sizeof(one));
		}
		s->items[s->count++] = one;
	}
	return 0;
}

void
samples_free(struct samples *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->items[i].entries);
		free(s->items[i].steps);
		free(s->items[i].kinds);
		free(s->items[i].shape);
		free(s->items[i].grams);
		free(s->items[i].plain);
	}
	free(s->items);
	free(s->scratch);
}

void
sample_restore(const struct sample *one, struct lw_features *scratch)
{
	scratch->count = one->count;
	scratch->step_count = one->step_count;
	memcpy(scratch->entries, one->entries, one->count * sizeof(uint32_t));
	memcpy(scratch->steps, one->steps, one->step_count * sizeof(uint32_t));
	scratch->gram_count = one->gram_count;
	memcpy(scratch->grams, one->grams, one->gram_count * sizeof(uint32_t));
}

/* In how many texts each word stands. */
static void
count_words(const struct samples *s, enum lw_language language, uint16_t *texts, uint32_t *last)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct sample *one = &s->items[i];

		for (uint32_t k = 0; one->language == language && k < one->shape_count; k++) {
			uint32_t slot = (one->shape[k] * 0x9e3779b97f4a7c15ull) >> 46;

			if (one->shape[k] >> 63 && last[slot] != i + 1) {
				last[slot] = i + 1;
				texts[slot] += texts[slot] < UINT16_MAX;
			}
		}
	}
}

/* Keeps the smallest hashes, in ascending order, each once. */
static void
sketch_add(struct sample *one, uint64_t hash)
{
	uint32_t at = one->sketch_count;

	if (at == SKETCH && hash >= one->sketch[SKETCH - 1])
		return;
	while (at > 0 && one->sketch[at - 1] > hash)
		at--;
	if (at > 0 && one->sketch[at - 1] == hash)
		return;
	memmove(&one->sketch[at + 1], &one->sketch[at],
		(LW_MIN(one->sketch_count, SKETCH - 1u) - at) * sizeof(uint64_t));
	one->sketch[at] = hash;
	one->sketch_count += one->sketch_count < SKETCH;
}

static void
sketch_one(struct sample *one, const uint16_t *texts)
{
	uint64_t window[4] = {0};

	for (uint32_t k = 0; k < one->shape_count; k++) {
		uint64_t token = one->shape[k];
		uint32_t slot = (token * 0x9e3779b97f4a7c15ull) >> 46;

		if (token >> 63 && texts[slot] < COMMON)
			token = 1;
		memmove(window, &window[1], sizeof(window) - sizeof(window[0]));
		window[3] = token;
		if (k >= 3 || k + 1 == one->shape_count)
			sketch_add(one, lw_xxh(window, sizeof(window), 2));
	}
	free(one->shape);
	one->shape = NULL;
}

void
samples_sketch(struct samples *s, enum lw_language language)
{
	uint16_t *texts = calloc(WORD_SLOTS, sizeof(*texts));
	uint32_t *last = calloc(WORD_SLOTS, sizeof(*last));

	count_words(s, language, texts, last);
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].language == language)
			sketch_one(&s->items[i], texts);
	free(texts);
	free(last);
}

float
sketch_likeness(const struct sample *a, const struct sample *b)
{
	uint32_t i = 0, k = 0, both = 0, all = 0;

	while (all < SKETCH && (i < a->sketch_count || k < b->sketch_count)) {
		bool from_a = k >= b->sketch_count ||
			      (i < a->sketch_count && a->sketch[i] <= b->sketch[k]);
		bool from_b = i >= a->sketch_count ||
			      (k < b->sketch_count && b->sketch[k] <= a->sketch[i]);

		both += from_a && from_b;
		i += from_a;
		k += from_b;
		all++;
	}
	return all ? (float)both / all : 0;
}
