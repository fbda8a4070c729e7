/*
 * The SQLite reader on a database that sqlite3 wrote with pages of 512 bytes (so that tree and
 * overflow are deep), and on damaged forms of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sqlite_file.h"

static uint8_t file[64 * 1024];
static size_t file_length;

static int
get_from(const void *bytes, size_t length, const char *key, struct lw_text *out)
{
	const struct lw_sqlite_query query = {
		.table = "t", .key = key, .key_column = 0, .value_column = 3};
	_cleanup_close_ int fd = lw_memfd_with("sqlite", bytes, length);

	assert_true(fd >= 0);
	return lw_sqlite_get(fd, &query, out);
}

static void
every_row_of_a_deep_tree_is_found(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	char key[16], value[24];

	lw_text_init(&text, 8192);
	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "id%03d", i);
		snprintf(value, sizeof(value), "{\"n\":%d}", i);
		assert_int_equal(get_from(file, file_length, key, &text), 1);
		assert_string_equal(text.data, value);
	}
	assert_int_equal(get_from(file, file_length, "id200", &text), 0);
	assert_int_equal(get_from(file, file_length, "", &text), 0);
}

static void
overflow_pages_are_joined(void **state)
{
	_cleanup_text_ struct lw_text text = {0};

	lw_text_init(&text, 8192);
	assert_int_equal(get_from(file, file_length, "large", &text), 1);
	assert_int_equal(text.length, 3003);
	assert_string_equal(text.data + 2998, "xxend");
}

static void
a_row_above_the_bound_is_passed_over(void **state)
{
	_cleanup_text_ struct lw_text text = {0};

	lw_text_init(&text, 1000);
	assert_int_equal(get_from(file, file_length, "large", &text), 0);
	assert_int_equal(get_from(file, file_length, "id001", &text), 1);
}

static void
a_table_that_is_not_there(void **state)
{
	const struct lw_sqlite_query query = {.table = "nothing", .key = "x"};
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_close_ int fd = lw_memfd_with("sqlite", file, file_length);

	lw_text_init(&text, 100);
	assert_int_equal(lw_sqlite_get(fd, &query, &text), 0);
}

static void
other_files_are_refused(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	uint8_t copy[sizeof(file)];

	lw_text_init(&text, 100);
	assert_int_equal(get_from("", 0, "x", &text), -EBADMSG);
	memcpy(copy, file, file_length);
	copy[19] = 2; /* write-ahead log: the file alone is not the truth */
	assert_int_equal(get_from(copy, file_length, "id001", &text), -EBADMSG);
}

static void
every_cut_is_survived(void **state)
{
	_cleanup_text_ struct lw_text text = {0};

	lw_text_init(&text, 8192);
	for (size_t length = 0; length < file_length; length += 211)
		assert_true(get_from(file, length, "large", &text) <= 1);
}

static void
every_flipped_byte_is_survived(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	uint8_t copy[sizeof(file)];

	lw_text_init(&text, 8192);
	for (size_t at = 0; at < file_length; at += 37) {
		memcpy(copy, file, file_length);
		copy[at] ^= 0xff;
		assert_true(get_from(copy, file_length, "large", &text) <= 1);
	}
}

static void
a_tree_that_points_to_itself_ends(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	uint8_t copy[sizeof(file)];

	lw_text_init(&text, 100);
	memcpy(copy, file, file_length);
	copy[100] = 0x05; /* page 1 becomes an inner page whose last child is page 1 */
	copy[103] = copy[104] = 0;
	memset(copy + 108, 0, 3);
	copy[111] = 1;
	assert_int_equal(get_from(copy, file_length, "id001", &text), -EBADMSG);
}

static int
load(void **state)
{
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	char path[1024];

	snprintf(path, sizeof(path), "%s/tests/unit/engine/sqlite/deep.db", srcdir);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? lw_read_full(fd, file, sizeof(file)) : -1;
	file_length = n > 0 ? n : 0;
	return n > 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_a_deep_tree_is_found),
		cmocka_unit_test(overflow_pages_are_joined),
		cmocka_unit_test(a_row_above_the_bound_is_passed_over),
		cmocka_unit_test(a_table_that_is_not_there),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(every_cut_is_survived),
		cmocka_unit_test(every_flipped_byte_is_survived),
		cmocka_unit_test(a_tree_that_points_to_itself_ends),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
