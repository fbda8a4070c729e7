#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/lru.h"
#include "report/repeat.h"

#define WINDOW 3600000000ull

static struct lw_repeat_key
key_of(uint32_t minor, const char *identity)
{
	struct lw_object o = {.layer = LW_LAYER_ADDED};

	return (struct lw_repeat_key){.dev_minor = minor,
		.identity = identity,
		.detector = lw_detector_for(&o, 0),
		.identity_length = strlen(identity)};
}

static struct lw_repeat *
repeat_of(uint64_t window, uint32_t rate)
{
	struct lw_repeat *r = NULL;

	assert_int_equal(lw_repeat_new(&r), 0);
	lw_repeat_configure(r, window, rate);
	return r;
}

static void
repeats_fold_and_the_next_counts_them(void **state)
{
	struct lw_repeat *r = repeat_of(WINDOW, 0);
	struct lw_repeat_key k = key_of(1, "a");
	uint64_t n = 99, now = 1000;

	assert_int_equal(lw_repeat_check(r, &k, now, &n), LW_REPEAT_TELL);
	assert_int_equal(n, 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(lw_repeat_check(r, &k, now + i, &n), LW_REPEAT_FOLDED);
	assert_int_equal(lw_repeat_check(r, &k, now + WINDOW, &n), LW_REPEAT_TELL);
	assert_int_equal(n, 5);
	assert_int_equal(lw_repeat_folded(r), 5);
	lw_repeat_free(r);
}

static void
what_differs_is_told(void **state)
{
	struct lw_repeat *r = repeat_of(WINDOW, 0);
	struct lw_repeat_key k = key_of(1, "a"), other = k;
	uint64_t n;

	assert_int_equal(lw_repeat_check(r, &k, 1, &n), LW_REPEAT_TELL);
	other.dev_minor = 2;
	assert_int_equal(lw_repeat_check(r, &other, 1, &n), LW_REPEAT_TELL);
	other = k;
	other.outcome = LW_OUTCOME_DENIED;
	assert_int_equal(lw_repeat_check(r, &other, 1, &n), LW_REPEAT_TELL);
	other = k;
	other.detector = lw_detector_held_back();
	assert_int_equal(lw_repeat_check(r, &other, 1, &n), LW_REPEAT_TELL);
	other = key_of(1, "b");
	assert_int_equal(lw_repeat_check(r, &other, 1, &n), LW_REPEAT_TELL);
	lw_repeat_free(r);
}

static void
no_window_folds_nothing(void **state)
{
	struct lw_repeat *r = repeat_of(0, 0);
	struct lw_repeat_key k = key_of(1, "a");
	uint64_t n;

	for (int i = 0; i < 10; i++)
		assert_int_equal(lw_repeat_check(r, &k, 1, &n), LW_REPEAT_TELL);
	lw_repeat_free(r);
}

static void
the_rate_holds_back_and_a_summary_tells(void **state)
{
	struct lw_repeat *r = repeat_of(WINDOW, 60);
	struct lw_held_back held;
	uint64_t n, now = 1000, told = 0;
	char name[16];

	for (int i = 0; i < 100; i++) {
		struct lw_repeat_key k;

		snprintf(name, sizeof(name), "%d", i);
		k = key_of(3, name);
		told += lw_repeat_check(r, &k, now, &n) == LW_REPEAT_TELL;
	}
	assert_int_equal(told, 60);
	assert_true(lw_repeat_waits(r));
	assert_false(lw_repeat_summary(r, now, &held));
	assert_true(lw_repeat_summary(r, now + LW_MINUTE_US, &held));
	assert_int_equal(held.count, 40);
	assert_int_equal(held.dev_minor, 3);
	assert_false(lw_repeat_waits(r));
	assert_false(lw_repeat_summary(r, now + LW_MINUTE_US, &held));
	lw_repeat_free(r);
}

static void
tokens_come_back_evenly(void **state)
{
	struct lw_repeat *r = repeat_of(0, 60);
	struct lw_repeat_key k = key_of(3, "a");
	uint64_t n, now = 1000;

	for (int i = 0; i < 60; i++)
		assert_int_equal(lw_repeat_check(r, &k, now, &n), LW_REPEAT_TELL);
	assert_int_equal(lw_repeat_check(r, &k, now, &n), LW_REPEAT_HELD_BACK);
	now += 1100000;
	assert_int_equal(lw_repeat_check(r, &k, now, &n), LW_REPEAT_TELL);
	assert_int_equal(n, 1);
	assert_int_equal(lw_repeat_check(r, &k, now, &n), LW_REPEAT_HELD_BACK);
	lw_repeat_free(r);
}

static void
one_container_does_not_use_up_another(void **state)
{
	struct lw_repeat *r = repeat_of(0, 2);
	struct lw_repeat_key a = key_of(1, "a"), b = key_of(2, "a");
	uint64_t n;

	for (int i = 0; i < 10; i++)
		lw_repeat_check(r, &a, 1, &n);
	assert_int_equal(lw_repeat_check(r, &b, 1, &n), LW_REPEAT_TELL);
	lw_repeat_free(r);
}

static void
the_first_urgent_one_always_passes(void **state)
{
	struct lw_repeat *r = repeat_of(WINDOW, 1);
	struct lw_repeat_key k = key_of(1, "a"), bad = key_of(1, "bad");
	uint64_t n;

	assert_int_equal(lw_repeat_check(r, &k, 1, &n), LW_REPEAT_TELL);
	bad.urgent = true;
	assert_int_equal(lw_repeat_check(r, &bad, 1, &n), LW_REPEAT_TELL);
	assert_int_equal(lw_repeat_check(r, &bad, 1, &n), LW_REPEAT_FOLDED);
	lw_repeat_free(r);
}

/* A flood of names that never repeat keeps the tables at their bounds. */
static void
tables_are_bounded(void **state)
{
	struct lw_repeat *r = repeat_of(WINDOW, 1);
	struct lw_held_back held;
	uint64_t n;
	char name[16];

	for (int i = 0; i < 4 * LW_REPEAT_ENTRIES; i++) {
		struct lw_repeat_key k;

		snprintf(name, sizeof(name), "%d", i);
		k = key_of(i % (3 * LW_REPEAT_CONTAINERS), name);
		lw_repeat_check(r, &k, 1, &n);
	}
	for (int i = 0; i < 2 * LW_REPEAT_CONTAINERS && lw_repeat_waits(r); i++)
		lw_repeat_summary(r, LW_MINUTE_US + 2, &held);
	assert_false(lw_repeat_waits(r));
	lw_repeat_free(r);
}

static void
the_longest_unused_makes_room(void **state)
{
	struct lw_lru *l = NULL;
	bool fresh;
	uint32_t slot;

	assert_int_equal(lw_lru_new(&l, 3), 0);
	for (uint64_t k = 1; k <= 3; k++) {
		lw_lru_touch(l, k, &fresh);
		assert_true(fresh);
	}
	slot = lw_lru_touch(l, 1, &fresh);
	assert_false(fresh);
	assert_int_equal(slot, 0);
	assert_int_equal(lw_lru_touch(l, 4, &fresh), 1);
	assert_true(fresh);
	lw_lru_touch(l, 2, &fresh);
	assert_true(fresh);
	lw_lru_touch(l, 1, &fresh);
	assert_false(fresh);
	assert_int_equal(lw_lru_used(l), 3);
	lw_lru_free(l);
}

/* Against a plain array: same answers for a long random run. */
static void
lru_agrees_with_a_model(void **state)
{
	enum { CAPACITY = 13 };
	uint64_t model[CAPACITY] = {0};
	size_t used = 0;
	uint32_t seed = 1;
	struct lw_lru *l = NULL;

	assert_int_equal(lw_lru_new(&l, CAPACITY), 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t key;
		size_t at = 0;
		bool fresh;

		seed = seed * 1664525 + 1013904223;
		key = 1 + (seed >> 16) % 29;
		while (at < used && model[at] != key)
			at++;
		lw_lru_touch(l, key, &fresh);
		assert_int_equal(fresh, at == used);
		if (at == used && used < CAPACITY)
			used++;
		if (at == CAPACITY)
			at--;
		memmove(&model[1], &model[0], at * sizeof(model[0]));
		model[0] = key;
	}
	lw_lru_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_fold_and_the_next_counts_them),
		cmocka_unit_test(what_differs_is_told),
		cmocka_unit_test(no_window_folds_nothing),
		cmocka_unit_test(the_rate_holds_back_and_a_summary_tells),
		cmocka_unit_test(tokens_come_back_evenly),
		cmocka_unit_test(one_container_does_not_use_up_another),
		cmocka_unit_test(the_first_urgent_one_always_passes),
		cmocka_unit_test(tables_are_bounded),
		cmocka_unit_test(the_longest_unused_makes_room),
		cmocka_unit_test(lru_agrees_with_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
