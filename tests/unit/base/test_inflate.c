#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/inflate.h"

/* "hello hello hello hello\n" as Python's zlib, gzip and zlib without header write it. */
static const uint8_t wrapped[] = {0x78, 0xda, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27,
	0xb9, 0x00, 0x70, 0xbe, 0x08, 0xbb};
static const uint8_t raw[] = {0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0xb9, 0x00};
static const uint8_t zipped[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb,
	0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b, 0x18,
	0x00, 0x00, 0x00};
static const char text[] = "hello hello hello hello\n";

static size_t
inflate_once(enum lw_inflate_format format, const void *in, size_t length, void *out, size_t room,
	bool *whole)
{
	_cleanup_(lw_inflater_freep) struct lw_inflater *z = NULL;

	assert_int_equal(lw_inflater_new(&z), 0);
	return lw_inflate(z, format, in, length, out, room, whole);
}

static void
zlib_and_raw_streams_are_unpacked(void **state)
{
	char out[64];
	bool whole;

	assert_int_equal(inflate_once(LW_INFLATE_RAW, raw, sizeof(raw), out, sizeof(out), &whole),
		strlen(text));
	assert_true(whole);
	assert_memory_equal(out, text, strlen(text));
	assert_int_equal(
		inflate_once(LW_INFLATE_WRAPPED, wrapped, sizeof(wrapped), out, sizeof(out), NULL),
		strlen(text));
	assert_memory_equal(out, text, strlen(text));
	assert_int_equal(
		inflate_once(LW_INFLATE_WRAPPED, zipped, sizeof(zipped), out, sizeof(out), NULL),
		strlen(text));
	assert_memory_equal(out, text, strlen(text));
}

static void
a_stream_is_cut_at_the_room(void **state)
{
	char out[8] = {0};
	bool whole;

	assert_int_equal(inflate_once(LW_INFLATE_RAW, raw, sizeof(raw), out, 5, &whole), 5);
	assert_false(whole);
	assert_memory_equal(out, "hello\0\0\0", 8);
}

static void
what_stands_before_damage_is_kept(void **state)
{
	uint8_t damaged[sizeof(raw)];
	char out[64];
	bool whole;

	memcpy(damaged, raw, sizeof(raw));
	assert_true(inflate_once(LW_INFLATE_RAW, damaged, 7, out, sizeof(out), &whole) >= 5);
	assert_false(whole);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(
		inflate_once(LW_INFLATE_WRAPPED, "nothing", 7, out, sizeof(out), &whole), 0);
	assert_false(whole);
}

static void
one_inflater_does_one_stream_after_the_other(void **state)
{
	_cleanup_(lw_inflater_freep) struct lw_inflater *z = NULL;
	char out[64];

	assert_int_equal(lw_inflater_new(&z), 0);
	lw_inflate(z, LW_INFLATE_WRAPPED, "x", 1, out, sizeof(out), NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			lw_inflate(z, LW_INFLATE_RAW, raw, sizeof(raw), out, sizeof(out), NULL),
			strlen(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zlib_and_raw_streams_are_unpacked),
		cmocka_unit_test(a_stream_is_cut_at_the_room),
		cmocka_unit_test(what_stands_before_damage_is_kept),
		cmocka_unit_test(one_inflater_does_one_stream_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
