#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "resolve/memory.h"

/* Our own memory is as good as another's. */
static int
open_memory(void **state)
{
	struct lw_memory *m;

	if (lw_memory_new(&m) < 0)
		return -1;
	lw_memory_begin(m, getpid());
	*state = m;
	return 0;
}

static int
close_memory(void **state)
{
	*state = lw_memory_free(*state);
	return 0;
}

/* `readable` pages, then one that can't be read. */
static char *
pages(size_t readable)
{
	size_t size = (readable + 1) * LW_MEMORY_PAGE;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(&p[readable * LW_MEMORY_PAGE], LW_MEMORY_PAGE, PROT_NONE), 0);
	return p;
}

static int
string_at(struct lw_memory *m, const char *at, char *out, size_t size, size_t *length)
{
	return lw_memory_string(m, (uint64_t)(uintptr_t)at, out, size, length);
}

static void
a_string_may_lie_across_pages(void **state)
{
	char *p = pages(3), out[2 * LW_MEMORY_PAGE];
	size_t length;

	memset(p, 'x', LW_MEMORY_PAGE + 10);
	assert_int_equal(string_at(*state, p, out, sizeof(out), &length), 0);
	assert_int_equal(length, LW_MEMORY_PAGE + 10);
	assert_memory_equal(out, p, length);
	munmap(p, 4 * LW_MEMORY_PAGE);
}

static void
a_long_string_is_cut_at_the_bound(void **state)
{
	char *p = pages(1), out[8];
	size_t length;

	strcpy(p, "12345678");
	assert_int_equal(string_at(*state, p, out, 8, &length), 0);
	assert_int_equal(length, 8);
	assert_int_equal(string_at(*state, p, out, 7, &length), LW_MEMORY_CUT);
	assert_int_equal(length, 7);
	assert_int_equal(string_at(*state, p, out, 0, &length), LW_MEMORY_CUT);
	munmap(p, 2 * LW_MEMORY_PAGE);
}

static void
what_comes_before_an_unreadable_page_is_kept(void **state)
{
	char *p = pages(1), out[64];
	size_t length;

	memset(p, 'x', LW_MEMORY_PAGE);
	assert_int_equal(string_at(*state, &p[LW_MEMORY_PAGE - 9], out, sizeof(out), &length),
		LW_MEMORY_UNREADABLE);
	assert_int_equal(length, 9);
	assert_int_equal(string_at(*state, NULL, out, sizeof(out), &length), LW_MEMORY_UNREADABLE);
	assert_int_equal(lw_memory_string(*state, UINT64_MAX - 3, out, sizeof(out), &length),
		LW_MEMORY_UNREADABLE);
	munmap(p, 2 * LW_MEMORY_PAGE);
}

static void
a_batch_survives_its_unreadable_pages(void **state)
{
	char *p = pages(1), *q = pages(1);
	const uint64_t wanted[] = {
		8,
		(uintptr_t)p,
		(uintptr_t)&p[LW_MEMORY_PAGE],
		UINT64_MAX,
		(uintptr_t)q,
		(uintptr_t)q,
	};
	const uint8_t *bytes;

	strcpy(p, "p");
	strcpy(q, "q");
	lw_memory_prefetch(*state, wanted, LW_ARRAY_SIZE(wanted));
	assert_int_equal(lw_memory_at(*state, (uintptr_t)p, &bytes), LW_MEMORY_PAGE);
	assert_string_equal((const char *)bytes, "p");
	assert_int_equal(lw_memory_at(*state, (uintptr_t)q, &bytes), LW_MEMORY_PAGE);
	assert_string_equal((const char *)bytes, "q");
	assert_int_equal(lw_memory_at(*state, 8, &bytes), 0);
	munmap(p, 2 * LW_MEMORY_PAGE);
	munmap(q, 2 * LW_MEMORY_PAGE);
}

static void
one_request_sees_one_state(void **state)
{
	char *p = pages(1), out[16];
	size_t length;

	strcpy(p, "before");
	assert_int_equal(string_at(*state, p, out, sizeof(out), &length), 0);
	strcpy(p, "after!");
	assert_int_equal(string_at(*state, p, out, sizeof(out), &length), 0);
	assert_memory_equal(out, "before", 6);
	lw_memory_begin(*state, getpid());
	assert_int_equal(string_at(*state, p, out, sizeof(out), &length), 0);
	assert_memory_equal(out, "after!", 6);
	munmap(p, 2 * LW_MEMORY_PAGE);
}

static void
pointers_end_at_null(void **state)
{
	const uint64_t wide[] = {1, 2, 3, 0, 4};
	const uint32_t narrow[] = {5, 0xffffffff, 0, 7};
	uint64_t items[8];
	struct lw_pointers p = {.items = items, .size = 8, .bound = 8};

	assert_int_equal(lw_memory_pointers(*state, (uintptr_t)wide, 8, &p), 0);
	assert_int_equal(p.kept, 3);
	assert_int_equal(items[2], 3);
	assert_int_equal(lw_memory_pointers(*state, (uintptr_t)narrow, 4, &p), 0);
	assert_int_equal(p.kept, 2);
	assert_true(items[1] == 0xffffffff);
	assert_int_equal(lw_memory_pointers(*state, 0, 8, &p), 0);
	assert_int_equal(p.count, 0);
}

static void
pointers_are_counted_beyond_what_is_kept(void **state)
{
	uint64_t *array = (uint64_t *)pages(40), items[4];
	size_t most = 40 * LW_MEMORY_PAGE / sizeof(*array);
	struct lw_pointers p = {.items = items, .size = 4, .bound = most};

	memset(array, 1, 40 * LW_MEMORY_PAGE);
	array[most - 1] = 0;
	assert_int_equal(lw_memory_pointers(*state, (uintptr_t)array, 8, &p), 0);
	assert_int_equal(p.kept, 4);
	assert_int_equal(p.count, most - 1);
	p.bound = 1000;
	assert_int_equal(lw_memory_pointers(*state, (uintptr_t)array, 8, &p), LW_MEMORY_CUT);
	assert_int_equal(p.count, 1000);
	array[most - 1] = 1;
	p.bound = 2 * most;
	lw_memory_begin(*state, getpid());
	assert_int_equal(lw_memory_pointers(*state, (uintptr_t)array, 8, &p), LW_MEMORY_UNREADABLE);
	assert_int_equal(p.count, most);
	munmap(array, 41 * LW_MEMORY_PAGE);
}

static void
a_pointer_across_two_pages_is_put_together(void **state)
{
	char *p = pages(2);
	uint64_t items[2], value = 0x1122334455667788;
	struct lw_pointers out = {.items = items, .size = 2, .bound = 2};

	memcpy(&p[LW_MEMORY_PAGE - 3], &value, sizeof(value));
	assert_int_equal(lw_memory_pointers(*state, (uintptr_t)&p[LW_MEMORY_PAGE - 3], 8, &out), 0);
	assert_int_equal(out.kept, 1);
	assert_true(items[0] == value);
	munmap(p, 3 * LW_MEMORY_PAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_memory, close_memory)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_string_may_lie_across_pages),
		TEST(a_long_string_is_cut_at_the_bound),
		TEST(what_comes_before_an_unreadable_page_is_kept),
		TEST(a_batch_survives_its_unreadable_pages),
		TEST(one_request_sees_one_state),
		TEST(pointers_end_at_null),
		TEST(pointers_are_counted_beyond_what_is_kept),
		TEST(a_pointer_across_two_pages_is_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
