/*
 * The system call filter and the memory limit of a real build.
 */
#include "proc/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/*
 * What every role needs whatever its work is: libc's own calls (start and end of a thread,
 * malloc, abort, stdio), base/loop, base/log, wire/chan and proc/child. None of them opens, names
 * or creates anything outside of the process.
 */
static const char *const basics[] = {
	"exit",
	"exit_group",
	"rt_sigreturn",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"sigaltstack",
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"futex",
	"set_robust_list",
	"rseq",
	"getrandom",
	"clock_gettime",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"sched_yield",
	"sysinfo", /* qsort of glibc before 2.37, for all but small arrays */
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"lseek",
	"close",
	"fstat",
	"newfstatat",
	"fcntl",
	"poll",
	"ppoll",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"signalfd4",
	"recvmsg",
	"sendmsg",
	"recvfrom",
	"sendto",
	"getsockopt",
	NULL,
};

static void
filter_freep(scmp_filter_ctx *f)
{
	if (*f)
		seccomp_release(*f);
}

/* Calls that libseccomp 2.5 does not know by name; from 424 on, numbers are the same everywhere. */
static const struct {
	const char *name;
	int number;
} newer_calls[] = {
	{"statmount", 457},
};

static int
number_of(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	for (size_t i = 0; nr < 0 && i < LW_ARRAY_SIZE(newer_calls); i++)
		if (strcmp(newer_calls[i].name, name) == 0)
			nr = newer_calls[i].number;
	return nr;
}

static int
add_name(scmp_filter_ctx f, uint32_t action, const char *name)
{
	int nr, r;

	nr = number_of(name);
	if (nr < 0) /* unknown here, or of another architecture only */
		return 0;
	r = seccomp_rule_add(f, action, nr, 0);
	return r == -EEXIST ? 0 : r;
}

/* mmap and mprotect are never in a list as such: they have their own rules below. */
static bool
is_special(const char *name)
{
	static const char *const special[] = {"mmap", "mprotect"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(special); i++)
		if (strcmp(name, special[i]) == 0)
			return true;
	return false;
}

static int
add_names(scmp_filter_ctx f, uint32_t action, const char *const *names)
{
	for (; *names; names++) {
		int r = is_special(*names) ? 0 : add_name(f, action, *names);

		if (r < 0)
			return r;
	}
	return 0;
}

/* No new executable memory, and no signal but to ourselves (abort(3)). */
static int
add_special(scmp_filter_ctx f)
{
	int r;

	r = seccomp_rule_add(
		f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r < 0)
		return r;
	r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r < 0)
		return r;
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
}

static int
build_allow(scmp_filter_ctx f, const struct lw_sandbox *s)
{
	int r;

	r = add_names(f, SCMP_ACT_ALLOW, basics);
	if (r < 0)
		return r;
	r = add_special(f);
	if (r < 0)
		return r;
	return add_names(f, SCMP_ACT_ALLOW, s->syscalls);
}

static int
load(scmp_filter_ctx f)
{
	int r;

	r = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r < 0)
		return r;
	/*
	 * A binary tree in place of a list of comparisons (libseccomp 2.5): the gate asks on every
	 * event.
	 */
	r = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0)
		return r;
	return seccomp_load(f);
}

int
lw_confine_syscalls(const struct lw_sandbox *s, bool *loaded)
{
	_cleanup_(filter_freep) scmp_filter_ctx f = NULL;
	int r;

	*loaded = false;
	if (!s->syscalls && !s->forbidden)
		return 0;
	f = seccomp_init(s->syscalls ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	if (!f)
		return -ENOMEM;
	r = s->syscalls ? build_allow(f, s) : add_names(f, SCMP_ACT_KILL_PROCESS, s->forbidden);
	if (r < 0)
		return r;
	r = load(f);
	if (r < 0)
		return r;
	*loaded = true;
	return 0;
}

int
lw_confine_memory(uint64_t bytes)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_AS, &r) < 0)
		return -errno;
	r.rlim_cur = r.rlim_max = LW_MIN((rlim_t)bytes, r.rlim_max);
	return setrlimit(RLIMIT_AS, &r) < 0 ? -errno : 0;
}
