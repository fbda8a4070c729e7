/* The first byte chooses a language, the rest is a script: bounds hold, places lie inside. */
#include <string.h>

#include "classify/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t length, bytes, layers;
	unsigned depth;
};

static void
on_layer(void *arg, const struct lw_decoded *d)
{
	struct seen *s = arg;
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < d->length; i++)
		sum ^= d->bytes[i];
	s->bytes += d->length;
	s->layers++;
	if (d->length == 0 || d->offset >= s->length || d->line == 0 || d->line > s->length + 1)
		abort();
	if (d->depth == 0 || d->depth > LW_DECODE_DEPTH || s->bytes > LW_DECODE_BYTES)
		abort();
	if (s->layers > LW_DECODE_LAYERS || strlen(d->encodings) == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = {.length = size - 1};

	if (size == 0)
		return 0;
	if (lw_decode(&data[1], size - 1, data[0] % LW_LANGUAGE_COUNT, NULL, on_layer, &s) < 0)
		abort();
	return 0;
}
