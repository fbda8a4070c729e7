/*
 * test_cache: identity is exact, capacity holds, what is asked for stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "gate/cache.h"

static struct lw_cache_key
key(uint64_t ino)
{
	struct lw_cache_key k = {
		.dev_minor = 52,
		.ino = ino,
		.ctime_ns = 1700000000000000000,
		.size = 4096,
	};

	assert_true(lw_cache_key_handle(&k, 0xf8, &ino, sizeof(ino)));
	return k;
}

static struct lw_cache *
cache_of(uint32_t capacity)
{
	struct lw_cache *c = NULL;

	assert_int_equal(lw_cache_new(capacity, &c), 0);
	return c;
}

static void
put(struct lw_cache *c, uint64_t ino)
{
	struct lw_cache_key k = key(ino);
	struct lw_cache_value v = {.layer = LW_LAYER_IMAGE};

	memcpy(v.sha256, &ino, sizeof(ino));
	lw_cache_put(c, &k, &v);
}

static bool
has(struct lw_cache *c, uint64_t ino)
{
	struct lw_cache_key k = key(ino);
	const struct lw_cache_value *v = lw_cache_get(c, &k);

	if (v)
		assert_memory_equal(v->sha256, &ino, sizeof(ino));
	return v;
}

static void
bad_capacities(void **state _unused_)
{
	struct lw_cache *c = NULL;

	assert_int_equal(lw_cache_new(0, &c), -EINVAL);
	assert_int_equal(lw_cache_new(LW_CACHE_CAPACITY_MAX + 1, &c), -EINVAL);
	assert_null(c);
	assert_null(lw_cache_free(NULL));
}

static void
what_was_put_is_got(void **state _unused_)
{
	_cleanup_(lw_cache_freep) struct lw_cache *c = cache_of(1);
	struct lw_cache_key k = key(1);
	struct lw_cache_value v = {
		.verdict = LW_VERDICT_MALICIOUS, .hash_list = "list", .interpreter = "/bin/sh"};
	const struct lw_cache_value *got;

	assert_null(lw_cache_get(c, &k));
	lw_cache_put(c, &k, &v);
	got = lw_cache_get(c, &k);
	assert_non_null(got);
	assert_memory_equal(got, &v, sizeof(v));
	v.verdict = LW_VERDICT_TRUSTED;
	lw_cache_put(c, &k, &v);
	assert_int_equal(lw_cache_get(c, &k)->verdict, LW_VERDICT_TRUSTED);
}

static void
every_part_of_the_key_counts(void **state _unused_)
{
	_cleanup_(lw_cache_freep) struct lw_cache *c = cache_of(64);
	struct lw_cache_key base = key(7), k;
	uint8_t *byte = (uint8_t *)&k;

	put(c, 7);
	for (size_t i = 0; i < sizeof(k); i++) {
		k = base;
		byte[i] ^= 1;
		assert_null(lw_cache_get(c, &k));
	}
	assert_non_null(lw_cache_get(c, &base));
}

static void
handles_too_long_are_refused(void **state _unused_)
{
	uint8_t bytes[LW_CACHE_HANDLE_MAX + 1] = {1};
	struct lw_cache_key k = {};

	assert_true(lw_cache_key_handle(&k, 1, bytes, LW_CACHE_HANDLE_MAX));
	assert_false(lw_cache_key_handle(&k, 1, bytes, sizeof(bytes)));
	assert_true(lw_cache_key_handle(&k, 1, bytes, 1));
	assert_int_equal(k.handle[1], 0);
	assert_true(lw_cache_key_handle(&k, 1, NULL, 0));
	assert_int_equal(k.handle[0], 0);
}

static void
capacity_holds(void **state _unused_)
{
	_cleanup_(lw_cache_freep) struct lw_cache *c = cache_of(100);
	struct lw_cache_counts n;
	unsigned found = 0;

	for (uint64_t i = 0; i < 10000; i++)
		put(c, i);
	lw_cache_count(c, &n);
	assert_true(n.capacity >= 100);
	assert_true(n.entries <= n.capacity);
	assert_int_equal(n.puts, 10000);
	assert_int_equal(n.evictions, n.puts - n.entries);
	for (uint64_t i = 0; i < 10000; i++)
		found += has(c, i);
	assert_int_equal(found, n.entries);
	lw_cache_count(c, &n);
	assert_int_equal(n.hits, found);
	assert_int_equal(n.misses, 10000 - found);
}

static void
a_hundred_fit_in_a_hundred_and_some(void **state _unused_)
{
	_cleanup_(lw_cache_freep) struct lw_cache *c = cache_of(1024);
	unsigned found = 0;

	for (uint64_t i = 0; i < 256; i++)
		put(c, i);
	for (uint64_t i = 0; i < 256; i++)
		found += has(c, i);
	/* a quarter full: a set of eight hardly ever overflows */
	assert_true(found >= 250);
}

static void
what_is_asked_for_stays(void **state _unused_)
{
	_cleanup_(lw_cache_freep) struct lw_cache *c = cache_of(64);

	put(c, 1000000);
	for (uint64_t i = 0; i < 100000; i++) {
		put(c, i);
		assert_true(has(c, 1000000));
	}
}

static void
a_superblock_goes(void **state _unused_)
{
	_cleanup_(lw_cache_freep) struct lw_cache *c = cache_of(256);
	struct lw_cache_value v = {};
	struct lw_cache_key k = key(1);
	struct lw_cache_counts n;

	for (uint64_t i = 0; i < 20; i++)
		put(c, i);
	k.dev_minor = 53;
	lw_cache_put(c, &k, &v);
	lw_cache_drop_superblock(c, 0, 52);
	lw_cache_count(c, &n);
	assert_int_equal(n.entries, 1);
	assert_non_null(lw_cache_get(c, &k));
	assert_false(has(c, 1));
	lw_cache_clear(c);
	lw_cache_count(c, &n);
	assert_int_equal(n.entries, 0);
	assert_null(lw_cache_get(c, &k));
	put(c, 1);
	assert_true(has(c, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_capacities),
		cmocka_unit_test(what_was_put_is_got),
		cmocka_unit_test(every_part_of_the_key_counts),
		cmocka_unit_test(handles_too_long_are_refused),
		cmocka_unit_test(capacity_holds),
		cmocka_unit_test(a_hundred_fit_in_a_hundred_and_some),
		cmocka_unit_test(what_is_asked_for_stays),
		cmocka_unit_test(a_superblock_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
