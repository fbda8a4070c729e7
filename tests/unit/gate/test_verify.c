#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/verify.h"

static struct lw_loop *loop;
static struct lw_group group = {.fd = -1, .mount_fd = -1};
static struct lw_verify verify;
static uint64_t lost;
static struct lw_superblock superblock, other_superblock;
static char folder[] = "/tmp/lw-verify-XXXXXX";

/* A real group, on files of our own. */
static int
set_up(void **state)
{
	if (lw_loop_new(&loop) < 0)
		return -1;
	strcpy(folder, "/tmp/lw-verify-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	lw_group_open(&group);
	lw_verify_init(&verify, loop, &group, 3, &lost);
	lost = 0;
	return 0;
}

static int
tear_down(void **state)
{
	char path[64];

	lw_verify_done(&verify);
	lw_group_done(&group);
	loop = lw_loop_free(loop);
	for (int i = 0; i < 9; i++) {
		snprintf(path, sizeof(path), "%s/%d", folder, i);
		unlink(path);
	}
	return rmdir(folder);
}

static void
need_group(void)
{
	if (group.fd < 0)
		skip(); /* not root, or no permission events */
}

static int
script(int number)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%d", folder, number);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "true\n", 5), 5);
	return fd;
}

static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

static void
expect(uint32_t tid, int fd)
{
	struct lw_identity id;

	assert_int_equal(lw_identity_of(fd, &id), 0);
	lw_verify_expect(&verify, tid, 0, fd, &id, &superblock, "/x", LW_LANGUAGE_SHELL);
}

/* How many opens are held; each is let go. A child opens: we would wait for ourselves. */
static int
held(int number)
{
	struct lw_group_event e;
	char path[64];
	int count = 0;

	snprintf(path, sizeof(path), "%s/%d", folder, number);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(open(path, O_RDONLY) < 0);
	while (waitpid(child, NULL, WNOHANG) == 0) {
		if (lw_group_read(&group, &e, 1) == 1 && e.fd >= 0) {
			assert_int_equal(e.what, LW_GROUP_OPENING);
			lw_group_answer(&group, e.fd, true);
			close(e.fd);
			count++;
		}
		usleep(200);
	}
	return count;
}

static void
an_expected_script_is_held_when_it_is_opened(void **state)
{
	need_group();
	int before = descriptors(), fd = script(0), other = script(1);
	assert_int_equal(held(0), 0);
	expect(getpid(), fd);
	assert_int_equal(held(0), 1);
	assert_int_equal(held(1), 0);
	struct lw_verify_item *item = lw_verify_find(&verify, getpid());
	assert_non_null(item);
	assert_null(lw_verify_find(&verify, getppid()));
	assert_null(lw_verify_find(&verify, 0));
	lw_verify_drop_superblock(&verify, &other_superblock);
	assert_int_equal(held(0), 1);
	lw_verify_drop_superblock(&verify, &superblock);
	assert_int_equal(held(0), 0);
	close(fd);
	close(other);
	assert_int_equal(descriptors(), before);
}

static void
the_same_script_of_two_tasks_is_held_until_the_last_is_gone(void **state)
{
	need_group();
	int fd = script(0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		pause();
		_exit(0);
	}
	expect(getpid(), fd);
	expect(child, fd);
	assert_int_equal(held(0), 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	lw_loop_once(loop, 1000);
	assert_null(lw_verify_find(&verify, child));
	assert_int_equal(held(0), 1);
	lw_verify_drop_superblock(&verify, &superblock);
	assert_int_equal(held(0), 0);
	close(fd);
}

static void
who_has_opened_his_script_is_pushed_out_first(void **state)
{
	need_group();
	pid_t tids[] = {getpid(), getppid(), 1};
	int fds[4];

	for (int i = 0; i < 3; i++)
		expect(tids[i], fds[i] = script(i));
	lw_verify_find(&verify, tids[1])->opened = true;
	expect(2, fds[3] = script(3));
	assert_non_null(lw_verify_find(&verify, tids[0]));
	assert_null(lw_verify_find(&verify, tids[1]));
	assert_int_equal(lost, 0);
	expect(3, fds[0]);
	assert_null(lw_verify_find(&verify, tids[0]));
	assert_int_equal(lost, 1);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

/* A thread that executes becomes its process: whatever that was expected to open is over. */
static void
a_process_is_expected_to_open_one_script_whichever_thread_started_it(void **state)
{
	struct lw_identity id;

	need_group();
	int old = script(0), new = script(1);
	expect(getpid(), old);
	assert_int_equal(lw_identity_of(new, &id), 0);
	lw_verify_expect(
		&verify, 0x7ffffff0, getpid(), new, &id, &superblock, "/y", LW_LANGUAGE_PYTHON);
	struct lw_verify_item *item = lw_verify_find(&verify, getpid());
	assert_non_null(item);
	assert_true(lw_verify_is_script(item, &id, "/y"));
	lw_verify_drop_superblock(&verify, &superblock);
	assert_null(lw_verify_find(&verify, getpid()));
	close(old);
	close(new);
}

static void
any_change_is_another_script(void **state)
{
	struct lw_identity now;
	struct lw_verify_item item = {.file = -1};
	int fd = script(0), other = script(1);

	assert_int_equal(lw_identity_of(fd, &item.identity), 0);
	assert_int_equal(lw_identity_of(fd, &now), 0);
	assert_true(lw_verify_is_same(&item, &now));
	assert_int_equal(write(fd, "more", 4), 4);
	assert_int_equal(lw_identity_of(fd, &now), 0);
	assert_false(lw_verify_is_same(&item, &now));
	now = item.identity;
	now.ino++;
	assert_false(lw_verify_is_same(&item, &now));
	close(fd);
	close(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_expected_script_is_held_when_it_is_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_same_script_of_two_tasks_is_held_until_the_last_is_gone, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			who_has_opened_his_script_is_pushed_out_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_process_is_expected_to_open_one_script_whichever_thread_started_it,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(any_change_is_another_script, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
