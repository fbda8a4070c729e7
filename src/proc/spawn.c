/*
 * fork and exec. The caller is the guard: small, with one thread, so a fork costs little and the
 * child may do ordinary things before its exec. What goes wrong there comes back as an errno
 * through a pipe that the exec closes.
 */
#include "proc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/*
 * Sources are moved up here first, so that no placing overwrites one that is still to be placed.
 */
#define ABOVE (2 * LW_SPAWN_FDS)
#define FD_STATUS LW_SPAWN_FDS

#define PROBE "layerwatch-gate"

static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"LANG=C.UTF-8",
	NULL,
};

static int
lift(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);

	return up < 0 ? -errno : up;
}

static int
lift_null(void)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : lift(fd);
}

/* *status is the descriptor to report to: it moves, and its old number is given to another. */
static int
place_fds(const struct lw_spawn *s, int *status)
{
	int up[LW_SPAWN_FDS];

	for (int i = 0; i < LW_SPAWN_FDS; i++) {
		up[i] = s->fds[i] >= 0 ? lift(s->fds[i]) : i <= 2 ? lift_null() : -1;
		if (up[i] < 0 && (s->fds[i] >= 0 || i <= 2))
			return up[i];
	}
	if (*status != FD_STATUS && dup3(*status, FD_STATUS, O_CLOEXEC) < 0)
		return -errno;
	*status = FD_STATUS;
	for (int i = 0; i < LW_SPAWN_FDS; i++) {
		if (up[i] < 0)
			close(i);
		else if (dup2(up[i], i) < 0)
			return -errno;
	}
	closefrom(FD_STATUS + 1);
	return 0;
}

/* PDEATHSIG tells only of deaths after it is set: look whether the parent is still there. */
static int
bind_to_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int
default_signals(void)
{
	sigset_t none;

	for (int n = 1; n < NSIG; n++)
		(void)signal(n, SIG_DFL); /* refused for some: those are never changed */
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/* An own session: the terminal's Ctrl-C is for the guard, which stops the others in order. */
static int
become(const struct lw_spawn *s, pid_t parent, int *status)
{
	int r;

	r = bind_to_parent(parent);
	if (r == 0)
		r = place_fds(s, status);
	if (r == 0)
		r = default_signals();
	if (r < 0)
		return r;
	if (setsid() < 0 || chdir("/") < 0)
		return -errno;
	execve(s->path, (char *const *)s->argv, (char *const *)environment);
	return -errno;
}

static _Noreturn void
run_child(const struct lw_spawn *s, pid_t parent, int status)
{
	int error = become(s, parent, &status);

	(void)!write(status, &error, sizeof(error));
	_exit(127);
}

static pid_t
fork_blocked(const struct lw_spawn *s, int status)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;
	int error;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return -errno;
	pid = fork();
	error = errno;
	if (pid == 0)
		run_child(s, parent, status);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -error : pid;
}

static int
open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0); /* Linux 5.3; O_CLOEXEC by itself */
}

pid_t
lw_spawn(const struct lw_spawn *s, int *pidfd)
{
	_cleanup_close_ int in = -1, out = -1;
	int ends[2], error = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	out = ends[1];
	pid = fork_blocked(s, out);
	if (pid < 0)
		return pid;
	lw_closep(&out);
	out = -1;
	if (lw_read_full(in, &error, sizeof(error)) == (ssize_t)sizeof(error)) {
		(void)waitpid(pid, NULL, 0);
		return error < 0 ? error : -EIO;
	}
	if (pidfd)
		*pidfd = open_pidfd(pid);
	return pid;
}

static bool
holds_programs(const char *folder)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, PROBE);

	return n > 0 && (size_t)n < sizeof(path) && access(path, X_OK) == 0;
}

int
lw_spawn_libexec(const char *override, char *out, size_t size)
{
	char own[PATH_MAX];
	ssize_t n;
	char *slash;

	if (override)
		return lw_copy_string(out, size, override) ? 0 : -ENAMETOOLONG;
	n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	if (n < 0)
		return -errno;
	own[n] = '\0';
	slash = strrchr(own, '/');
	if (slash && slash != own)
		*slash = '\0';
	return lw_copy_string(out, size, holds_programs(own) ? own : LW_LIBEXECDIR) ? 0
										    : -ENAMETOOLONG;
}
