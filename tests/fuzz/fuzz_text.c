/*
 * text: UTF-8, visible text, hex, base64 and glob over any bytes; glob is held against a slow and
 * obvious matcher.
 */
#include <string.h>

#include "base/text.h"

#define BOUND 65536
#define PATTERN_MAX 24
#define TEXT_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* matches[i]: the pattern so far matches the first i bytes of the text. */
static bool
glob_by_table(const char *pattern, const char *text, size_t length)
{
	bool matches[TEXT_MAX + 1] = {true};

	for (const char *p = pattern; *p; p++) {
		bool next[TEXT_MAX + 1] = {0};
		bool escaped = *p == '\\' && p[1];

		if (escaped)
			p++;
		for (size_t i = 0; i <= length; i++) {
			if (!escaped && *p == '*')
				next[i] = matches[i] || (i > 0 && next[i - 1]);
			else if (i > 0)
				next[i] = matches[i - 1] &&
					  ((!escaped && *p == '?') || *p == text[i - 1]);
		}
		memcpy(matches, next, sizeof(matches));
	}
	return matches[length];
}

static void
fuzz_glob(const uint8_t *data, size_t size)
{
	char pattern[PATTERN_MAX + 1] = "", text[TEXT_MAX];
	size_t cut = LW_MIN(size, PATTERN_MAX), length = LW_MIN(size - cut, TEXT_MAX);

	memcpy(pattern, data, cut);
	memcpy(text, &data[cut], length);
	if (lw_glob_match(pattern, text, length) != glob_by_table(pattern, text, length))
		abort();
}

static void
fuzz_visible(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, BOUND);
	lw_text_add_visible(&t, data, size);
	if (t.failed && (t.length > 0 || size <= BOUND / 4))
		abort();
	if (!lw_utf8_valid(t.data ? t.data : "", t.length))
		abort();
	for (size_t i = 0; i < t.length; i++)
		if ((unsigned char)t.data[i] < 0x20 || t.data[i] == 0x7f)
			abort();
}

static void
fuzz_encodings(const uint8_t *data, size_t size)
{
	uint8_t back[64];
	char hex[2 * sizeof(back) + 1];
	size_t n = LW_MIN(size, sizeof(back));
	_cleanup_text_ struct lw_text t;

	lw_hex(hex, data, n);
	if (lw_unhex(back, n, hex) != 0 || memcmp(back, data, n) != 0)
		abort();
	lw_text_init(&t, BOUND);
	lw_text_add_base64(&t, data, size);
	if (!t.failed && t.length != (size + 2) / 3 * 4)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_glob(data, size);
	fuzz_visible(data, size);
	fuzz_encodings(data, size);
	return 0;
}
