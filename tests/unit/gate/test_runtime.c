/*
 * The barrier's marks, on runtimes of the test's own: the host's folders are covered, in a mount
 * namespace of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/runtime.h"

static struct lw_group group = {.fd = -1, .mount_fd = -1};
static struct lw_runtimes runtimes;
static const char *const covered[] = {"/usr/bin", "/usr/sbin", "/usr/local", "/usr/libexec",
	"/usr/share", "/opt", "/var/lib", "/etc"};

static int
cover(void **state)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return 0;
	for (size_t i = 0; i < LW_ARRAY_SIZE(covered); i++)
		if (access(covered[i], F_OK) == 0 &&
			mount("tmpfs", covered[i], "tmpfs", 0, NULL) < 0)
			return -1;
	return 0;
}

static int
set_up(void **state)
{
	struct lw_group g = {.fd = -1, .mount_fd = -1};

	if (lw_group_open(&g) < 0 || access("/usr/bin/env", F_OK) == 0)
		return 0; /* started() skips */
	group = g;
	return lw_runtimes_init(&runtimes, &group);
}

static int
tear_down(void **state)
{
	if (group.fd < 0)
		return 0;
	lw_runtimes_done(&runtimes);
	lw_group_done(&group);
	unlink("/usr/bin/runc");
	unlink("/etc/docker/daemon.json");
	return 0;
}

static void
started(void)
{
	if (group.fd < 0)
		skip();
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, text, strlen(text)), 0);
	close(fd);
}

/* As the group's fdinfo has it. */
static bool
is_marked(const char *path)
{
	char name[64], text[8192], wanted[64];
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", group.fd);
	assert_true(lw_read_file_at(AT_FDCWD, name, text, sizeof(text)) > 0);
	snprintf(wanted, sizeof(wanted), "fanotify ino:%lx ", (unsigned long)st.st_ino);
	return strstr(text, wanted);
}

static bool
is_known(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return lw_runtimes_has(&runtimes, st.st_dev, st.st_ino);
}

static size_t
search(const char *configured)
{
	char *items[] = {(char *)configured};
	const struct lw_settings settings = {
		.watch.runtimes = {.items = items, .count = configured ? 1 : 0}};

	return lw_runtimes_search(&runtimes, &settings);
}

static void
a_runtime_in_a_usual_folder_is_marked(void **state)
{
	started();
	assert_int_equal(search(NULL), 0);
	write_file("/usr/bin/runc", "x", 0755);
	write_file("/usr/bin/other", "x", 0755);
	assert_int_equal(search(NULL), 1);
	assert_true(is_known("/usr/bin/runc"));
	assert_true(is_marked("/usr/bin/runc"));
	assert_false(is_known("/usr/bin/other"));
	assert_false(is_marked("/usr/bin/other"));
	assert_false(lw_runtimes_has(&runtimes, 0, 0));
}

/* A package's new file, told by the folder. */
static void
a_replaced_runtime_is_marked_when_its_folder_tells(void **state)
{
	char buf[4096];

	started();
	write_file("/usr/bin/runc", "x", 0755);
	assert_int_equal(search(NULL), 1);
	write_file("/usr/bin/new", "x", 0755);
	while (read(runtimes.inotify, buf, sizeof(buf)) > 0)
		;
	assert_int_equal(rename("/usr/bin/new", "/usr/bin/runc"), 0);
	assert_true(read(runtimes.inotify, buf, sizeof(buf)) > 0);
	assert_false(is_known("/usr/bin/runc"));
	lw_runtimes_rearm(&runtimes);
	assert_true(is_known("/usr/bin/runc"));
	assert_true(is_marked("/usr/bin/runc"));
	assert_int_equal(unlink("/usr/bin/runc"), 0);
	lw_runtimes_rearm(&runtimes);
	assert_int_equal(lw_runtimes_marked(&runtimes), 0);
}

/* The number of the one before, but not its mark: here the marks are gone with their group. */
static void
a_runtime_that_is_replaced_under_the_same_number_is_marked_anew(void **state)
{
	started();
	write_file("/usr/bin/runc", "x", 0755);
	assert_int_equal(search(NULL), 1);
	lw_group_done(&group);
	assert_int_equal(lw_group_open(&group), 0);
	assert_false(is_marked("/usr/bin/runc"));
	lw_runtimes_rearm(&runtimes);
	assert_true(is_marked("/usr/bin/runc"));
}

static void
what_is_not_roots_or_no_file_is_no_runtime(void **state)
{
	started();
	write_file("/usr/bin/runc", "x", 0755);
	assert_int_equal(chown("/usr/bin/runc", 1, 1), 0);
	assert_int_equal(search(NULL), 0);
	assert_int_equal(unlink("/usr/bin/runc"), 0);
	assert_int_equal(mkfifo("/usr/bin/runc", 0755), 0);
	assert_int_equal(search(NULL), 0); /* and does not wait */
}

static void
the_policy_and_the_engines_name_others(void **state)
{
	started();
	mkdir("/opt/x", 0755);
	write_file("/opt/x/special", "x", 0755);
	write_file("/opt/x/crun", "x", 0755);
	write_file("/opt/x/tool", "x", 0755);
	mkdir("/etc/docker", 0755);
	write_file("/etc/docker/daemon.json",
		"{\"runtimes\": {\"a\": {\"path\":\"/opt/x/crun\"}, \"b\": {\"path\": "
		"\"/opt/x/tool\"}}, \"c\": \"runc\"}",
		0644);
	assert_int_equal(search("/opt/x/special"), 2);
	assert_true(is_known("/opt/x/special"));
	assert_true(is_known("/opt/x/crun"));
	assert_false(is_known("/opt/x/tool"));
}

static void
a_runtime_that_comes_later_is_remembered(void **state)
{
	started();
	mkdir("/opt/later", 0755);
	assert_int_equal(search("/opt/later/rt"), 0);
	write_file("/opt/later/rt", "x", 0755);
	lw_runtimes_rearm(&runtimes);
	assert_true(is_known("/opt/later/rt"));
}

static void
no_more_are_remembered_than_there_is_room_for(void **state)
{
	char path[64], long_path[400] = "/opt/";

	started();
	for (int i = 0; i < LW_RUNTIMES_MAX + 5; i++) {
		snprintf(path, sizeof(path), "/opt/rt%d", i);
		write_file(path, "x", 0755);
		search(path);
		unlink(path);
	}
	assert_int_equal(runtimes.count, LW_RUNTIMES_MAX);
	runtimes.count = 0;
	memset(&long_path[5], 'x', 300);
	search(long_path);
	assert_int_equal(runtimes.count, 0);
}

static void
a_runtime_is_known_by_its_whole_name(void **state)
{
	assert_true(lw_runtime_is_name("/usr/bin/runc"));
	assert_true(lw_runtime_is_name("crun"));
	assert_false(lw_runtime_is_name("/usr/bin/runc2"));
	assert_false(lw_runtime_is_name("/runc/x"));
	assert_false(lw_runtime_is_name("/usr/bin/"));
	assert_false(lw_runtime_is_name(""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_runtime_in_a_usual_folder_is_marked),
		TEST(a_replaced_runtime_is_marked_when_its_folder_tells),
		TEST(a_runtime_that_is_replaced_under_the_same_number_is_marked_anew),
		TEST(what_is_not_roots_or_no_file_is_no_runtime),
		TEST(the_policy_and_the_engines_name_others),
		TEST(a_runtime_that_comes_later_is_remembered),
		TEST(no_more_are_remembered_than_there_is_room_for),
		cmocka_unit_test(a_runtime_is_known_by_its_whole_name),
	};

	return cmocka_run_group_tests(tests, cover, NULL);
}
