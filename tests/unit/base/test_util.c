#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/util.h"

static int
count_up(int *counter)
{
	return ++*counter;
}

/* Asked a second time, whether a file has changed while it was judged was no. */
static void
the_larger_and_the_smaller_evaluate_once(void **state)
{
	int counter = 0;

	assert_int_equal(LW_MAX(count_up(&counter), 0), 1);
	assert_int_equal(LW_MIN(9, count_up(&counter)), 2);
	assert_int_equal(LW_MAX(LW_MIN(count_up(&counter), 7), 1), 3);
	assert_int_equal(counter, 3);
}

static void
cleanup_helpers_take_empty_values_and_keep_errno(void **state)
{
	int fd = -1;
	void *p = NULL;
	FILE *f = NULL;

	errno = EXDEV;
	lw_closep(&fd);
	lw_freep(&p);
	lw_fclosep(&f);
	fd = 12345; /* not open: close(2) fails */
	lw_closep(&fd);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(fd, -1);
}

static void
taken_values_leave_nothing_behind(void **state)
{
	int fd = 7;
	char *p = (char *)state;

	assert_int_equal(TAKE_FD(fd), 7);
	assert_int_equal(fd, -1);
	assert_ptr_equal(TAKE_PTR(p), state);
	assert_null(p);
}

static void
copy_says_what_did_not_fit(void **state)
{
	char dst[4] = "zzz";

	assert_true(lw_copy_string(dst, sizeof(dst), "abc"));
	assert_string_equal(dst, "abc");
	assert_false(lw_copy_string(dst, sizeof(dst), "defg"));
	assert_string_equal(dst, "def");
	assert_true(lw_copy_string(dst, sizeof(dst), ""));
	assert_string_equal(dst, "");
	assert_false(lw_copy_string(dst, 1, "a"));
	assert_false(lw_copy_string(dst, 0, ""));
}

static void
numbers_are_whole_and_in_range(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1e3", "a"};
	uint64_t v = 77;

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++)
		assert_int_equal(lw_parse_u64(bad[i], &v), -EINVAL);
	assert_int_equal(lw_parse_u64("18446744073709551616", &v), -ERANGE);
	assert_int_equal(lw_parse_u64("99999999999999999999999", &v), -ERANGE);
	assert_int_equal(v, 77);
	assert_int_equal(lw_parse_u64("18446744073709551615", &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(lw_parse_u64("007", &v), 0);
	assert_int_equal(v, 7);
}

static void
memfd_holds_its_bytes_from_the_start_and_can_be_sealed(void **state)
{
	_cleanup_close_ int fd = lw_memfd_with("test", "hello", 5);
	char buf[8];

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lw_read_full(fd, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_true(lw_write_full(fd, "x", 1) < 0);
}

static void
small_file_is_read_whole_or_named_too_big(void **state)
{
	_cleanup_close_ int fd = lw_memfd_with("test", "hello", 5);
	char path[64], buf[6];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(lw_read_file_at(AT_FDCWD, path, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "hello");
	assert_int_equal(lw_read_file_at(AT_FDCWD, path, buf, 5), -EFBIG);
	assert_string_equal(buf, "hell");
	assert_int_equal(lw_read_file_at(AT_FDCWD, path, buf, 1), -EFBIG);
	assert_int_equal(lw_read_file_at(AT_FDCWD, path, buf, 0), -EINVAL);
	assert_int_equal(lw_read_file_at(AT_FDCWD, "/nonexistent", buf, 6), -ENOENT);
	assert_string_equal(buf, "");
}

static void
clocks_run_forward(void **state)
{
	uint64_t mono = lw_now_us();

	assert_true(mono > 0);
	assert_true(lw_now_us() >= mono);
	assert_true(lw_realtime_us() > INT64_C(1600000000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_larger_and_the_smaller_evaluate_once),
		cmocka_unit_test(cleanup_helpers_take_empty_values_and_keep_errno),
		cmocka_unit_test(taken_values_leave_nothing_behind),
		cmocka_unit_test(copy_says_what_did_not_fit),
		cmocka_unit_test(numbers_are_whole_and_in_range),
		cmocka_unit_test(memfd_holds_its_bytes_from_the_start_and_can_be_sealed),
		cmocka_unit_test(small_file_is_read_whole_or_named_too_big),
		cmocka_unit_test(clocks_run_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
