/*
 * layerwatch-gate: started by layerwatchd. Privileges: SYS_ADMIN (fanotify), SYS_PTRACE (/proc of
 * other tasks), DAC_READ_SEARCH (open_by_handle_at), KILL (the kill action), LEASE (live writers);
 * everything else is given up, NET_ADMIN once the process connector listens.
 */
#include <linux/capability.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "gate/gate.h"
#include "proc/sandbox.h"

static const int capabilities[] = {
	CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_KILL, CAP_LEASE, -1};

static const char *const syscalls[] = {
	"read",
	"write",
	"writev",
	"pread64",
	"pwrite64",
	"close",
	"lseek",
	"openat",
	"open",
	"openat2",
	"readlink",
	"readlinkat",
	"stat",
	"fstat",
	"newfstatat",
	"statx",
	"statmount",
	"statfs",
	"fstatfs",
	"access",
	"faccessat",
	"faccessat2",
	"getdents64",
	"dup",
	"fcntl",
	"ioctl",
	"name_to_handle_at",
	"open_by_handle_at",
	"fgetxattr",
	"fanotify_init",
	"fanotify_mark",
	"inotify_init1",
	"inotify_add_watch",
	"inotify_rm_watch",
	"memfd_create",
	"ftruncate",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"signalfd4",
	"timerfd_create",
	"timerfd_settime",
	"eventfd2",
	"poll",
	"ppoll",
	"sendmsg",
	"recvmsg",
	"sendto",
	"recvfrom",
	"getsockopt",
	"setsockopt",
	"shutdown",
	"clock_gettime",
	"clock_nanosleep",
	"gettimeofday",
	"getrandom",
	"getpid",
	"gettid",
	"getuid",
	"geteuid",
	"uname",
	"getrlimit",
	"prlimit64",
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"brk",
	"futex",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"pidfd_open",
	"pidfd_send_signal",
	"restart_syscall",
	"rseq",
	"exit",
	"exit_group",
	"tgkill",
	"prctl",
	NULL,
};

static int
run(struct lw_loop *loop, struct lw_connector connector)
{
	struct lw_gate *gate = NULL;
	struct lw_child *child = NULL;
	int r = lw_gate_new(&gate, loop, connector);

	if (r == 0)
		r = lw_child_new(&child, loop, &lw_gate_ops, gate);
	if (r == 0) {
		gate->child = child;
		r = lw_loop_run(loop);
	}
	lw_gate_free(gate);
	lw_child_free(child);
	return r;
}

int
main(int argc, char **argv)
{
	struct lw_sandbox_report report;
	struct lw_child_args args;
	struct lw_connector connector;
	struct lw_loop *loop = NULL;
	int r = lw_child_args(&args, argc, argv);

	if (r < 0)
		return 2;
	lw_log_open("gate", args.level);
	signal(SIGIO, SIG_IGN); /* a lease is being broken: it is given back with the answer */
	struct lw_sandbox sandbox = {
		.role = "gate",
		.uid = args.uid,
		.gid = args.gid,
		.capabilities = capabilities,
		.syscalls = syscalls,
		.open_files = LW_GATE_FDS,
		.file_size = LW_ARENA_MAX, /* arenas are all it writes */
	};
	(void)lw_connector_open(&connector); /* while CAP_NET_ADMIN is there; "doctor" tells */
	r = lw_sandbox_enter(&sandbox, &report);
	if (r == 0)
		r = lw_loop_new(&loop);
	if (r == 0)
		r = run(loop, connector);
	if (r < 0)
		lw_log(LW_LOG_ERROR, "%s", strerror(-r));
	lw_loop_free(loop);
	return r == -ENOSYS ? 69 : r == -EPERM ? 77 : r < 0;
}
