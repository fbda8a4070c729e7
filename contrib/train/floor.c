#include "floor.h"

#include <math.h>
#include <string.h>

#define PASSES 15
#define COST 30

static int
compare_grams(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t
slot_of(uint64_t hash)
{
	return (hash * 0x9e3779b97f4a7c15ull) >> 44;
}

static uint64_t
add_byte(uint64_t hash, uint8_t c)
{
	return (hash ^ c) * 0x100000001b3ull;
}

static bool
is_word_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c >= 128;
}

static size_t
add_words(uint32_t *grams, const uint8_t *text, size_t length)
{
	uint64_t last = 0;
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		uint64_t hash = 1;

		if (!is_word_byte(text[i]))
			continue;
		for (; i < length && is_word_byte(text[i]); i++)
			hash = add_byte(hash, text[i]);
		grams[n++] = slot_of(hash);
		grams[n++] = slot_of(last ^ (hash << 7 | hash >> 57));
		last = hash;
	}
	return n;
}

static size_t
add_characters(uint32_t *grams, const uint8_t *text, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		uint64_t hash = 2;

		for (size_t k = 0; k < 5 && i + k < length; k++) {
			hash = add_byte(hash, text[i + k]);
			if (k >= 2)
				grams[n++] = slot_of(hash + k);
		}
	}
	return n;
}

void
floor_keep(struct sample *one, const uint8_t *text, size_t length)
{
	uint32_t *grams = malloc((5 * length + 4) * sizeof(*grams));
	size_t n = add_words(grams, text, length);

	n += add_characters(&grams[n], text, length);
	qsort(grams, n, sizeof(*grams), compare_grams);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || grams[i] != grams[one->plain_count - 1])
			grams[one->plain_count++] = grams[i];
	one->plain = realloc(grams, (one->plain_count + 1) * sizeof(*grams));
}

double
floor_score(const struct floor *f, const struct sample *one)
{
	double sum = 0;

	for (uint32_t i = 0; i < one->plain_count; i++)
		sum += f->weights[one->plain[i]];
	return sum / sqrt(one->plain_count + 1) + f->bias;
}

/*
 * The dual of a logistic regression has a variable in 0..most for each text; where its slope is
 * nought is found by halving.
 */
static double
solve(double slope, double square, double old, double most)
{
	double low = 0, high = most;

	for (unsigned round = 0; round < 40; round++) {
		double at = (low + high) / 2;
		double here = slope + square * (at - old) + log(at / (most - at));

		if (here > 0)
			high = at;
		else
			low = at;
	}
	return (low + high) / 2;
}

static void
step(struct floor *f, const struct sample *one, double *alpha)
{
	double y = one->malicious ? 1 : -1;
	double x = 1 / sqrt(one->plain_count + 1);
	double square = x * x * one->plain_count + 1;
	double next = solve(y * floor_score(f, one), square, *alpha, COST * one->weight);
	double change = y * (next - *alpha);

	*alpha = next;
	for (uint32_t i = 0; i < one->plain_count; i++)
		f->weights[one->plain[i]] += change * x;
	f->bias += change;
}

void
floor_fit(struct floor *out, const struct samples *s, const uint32_t *which, size_t count)
{
	uint32_t *order = malloc(count * sizeof(*order));
	double *alpha = calloc(s->count, sizeof(*alpha));
	uint64_t random = 20261122;

	memset(out, 0, sizeof(*out));
	memcpy(order, which, count * sizeof(*order));
	for (unsigned pass = 0; pass < PASSES; pass++) {
		shuffle(order, count, &random);
		for (size_t i = 0; i < count; i++)
			step(out, &s->items[order[i]], &alpha[order[i]]);
	}
	free(order);
	free(alpha);
}
