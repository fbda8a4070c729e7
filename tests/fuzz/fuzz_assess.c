/* A request and a content, both arbitrary, through the whole of judging. */
#include <string.h>

#include "classify/assess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_string(const char *s, size_t size)
{
	return strnlen(s, size) < size;
}

static void
check(const struct lw_assessment *out)
{
	if (!is_string(out->interpreter, sizeof(out->interpreter)) ||
		!is_string(out->interpreter_arg, sizeof(out->interpreter_arg)) ||
		!is_string(out->hash_list, sizeof(out->hash_list)))
		abort();
	if (out->language >= LW_LANGUAGE_COUNT || out->format >= LW_FORMAT_COUNT ||
		out->reason_count > LW_REASONS_MAX)
		abort();
	if ((out->flags & LW_ASSESS_HASHED) && out->hashed_size != out->size)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lw_assessor a;
	struct lw_msg_assess request = {0};
	struct lw_assessment out;
	size_t head = LW_MIN(size, (size_t)12);

	if (!a.content.block && lw_assessor_init(&a) < 0)
		abort();
	/* flags, capture_max, language, kind, layer */
	if (head > 0)
		memcpy(&request, data, head);

	_cleanup_close_ int fd = lw_memfd_with("content", &data[head], size - head);
	_cleanup_close_ int capture = lw_memfd("capture");
	lw_assess(&a, &request, fd, capture, &out);
	check(&out);
	return 0;
}
