#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "guard/control.h"

struct place {
	char folder[64];
	char path[108];
};

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->folder, "/tmp/layerwatch-control-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof(p->path), "%s/run/control.sock", p->folder);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	char run[80];

	(void)unlink(p->path);
	snprintf(run, sizeof(run), "%s/run", p->folder);
	(void)rmdir(run);
	assert_int_equal(rmdir(p->folder), 0);
	free(p);
	return 0;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(lw_copy_string(a.sun_path, sizeof(a.sun_path), path));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
the_socket_is_for_its_owner_only_and_goes_away(void **state)
{
	struct place *p = *state;
	struct lw_control c;
	struct stat st;

	assert_int_equal(lw_control_open(&c, p->path), 0);
	assert_int_equal(lstat(p->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	lw_control_close(&c);
	assert_int_equal(c.fd, -1);
	assert_int_equal(access(p->path, F_OK), -1);
}

static void
a_living_one_is_in_use_and_a_dead_one_is_replaced(void **state)
{
	struct place *p = *state;
	struct lw_control first, second;

	assert_int_equal(lw_control_open(&first, p->path), 0);
	assert_int_equal(lw_control_open(&second, p->path), -EADDRINUSE);
	close(first.fd); /* as after a crash: the file stays */
	assert_int_equal(lw_control_open(&second, p->path), 0);
	first.fd = dup(second.fd);
	first.ino++; /* the file is another's now: it must survive the first one's end */
	lw_control_close(&first);
	assert_int_equal(access(p->path, F_OK), 0);
	lw_control_close(&second);
}

static void
a_file_in_the_way_is_left_alone(void **state)
{
	struct place *p = *state;
	struct lw_control c;
	int fd;

	assert_int_equal(lw_control_open(&c, p->path), 0);
	lw_control_close(&c);
	fd = open(p->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(lw_control_open(&c, p->path), -EEXIST);
	assert_int_equal(access(p->path, F_OK), 0);
}

static void
a_path_that_does_not_fit_is_refused(void **state)
{
	char path[200];
	struct lw_control c;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(lw_control_open(&c, path), -ENAMETOOLONG);
	assert_int_equal(lw_control_open(&c, "relative.sock"), -EINVAL);
	assert_int_equal(c.fd, -1);
}

static void
we_may_command_ourselves(void **state)
{
	struct place *p = *state;
	struct lw_control c;
	uid_t uid = (uid_t)-1;
	int client, served;

	assert_int_equal(lw_control_open(&c, p->path), 0);
	client = connect_to(p->path);
	served = accept(c.fd, NULL, NULL);
	assert_true(served >= 0);
	assert_int_equal(lw_control_check(&c, served, &uid), 0);
	assert_int_equal(uid, geteuid());
	close(served);
	close(client);
	lw_control_close(&c);
}

static void
connect_as_nobody(const struct place *p)
{
	if (chmod(p->path, 0666) < 0 || setresuid(65534, 65534, 65534) < 0)
		_exit(1);
	_exit(connect_to(p->path) >= 0 ? 0 : 2);
}

static void
others_may_not(void **state)
{
	struct place *p = *state;
	struct lw_control c;
	uid_t uid = (uid_t)-1;
	int served, status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("# not started as root\n");
		skip();
	}
	assert_int_equal(lw_control_open(&c, p->path), 0);
	assert_int_equal(chmod(p->folder, 0755), 0);
	pid = fork();
	if (pid == 0)
		connect_as_nobody(p);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	served = accept(c.fd, NULL, NULL);
	assert_true(served >= 0);
	assert_int_equal(lw_control_check(&c, served, &uid), -EPERM);
	assert_int_equal(uid, 65534);
	close(served);
	lw_control_close(&c);
}

/* The other end is root's in all three: it must not count. */
static void
a_connection_that_did_not_come_in_through_our_socket_does_not_count(void **state)
{
	struct place *p = *state;
	struct lw_control c;
	int client, ends[2], file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uid_t uid;

	assert_int_equal(lw_control_open(&c, p->path), 0);
	client = connect_to(p->path);
	assert_int_equal(lw_control_check(&c, client, &uid), -EPROTO);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(lw_control_check(&c, ends[0], &uid), -EPROTO);
	assert_int_equal(lw_control_check(&c, file, &uid), -ENOTSOCK);
	close(ends[0]);
	close(ends[1]);
	close(client);
	close(file);
	lw_control_close(&c);
}

#define in_place(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(the_socket_is_for_its_owner_only_and_goes_away),
		in_place(a_living_one_is_in_use_and_a_dead_one_is_replaced),
		in_place(a_file_in_the_way_is_left_alone),
		cmocka_unit_test(a_path_that_does_not_fit_is_refused),
		in_place(we_may_command_ourselves),
		in_place(others_may_not),
		in_place(a_connection_that_did_not_come_in_through_our_socket_does_not_count),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
