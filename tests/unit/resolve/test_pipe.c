#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "resolve/pipe.h"

struct ends {
	struct lw_procfs procfs;
	struct lw_place place;
	int in, out, path;
};

static void
begin(struct ends *e)
{
	char name[32];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	e->in = ends[0];
	e->out = ends[1];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", e->in);
	e->path = open(name, O_PATH | O_CLOEXEC);
	assert_true(e->path >= 0);
	assert_int_equal(lw_procfs_open(&e->procfs), 0);
	assert_int_equal(lw_place_open(&e->place, &e->procfs, getpid()), 0);
}

static void
end(struct ends *e)
{
	lw_closep(&e->in);
	lw_closep(&e->out);
	lw_closep(&e->path);
	lw_place_close(&e->place);
	lw_procfs_close(&e->procfs);
}

static void
what_is_read_stays_there(void **state)
{
	char bytes[16], again[16] = "";
	struct lw_pipe_bytes out = {.bytes = bytes, .size = sizeof(bytes)};
	struct ends e;

	begin(&e);
	assert_int_equal(write(e.out, "code\n", 5), 5);
	lw_closep(&e.out);
	_cleanup_close_ int fd = lw_pipe_open(&e.place, e.path);
	assert_int_equal(lw_pipe_wait(fd, 0), LW_PIPE_FILLED);
	assert_int_equal(lw_pipe_peek(fd, &out), 0);
	assert_int_equal(out.length, 5);
	assert_memory_equal(bytes, "code\n", 5);
	assert_true(out.ended);
	assert_int_equal(read(e.in, again, sizeof(again)), 5);
	assert_string_equal(again, "code\n");
	end(&e);
}

static void
more_than_there_is_room_for_is_told(void **state)
{
	char bytes[4];
	struct lw_pipe_bytes out = {.bytes = bytes, .size = sizeof(bytes)};
	struct ends e;

	begin(&e);
	assert_int_equal(write(e.out, "code\n", 5), 5);
	_cleanup_close_ int fd = lw_pipe_open(&e.place, e.path);
	assert_int_equal(lw_pipe_peek(fd, &out), 0);
	assert_int_equal(out.length, 4);
	assert_false(out.ended);
	end(&e);
}

static void
waiting_for_nothing_is_bounded(void **state)
{
	struct ends e;
	uint64_t start = lw_now_us();

	begin(&e);
	_cleanup_close_ int fd = lw_pipe_open(&e.place, e.path);
	assert_int_equal(lw_pipe_wait(fd, 10000), LW_PIPE_SILENT);
	assert_true(lw_now_us() - start < 2000000);
	end(&e);
}

static void
an_end_with_nothing_before_it_is_told(void **state)
{
	struct ends e;

	begin(&e);
	lw_closep(&e.out);
	_cleanup_close_ int fd = lw_pipe_open(&e.place, e.path);
	assert_int_equal(lw_pipe_wait(fd, 10000), LW_PIPE_ENDED);
	end(&e);
}

static void
a_file_is_no_pipe(void **state)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	struct ends e;

	begin(&e);
	assert_true(lw_pipe_is(e.path));
	assert_false(lw_pipe_is(fd));
	end(&e);
}

static void
the_writer_is_found_among_the_parent(void **state)
{
	char link[64] = "";
	struct ends e;

	begin(&e);
	assert_true(lw_place_path_of(&e.place, e.path, link, sizeof(link)) > 0);
	assert_int_equal(
		lw_pipe_holder(&e.place, (uint32_t)getpid(), 0, link, LW_PIPE_WRITER), getpid());
	lw_closep(&e.out);
	assert_int_equal(lw_pipe_holder(&e.place, (uint32_t)getpid(), 0, link, LW_PIPE_WRITER), 0);
	assert_int_equal(lw_pipe_holder(&e.place, 0, 0, link, LW_PIPE_WRITER), 0);
	end(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_stays_there),
		cmocka_unit_test(more_than_there_is_room_for_is_told),
		cmocka_unit_test(waiting_for_nothing_is_bounded),
		cmocka_unit_test(an_end_with_nothing_before_it_is_told),
		cmocka_unit_test(a_file_is_no_pipe),
		cmocka_unit_test(the_writer_is_found_among_the_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
