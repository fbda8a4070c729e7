#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "classify/content.h"

#define NO_LIMITS                                                                                  \
	(struct lw_content_limits)                                                                 \
	{                                                                                          \
		.hash_bytes = UINT64_MAX, .capture_fd = -1                                         \
	}

static struct lw_content content;

static int
begin_group(void **state)
{
	return lw_content_init(&content);
}

static int
end_group(void **state)
{
	lw_content_done(&content);
	return 0;
}

static uint8_t *
pattern(size_t length)
{
	uint8_t *bytes = malloc(length ? length : 1);

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(i * 31 + (i >> 8));
	return bytes;
}

static void
read_fd(int fd, struct lw_content_limits limits, struct lw_content_result *out)
{
	assert_int_equal(lw_content_begin(&content, fd), 0);
	assert_int_equal(lw_content_finish(&content, &limits, out), 0);
}

static void
expect_digest(const uint8_t *got, const void *bytes, size_t length)
{
	uint8_t wanted[LW_SHA256_SIZE];

	assert_int_equal(lw_sha256_of(bytes, length, wanted), 0);
	assert_memory_equal(got, wanted, sizeof(wanted));
}

static void
files_of_all_lengths_are_hashed_whole(void **state)
{
	static const size_t lengths[] = {0, 1, 4096, LW_CONTENT_BLOCK - 1, LW_CONTENT_BLOCK,
		LW_CONTENT_BLOCK + 1, 2 * LW_CONTENT_BLOCK, 5 * LW_CONTENT_BLOCK + 77};

	for (size_t i = 0; i < LW_ARRAY_SIZE(lengths); i++) {
		_cleanup_free_ uint8_t *bytes = pattern(lengths[i]);
		_cleanup_close_ int fd = lw_memfd_with("content", bytes, lengths[i]);
		struct lw_content_result r;

		read_fd(fd, NO_LIMITS, &r);
		assert_int_equal(r.flags, LW_ASSESS_HASHED);
		assert_int_equal(r.size, lengths[i]);
		assert_int_equal(r.hashed_size, lengths[i]);
		expect_digest(r.sha256, bytes, lengths[i]);
	}
}

static void
the_bound_is_kept_to_the_byte(void **state)
{
	const size_t length = 300000;
	static const size_t bounds[] = {0, 1, 100000, LW_CONTENT_BLOCK, 299999, 300000, 300001};
	_cleanup_free_ uint8_t *bytes = pattern(length);
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, length);

	for (size_t i = 0; i < LW_ARRAY_SIZE(bounds); i++) {
		struct lw_content_limits limits = NO_LIMITS;
		struct lw_content_result r;
		size_t wanted = LW_MIN(bounds[i], length);

		limits.hash_bytes = bounds[i];
		read_fd(fd, limits, &r);
		assert_int_equal(r.hashed_size, wanted);
		assert_int_equal(r.flags, wanted == length ? LW_ASSESS_HASHED : LW_ASSESS_PARTIAL);
		expect_digest(r.sha256, bytes, wanted);
	}
}

static void
the_capture_is_the_beginning(void **state)
{
	const size_t length = 2 * LW_CONTENT_BLOCK;
	static const size_t most[] = {
		0, 1, 65536, LW_CONTENT_BLOCK + 5, 2 * LW_CONTENT_BLOCK, 3 * LW_CONTENT_BLOCK};
	_cleanup_free_ uint8_t *bytes = pattern(length);
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, length);

	for (size_t i = 0; i < LW_ARRAY_SIZE(most); i++) {
		_cleanup_close_ int capture = lw_memfd("capture");
		_cleanup_free_ uint8_t *got = malloc(length);
		struct lw_content_limits limits = NO_LIMITS;
		size_t wanted = LW_MIN(most[i], length);
		struct lw_content_result r;

		limits.capture_fd = capture;
		limits.capture_max = most[i];
		read_fd(fd, limits, &r);
		assert_int_equal(r.captured_size, wanted);
		assert_int_equal(!!(r.flags & LW_ASSESS_TRUNCATED), wanted < length);
		assert_int_equal(lseek(capture, 0, SEEK_CUR), 0);
		assert_int_equal(lw_read_full(capture, got, length), wanted);
		assert_memory_equal(got, bytes, wanted);
		if (wanted > 0)
			expect_digest(r.captured_sha256, bytes, wanted);
	}
}

static void
a_capture_that_cannot_be_written_spoils_nothing(void **state)
{
	_cleanup_free_ uint8_t *bytes = pattern(5000);
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, 5000);
	_cleanup_close_ int capture = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct lw_content_limits limits = NO_LIMITS;
	struct lw_content_result r;

	limits.capture_fd = capture;
	limits.capture_max = 5000;
	read_fd(fd, limits, &r);
	assert_int_equal(r.flags, LW_ASSESS_HASHED | LW_ASSESS_TRUNCATED);
	assert_int_equal(r.captured_size, 0);
	expect_digest(r.sha256, bytes, 5000);
}

static void
a_sparse_terabyte_ends_with_the_budget(void **state)
{
	_cleanup_close_ int fd = lw_memfd("sparse");
	struct lw_content_limits limits = NO_LIMITS;
	struct lw_content_result r;
	uint64_t start;

	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	start = lw_now_us();
	limits.deadline_us = start + 20000;
	read_fd(fd, limits, &r);
	assert_int_equal(r.flags, LW_ASSESS_PARTIAL);
	assert_int_equal(r.size, (uint64_t)1 << 40);
	assert_true(r.hashed_size > 0);
	/* Far from exact on a busy machine, and far below what a terabyte takes. */
	assert_true(lw_now_us() - start < 2000000);
	limits.deadline_us = 1; /* long ago */
	read_fd(fd, limits, &r);
	assert_int_equal(r.hashed_size, LW_CONTENT_BLOCK);
}

static void
what_is_no_file_is_refused(void **state)
{
	_cleanup_close_ int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int path = open("/bin/true", O_PATH | O_CLOEXEC);
	int fifo[2];

	assert_int_equal(pipe2(fifo, O_CLOEXEC), 0);
	assert_int_equal(lw_content_begin(&content, fifo[0]), -EMEDIUMTYPE);
	assert_int_equal(lw_content_begin(&content, folder), -EMEDIUMTYPE);
	assert_int_equal(lw_content_begin(&content, zero), -EMEDIUMTYPE);
	assert_int_equal(lw_content_begin(&content, path), -EBADF);
	assert_int_equal(lw_content_begin(&content, -1), -EBADF);
	close(fifo[0]);
	close(fifo[1]);
}

/* Between begin and finish the file is changed: as if it happened while reading. */
static void
expect_partial_after(void (*change)(int fd), uint64_t hashed_most)
{
	_cleanup_free_ uint8_t *bytes = pattern(3 * LW_CONTENT_BLOCK);
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, 3 * LW_CONTENT_BLOCK);
	struct lw_content_result r;

	assert_int_equal(lw_content_begin(&content, fd), 0);
	change(fd);
	assert_int_equal(lw_content_finish(&content, &NO_LIMITS, &r), 0);
	assert_int_equal(r.flags, LW_ASSESS_PARTIAL);
	assert_in_range(r.hashed_size, 1, hashed_most);
}

static void
grow_for_ever(int fd)
{
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
}

static void
cut_short(int fd)
{
	assert_int_equal(ftruncate(fd, LW_CONTENT_BLOCK + 10), 0);
}

static void
write_one_byte(int fd)
{
	usleep(20000); /* a timer tick: before 6.13 file times do not move within one */
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
}

static void
a_file_that_changes_is_never_called_whole(void **state)
{
	expect_partial_after(grow_for_ever, 4 * LW_CONTENT_BLOCK);
	expect_partial_after(cut_short, LW_CONTENT_BLOCK + 10);
	expect_partial_after(write_one_byte, 3 * LW_CONTENT_BLOCK);
}

/* Files of /proc say that they are empty, and are not. */
static void
a_file_that_lies_about_its_size_is_partial(void **state)
{
	_cleanup_close_ int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct lw_content_result r;

	read_fd(fd, NO_LIMITS, &r);
	assert_int_equal(r.size, 0);
	assert_true(r.hashed_size > 0);
	assert_int_equal(r.flags, LW_ASSESS_PARTIAL);
}

static void
the_offset_of_the_file_stays(void **state)
{
	_cleanup_free_ uint8_t *bytes = pattern(1000);
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, 1000);
	struct lw_content_result r;

	assert_int_equal(lseek(fd, 500, SEEK_SET), 500);
	read_fd(fd, NO_LIMITS, &r);
	assert_int_equal(r.hashed_size, 1000);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_all_lengths_are_hashed_whole),
		cmocka_unit_test(the_bound_is_kept_to_the_byte),
		cmocka_unit_test(the_capture_is_the_beginning),
		cmocka_unit_test(a_capture_that_cannot_be_written_spoils_nothing),
		cmocka_unit_test(a_sparse_terabyte_ends_with_the_budget),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(a_file_that_changes_is_never_called_whole),
		cmocka_unit_test(a_file_that_lies_about_its_size_is_partial),
		cmocka_unit_test(the_offset_of_the_file_stays),
	};

	return cmocka_run_group_tests(tests, begin_group, end_group);
}
