/*
 * Every test forks a child that enters a sandbox and tells by its exit status what it found. The
 * tests that change ids need to start as root; as another user they say so and are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "proc/landlock.h"
#include "proc/sandbox.h"

#define NOBODY 65534
#define FAILED_TO_ENTER 99
#define NO_FILTER 98

static const int no_capabilities[] = {-1};
static const char *const no_syscalls[] = {NULL};

/* Runs fn in a child; returns its wait status. */
static int
in_child(void (*fn)(const void *), const void *arg)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
assert_exited_well(int status)
{
	if (WIFSIGNALED(status))
		fail_msg("the child was ended by signal %d", WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
check(bool ok, int code)
{
	if (!ok)
		_exit(code);
}

static struct lw_sandbox_report
enter(const struct lw_sandbox *s)
{
	struct lw_sandbox_report report = {0};

	if (lw_sandbox_enter(s, &report) < 0)
		_exit(FAILED_TO_ENTER);
	return report;
}

static void
need_root(void)
{
	if (geteuid() != 0) {
		print_message("# not started as root\n");
		skip();
	}
}

/* --- system calls --- */

static void
call_unlisted(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .syscalls = no_syscalls};

	if (!enter(&s).seccomp)
		_exit(NO_FILTER);
	(void)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static void
assert_killed_or_unfiltered(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER) {
		print_message("# an instrumented build has no filter\n");
		skip();
	}
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void
a_call_that_is_not_listed_kills(void **state)
{
	assert_killed_or_unfiltered(in_child(call_unlisted, NULL));
}

static void
map_executable(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .syscalls = no_syscalls};

	if (!enter(&s).seccomp)
		_exit(NO_FILTER);
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
executable_memory_kills(void **state)
{
	assert_killed_or_unfiltered(in_child(map_executable, NULL));
}

static int
by_value(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* More than 1024 bytes: qsort of glibc before 2.37 asks how much memory the machine has. */
static void
sort_much(void)
{
	static int numbers[4096];

	for (int i = 0; i < 4096; i++)
		numbers[i] = 4095 - i;
	qsort(numbers, 4096, sizeof(numbers[0]), by_value);
	check(numbers[0] == 0 && numbers[4095] == 4095, 4);
}

static void
use_what_is_listed(const void *arg)
{
	static const char *const names[] = {"socket", "no_such_call_of_any_kernel", NULL};
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .syscalls = names};

	enter(&s);
	check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0, 1);
	check(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED, 2);
	check(lw_now_us() > 0, 3);
	sort_much();
}

static void
a_listed_call_and_libc_go_on_working(void **state)
{
	assert_exited_well(in_child(use_what_is_listed, NULL));
}

static void
call_forbidden(const void *arg)
{
	static const char *const names[] = {"swapoff", NULL};
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .forbidden = names};
	bool loaded = enter(&s).seccomp;

	check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0, 1);
	if (!loaded)
		_exit(NO_FILTER);
	(void)syscall(SYS_swapoff, "/nonexistent");
}

static void
a_forbidden_call_kills_and_others_pass(void **state)
{
	assert_killed_or_unfiltered(in_child(call_forbidden, NULL));
}

static void
abort_inside(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .syscalls = no_syscalls};

	enter(&s);
	abort();
}

static void
abort_still_says_sigabrt(void **state)
{
	int status = in_child(abort_inside, NULL);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* --- paths --- */

static void
open_paths(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .no_filesystem = true};
	int before = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char byte = 1;

	check(enter(&s).landlock_abi > 0, 1);
	check(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES, 2);
	check(open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES, 3);
	check(open("/tmp/layerwatch-never", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0, 4);
	check(mkdir("/tmp/layerwatch-never", 0700) < 0 && errno == EACCES, 5);
	check(read(before, &byte, 1) == 1 && byte == 0, 6);
}

static void
need_landlock(void)
{
	if (lw_landlock_abi() == 0) {
		print_message("# this kernel has no Landlock\n");
		skip();
	}
}

static void
no_path_can_be_opened(void **state)
{
	need_landlock();
	assert_exited_well(in_child(open_paths, NULL));
}

static void
write_beneath(const void *arg)
{
	const char *folder = arg;
	const char *const folders[] = {folder, "/nonexistent/folder", NULL};
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .write_beneath = folders};
	char a[256], b[256];

	snprintf(a, sizeof(a), "%s/a", folder);
	snprintf(b, sizeof(b), "%s/b", folder);
	check(enter(&s).landlock_abi > 0, 1);
	check(open(a, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600) >= 0, 2);
	check(rename(a, b) == 0 && truncate(b, 0) == 0 && unlink(b) == 0, 3);
	check(open("/tmp/layerwatch-never", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0, 4);
	check(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0, 5);
	check(execl("/bin/true", "true", NULL) < 0 && errno == EACCES, 6);
}

static void
writing_is_confined_to_its_folders(void **state)
{
	char folder[] = "/tmp/layerwatch-test-XXXXXX";

	need_landlock();
	assert_non_null(mkdtemp(folder));
	assert_exited_well(in_child(write_beneath, folder));
	assert_int_equal(rmdir(folder), 0);
}

/* --- ids and capabilities --- */

struct capabilities {
	uint64_t effective, permitted, inheritable;
};

static struct capabilities
capabilities_now(void)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];

	check(syscall(SYS_capget, &h, d) == 0, 90);
	return (struct capabilities){
		.effective = (uint64_t)d[1].effective << 32 | d[0].effective,
		.permitted = (uint64_t)d[1].permitted << 32 | d[0].permitted,
		.inheritable = (uint64_t)d[1].inheritable << 32 | d[0].inheritable,
	};
}

static void
lose_everything(const void *arg)
{
	struct lw_sandbox s = {
		.role = "test", .uid = NOBODY, .gid = NOBODY, .capabilities = no_capabilities};
	struct capabilities c;
	uid_t ru, eu, su;
	gid_t groups[1];

	enter(&s);
	c = capabilities_now();
	check(c.effective == 0 && c.permitted == 0 && c.inheritable == 0, 1);
	check(getresuid(&ru, &eu, &su) == 0 && ru == NOBODY && eu == NOBODY && su == NOBODY, 2);
	check(getgid() == NOBODY && getegid() == NOBODY && getgroups(1, groups) == 0, 3);
	check(setuid(0) < 0 && setgid(0) < 0, 4);
	check(prctl(PR_GET_DUMPABLE) == 0, 5);
	check(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, 6);
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		check(prctl(PR_CAPBSET_READ, i) <= 0, 7);
}

static void
ids_and_capabilities_are_gone(void **state)
{
	need_root();
	assert_exited_well(in_child(lose_everything, NULL));
}

static void
keep_one(const void *arg)
{
	static const int kept[] = {CAP_KILL, -1};
	struct lw_sandbox s = {.role = "test", .uid = NOBODY, .gid = NOBODY, .capabilities = kept};
	struct capabilities c;

	enter(&s);
	c = capabilities_now();
	check(c.effective == UINT64_C(1) << CAP_KILL && c.permitted == c.effective, 1);
	check(geteuid() == NOBODY, 2);
	check(kill(getppid(), 0) == 0, 3);
}

static void
a_named_capability_survives_the_change_of_ids(void **state)
{
	need_root();
	assert_exited_well(in_child(keep_one, NULL));
}

/* As a container or a unit with CapabilityBoundingSet= may start us. */
static void
start_without_setpcap(const void *arg)
{
	static const int kept[] = {CAP_KILL, CAP_SYS_RESOURCE, -1};
	struct lw_sandbox s = {.role = "test", .uid = NOBODY, .gid = NOBODY, .capabilities = kept};
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	uint32_t few = 1u << CAP_KILL | 1u << CAP_SETUID | 1u << CAP_SETGID;
	struct __user_cap_data_struct d[2] = {{.effective = few, .permitted = few}};
	struct lw_sandbox_report report;

	check(syscall(SYS_capset, &h, d) == 0, 1);
	report = enter(&s);
	check(!report.bounded, 2);
	check(capabilities_now().permitted == UINT64_C(1) << CAP_KILL, 3);
	check(capabilities_now().effective == UINT64_C(1) << CAP_KILL, 4);
	check(geteuid() == NOBODY, 5);
}

static void
a_missing_setpcap_is_no_obstacle(void **state)
{
	need_root();
	assert_exited_well(in_child(start_without_setpcap, NULL));
}

static void
start_others(const void *arg)
{
	static const int kept[] = {CAP_KILL, CAP_SYS_CHROOT, -1};
	struct lw_sandbox s = {
		.role = "test", .uid = (uid_t)-1, .capabilities = kept, .starts_programs = true};

	enter(&s);
	execl("/bin/sh", "sh", "-c", "grep -q 'CapEff:.*0000000000040020$' /proc/self/status",
		NULL);
	_exit(1);
}

static void
a_starter_hands_its_permitted_set_to_what_it_execs(void **state)
{
	need_root();
	assert_exited_well(in_child(start_others, NULL));
}

static void
keep_death_signal(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = NOBODY, .gid = NOBODY};
	int death = 0;

	check(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, 1);
	enter(&s);
	check(prctl(PR_GET_PDEATHSIG, &death) == 0 && death == SIGKILL, 2);
}

static void
the_death_signal_survives_the_change_of_ids(void **state)
{
	need_root();
	assert_exited_well(in_child(keep_death_signal, NULL));
}

/* --- limits --- */

static void
limit_files(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .open_files = 20, .processes = 1};
	struct lw_sandbox_report report = enter(&s);
	struct rlimit r;

	check(report.open_files == 20, 1);
	check(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 20 && r.rlim_max == 20, 2);
	check(getrlimit(RLIMIT_NPROC, &r) == 0 && r.rlim_cur == 0, 3);
	check(getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_cur == 0, 4);
}

static void
limits_hold_and_are_never_raised(void **state)
{
	assert_exited_well(in_child(limit_files, NULL));
}

/* An error, and no SIGXFSZ. */
static void
write_too_much(const void *arg)
{
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .file_size = 4096};
	char page[4096] = "";
	int fd = lw_memfd("test");

	(void)enter(&s);
	check(write(fd, page, sizeof(page)) == sizeof(page), 1);
	check(write(fd, page, 1) == -1 && errno == EFBIG, 2);
}

static void
files_do_not_grow_beyond_their_limit(void **state)
{
	assert_exited_well(in_child(write_too_much, NULL));
}

static void
limit_above_hard(const void *arg)
{
	struct rlimit low = {.rlim_cur = 32, .rlim_max = 64};
	struct lw_sandbox s = {.role = "test", .uid = (uid_t)-1, .open_files = 4096};

	check(setrlimit(RLIMIT_NOFILE, &low) == 0, 1);
	check(enter(&s).open_files == 64, 2);
}

static void
a_wish_above_the_hard_limit_gets_the_hard_limit(void **state)
{
	assert_exited_well(in_child(limit_above_hard, NULL));
}

/* --- what a classifier does: read and map a descriptor that was handed to it --- */

static int
receive_fd(int from)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	int fd = -1;

	check(recvmsg(from, &m, MSG_CMSG_CLOEXEC) == 1, 80);
	check(CMSG_FIRSTHDR(&m) != NULL, 81);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void
send_fd(int to, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(to, &m, 0), 1);
}

static void
read_and_map(const void *arg)
{
	struct lw_sandbox s = {.role = "classify",
		.uid = (uid_t)-1,
		.no_filesystem = true,
		.capabilities = no_capabilities,
		.syscalls = no_syscalls,
		.open_files = 32,
		.processes = 1,
		.address_space = 512u << 20};
	const int *from = arg;
	char first = 0;
	const char *map;
	int fd;

	if (geteuid() == 0)
		s.uid = s.gid = NOBODY;
	enter(&s);
	fd = receive_fd(*from);
	check(pread(fd, &first, 1, 0) == 1 && first == 'r', 1);
	map = mmap(NULL, 4, PROT_READ, MAP_PRIVATE, fd, 0);
	check(map != MAP_FAILED && memcmp(map, "root", 4) == 0, 2);
}

static void
a_passed_descriptor_can_be_read_and_mapped(void **state)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), ends[2];

	assert_true(fd >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	send_fd(ends[0], fd);
	assert_exited_well(in_child(read_and_map, &ends[1]));
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static void
an_unknown_user_is_nobody(void **state)
{
	uid_t uid = 0;
	gid_t gid = 0;

	lw_sandbox_user("no-such-user-of-layerwatch", &uid, &gid);
	assert_int_equal(uid, NOBODY);
	assert_int_equal(gid, NOBODY);
	lw_sandbox_user("root", &uid, &gid);
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_is_not_listed_kills),
		cmocka_unit_test(executable_memory_kills),
		cmocka_unit_test(a_listed_call_and_libc_go_on_working),
		cmocka_unit_test(a_forbidden_call_kills_and_others_pass),
		cmocka_unit_test(abort_still_says_sigabrt),
		cmocka_unit_test(no_path_can_be_opened),
		cmocka_unit_test(writing_is_confined_to_its_folders),
		cmocka_unit_test(ids_and_capabilities_are_gone),
		cmocka_unit_test(a_named_capability_survives_the_change_of_ids),
		cmocka_unit_test(a_missing_setpcap_is_no_obstacle),
		cmocka_unit_test(a_starter_hands_its_permitted_set_to_what_it_execs),
		cmocka_unit_test(the_death_signal_survives_the_change_of_ids),
		cmocka_unit_test(limits_hold_and_are_never_raised),
		cmocka_unit_test(files_do_not_grow_beyond_their_limit),
		cmocka_unit_test(a_wish_above_the_hard_limit_gets_the_hard_limit),
		cmocka_unit_test(a_passed_descriptor_can_be_read_and_mapped),
		cmocka_unit_test(an_unknown_user_is_nobody),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
