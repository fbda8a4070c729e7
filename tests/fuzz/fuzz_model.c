/*
 * Arbitrary bytes as a model file. The sum over the file is made right first, or nothing would get
 * past it; a file that is taken can score any text.
 */
#include <math.h>
#include <string.h>

#include "base/xxh.h"
#include "classify/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "import os\nexec(open('x').read())\nos.system('sh')\n";

static void
score(const struct lw_model *m, enum lw_language language)
{
	static struct lw_features features;
	const struct lw_model_section *s = lw_model_find(m, language);
	struct lw_model_result r;

	if (!s)
		return;
	lw_features_extract(&features, language, (const uint8_t *)text, sizeof(text) - 1);
	lw_model_score(m, s, &features, &r);
	if (!(r.probability >= 0 && r.probability <= 1))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_model_header *h = malloc(size + 1);
	uint8_t *bytes = (uint8_t *)h;
	struct lw_model *m = NULL;

	if (!h)
		return 0;
	memcpy(bytes, data, size);
	if (size >= sizeof(*h)) {
		h->size = size;
		h->sum = lw_xxh(&bytes[sizeof(*h)], size - sizeof(*h), 0);
	}
	if (lw_model_open_bytes(bytes, size, &m) == 0) {
		for (int language = 0; language < LW_LANGUAGE_COUNT; language++)
			score(m, language);
		if (lw_model_name(m) == NULL)
			abort();
	}
	lw_model_free(m);
	free(h);
	return 0;
}
