/*
 * The group with tasks of the test's own, on a tmpfs of its own: what is held, what is told, and
 * what is neither.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/group.h"

#define PATIENCE_MS 5000
#define PATIENCE_S 60 /* then the test ends, and the kernel lets its tasks go */

struct fixture {
	struct lw_group group;
	char folder[64], file[80];
	int dirfd, fd; /* O_PATH, O_RDONLY: opened before anything is marked */
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	*state = f;
	alarm(PATIENCE_S);
	strcpy(f->folder, "/tmp/lw-group-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	f->dirfd = f->fd = f->group.fd = f->group.mount_fd = -1;
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0 ||
		lw_group_open(&f->group) < 0)
		return 0; /* not root, or no permission events: begin() skips */
	snprintf(f->file, sizeof(f->file), "%s/x", f->folder);
	if (mount("tmpfs", f->folder, "tmpfs", 0, NULL) < 0)
		return -1;
	fd = open(f->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0 || lw_write_full(fd, "text\n", 5) < 0)
		return -1;
	close(fd);
	f->fd = open(f->file, O_RDONLY | O_CLOEXEC);
	f->dirfd = open(f->folder, O_PATH | O_CLOEXEC);
	return f->fd < 0 || f->dirfd < 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	lw_group_done(&f->group);
	lw_closep(&f->fd);
	lw_closep(&f->dirfd);
	umount2(f->folder, MNT_DETACH);
	rmdir(f->folder);
	free(f);
	alarm(0);
	return 0;
}

static struct fixture *
begin(void **state)
{
	struct fixture *f = *state;

	if (f->group.fd < 0)
		skip();
	return f;
}

enum what { EXECUTES, OPENS, WRITES_TO };

/* A task that does so; its exit code is the errno. */
static pid_t
start(const struct fixture *f, enum what what)
{
	char *const argv[] = {(char *)f->file, NULL};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	close_range(3, ~0u, 0); /* the group must end with us */
	if (what == EXECUTES)
		execve(f->file, argv, NULL);
	else if (open(f->file, what == OPENS ? O_RDONLY : O_WRONLY) >= 0)
		_exit(what == WRITES_TO && write(3, "t", 1) != 1 ? errno : 0);
	_exit(errno);
}

static int
outcome(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct lw_group_event
next(struct fixture *f)
{
	struct pollfd p = {.fd = f->group.fd, .events = POLLIN};
	struct lw_group_event e;

	do
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	while (lw_group_read(&f->group, &e, 1) == 0);
	return e;
}

/* The next event is this one, by this task; it is answered so. */
static void
expect(struct fixture *f, pid_t pid, enum lw_group_what what, bool allow)
{
	struct lw_group_event e = next(f);

	assert_int_equal(e.what, what);
	assert_int_equal(e.tid, pid);
	assert_true(e.fd >= 0);
	assert_int_equal(lw_group_answer(&f->group, e.fd, allow), 0);
	close(e.fd);
}

static bool
is_silent(struct fixture *f)
{
	struct lw_group_event e;

	return lw_group_read(&f->group, &e, 1) == 0;
}

static void
an_execution_is_held_until_it_is_answered(void **state)
{
	struct fixture *f = begin(state);

	assert_int_equal(lw_group_mark_file(&f->group, f->fd), 0);
	pid_t allowed = start(f, EXECUTES);
	expect(f, allowed, LW_GROUP_EXECUTION, true);
	assert_int_equal(outcome(allowed), ENOEXEC);
	pid_t denied = start(f, EXECUTES);
	expect(f, denied, LW_GROUP_EXECUTION, false);
	assert_int_equal(outcome(denied), EPERM);
	assert_int_equal(outcome(start(f, OPENS)), 0);
	assert_true(is_silent(f));
}

static void
no_more_events_come_than_are_asked_for(void **state)
{
	struct fixture *f = begin(state);
	struct lw_group_event e[LW_GROUP_BATCH];
	pid_t pids[3];
	int got = 0;

	assert_int_equal(lw_group_mark_file(&f->group, f->fd), 0);
	for (size_t i = 0; i < LW_ARRAY_SIZE(pids); i++)
		pids[i] = start(f, EXECUTES);
	assert_int_equal(lw_group_read(&f->group, e, 0), 0);
	assert_int_equal(lw_group_read(&f->group, e, -1), 0);
	while (got < 3) {
		int n = lw_group_read(&f->group, &e[got], got ? 1000 : 1);

		assert_in_range(n, 0, got ? 2 : 1);
		got += n;
	}
	for (int i = 0; i < got; i++) {
		assert_int_equal(lw_group_answer(&f->group, e[i].fd, true), 0);
		close(e[i].fd);
	}
	for (size_t i = 0; i < LW_ARRAY_SIZE(pids); i++)
		assert_int_equal(outcome(pids[i]), ENOEXEC);
}

static void
opens_are_held_while_they_are_watched(void **state)
{
	struct fixture *f = begin(state);
	const struct {
		int fd;
		int (*watch)(struct lw_group *g, int fd);
		int (*unwatch)(struct lw_group *g, int fd);
	} rows[] = {
		{f->fd, lw_group_watch_opens, lw_group_unwatch_opens},
		{f->dirfd, lw_group_watch_opens_in, lw_group_unwatch_opens_in},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		assert_int_equal(rows[i].watch(&f->group, rows[i].fd), 0);
		pid_t pid = start(f, OPENS);
		expect(f, pid, LW_GROUP_OPENING, false);
		assert_int_equal(outcome(pid), EPERM);
		assert_int_equal(rows[i].unwatch(&f->group, rows[i].fd), 0);
		assert_int_equal(outcome(start(f, OPENS)), 0);
		assert_true(is_silent(f));
	}
}

static void
a_superblock_is_marked_for_executions_and_for_opens_or_not(void **state)
{
	struct fixture *f = begin(state);

	assert_int_equal(lw_group_mark_superblock(&f->group, f->dirfd, true), 0);
	pid_t pid = start(f, OPENS);
	expect(f, pid, LW_GROUP_OPENING, true);
	assert_int_equal(outcome(pid), 0);
	assert_int_equal(lw_group_mark_superblock(&f->group, f->dirfd, false), 0);
	assert_int_equal(outcome(start(f, OPENS)), 0);
	pid = start(f, EXECUTES);
	expect(f, pid, LW_GROUP_EXECUTION, true);
	assert_int_equal(outcome(pid), ENOEXEC);
	assert_int_equal(lw_group_unmark_superblock(&f->group, f->dirfd), 0);
	assert_int_equal(lw_group_unmark_superblock(&f->group, f->dirfd), -ENOENT);
	assert_int_equal(outcome(start(f, EXECUTES)), ENOEXEC);
	assert_true(is_silent(f));
}

static void
an_open_that_is_ignored_is_held_again_after_a_write(void **state)
{
	struct fixture *f = begin(state);

	assert_int_equal(lw_group_mark_superblock(&f->group, f->dirfd, true), 0);
	assert_int_equal(lw_group_watch_writes(&f->group, f->fd), 0);
	assert_int_equal(lw_group_ignore_opens(&f->group, f->fd), 0);
	assert_int_equal(outcome(start(f, OPENS)), 0);
	assert_int_equal(outcome(start(f, WRITES_TO)), 0);
	/* The write is told, and is nobody's business but the group's. */
	assert_true(is_silent(f));
	pid_t pid = start(f, OPENS);
	expect(f, pid, LW_GROUP_OPENING, true);
	assert_int_equal(outcome(pid), 0);
	assert_int_equal(lw_group_ignore_opens(&f->group, f->fd), 0);
	assert_int_equal(lw_group_heed_opens(&f->group, f->fd), 0);
	assert_int_equal(lw_group_heed_opens(&f->group, f->fd), 0);
	pid = start(f, OPENS);
	expect(f, pid, LW_GROUP_OPENING, true);
	assert_int_equal(outcome(pid), 0);
}

static void
the_end_of_an_open_is_told_and_holds_nothing(void **state)
{
	struct fixture *f = begin(state);

	if (lw_group_watch_close(&f->group, f->fd) == -EINVAL)
		skip(); /* before 5.19 */
	pid_t pid = start(f, OPENS);
	assert_int_equal(outcome(pid), 0);
	struct lw_group_event e = next(f);
	assert_int_equal(e.what, LW_GROUP_CLOSING);
	assert_int_equal(e.tid, pid);
	assert_int_equal(e.fd, -1);
	assert_int_equal(lw_group_unwatch_close(&f->group, f->fd), 0);
	assert_int_equal(outcome(start(f, OPENS)), 0);
	assert_true(is_silent(f));
}

static void
an_event_is_answered_once_even_if_its_task_was_killed(void **state)
{
	struct fixture *f = begin(state);

	assert_int_equal(lw_group_mark_file(&f->group, f->fd), 0);
	pid_t pid = start(f, EXECUTES);
	struct lw_group_event e = next(f);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(outcome(pid), 128 + SIGKILL);
	assert_int_equal(lw_group_answer(&f->group, e.fd, true), 0);
	assert_int_equal(lw_group_answer(&f->group, e.fd, true), -ENOENT);
	close(e.fd);
}

/* The kernel denies it then: counted, and the queue lives on. */
static void
without_a_descriptor_an_execution_is_denied_and_counted(void **state)
{
	struct fixture *f = begin(state);
	struct pollfd p = {.fd = f->group.fd, .events = POLLIN};
	struct rlimit before, none;
	struct lw_group_event e;

	assert_int_equal(lw_group_mark_file(&f->group, f->fd), 0);
	pid_t pid = start(f, EXECUTES);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){0, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int n = lw_group_read(&f->group, &e, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(n, 0);
	assert_int_equal(f->group.read_errors, 1);
	assert_int_equal(outcome(pid), EPERM);
	pid = start(f, EXECUTES);
	expect(f, pid, LW_GROUP_EXECUTION, true);
	assert_int_equal(outcome(pid), ENOEXEC);
}

static void
mounts_are_told_where_the_kernel_can(void **state)
{
	struct fixture *f = begin(state);
	_cleanup_close_ int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (f->group.mount_fd < 0) {
		assert_int_equal(lw_group_watch_namespace(&f->group, ns), -EOPNOTSUPP);
		assert_false(lw_group_drain_mounts(&f->group));
		skip(); /* before 6.15 */
	}
	assert_int_equal(lw_group_watch_namespace(&f->group, ns), 0);
	assert_false(lw_group_drain_mounts(&f->group));
	assert_int_equal(mount("tmpfs", f->folder, "tmpfs", 0, NULL), 0);
	assert_true(lw_group_drain_mounts(&f->group));
	assert_false(lw_group_drain_mounts(&f->group));
	assert_int_equal(umount(f->folder), 0);
	assert_true(lw_group_drain_mounts(&f->group));
}

static void
what_is_held_goes_on_when_the_group_is_closed(void **state)
{
	struct fixture *f = begin(state);
	struct lw_group_event e;

	assert_int_equal(lw_group_mark_file(&f->group, f->fd), 0);
	pid_t pid = start(f, EXECUTES);
	e = next(f);
	close(e.fd);
	lw_group_done(&f->group);
	assert_int_equal(f->group.fd, -1);
	assert_int_equal(outcome(pid), ENOEXEC);
	assert_int_equal(lw_group_read(&f->group, &e, 1), -EBADF);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_execution_is_held_until_it_is_answered),
		TEST(no_more_events_come_than_are_asked_for),
		TEST(opens_are_held_while_they_are_watched),
		TEST(a_superblock_is_marked_for_executions_and_for_opens_or_not),
		TEST(an_open_that_is_ignored_is_held_again_after_a_write),
		TEST(the_end_of_an_open_is_told_and_holds_nothing),
		TEST(an_event_is_answered_once_even_if_its_task_was_killed),
		TEST(without_a_descriptor_an_execution_is_denied_and_counted),
		TEST(mounts_are_told_where_the_kernel_can),
		TEST(what_is_held_goes_on_when_the_group_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
