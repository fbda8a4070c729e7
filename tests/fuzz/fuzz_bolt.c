/*
 * fuzz_bolt: any file as a bbolt database: a value behind two buckets, and the pairs of a bucket.
 */
#include "engine/bolt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
take_pair(void *arg, const void *key, size_t key_length, const void *value, size_t value_length)
{
	lw_text_add(arg, key, key_length);
	lw_text_add(arg, value, value_length);
	return true;
}

static void
restart(void *arg)
{
	lw_text_reset(arg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const value[] = {"ctr", "aa", "config", NULL};
	static const char *const bucket[] = {"labels", NULL};
	_cleanup_text_ struct lw_text text = {0};
	const struct lw_bolt_visitor visitor = {restart, take_pair, &text};
	_cleanup_close_ int fd = lw_memfd_with("fuzz", data, size);

	lw_text_init(&text, 64 * 1024);
	if (fd >= 0) {
		lw_bolt_get(fd, value, &text);
		lw_bolt_each(fd, bucket, &visitor);
	}
	return 0;
}
