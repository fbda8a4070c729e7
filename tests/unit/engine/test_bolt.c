/*
 * The bolt reader on databases built here page by page: whole ones, damaged ones, and ones that are
 * being written.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/bolt.h"

#define PAGE 4096

/* A leaf or branch page in the making: elements from the front, bytes behind them. */
struct builder {
	uint8_t *page;
	unsigned count, room;
	size_t at;
};

static uint8_t file[8 * PAGE];

static void
put(size_t at, uint64_t value, size_t size)
{
	memcpy(file + at, &value, size);
}

static void
begin_page(struct builder *b, unsigned number, unsigned flags, unsigned room)
{
	b->page = file + number * PAGE;
	memset(b->page, 0, PAGE);
	put(number * PAGE, number, 8);
	put(number * PAGE + 8, flags, 2);
	put(number * PAGE + 10, room, 2);
	b->count = 0;
	b->at = 16 + 16 * room;
}

static void
add_leaf(struct builder *b, unsigned flags, const char *key, const void *value, size_t length)
{
	size_t element = b->page - file + 16 + 16 * b->count++;

	put(element, flags, 4);
	put(element + 4, (b->page - file) + b->at - element, 4);
	put(element + 8, strlen(key), 4);
	put(element + 12, length, 4);
	memcpy(b->page + b->at, key, strlen(key));
	memcpy(b->page + b->at + strlen(key), value, length);
	b->at += strlen(key) + length;
}

static void
add_branch(struct builder *b, const char *key, uint64_t child)
{
	size_t element = b->page - file + 16 + 16 * b->count++;

	put(element, (b->page - file) + b->at - element, 4);
	put(element + 4, strlen(key), 4);
	put(element + 8, child, 8);
	memcpy(b->page + b->at, key, strlen(key));
	b->at += strlen(key);
}

static void
add_bucket(struct builder *b, const char *key, uint64_t root)
{
	uint64_t header[2] = {root, 0};

	add_leaf(b, 1, key, header, sizeof(header));
}

static void
write_meta(unsigned number, uint64_t root, uint64_t transaction)
{
	size_t at = number * PAGE + 16;
	uint64_t hash = 0xcbf29ce484222325u;

	put(number * PAGE, number, 8);
	put(number * PAGE + 8, 4, 2);
	put(at, 0xed0cdaedu, 4);
	put(at + 4, 2, 4);
	put(at + 8, PAGE, 4);
	put(at + 16, root, 8);
	put(at + 40, 8, 8);
	put(at + 48, transaction, 8);
	for (size_t i = 0; i < 56; i++)
		hash = (hash ^ file[at + i]) * 0x100000001b3u;
	put(at + 56, hash, 8);
}

/* root -> ctr -> {aa, bb} (behind a branch page) -> config; and an inline bucket. */
static void
build(void)
{
	struct builder b;
	uint8_t inlined[200] = {0};
	const uint32_t element[4] = {0, 16, 3, 5};

	memset(file, 0, sizeof(file));
	write_meta(0, 2, 7);
	write_meta(1, 2, 8);
	begin_page(&b, 2, 2, 2);
	add_bucket(&b, "ctr", 3);
	inlined[16 + 8] = 2;
	inlined[16 + 10] = 1;
	memcpy(inlined + 32, element, sizeof(element));
	memcpy(inlined + 48, "keyvalue", 8);
	add_leaf(&b, 1, "inline", inlined, 56);
	begin_page(&b, 3, 1, 2);
	add_branch(&b, "aa", 4);
	add_branch(&b, "bb", 5);
	begin_page(&b, 4, 2, 1);
	add_bucket(&b, "aa", 6);
	begin_page(&b, 5, 2, 1);
	add_bucket(&b, "bb", 7);
	begin_page(&b, 6, 2, 1);
	add_leaf(&b, 0, "config", "of aa", 5);
	begin_page(&b, 7, 2, 2);
	add_leaf(&b, 0, "a", "1", 1);
	add_leaf(&b, 0, "config", "of bb", 5);
}

static int
get(const char *const *path, struct lw_text *out)
{
	_cleanup_close_ int fd = lw_memfd_with("bolt", file, sizeof(file));

	assert_true(fd >= 0);
	return lw_bolt_get(fd, path, out);
}

static const char *const config_bb[] = {"ctr", "bb", "config", NULL};
static const char *const config_aa[] = {"ctr", "aa", "config", NULL};

static int
setup(void **state)
{
	static struct lw_text text;

	build();
	lw_text_init(&text, 4096);
	*state = &text;
	return 0;
}

static int
teardown(void **state)
{
	lw_text_done(*state);
	return 0;
}

static void
values_are_found_through_buckets_and_branches(void **state)
{
	struct lw_text *text = *state;
	const char *const inlined[] = {"inline", "key", NULL};

	assert_int_equal(get(config_aa, text), 1);
	assert_string_equal(text->data, "of aa");
	assert_int_equal(get(config_bb, text), 1);
	assert_string_equal(text->data, "of bb");
	assert_int_equal(get(inlined, text), 1);
	assert_string_equal(text->data, "value");
}

static void
what_is_not_there_is_not_found(void **state)
{
	static const char *const paths[][4] = {
		{"ctr", "cc", "config", NULL},
		{"ctr", "a", "config", NULL},
		{"ctr", "bb", "confi", NULL},
		{"none", NULL},
		{"ctr", "bb", "config2", NULL},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(paths); i++)
		assert_int_equal(get(paths[i], *state), 0);
}

static void
a_bucket_is_no_value_and_a_value_no_bucket(void **state)
{
	const char *const bucket[] = {"ctr", "bb", NULL}, *const value[] = {
								  "ctr", "bb", "config", "x", NULL};

	assert_int_equal(get(bucket, *state), -EBADMSG);
	assert_int_equal(get(value, *state), -EBADMSG);
}

static void
the_newer_whole_meta_page_counts(void **state)
{
	struct lw_text *text = *state;

	write_meta(0, 6, 9);
	assert_int_equal(get((const char *const[]){"config", NULL}, text), 1);
	file[16 + 20] ^= 1; /* torn: its checksum says so */
	assert_int_equal(get(config_bb, text), 1);
	file[PAGE + 16 + 20] ^= 1;
	assert_int_equal(get(config_bb, text), -EBADMSG);
}

static void
a_lost_first_meta_page_is_survived(void **state)
{
	memset(file, 0xff, 512);
	assert_int_equal(get(config_bb, *state), 1);
}

static void
loops_and_wild_page_numbers_end(void **state)
{
	struct builder b;

	begin_page(&b, 3, 1, 1);
	add_branch(&b, "", 3);
	assert_int_equal(get(config_bb, *state), -EBADMSG);
	begin_page(&b, 3, 1, 1);
	add_branch(&b, "", UINT64_MAX);
	assert_int_equal(get(config_bb, *state), -EBADMSG);
	begin_page(&b, 3, 1, 0);
	assert_int_equal(get(config_bb, *state), -EBADMSG);
	put(3 * PAGE + 8, 2, 2);
	put(3 * PAGE + 10, 0xffff, 2);
	assert_int_equal(get(config_bb, *state), -EBADMSG);
}

static void
sizes_are_bounded(void **state)
{
	struct lw_text *text = *state;
	_cleanup_text_ struct lw_text small = {0};

	lw_text_init(&small, 3);
	assert_int_equal(get(config_bb, &small), -EFBIG);
	put(7 * PAGE + 12, 0xffffffff, 4); /* overflow pages */
	assert_int_equal(get(config_bb, text), -EFBIG);
	put(7 * PAGE + 12, 1, 4); /* behind the end of the file */
	assert_int_equal(get(config_bb, text), -EBADMSG);
}

static void
every_cut_of_the_file_is_survived(void **state)
{
	for (size_t length = 0; length < sizeof(file); length += 61) {
		_cleanup_close_ int fd = lw_memfd_with("bolt", file, length);

		assert_int_not_equal(lw_bolt_get(fd, config_bb, *state), 1);
	}
}

static bool
count_pair(void *arg, const void *key, size_t key_length, const void *value, size_t value_length)
{
	unsigned *pairs = arg;

	return ++*pairs < 8;
}

static void
forget_pairs(void *arg)
{
	*(unsigned *)arg = 0;
}

static void
pairs_of_a_bucket_are_visited(void **state)
{
	unsigned pairs = 99;
	const struct lw_bolt_visitor visitor = {forget_pairs, count_pair, &pairs};
	_cleanup_close_ int fd = lw_memfd_with("bolt", file, sizeof(file));

	assert_int_equal(lw_bolt_each(fd, (const char *const[]){"ctr", "bb", NULL}, &visitor), 1);
	assert_int_equal(pairs, 2);
	assert_int_equal(lw_bolt_each(fd, (const char *const[]){"inline", NULL}, &visitor), 1);
	assert_int_equal(pairs, 1);
	assert_int_equal(lw_bolt_each(fd, (const char *const[]){"nothing", NULL}, &visitor), 0);
	assert_int_equal(lw_bolt_each(fd, (const char *const[]){"ctr", NULL}, &visitor), -EFBIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			values_are_found_through_buckets_and_branches, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_found, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_bucket_is_no_value_and_a_value_no_bucket, setup, teardown),
		cmocka_unit_test_setup_teardown(the_newer_whole_meta_page_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_lost_first_meta_page_is_survived, setup, teardown),
		cmocka_unit_test_setup_teardown(loops_and_wild_page_numbers_end, setup, teardown),
		cmocka_unit_test_setup_teardown(sizes_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(every_cut_of_the_file_is_survived, setup, teardown),
		cmocka_unit_test_setup_teardown(pairs_of_a_bucket_are_visited, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
