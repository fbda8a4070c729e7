/*
 * actor: executes things the odd ways that the kernel tests need. Built twice, dynamic and static;
 * lies in the image of the throwaway container, as /lwtest/actor.
 *
 *   actor MODE ARGUMENTS...
 *
 * Modes that end in an exec report its failure on stderr and exit 126 (EPERM, EACCES) or 127, as a
 * shell does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/userfaultfd.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"
#include "uring.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

static int
open_path(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0)
		die(path);
	return fd;
}

static int
exec_fd(int fd, char **argv)
{
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	die(argv[0]);
}

static int
exec_proc(int fd, char **argv)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execve(path, argv, environ);
	die(path);
}

static int
mode_exec(int argc, char **argv)
{
	execve(argv[0], argv, environ);
	die(argv[0]);
}

static int
mode_opath(int argc, char **argv)
{
	return exec_fd(open_path(argv[0], O_PATH | O_CLOEXEC), argv);
}

static int
mode_fexecve(int argc, char **argv)
{
	fexecve(open_path(argv[0], O_RDONLY | O_CLOEXEC), argv, environ);
	die(argv[0]);
}

/* Bytes of a file in a memfd that stays open over an exec (a "#!" script needs that). */
static int
memfd_of(const char *path)
{
	static char buffer[65536];
	int from = open_path(path, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("payload", 0);
	ssize_t n;

	if (to < 0)
		die("memfd_create");
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			die("write");
	close(from);
	return to;
}

static int
mode_memfd(int argc, char **argv)
{
	return exec_fd(memfd_of(argv[0]), argv);
}

static int
mode_memfd_proc(int argc, char **argv)
{
	return exec_proc(memfd_of(argv[0]), argv);
}

static int
mode_unlink_fd(int argc, char **argv)
{
	int fd = open_path(argv[0], O_PATH);

	if (unlink(argv[0]) != 0)
		die("unlink");
	return exec_fd(fd, argv);
}

static int
mode_unlink_proc(int argc, char **argv)
{
	int fd = open_path(argv[0], O_RDONLY);

	if (unlink(argv[0]) != 0)
		die("unlink");
	return exec_proc(fd, argv);
}

static void *
thread_exec(void *arg)
{
	char **argv = arg;

	execve(argv[0], argv, environ);
	die(argv[0]);
}

/* The thread that executes is not the leader of its group. */
static int
mode_thread(int argc, char **argv)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_exec, argv) != 0)
		die("pthread_create");
	for (;;)
		pause();
}

static int
mode_vfork(int argc, char **argv)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(argv[0], argv, environ);
		_exit(exit_code(errno));
	}
	return pid < 0 ? 125 : wait_code(pid);
}

static int
mode_spawn(int argc, char **argv)
{
	pid_t pid;

	errno = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
	if (errno != 0)
		die(argv[0]);
	return wait_code(pid);
}

/* A parent that stays while its child runs. */
static int
mode_fork(int argc, char **argv)
{
	pid_t pid = fork();

	if (pid == 0)
		mode_exec(argc, argv);
	return pid < 0 ? 125 : wait_code(pid);
}

/*
 * PATH ARG...: a child executes PATH while we have a write lease on it, which whoever opens it
 * waits for us to give back; we don't. Nor do we die of being asked.
 */
static int
mode_leased(int argc, char **argv)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(argv[0]);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		die("lease");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execv(argv[0], argv);
		die(argv[0]);
	}
	return wait_code(pid);
}

/* The kernel gives such a program one empty argument (5.18+). */
static int
mode_argc0(int argc, char **argv)
{
	char *none[] = {NULL};

	execve(argv[0], none, environ);
	die(argv[0]);
}

static int
mode_argv0_empty(int argc, char **argv)
{
	static char empty[] = "";
	char *path = argv[0];

	argv[0] = empty;
	execve(path, argv, environ);
	die(path);
}

/* PATH COUNT LENGTH: COUNT arguments of LENGTH bytes each. */
static int
mode_args(int argc, char **argv)
{
	size_t count = strtoul(argv[1], NULL, 10), length = strtoul(argv[2], NULL, 10);
	char **many = calloc(count + 2, sizeof(*many));
	char *text = malloc(length + 1);

	if (!many || !text)
		die("memory");
	memset(text, 'x', length);
	text[length] = '\0';
	many[0] = argv[0];
	for (size_t i = 1; i <= count; i++)
		many[i] = text;
	execve(argv[0], many, environ);
	die(argv[0]);
}

/* PATH [vector]: the second argument, or the vector itself, lies on a page that nobody can read. */
static int
mode_badargv(int argc, char **argv)
{
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *bad[] = {argv[0], page, NULL};

	if (page == MAP_FAILED)
		die("mmap");
	execve(argv[0], argc > 1 ? (char **)(void *)page : bad, environ);
	return errno == EFAULT ? 0 : 1;
}

/*
 * Starts decoy with an argument that cannot be read, so that the execve fails after the kernel has
 * opened it, then path: the same call, with the same registers.
 */
static int
after_failure(const char *decoy, const char *path, char **argv)
{
	static char name[4096];
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *vector[64] = {argv[0], page};

	if (page == MAP_FAILED)
		die("mmap");
	snprintf(name, sizeof(name), "%s", decoy);
	for (volatile int attempt = 0; attempt < 2;
		attempt++) { /* volatile: one call, not two unrolled ones */
		syscall(SYS_execve, name, vector, environ);
		if (attempt || errno != EFAULT)
			die(name);
		snprintf(name, sizeof(name), "%s", path);
		for (int i = 0; i < 63 && (vector[i] = argv[i]); i++)
			;
	}
	return 1;
}

/* DECOY PATH ARG...: after_failure, in a child: as a task that has executed nothing before. */
static int
mode_after_failure(int argc, char **argv)
{
	pid_t pid = fork();

	if (pid == 0)
		return after_failure(argv[0], argv[1], argv + 1);
	return pid < 0 ? 125 : wait_code(pid);
}

/* DECOY FILE ARG...: the same with FILE's content in a memfd. */
static int
mode_after_failure_memfd(int argc, char **argv)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd_of(argv[1]));
	pid_t pid = fork();
	if (pid == 0)
		return after_failure(argv[0], path, argv + 1);
	return pid < 0 ? 125 : wait_code(pid);
}

/* FD FILE PATH ARG...: executes PATH with FILE's content in a memfd, open as FD. */
static int
mode_with_memfd(int argc, char **argv)
{
	if (dup2(memfd_of(argv[1]), atoi(argv[0])) < 0)
		die("dup2");
	return mode_exec(argc - 2, argv + 2);
}

struct stall {
	int fd; /* userfaultfd */
	unsigned long ms;
	void *page;
};

/* Lets who waits for the page go after a while, and find nothing there. */
static void *
end_stall(void *arg)
{
	struct stall *s = arg;
	struct uffdio_range range = {.start = (uintptr_t)s->page, .len = 4096};

	usleep(s->ms * 1000);
	mprotect(s->page, 4096, PROT_NONE);
	ioctl(s->fd, UFFDIO_WAKE, &range);
	return NULL;
}

static void
start_stall(struct stall *s)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register area = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	pthread_t thread;

	s->page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	area.range.start = (uintptr_t)s->page;
	area.range.len = 4096;
	if (s->page == MAP_FAILED || s->fd < 0 || ioctl(s->fd, UFFDIO_API, &api) != 0 ||
		ioctl(s->fd, UFFDIO_REGISTER, &area) != 0)
		die("userfaultfd");
	if (pthread_create(&thread, NULL, end_stall, s) != 0)
		die("pthread_create");
}

/* The execve fails after a while; all the time its program is open. */
static int
stall_memfd(char **argv)
{
	struct stall s = {.ms = strtoul(argv[0], NULL, 10)};
	char *bad[] = {argv[1], NULL, NULL};
	int fd = memfd_of(argv[2]);

	start_stall(&s);
	bad[1] = s.page;
	execve(argv[1], bad, environ);
	if (errno != EFAULT)
		die(argv[1]);
	return exec_fd(fd, argv + 2);
}

/*
 * MS DECOY FILE ARG...: a child's execve of DECOY fails after MS; then FILE's content from a memfd.
 */
static int
mode_stall_memfd(int argc, char **argv)
{
	pid_t pid = fork();

	if (pid == 0)
		return stall_memfd(argv);
	return pid < 0 ? 125 : wait_code(pid);
}

/*
 * PATH OFFSET BYTE [hold]: through a shared mapping; with hold it lives until standard input ends.
 */
static int
mode_mapwrite(int argc, char **argv)
{
	int fd = open_path(argv[0], O_RDWR | O_CLOEXEC);
	size_t at = strtoul(argv[1], NULL, 10);
	struct stat st;
	char *map, byte;

	if (fstat(fd, &st) != 0)
		die("fstat");
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	close(fd);
	map[at] = argv[2][0];
	if (argc > 3) {
		printf("ready\n");
		fflush(stdout);
		while (read(0, &byte, 1) == 1)
			map[at] = byte;
	}
	return 0;
}

struct tally {
	unsigned long ok, denied, other;
};

static void
run_one(struct tally *t, char **argv)
{
	pid_t pid;
	int r = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);

	if (r == 0)
		r = wait_code(pid) == 0 ? 0 : -1;
	if (r == 0)
		t->ok++;
	else if (r == EPERM)
		t->denied++;
	else
		t->other++;
}

static void
print_tally(const struct tally *tallies, unsigned long count)
{
	struct tally sum = {};

	for (unsigned long i = 0; i < count; i++) {
		sum.ok += tallies[i].ok;
		sum.denied += tallies[i].denied;
		sum.other += tallies[i].other;
	}
	printf("{\"ok\": %lu, \"denied\": %lu, \"other\": %lu}\n", sum.ok, sum.denied, sum.other);
}

/* PROCESSES TIMES PATH ARGUMENTS...: prints how many ran, were denied, or failed otherwise. */
static int
mode_flood(int argc, char **argv)
{
	unsigned long processes = strtoul(argv[0], NULL, 10), times = strtoul(argv[1], NULL, 10);
	struct tally *tallies = mmap(NULL, processes * sizeof(*tallies), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tallies == MAP_FAILED)
		die("mmap");
	for (unsigned long i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid > 0)
			continue;
		for (unsigned long k = 0; k < times; k++)
			run_one(&tallies[i], &argv[2]);
		_exit(0);
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	print_tally(tallies, processes);
	return 0;
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/*
 * TIMES PATH ARGUMENTS...: one after the other; prints percentiles of spawn to exit, microseconds.
 */
static int
mode_latency(int argc, char **argv)
{
	unsigned long times = strtoul(argv[0], NULL, 10);
	uint64_t *took = calloc(times + 1, sizeof(*took));
	struct tally t = {};

	if (!took || times == 0)
		die("memory");
	for (unsigned long i = 0; i < times; i++) {
		uint64_t start = now_us();

		run_one(&t, &argv[1]);
		took[i] = now_us() - start;
	}
	qsort(took, times, sizeof(*took), compare_u64);
	printf("{\"ok\": %lu, \"denied\": %lu, \"p50\": %lu, \"p99\": %lu, \"max\": %lu}\n", t.ok,
		t.denied, (unsigned long)took[times / 2], (unsigned long)took[times * 99 / 100],
		(unsigned long)took[times - 1]);
	return 0;
}

/* 0 = may be executed, 95 = this kernel does not know the question (before 6.14). */
static int
mode_check(int argc, char **argv)
{
	if (syscall(SYS_execveat, AT_FDCWD, argv[0], argv, environ, AT_EXECVE_CHECK) == 0)
		return 0;
	return errno == EINVAL ? 95 : exit_code(errno);
}

/* FILE: appends a line to it; what a test looks for to know that a payload ran. */
static int
mode_mark(int argc, char **argv)
{
	int fd = open_path(argv[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC);

	return write(fd, "ran\n", 4) == 4 ? 0 : 1;
}

static const struct {
	const char *name;
	int least; /* arguments */
	int (*run)(int argc, char **argv);
} modes[] = {
	{"enter", 3, mode_enter},
	{"exec", 1, mode_exec},
	{"opath", 1, mode_opath},
	{"fexecve", 1, mode_fexecve},
	{"memfd", 1, mode_memfd},
	{"memfd-proc", 1, mode_memfd_proc},
	{"unlink-fd", 1, mode_unlink_fd},
	{"unlink-proc", 1, mode_unlink_proc},
	{"thread", 1, mode_thread},
	{"vfork", 1, mode_vfork},
	{"spawn", 1, mode_spawn},
	{"fork", 1, mode_fork},
	{"uring-open", 1, lw_uring_open},
	{"leased", 1, mode_leased},
	{"argc0", 1, mode_argc0},
	{"argv0-empty", 1, mode_argv0_empty},
	{"args", 3, mode_args},
	{"badargv", 1, mode_badargv},
	{"after-failure", 2, mode_after_failure},
	{"after-failure-memfd", 2, mode_after_failure_memfd},
	{"with-memfd", 3, mode_with_memfd},
	{"stall-memfd", 3, mode_stall_memfd},
	{"mapwrite", 3, mode_mapwrite},
	{"flood", 3, mode_flood},
	{"latency", 2, mode_latency},
	{"check", 1, mode_check},
	{"mark", 1, mode_mark},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, argv[1]) == 0 && argc - 2 >= modes[i].least)
			return modes[i].run(argc - 2, &argv[2]);
	fprintf(stderr, "usage: actor MODE ARGUMENTS...\n");
	return 2;
}
