#include "helper.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

int
exit_code(int error)
{
	return error == EPERM || error == EACCES ? 126 : 127;
}

void
die(const char *what)
{
	int error = errno;

	fprintf(stderr, "actor: %s: %s\n", what, strerror(error));
	_exit(exit_code(error));
}

int
wait_code(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
make_node(const char *root, unsigned int major_number, const char *name, unsigned int minor_number)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	if (mknod(path, S_IFCHR | 0666, makedev(major_number, minor_number)) != 0 ||
		chmod(path, 0666) != 0)
		die("mknod");
}

/* The device nodes of a small container; /dev/shm is a tmpfs from which programs may run. */
static void
make_devices(const char *root)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/dev", root);
	if (mount("dev", path, "tmpfs", MS_NOSUID, "mode=0755,size=64k") != 0)
		die("mount /dev");
	make_node(root, 1, "null", 3);
	make_node(root, 1, "zero", 5);
	make_node(root, 1, "random", 8);
	make_node(root, 1, "urandom", 9);
	make_node(root, 10, "fuse", 229);
	snprintf(path, sizeof(path), "%s/dev/fd", root);
	if (symlink("/proc/self/fd", path) != 0)
		die("symlink");
	snprintf(path, sizeof(path), "%s/dev/stdin", root);
	if (symlink("/proc/self/fd/0", path) != 0)
		die("symlink");
	snprintf(path, sizeof(path), "%s/dev/shm", root);
	if (mkdir(path, 0755) != 0 ||
		mount("shm", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m") != 0)
		die("mount /dev/shm");
}

__attribute__((noreturn)) static void
inside(const char *root, uid_t uid, char **argv)
{
	char path[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/proc", root);
	if (mount("proc", path, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		die("mount /proc");
	make_devices(root);
	/* Not chroot(2): a chrooted task may make no user namespace. */
	if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
		umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		die("pivot_root");
	if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0))
		die("setuid");
	execvp(argv[0], argv);
	die(argv[0]);
}

/* ROOT UID COMMAND...: as an engine would start it: own mount and pid namespace, own root. */
int
mode_enter(int argc, char **argv)
{
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		die("unshare");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		inside(argv[0], (uid_t)strtoul(argv[1], NULL, 10), &argv[2]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return wait_code(pid);
}
