#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define STEPS 200000

static unsigned to_skip;

struct number {
	unsigned arch;
	unsigned long long nr;
};
static const struct number exec_numbers[] = {
	{AUDIT_ARCH_X86_64, 59},
	{AUDIT_ARCH_X86_64, 322},
	{AUDIT_ARCH_I386, 11},
	{AUDIT_ARCH_I386, 358},
	{AUDIT_ARCH_AARCH64, 221},
	{AUDIT_ARCH_AARCH64, 281},
};

static int
is_exec_entry(pid_t tid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
		return 0;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	for (size_t i = 0; i < sizeof(exec_numbers) / sizeof(exec_numbers[0]); i++)
		if (info.arch == exec_numbers[i].arch && info.entry.nr == exec_numbers[i].nr)
			return 1;
	return 0;
}

static void
child(void (*fn)(void *arg), void *arg)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	fn(arg);
	_exit(99);
}

static int
run_to_exec(struct held *h)
{
	for (int i = 0; i < STEPS; i++) {
		int status, signal = 0;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0 || (tid == h->pid && (WIFEXITED(status) || WIFSIGNALED(status))))
			return -1;
		if (!WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) == SYSCALL_STOP && is_exec_entry(tid) && to_skip-- == 0) {
			h->tid = tid;
			return 0;
		}
		if (WSTOPSIG(status) != SYSCALL_STOP && WSTOPSIG(status) != SIGTRAP &&
			WSTOPSIG(status) != SIGSTOP)
			signal = WSTOPSIG(status);
		ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)signal);
	}
	return -1;
}

void
held_skip_execs(unsigned count)
{
	to_skip = count;
}

int
held_start(struct held *h, void (*fn)(void *arg), void *arg)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE;
	int status;

	fflush(stdout);
	h->pid = h->tid = fork();
	if (h->pid == 0)
		child(fn, arg);
	if (waitpid(h->pid, &status, 0) != h->pid || !WIFSTOPPED(status))
		return -1;
	ptrace(PTRACE_SETOPTIONS, h->pid, NULL, (void *)options);
	ptrace(PTRACE_SYSCALL, h->pid, NULL, NULL);
	int r = run_to_exec(h);
	to_skip = 0;
	return r;
}

static void
reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(-1, &status, __WALL) != pid && errno != ECHILD)
		;
}

void
held_end(struct held *h)
{
	reap(h->pid);
}

pid_t
held_sleeper(int (*fn)(void *arg), void *arg)
{
	int ends[2];
	char byte = 0;
	pid_t pid;

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (fn(arg) == 0 && write(ends[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(98);
	}
	close(ends[1]);
	ssize_t n = read(ends[0], &byte, 1);
	close(ends[0]);
	if (n == 1)
		return pid;
	reap(pid);
	return -1;
}

void
held_sleeper_end(pid_t pid)
{
	reap(pid);
}

void
held_folder(char out[64])
{
	snprintf(out, 64, "/tmp/layerwatch-resolve-XXXXXX");
	if (!mkdtemp(out))
		abort();
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void
held_remove(const char *folder)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void
held_write(const char *folder, const char *name, const char *content, unsigned mode)
{
	char path[512];
	size_t length = strlen(content);
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, content, length) != (ssize_t)length)
		abort();
	close(fd);
}
