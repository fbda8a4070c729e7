#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/reader.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void
numbers_are_read_in_both_byte_orders(void **state)
{
	struct lw_reader r;

	lw_reader_init(&r, bytes, sizeof(bytes));
	assert_int_equal(lw_reader_u8(&r), 0x01);
	assert_int_equal(lw_reader_u16(&r), 0x0302);
	assert_int_equal(lw_reader_u32(&r), 0x07060504);
	assert_int_equal(lw_reader_left(&r), 2);
	r.big_endian = true;
	assert_true(lw_reader_seek(&r, 1));
	assert_true(lw_reader_u64(&r) == UINT64_C(0x0203040506070809));
	assert_true(lw_reader_seek(&r, 0));
	assert_int_equal(lw_reader_u16(&r), 0x0102);
	assert_false(r.failed);
}

static void
reading_past_the_end_fails_and_moves_nothing(void **state)
{
	struct lw_reader r;

	lw_reader_init(&r, bytes, 7);
	assert_true(lw_reader_u64(&r) == 0);
	assert_true(r.failed);
	assert_int_equal(r.at, 0);
	assert_int_equal(lw_reader_u32(&r), 0x04030201);
	assert_int_equal(lw_reader_u32(&r), 0);
	assert_int_equal(r.at, 4);
	assert_null(lw_reader_bytes(&r, 4));
	assert_ptr_equal(lw_reader_bytes(&r, 3), &bytes[4]);
	assert_int_equal(lw_reader_u8(&r), 0);
	assert_int_equal(lw_reader_left(&r), 0);
}

static void
offsets_do_not_wrap(void **state)
{
	struct lw_reader r;

	lw_reader_init(&r, bytes, sizeof(bytes));
	assert_true(lw_reader_skip(&r, 4));
	assert_false(lw_reader_skip(&r, UINT64_MAX));
	assert_false(lw_reader_skip(&r, UINT64_MAX - 3));
	assert_false(lw_reader_seek(&r, UINT64_MAX));
	assert_false(lw_reader_seek(&r, sizeof(bytes) + 1));
	assert_null(lw_reader_bytes(&r, SIZE_MAX));
	assert_int_equal(r.at, 4);
	assert_true(r.failed);
	assert_true(lw_reader_seek(&r, sizeof(bytes)));
	assert_int_equal(lw_reader_left(&r), 0);
}

static void
nothing_can_be_read_of_nothing(void **state)
{
	struct lw_reader r;
	size_t length = 7;

	lw_reader_init(&r, NULL, 0);
	assert_null(lw_reader_until(&r, 0, &length));
	assert_int_equal(length, 0);
	assert_false(r.failed);
	assert_null(lw_reader_bytes(&r, 0));
	assert_int_equal(lw_reader_u8(&r), 0);
	assert_true(r.failed);
}

static void
until_gives_piece_after_piece(void **state)
{
	static const char list[] = "ab\0\0c";
	struct lw_reader r;
	size_t length;

	lw_reader_init(&r, list, 5);
	assert_ptr_equal(lw_reader_until(&r, 0, &length), &list[0]);
	assert_int_equal(length, 2);
	assert_ptr_equal(lw_reader_until(&r, 0, &length), &list[3]);
	assert_int_equal(length, 0);
	assert_ptr_equal(lw_reader_until(&r, 0, &length), &list[4]);
	assert_int_equal(length, 1);
	assert_null(lw_reader_until(&r, 0, &length));
	assert_int_equal(length, 0);
	assert_false(r.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_both_byte_orders),
		cmocka_unit_test(reading_past_the_end_fails_and_moves_nothing),
		cmocka_unit_test(offsets_do_not_wrap),
		cmocka_unit_test(nothing_can_be_read_of_nothing),
		cmocka_unit_test(until_gives_piece_after_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
