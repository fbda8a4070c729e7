#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/digest.h"
#include "classify/hashset.h"
#include "classify/hashset_format.h"

struct place {
	char folder[64];
	char input[96];
	char output[96];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->folder, "/tmp/lw-hashset-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->input, sizeof(p->input), "%s/input", p->folder);
	snprintf(p->output, sizeof(p->output), "%s/list", p->folder);
	*state = p;
	return 0;
}

static int
drop_place(void **state)
{
	struct place *p = *state;

	unlink(p->input);
	unlink(p->output);
	assert_int_equal(rmdir(p->folder), 0); /* nothing temporary is left */
	free(p);
	return 0;
}

static void
write_file(const char *path, const void *bytes, size_t length)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, bytes, length), 0);
}

/* The digest of a number, so that members and strangers are made alike. */
static void
digest_of(uint32_t i, uint8_t out[LW_SHA256_SIZE])
{
	assert_int_equal(lw_sha256_of(&i, sizeof(i), out), 0);
}

static int
build(const struct place *p, const char *text, size_t length, struct lw_text *errors,
	struct lw_hashset_counts *counts)
{
	const char *inputs[] = {p->input};

	write_file(p->input, text, length);
	return lw_hashset_build(inputs, 1, "test list", p->output, errors, counts);
}

/* Builds a list of the digests of [0, n) and opens it. */
static struct lw_hashset *
build_numbers(const struct place *p, uint32_t n)
{
	_cleanup_text_ struct lw_text text, errors;
	struct lw_hashset_counts counts;
	struct lw_hashset *hs = NULL;

	lw_text_init(&text, 256u << 20);
	lw_text_init(&errors, 4096);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t digest[LW_SHA256_SIZE];
		char hex[65];

		digest_of(i, digest);
		lw_hex(hex, digest, sizeof(digest));
		lw_text_addf(&text, "%s\n", hex);
	}
	assert_false(text.failed);
	assert_int_equal(build(p, n ? text.data : "", text.length, &errors, &counts), 0);
	assert_int_equal(errors.length, 0);
	assert_int_equal(counts.digests, n);

	_cleanup_close_ int fd = open(p->output, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_hashset_open(fd, &hs), 0);
	return hs;
}

static void
members_are_found_and_strangers_not(void **state)
{
	static const uint32_t sizes[] = {0, 1, 2, 9, 100, 1000, 70000};

	for (size_t s = 0; s < LW_ARRAY_SIZE(sizes); s++) {
		_cleanup_(lw_hashset_freep) struct lw_hashset *hs = build_numbers(*state, sizes[s]);
		uint8_t digest[LW_SHA256_SIZE];

		assert_int_equal(lw_hashset_info(hs)->count, sizes[s]);
		assert_string_equal(lw_hashset_info(hs)->name, "test list");
		assert_true(lw_realtime_us() - lw_hashset_info(hs)->created_us < 600 * 1000000LL);
		for (uint32_t i = 0; i < 2 * sizes[s] + 10; i++) {
			digest_of(i, digest);
			assert_int_equal(lw_hashset_has(hs, digest), i < sizes[s]);
		}
		memset(digest, 0, sizeof(digest));
		assert_false(lw_hashset_has(hs, digest));
		memset(digest, 0xff, sizeof(digest));
		assert_false(lw_hashset_has(hs, digest));
	}
}

static void
neighbours_in_one_bucket_are_told_apart(void **state)
{
	_cleanup_(lw_hashset_freep) struct lw_hashset *hs = NULL;
	_cleanup_text_ struct lw_text text, errors;
	struct lw_hashset_counts counts;
	uint8_t digest[LW_SHA256_SIZE] = {0xab, 0xcd};

	lw_text_init(&text, 1 << 20);
	lw_text_init(&errors, 4096);
	for (unsigned i = 1; i < 256; i += 2)
		lw_text_addf(&text, "abcd%058d%02x\n", 0, i);
	assert_int_equal(build(*state, text.data, text.length, &errors, &counts), 0);

	_cleanup_close_ int fd = open(((struct place *)*state)->output, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_hashset_open(fd, &hs), 0);
	for (unsigned i = 0; i < 256; i++) {
		digest[31] = i;
		assert_int_equal(lw_hashset_has(hs, digest), i % 2);
	}
}

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_UPPER "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HEX_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define HEX_E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

static void
all_ways_to_write_a_digest_are_read(void **state)
{
	static const char text[] =
		"# a comment\n"
		"\n"
		"   \t\r\n" HEX_A "\n" HEX_UPPER "\r\n" HEX_B "  /bin/with a name\n"
		"  " HEX_C " *binary\n"
		"\\" HEX_D "  name\\nwith newline\n"
		"SHA256 (a = b.txt) = " HEX_E "\n"
		"   # " HEX_A "\n" HEX_B;
	_cleanup_text_ struct lw_text errors;
	struct lw_hashset_counts counts;

	lw_text_init(&errors, 4096);
	assert_int_equal(build(*state, text, sizeof(text) - 1, &errors, &counts), 0);
	assert_int_equal(errors.length, 0);
	assert_int_equal(counts.lines, 11);
	assert_int_equal(counts.digests, 5);
	assert_int_equal(counts.duplicates, 2);
}

static void
bad_lines_are_named_and_nothing_is_written(void **state)
{
	static const char text[] = HEX_A "\n"
					 "nonsense\n" HEX_A "a\n"
					 "g" HEX_A "\n" HEX_B "\0\n" HEX_C "\n";
	struct place *p = *state;
	_cleanup_text_ struct lw_text errors;
	struct lw_hashset_counts counts;
	char expected[128];

	lw_text_init(&errors, 4096);
	write_file(p->output, "old", 3);
	assert_int_equal(build(p, text, sizeof(text) - 1, &errors, &counts), -EINVAL);
	assert_int_equal(counts.errors, 4);
	snprintf(expected, sizeof(expected), "%s:2: not a SHA-256", p->input);
	assert_non_null(strstr(errors.data, expected));
	snprintf(expected, sizeof(expected), "%s:5: the line holds a NUL", p->input);
	assert_non_null(strstr(errors.data, expected));

	char old[8] = "";
	_cleanup_close_ int fd = open(p->output, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_read_full(fd, old, sizeof(old)), 3);
	assert_string_equal(old, "old");
}

static void
errors_are_bounded(void **state)
{
	_cleanup_text_ struct lw_text text, errors;
	struct lw_hashset_counts counts;

	lw_text_init(&text, 1 << 20);
	lw_text_init(&errors, 8192);
	for (int i = 0; i < 1000; i++)
		lw_text_adds(&text, "bad\n");
	for (int i = 0; i < 20000; i++)
		lw_text_adds(&text, "x");
	assert_int_equal(build(*state, text.data, text.length, &errors, &counts), -EINVAL);
	assert_int_equal(counts.errors, 1001);
	assert_false(errors.failed);
	assert_non_null(strstr(errors.data, "and 981 more lines"));
}

static void
files_that_cannot_be_read_are_named(void **state)
{
	struct place *p = *state;
	_cleanup_text_ struct lw_text errors;
	struct lw_hashset_counts counts;
	const char *inputs[] = {"/nonexistent/list"};

	lw_text_init(&errors, 4096);
	assert_int_equal(lw_hashset_build(inputs, 1, "x", p->output, &errors, &counts), -ENOENT);
	assert_string_equal(errors.data, "/nonexistent/list: No such file or directory\n");
	lw_text_reset(&errors);
	inputs[0] = p->folder;
	assert_int_equal(lw_hashset_build(inputs, 1, "x", p->output, &errors, &counts), -EISDIR);
	lw_text_reset(&errors);
	write_file(p->input, HEX_A, 64);
	inputs[0] = p->input;
	assert_int_equal(
		lw_hashset_build(inputs, 1, "x", "/nonexistent/out", &errors, &counts), -ENOENT);
	assert_non_null(strstr(errors.data, "/nonexistent/out"));
}

static void
names_are_checked(void **state)
{
	struct place *p = *state;
	const char *inputs[] = {p->input};
	char longest[LW_HASHSET_NAME_SIZE + 1];
	const char *const bad[] = {"", "two\nlines", "\xff", longest};
	struct lw_hashset_counts counts;

	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	write_file(p->input, HEX_A "\n", 65);
	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		_cleanup_text_ struct lw_text errors;

		lw_text_init(&errors, 4096);
		assert_int_equal(
			lw_hashset_build(inputs, 1, bad[i], p->output, &errors, &counts), -EINVAL);
		assert_true(errors.length > 0);
	}
	longest[LW_HASHSET_NAME_SIZE - 1] = '\0';
	_cleanup_text_ struct lw_text errors;
	lw_text_init(&errors, 4096);
	assert_int_equal(lw_hashset_build(inputs, 1, longest, p->output, &errors, &counts), 0);
}

static int
open_bytes(const uint8_t *bytes, size_t length)
{
	_cleanup_close_ int fd = lw_memfd_with("list", bytes, length);
	struct lw_hashset *hs = NULL;
	int r = lw_hashset_open(fd, &hs);

	assert_int_equal(r == 0, hs != NULL);
	lw_hashset_free(hs);
	return r;
}

static void
a_flipped_byte_anywhere_is_refused(void **state)
{
	struct place *p = *state;
	uint8_t bytes[16384];

	lw_hashset_free(build_numbers(p, 200));

	_cleanup_close_ int fd = open(p->output, O_RDONLY | O_CLOEXEC);
	ssize_t length = lw_read_full(fd, bytes, sizeof(bytes));
	assert_in_range(length, 200 * 32 + 256, sizeof(bytes) - 1);
	assert_int_equal(open_bytes(bytes, length), 0);
	for (ssize_t i = 0; i < length; i++) {
		bytes[i] ^= 1 << i % 8;
		if (open_bytes(bytes, length) == 0)
			fail_msg("byte %zd is not covered", i);
		bytes[i] ^= 1 << i % 8;
	}
	for (ssize_t n = 0; n < length; n++)
		assert_int_not_equal(open_bytes(bytes, n), 0);
	bytes[length] = 0;
	assert_int_equal(open_bytes(bytes, length + 1), -EBADMSG);
}

/* What the checksum can't tell, since anybody can compute it. */
static void
order_and_index_are_checked_beside_the_checksum(void **state)
{
	const uint64_t index_size = lw_hashset_index_size(0);
	struct {
		struct lw_hashset_header h;
		uint32_t index[16];
		lw_hashset_digest digests[2];
	} f = {
		.h = {.magic = LW_HASHSET_MAGIC,
			.version = 1,
			.algorithm = 1,
			.count = 2,
			.name = "x"},
		.index = {0, 2},
		.digests = {{1}, {2}},
	};

	assert_int_equal(index_size, sizeof(f.index));
	for (int i = 0; i < 4; i++) {
		uint64_t sum;

		f.digests[1][0] = i == 1 ? 1 : i == 2 ? 0 : 2; /* twice the same, descending */
		f.index[0] = i == 3;
		f.h.checksum = 0;
		sum = lw_hashset_checksum(0, (uint8_t *)&f.h, sizeof(f.h));
		sum = lw_hashset_checksum(sum, (uint8_t *)f.index, sizeof(f.index));
		sum = lw_hashset_checksum(sum, (uint8_t *)f.digests, sizeof(f.digests));
		f.h.checksum = sum;
		assert_int_equal(open_bytes((uint8_t *)&f, sizeof(f)), i == 0 ? 0 : -EBADMSG);
	}
}

static void
what_is_no_list_is_called_so(void **state)
{
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct lw_hashset_header h = {.magic = LW_HASHSET_MAGIC, .version = 3, .algorithm = 1};
	struct lw_hashset *hs = NULL;

	assert_int_equal(open_bytes((const uint8_t *)"", 0), -EMEDIUMTYPE);
	assert_int_equal(open_bytes((uint8_t[512]){0x7f, 'E', 'L', 'F'}, 512), -EMEDIUMTYPE);
	assert_int_equal(open_bytes((uint8_t *)&h, sizeof(h)), -ENOTSUP);
	h.version = 1;
	h.count = UINT64_MAX / 32;
	assert_int_equal(open_bytes((uint8_t *)&h, sizeof(h)), -EBADMSG);
	assert_int_equal(lw_hashset_open(null, &hs), -EMEDIUMTYPE);
	assert_int_equal(lw_hashset_open(-1, &hs), -EBADF);
	assert_null(hs);
	assert_non_null(strstr(lw_hashset_explain(-EMEDIUMTYPE), "not a hash list"));
	assert_non_null(strstr(lw_hashset_explain(-EBADMSG), "damaged"));
}

/* A new list replaces the file; a set that is open keeps the old one. */
static void
replacing_leaves_open_sets_alone(void **state)
{
	_cleanup_(lw_hashset_freep) struct lw_hashset *old = build_numbers(*state, 3);
	_cleanup_(lw_hashset_freep) struct lw_hashset *new = build_numbers(*state, 5);
	uint8_t digest[LW_SHA256_SIZE];

	digest_of(4, digest);
	assert_false(lw_hashset_has(old, digest));
	assert_true(lw_hashset_has(new, digest));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
	const struct CMUnitTest tests[] = {
		TEST(members_are_found_and_strangers_not),
		TEST(neighbours_in_one_bucket_are_told_apart),
		TEST(all_ways_to_write_a_digest_are_read),
		TEST(bad_lines_are_named_and_nothing_is_written),
		TEST(errors_are_bounded),
		TEST(files_that_cannot_be_read_are_named),
		TEST(names_are_checked),
		TEST(a_flipped_byte_anywhere_is_refused),
		TEST(order_and_index_are_checked_beside_the_checksum),
		TEST(what_is_no_list_is_called_so),
		TEST(replacing_leaves_open_sets_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
