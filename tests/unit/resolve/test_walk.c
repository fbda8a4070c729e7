#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "held.h"
#include "resolve/open.h"

/*
 * A container of our own making: a mount namespace, a tmpfs as root with /proc and /dev, entered by
 * chroot(2), and a task in it whose working directory is /a/b and whose descriptor 0 is /a/in.
 */
struct inside {
	char root[64];
	pid_t pid;
	struct lw_procfs procfs;
	struct lw_place place;
};

static int
make_tree(void)
{
	return mkdir("a", 0755) || mkdir("a/b", 0755) || mkdir("proc", 0755) ||
	       mkdir("dev", 0755) || mkdir("bin", 0755) || mount("proc", "proc", "proc", 0, NULL) ||
	       symlink("/proc/self/fd/0", "dev/stdin") || symlink("/proc/self/fd", "dev/fd") ||
	       symlink("/dev/stdin", "a/input") || symlink("/dev/fd", "a/descriptors") ||
	       symlink("/a/x.py", "absolute") || symlink("../x.py", "a/b/up") ||
	       symlink("loop", "loop") || symlink("/bin/../../../etc/passwd", "out") ||
	       symlink("/a", "folder") || symlink("/proc/thread-self/cwd", "here") ||
	       mkfifo("a/fifo", 0600);
}

static int
enter(void *arg)
{
	const struct inside *in = arg;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("tmpfs", in->root, "tmpfs", 0, "size=1m") || chdir(in->root) || make_tree())
		return -1;
	held_write(".", "a/x.py", "x", 0644);
	held_write(".", "a/in", "in", 0644);
	held_write(".", "bin/tool", "tool", 0755);
	held_write(".", "a/b/x.js", "js", 0644);
	if (chroot(".") || chdir("/a/b"))
		return -1;
	close(0);
	return open("/a/in", O_RDONLY) == 0 ? 0 : -1;
}

static int
set_up(void **state)
{
	struct inside *in = calloc(1, sizeof(*in));

	if (!in)
		return -1;
	held_folder(in->root);
	in->pid = held_sleeper(enter, in);
	if (in->pid < 0 || lw_procfs_open(&in->procfs) < 0 ||
		lw_place_open(&in->place, &in->procfs, in->pid) < 0)
		return -1;
	*state = in;
	return 0;
}

static int
tear_down(void **state)
{
	struct inside *in = *state;

	lw_place_close(&in->place);
	lw_procfs_close(&in->procfs);
	held_sleeper_end(in->pid);
	held_remove(in->root);
	free(in);
	return 0;
}

static const struct lw_search plain = {LW_SEARCH_CWD, "", NULL};

struct expectation {
	const char *name;
	int result;
	const char *path; /* found, inside the container; NULL = not asked */
};

static const struct expectation found[] = {
	{"/a/x.py", 0, "/a/x.py"},
	{"../x.py", 0, "/a/x.py"},
	{"./../../a/./x.py", 0, "/a/x.py"},
	{"../../../../../a/x.py", 0, "/a/x.py"},
	{"//a//x.py", 0, "/a/x.py"},
	{"up", 0, "/a/x.py"},
	{"/absolute", 0, "/a/x.py"},
	{"/folder/x.py", 0, "/a/x.py"},
	{"/folder/../absolute", 0, "/a/x.py"},
	{"/dev/stdin", 0, "/a/in"},
	{"/dev/fd/0", 0, "/a/in"},
	{"/proc/self/fd/0", 0, "/a/in"},
	{"/proc/thread-self/fd/0", 0, "/a/in"},
	{"/a/input", 0, "/a/in"},
	{"/a/descriptors/0", 0, "/a/in"},
	{"/proc/self/cwd/../x.py", 0, "/a/x.py"},
	{"/here/../x.py", 0, "/a/x.py"},
	{"/proc/self/root/a/x.py", 0, "/a/x.py"},
	{"/out", -ENOENT, NULL},
	{"/loop", -ELOOP, NULL},
	{"/dev/fd/77", -ENOENT, NULL},
	{"/a/x.py/", -ENOTDIR, NULL},
	{"/folder/x.py/more", -ENOTDIR, NULL},
	{"missing", -ENOENT, NULL},
	{"", -ENOENT, NULL},
	{"/a/fifo", LW_OPEN_NOT_REGULAR, "/a/fifo"},
	{"/folder/fifo", LW_OPEN_NOT_REGULAR, "/a/fifo"},
	{"/", LW_OPEN_NOT_REGULAR, "/"},
	{".", LW_OPEN_NOT_REGULAR, "/a/b"},
};

static void
bypass_40_paths_lead_where_the_task_would_get(void **state)
{
	struct inside *in = *state;

	for (size_t i = 0; i < LW_ARRAY_SIZE(found); i++) {
		const struct expectation *e = &found[i];
		struct lw_opened opened = LW_OPENED_NONE;
		int r = lw_open_named(&in->place, e->name, &plain, &opened);

		if (r != e->result)
			print_message("# %s: %d\n", e->name, r);
		assert_int_equal(r, e->result);
		if (e->path)
			assert_string_equal(opened.path, e->path);
		assert_int_equal(opened.fd >= 0, r == 0);
		lw_closep(&opened.fd);
	}
}

static void
what_is_opened_can_only_be_read(void **state)
{
	struct inside *in = *state;
	struct lw_opened opened = LW_OPENED_NONE;
	char text[8] = "";

	assert_int_equal(lw_open_named(&in->place, "../x.py", &plain, &opened), 0);
	assert_int_equal(fcntl(opened.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(read(opened.fd, text, sizeof(text)), 1);
	assert_string_equal(text, "x");
	assert_int_equal(opened.st.stx_size, 1);
	lw_closep(&opened.fd);
}

static void
a_bare_name_is_searched_as_asked(void **state)
{
	struct inside *in = *state;
	const struct lw_search path = {LW_SEARCH_CWD_THEN_PATH, "/nowhere:/bin", NULL};
	const struct lw_search library = {LW_SEARCH_LIBRARIES, "/x:/bin", NULL};
	const struct lw_search suffix = {LW_SEARCH_CWD, "", ".js"};
	struct lw_opened opened = LW_OPENED_NONE;

	assert_int_equal(lw_open_named(&in->place, "tool", &plain, &opened), -ENOENT);
	assert_int_equal(lw_open_named(&in->place, "tool", &path, &opened), 0);
	assert_string_equal(opened.path, "/bin/tool");
	lw_closep(&opened.fd);
	assert_int_equal(lw_open_named(&in->place, "tool", &library, &opened), 0);
	lw_closep(&opened.fd);
	assert_int_equal(lw_open_named(&in->place, "x", &suffix, &opened), 0);
	assert_string_equal(opened.path, "/a/b/x.js");
	lw_closep(&opened.fd);
	assert_int_equal(lw_open_named(&in->place, "./tool", &path, &opened), -ENOENT);
}

static void
long_paths_are_refused(void **state)
{
	struct inside *in = *state;
	char path[2 * LW_PLACE_PATH];
	struct lw_opened opened = LW_OPENED_NONE;

	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(lw_open_named(&in->place, path, &plain, &opened), -ENAMETOOLONG);
	memcpy(path, "/folder/", 8);
	path[300] = '\0';
	assert_int_equal(lw_open_named(&in->place, path, &plain, &opened), -ENAMETOOLONG);
}

static void
our_own_place_stays(void **state)
{
	struct stat before, after, root_before, root_after;

	assert_int_equal(stat(".", &before), 0);
	assert_int_equal(stat("/", &root_before), 0);
	bypass_40_paths_lead_where_the_task_would_get(state);
	assert_int_equal(stat(".", &after), 0);
	assert_int_equal(stat("/", &root_after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(root_before.st_ino, root_after.st_ino);
}

static int
lose_cwd(void *arg)
{
	char folder[64];

	held_folder(folder);
	held_write(folder, "x", "x", 0644);
	if (chdir(folder))
		return -1;
	held_remove(folder);
	return 0;
}

static void
bypass_40_a_deleted_working_directory_has_no_files(void **state)
{
	struct inside *in = *state;
	pid_t pid = held_sleeper(lose_cwd, NULL);
	struct lw_place place;
	struct lw_opened opened = LW_OPENED_NONE;

	assert_true(pid > 0);
	assert_int_equal(lw_place_open(&place, &in->procfs, pid), 0);
	assert_int_equal(lw_open_named(&place, "x", &plain, &opened), -ENOENT);
	assert_int_equal(lw_open_named(&place, "/etc/passwd", &plain, &opened), 0);
	assert_string_equal(opened.path, "/etc/passwd");
	lw_closep(&opened.fd);
	lw_place_close(&place);
	held_sleeper_end(pid);
}

static int
nothing(void *arg)
{
	return 0;
}

static void
a_place_stays_with_its_task(void **state)
{
	struct inside *in = *state;
	pid_t pid = held_sleeper(nothing, NULL);
	struct lw_place place;
	struct lw_opened opened = LW_OPENED_NONE;

	assert_int_equal(lw_place_open(&place, &in->procfs, pid), 0);
	held_sleeper_end(pid);
	assert_true(lw_place_root(&place) < 0);
	assert_true(lw_open_named(&place, "/etc/passwd", &plain, &opened) < 0);
	lw_place_close(&place);
}

/* A lease of somebody who writes: O_NONBLOCK says EAGAIN until it is given back. */
static void
a_leased_file_is_waited_for_but_not_long(void **state)
{
	char folder[64], path[128];
	struct inside *in = *state;
	pid_t pid = held_sleeper(nothing, NULL);
	struct lw_place place;
	struct lw_opened opened = LW_OPENED_NONE;
	uint64_t start;

	held_folder(folder);
	held_write(folder, "x", "x", 0644);
	snprintf(path, sizeof(path), "%s/x", folder);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fcntl(fd, F_SETSIG, SIGWINCH) != 0 || fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
		skip();
	assert_int_equal(lw_place_open(&place, &in->procfs, pid), 0);
	start = lw_now_us();
	assert_int_equal(lw_open_named(&place, path, &plain, &opened), -EAGAIN);
	assert_in_range(lw_now_us() - start, LW_OPEN_LEASE_US, 50 * LW_OPEN_LEASE_US);
	fcntl(fd, F_SETLEASE, F_UNLCK);
	assert_int_equal(lw_open_named(&place, path, &plain, &opened), 0);
	lw_closep(&opened.fd);
	lw_place_close(&place);
	held_sleeper_end(pid);
	held_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bypass_40_paths_lead_where_the_task_would_get),
		cmocka_unit_test(what_is_opened_can_only_be_read),
		cmocka_unit_test(a_bare_name_is_searched_as_asked),
		cmocka_unit_test(long_paths_are_refused),
		cmocka_unit_test(our_own_place_stays),
		cmocka_unit_test(bypass_40_a_deleted_working_directory_has_no_files),
		cmocka_unit_test(a_place_stays_with_its_task),
		cmocka_unit_test(a_leased_file_is_waited_for_but_not_long),
	};

	if (geteuid() != 0) {
		puts("1..0 # SKIP needs root, to make a mount namespace");
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
