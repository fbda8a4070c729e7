#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/follower.h"

/* As Linux 6.18 shows a task that is held for its program, and for its program's loader. */
static const char program[] = "[<0>] fanotify_handle_event+0xb93/0x1b70\n"
			      "[<0>] do_filp_open+0xc3/0x180\n"
			      "[<0>] do_open_execat+0x5d/0x120\n"
			      "[<0>] alloc_bprm+0x20/0x220\n"
			      "[<0>] do_execveat_common.isra.0+0x8d/0x1b0\n"
			      "[<0>] __x64_sys_execve+0x34/0x50\n";
static const char loader[] = "[<0>] fanotify_handle_event+0xb93/0x1b70\n"
			     "[<0>] do_open_execat+0x5d/0x120\n"
			     "[<0>] open_exec+0x26/0x60\n"
			     "[<0>] load_elf_binary+0x1b1/0x18a0\n"
			     "[<0>] bprm_execve+0x2bf/0x510\n";

static void
only_an_interpreter_is_opened_by_open_exec(void **state)
{
	assert_false(lw_follower_parse(program));
	assert_true(lw_follower_parse(loader));
	assert_false(lw_follower_parse(""));
	assert_false(lw_follower_parse("[<0>] do_open_execat+0x5d/0x120\n"));
	assert_false(lw_follower_parse("[<0>] do_open_exec+0x5d/0x120\n"));
}

static void
a_task_that_is_not_there_is_no_follower(void **state)
{
	assert_false(lw_follower_is(0));
	assert_false(lw_follower_is(0x7fffffff));
	assert_false(lw_follower_is(getpid()));
}

static void
flags_and_start_are_found_after_any_name(void **state)
{
	uint32_t flags;
	uint64_t start;

	assert_true(lw_follower_parse_stat(
		"7 (a) S 1 2 3 4 5 64 6 7) S 3 4 5 6 7 4194560 10 11 12 13 14 15 16 17 18 19 20 "
		"21 99 23\n",
		&flags, &start));
	assert_int_equal(flags, 4194560);
	assert_int_equal(start, 99);
	assert_false(lw_follower_parse_stat("", &flags, &start));
	assert_false(lw_follower_parse_stat("7 (a) S 3 4", &flags, &start));
	assert_false(lw_follower_parse_stat(
		"7 (a) S 3 4 5 6 7 x 10 11 12 13 14 15 16 17 18 19 20 21 99", &flags, &start));
}

#define TASKS 5

static pid_t tasks[TASKS]; /* children that have executed nothing */

static int
make_tasks(void **state)
{
	for (size_t i = 0; i < TASKS; i++) {
		tasks[i] = fork();
		if (tasks[i] == 0)
			for (;;)
				pause();
		if (tasks[i] < 0)
			return -1;
	}
	return 0;
}

static int
end_tasks(void **state)
{
	for (size_t i = 0; i < TASKS; i++) {
		kill(tasks[i], SIGKILL);
		waitpid(tasks[i], NULL, 0);
	}
	return 0;
}

static void
only_a_task_that_has_executed_nothing_yet_is_first(void **state)
{
	uint64_t now = lw_now_us();

	assert_true(lw_follower_is_first((uint32_t)tasks[0], now));
	assert_false(lw_follower_is_first((uint32_t)tasks[0], now - 60000000));
	assert_false(lw_follower_is_first((uint32_t)getpid(), now));
	assert_false(lw_follower_is_first(0, now));
	assert_false(lw_follower_is_first(0x7fffffff, now));
}

static struct lw_group group = {.fd = -1, .mount_fd = -1};
static struct lw_followers followers;

static int
set_up(void **state)
{
	lw_followers_init(&followers, &group, 4, (struct lw_connector){.fd = -1});
	return 0;
}

static int
tear_down(void **state)
{
	lw_followers_done(&followers);
	lw_group_done(&group);
	return 0;
}

static int
new_file(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* No group, so no closes are told; and we are held in no execve. */
static void
an_expectation_alone_is_nothing(void **state)
{
	int fd = new_file();

	assert_false(lw_followers_take(&followers, 0));
	assert_false(lw_followers_take(&followers, getpid()));
	lw_followers_expect(&followers, getpid(), fd, 1, 2);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	assert_false(lw_followers_take(&followers, getpid()));
	assert_int_equal(followers.expected[0].tid, 0);
}

static void
expect_watched(size_t task, int number)
{
	followers.expected[followers.next] = (struct lw_follower){
		.tid = tasks[task], .fd = number, .dev = 1, .ino = task, .since_us = lw_now_us()};
	followers.next = (followers.next + 1) % followers.capacity;
}

static void
an_expectation_that_nothing_took_back_is_certain_once(void **state)
{
	expect_watched(0, new_file());
	assert_true(lw_followers_take(&followers, tasks[0]));
	assert_false(lw_followers_take(&followers, tasks[0]));
	expect_watched(1, new_file());
	lw_followers_forget(&followers, tasks[1]);
	assert_false(lw_followers_take(&followers, tasks[1]));
}

static void
a_number_that_is_used_again_is_no_follower(void **state)
{
	expect_watched(0, new_file());
	followers.expected[0].since_us -= 60000000;
	assert_false(lw_followers_take(&followers, tasks[0]));
}

static void
the_oldest_gives_way_and_old_ones_end(void **state)
{
	int fds[TASKS];

	for (size_t i = 0; i < 4; i++)
		expect_watched(i, fds[i] = new_file());
	lw_followers_expect(&followers, tasks[4], fds[4] = new_file(), 1, 4);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	assert_false(lw_followers_take(&followers, tasks[0]));
	followers.expected[2].since_us -= 1000000;
	lw_followers_forget_older(&followers, lw_now_us() - 500000);
	assert_int_equal(fcntl(fds[2], F_GETFD), -1);
	assert_false(lw_followers_take(&followers, tasks[2]));
	assert_true(lw_followers_take(&followers, tasks[3]));
}

static int
set_up_connected(void **state)
{
	struct lw_connector connector;

	(void)lw_connector_open(&connector);
	lw_followers_init(&followers, &group, 4, connector);
	return 0;
}

/* An expectation as it is where closes of the program are watched. */
static void
expect_connected(uint32_t tid)
{
	lw_followers_expect(&followers, tid, new_file(), 1, tid);
	followers.expected[(followers.next + 3) % 4].fd = new_file();
}

static pid_t
make_sleeper(int *go)
{
	int ends[2];
	char byte;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		(void)!read(ends[0], &byte, 1);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	assert_true(pid > 0);
	close(ends[0]);
	*go = ends[1];
	return pid;
}

/* A loader in a memfd raises no event: the program runs, and what it executes is no follower. */
static void
an_execution_that_went_on_is_followed_by_nothing(void **state)
{
	int go;

	if (followers.connector.fd < 0)
		skip(); /* not root, or not in the first pid namespace */
	pid_t pid = make_sleeper(&go);
	expect_connected((uint32_t)pid);
	close(go);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(lw_followers_take(&followers, (uint32_t)pid));
}

/* Also for a task that has executed something before, as a shell at its second command has. */
static void
an_execution_that_is_still_going_on_is_certain(void **state)
{
	if (followers.connector.fd < 0)
		skip();
	expect_connected((uint32_t)getpid());
	assert_true(lw_followers_take(&followers, (uint32_t)getpid()));
}

/* What it executed before is in the queue still when it executes the next. */
static void
an_execution_before_the_expected_one_is_none_of_it(void **state)
{
	if (followers.connector.fd < 0)
		skip();
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "100", NULL);
		_exit(1);
	}
	usleep(200000);
	expect_connected((uint32_t)pid);
	assert_true(lw_followers_take(&followers, (uint32_t)pid));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void *
expect_self(void *arg)
{
	expect_connected((uint32_t)gettid());
	*(bool *)arg = followers.expected[0].connected;
	return NULL;
}

/* Its number would be the leader's once it has executed something. */
static void
a_thread_beside_the_leader_is_not_left_to_the_connector(void **state)
{
	pthread_t thread;
	bool connected = true;

	if (followers.connector.fd < 0)
		skip();
	assert_int_equal(pthread_create(&thread, NULL, expect_self, &connected), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(connected);
	expect_connected((uint32_t)getpid());
	assert_true(followers.expected[1].connected);
}

static void
a_connector_that_lost_something_is_not_relied_on(void **state)
{
	int bytes = 1;

	if (followers.connector.fd < 0)
		skip();
	assert_int_equal(
		setsockopt(followers.connector.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)),
		0);
	expect_connected((uint32_t)getpid());
	expect_connected((uint32_t)tasks[0]);
	for (int i = 0; i < 20; i++) {
		int go;
		pid_t pid = make_sleeper(&go);

		close(go);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	assert_false(lw_followers_take(&followers, (uint32_t)getpid()));
	assert_true(lw_followers_take(&followers, (uint32_t)tasks[0])); /* it is its first */
}

/* A real group, on a file of our own. kernel-facts 41 */
static void
a_close_of_the_program_is_told_in_its_time(void **state)
{
	char path[] = "/tmp/lw-follower-XXXXXX";
	struct lw_group_event e;

	if (lw_group_open(&group) < 0)
		skip(); /* not root, or no permission events */
	int fd = mkstemp(path), closes = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && closes >= 0);
	int r = lw_group_watch_close(&group, closes);
	if (r == -EINVAL) { /* before Linux 5.19 */
		unlink(path);
		skip();
	}
	assert_int_equal(r, 0);
	lw_followers_expect(&followers, getpid(), closes, 1, 2);
	assert_int_equal(lw_group_read(&group, &e, 1), 0);
	close(open(path, O_RDONLY | O_CLOEXEC));
	assert_int_equal(lw_group_read(&group, &e, 1), 1);
	assert_int_equal(e.fd, -1);
	assert_int_equal(e.tid, getpid());
	assert_false(lw_followers_take(&followers, getpid())); /* we have been executed */
	close(open(path, O_RDONLY | O_CLOEXEC));
	assert_int_equal(lw_group_read(&group, &e, 1), 0);
	unlink(path);
	close(fd);
}

/* A division by no slots at all: the gate stopped while a dynamic program was held. */
static void
after_the_end_nothing_is_expected(void **state)
{
	int fd = new_file();

	lw_followers_done(&followers);
	lw_followers_expect(&followers, 10, fd, 1, 2);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_false(lw_followers_take(&followers, 10));
}

static int
watch_again(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
expect_file(uint32_t tid, const char *path)
{
	int fd = watch_again(path);
	struct lw_identity id;

	assert_int_equal(lw_identity_of(fd, &id), 0);
	lw_followers_expect(&followers, tid, fd, id.dev, id.ino);
}

/*
 * Two tasks expect the loader of one file. A change of its mode copies it up, which gives a file
 * with hard links another inode number: the close of the second must be told all the same.
 */
static void
a_copy_up_does_not_end_the_watch_of_another_task(void **state)
{
	char base[] = "/tmp/lw-follower-XXXXXX", path[64], other[64], options[256];
	struct lw_group_event e;

	if (lw_group_open(&group) < 0 || unshare(CLONE_NEWNS) < 0 || !mkdtemp(base) ||
		mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", base, "tmpfs", 0, NULL) < 0)
		skip();
	assert_int_equal(chdir(base), 0);
	assert_int_equal(
		mkdir("l", 0755) | mkdir("u", 0755) | mkdir("w", 0755) | mkdir("m", 0755), 0);
	close(open("l/x", O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
	assert_int_equal(link("l/x", "l/y"), 0);
	snprintf(options, sizeof(options), "lowerdir=%s/l,upperdir=%s/u,workdir=%s/w,index=off",
		base, base, base);
	snprintf(path, sizeof(path), "%s/m/x", base);
	snprintf(other, sizeof(other), "%s/m", base);
	if (mount("overlay", other, "overlay", 0, options) < 0)
		skip();
	expect_file(10, path);
	if (followers.expected[0].fd < 0)
		skip(); /* before Linux 5.19 */
	assert_int_equal(chmod(path, 0700), 0);
	expect_file(11, path);
	lw_followers_forget(&followers, 10);
	while (lw_group_read(&group, &e, 1) > 0)
		;
	close(watch_again(path));
	assert_int_equal(lw_group_read(&group, &e, 1), 1);
	assert_int_equal(e.tid, getpid());
	lw_followers_forget(&followers, 11);
	while (lw_group_read(&group, &e, 1) > 0)
		;
	close(watch_again(path));
	assert_int_equal(lw_group_read(&group, &e, 1), 0);
	assert_int_equal(chdir("/"), 0);
	umount2(other, MNT_DETACH);
	umount2(base, MNT_DETACH);
	rmdir(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_an_interpreter_is_opened_by_open_exec),
		cmocka_unit_test(a_task_that_is_not_there_is_no_follower),
		cmocka_unit_test(flags_and_start_are_found_after_any_name),
		cmocka_unit_test(only_a_task_that_has_executed_nothing_yet_is_first),
		cmocka_unit_test_setup_teardown(an_expectation_alone_is_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_expectation_that_nothing_took_back_is_certain_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_number_that_is_used_again_is_no_follower, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_oldest_gives_way_and_old_ones_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_execution_that_went_on_is_followed_by_nothing,
			set_up_connected, tear_down),
		cmocka_unit_test_setup_teardown(an_execution_that_is_still_going_on_is_certain,
			set_up_connected, tear_down),
		cmocka_unit_test_setup_teardown(an_execution_before_the_expected_one_is_none_of_it,
			set_up_connected, tear_down),
		cmocka_unit_test_setup_teardown(
			a_thread_beside_the_leader_is_not_left_to_the_connector, set_up_connected,
			tear_down),
		cmocka_unit_test_setup_teardown(a_connector_that_lost_something_is_not_relied_on,
			set_up_connected, tear_down),
		cmocka_unit_test_setup_teardown(
			a_close_of_the_program_is_told_in_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			after_the_end_nothing_is_expected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_copy_up_does_not_end_the_watch_of_another_task, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, make_tasks, end_tasks);
}
