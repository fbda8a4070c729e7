/*
 * Arbitrary bytes as a script: the first byte chooses the language, the second repeats the rest so
 * often that the bounds are met. What comes out is in range, and the same every time.
 */
#include <fcntl.h>
#include <string.h>

#include "classify/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lw_features features;

/* That of the source tree; without it only behaviours are judged. */
static struct lw_model *
open_model(void)
{
	const char *srcdir = getenv("srcdir");
	struct lw_model *m = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/conf/layerwatch.model", srcdir ? srcdir : ".");
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && lw_model_open(fd, &m) < 0)
		abort();
	return m;
}

static void
check_features(void)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < features.count; i++)
		if (features.entries[i] >= LW_FEATURE_COUNT)
			abort();
	for (uint32_t i = 0; i < features.step_count; i++) {
		if (features.steps[i] < last || features.steps[i] > features.count)
			abort();
		last = features.steps[i];
	}
	for (size_t i = 0; i < LW_DENSE_COUNT; i++)
		if (!(features.dense[i] >= 0 && features.dense[i] < 1e6f))
			abort();
}

static void
judge_twice(enum lw_language language, const uint8_t *bytes, size_t length)
{
	static struct lw_judge *judge;
	static struct lw_judge_by by;
	struct lw_judgement one, two;

	if (!judge) {
		if (lw_judge_new(&judge) < 0)
			abort();
		by.model = open_model();
	}
	lw_features_extract(&features, language, bytes, length);
	check_features();
	lw_judge_script(judge, &by, language, bytes, length, &one);
	lw_judge_script(judge, &by, language, bytes, length, &two);
	if (one.score != two.score || one.reason_count > LW_REASONS_MAX)
		abort();
	for (uint32_t i = 0; i < one.reason_count; i++)
		if (!memchr(one.reasons[i], 0, LW_REASON_SIZE))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t times, length = 0;
	uint8_t *text;

	if (size < 3)
		return 0;
	times = data[1] < 200 ? 1 : 1 + LW_FEATURE_TEXT_MAX / (size - 2);
	text = malloc(times * (size - 2));
	for (size_t i = 0; text && i < times; i++, length += size - 2)
		memcpy(&text[length], &data[2], size - 2);
	if (text)
		judge_twice(data[0] % LW_LANGUAGE_COUNT, text, length);
	free(text);
	return 0;
}
