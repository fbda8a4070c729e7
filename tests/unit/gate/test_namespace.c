#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/namespace.h"
#include "overlay.h"

static void
the_inode_is_the_namespaces_own(void **state)
{
	struct stat st;

	assert_int_equal(stat("/proc/self/ns/mnt", &st), 0);
	assert_int_equal(lw_namespace_inode(0, "mnt"), st.st_ino);
	assert_int_equal(lw_namespace_inode(getpid(), "mnt"), st.st_ino);
	assert_int_equal(stat("/proc/self/ns/user", &st), 0);
	assert_int_equal(lw_namespace_inode(0, "user"), st.st_ino);
	assert_int_equal(lw_namespace_inode(0x7fffffff, "mnt"), 0);
	assert_int_equal(lw_namespace_inode(0, "none"), 0);
}

static void
enter_user_namespace(struct overlay *o)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		_exit(1);
}

static void
the_owner_of_a_mount_namespace_is_the_user_namespace_that_made_it(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	assert_int_equal(lw_namespace_owner(0), lw_namespace_inode(0, "user"));
	pid_t plain = overlay_task(o, NULL), user = overlay_task_after(o, enter_user_namespace);
	assert_int_not_equal(lw_namespace_inode(plain, "mnt"), lw_namespace_inode(0, "mnt"));
	assert_int_equal(lw_namespace_owner(plain), lw_namespace_inode(0, "user"));
	if (lw_namespace_inode(user, "user")) { /* may be forbidden here */
		assert_int_equal(lw_namespace_owner(user), lw_namespace_inode(user, "user"));
		assert_int_not_equal(lw_namespace_owner(user), lw_namespace_owner(0));
	}
	overlay_end_task(plain);
	overlay_end_task(user);
	assert_int_equal(lw_namespace_owner(0x7fffffff), 0);
}

static void
a_table_is_read_whole_into_a_buffer_that_grows(void **state)
{
	char small[4096];
	char *text = NULL;
	size_t size = 0;
	ssize_t n = lw_namespace_read(0, &text, &size);

	assert_in_range(n, 1, size);
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	ssize_t m = lw_read_full(fd, small, sizeof(small));
	close(fd);
	assert_memory_equal(text, small, m);
	if (m < (ssize_t)sizeof(small))
		assert_int_equal(n, m);
	/* a buffer that is too small is made larger, and nothing of the text is lost */
	text = realloc(text, 16);
	size = 16;
	assert_int_equal(lw_namespace_read(0, &text, &size), n);
	assert_true(size >= (size_t)n);
	assert_memory_equal(text, small, m);
	assert_true(lw_namespace_read(0x7fffffff, &text, &size) < 0);
	free(text);
}

static void
what_waits_for_a_server_is_not_local(void **state)
{
	assert_true(lw_namespace_type_is_local("ext4"));
	assert_true(lw_namespace_type_is_local("overlay"));
	assert_false(lw_namespace_type_is_local("fuse"));
	assert_false(lw_namespace_type_is_local("fuse.sshfs"));
	assert_false(lw_namespace_type_is_local("nfs4"));
	assert_false(lw_namespace_type_is_local("autofs"));
	assert_false(lw_namespace_type_is_local("9p"));
	assert_false(lw_namespace_type_is_local("ext"));
	assert_false(lw_namespace_type_is_local(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inode_is_the_namespaces_own),
		cmocka_unit_test_setup_teardown(
			the_owner_of_a_mount_namespace_is_the_user_namespace_that_made_it,
			overlay_set_up, overlay_tear_down),
		cmocka_unit_test(a_table_is_read_whole_into_a_buffer_that_grows),
		cmocka_unit_test(what_waits_for_a_server_is_not_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
