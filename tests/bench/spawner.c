/*
 * spawner: how long fork, exec and wait of a program take, one after the other, as seen by the one
 * who waits. Runs inside the container that is measured.
 *
 *   spawner same COUNT PROGRAM           the same program each time
 *   spawner each COUNT FOLDER            FOLDER/0, FOLDER/1, ...: each once
 *   spawner fresh COUNT FOLDER PROGRAM   the same, each written just before it is executed: a copy
 *                                        of PROGRAM with other bytes at its end
 *   spawner crowd COUNT PROGRAM WORKERS  the same program from so many processes at once
 *
 * Writes one line of JSON: {"spawns", "failed", "elapsed_ns", "mean_ns", "p50_ns", "p99_ns"}.
 * Writing the files is not in these times.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 1000000ul
#define WORKERS_MAX 64ul
#define WARM_SPAWNS 30 /* untimed: caches, and what the watcher learns of a new mount namespace */
#define PROGRAM_MAX (16u * 1024 * 1024)

struct job {
	unsigned long count;
	const char *place; /* program or folder */
	const char *source; /* of fresh files */
	unsigned long workers;
	uint32_t *times_ns; /* shared with workers */
	char *bytes; /* of source */
	size_t size;
};

static void
die(const char *what)
{
	fprintf(stderr, "spawner: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Nanoseconds; 0 when the program did not run or failed. */
static uint32_t
spawn(const char *path)
{
	char *argv[] = {(char *)path, NULL}, *envp[] = {NULL};
	uint64_t start = now_ns();
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execve(path, argv, envp);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	uint64_t took = now_ns() - start;
	if (status != 0)
		return 0;
	return took < UINT32_MAX ? took : UINT32_MAX;
}

static void
path_of(const struct job *job, unsigned long i, char out[4096])
{
	snprintf(out, 4096, "%s/%lu", job->place, i);
}

static void
warm(const char *path)
{
	for (int i = 0; i < WARM_SPAWNS; i++)
		spawn(path);
}

static void
run_same(struct job *job)
{
	warm(job->place);
	for (unsigned long i = 0; i < job->count; i++)
		job->times_ns[i] = spawn(job->place);
}

static void
run_each(struct job *job)
{
	char path[4096];

	warm("/bin/true");
	for (unsigned long i = 0; i < job->count; i++) {
		path_of(job, i, path);
		job->times_ns[i] = spawn(path);
	}
}

static void
load(struct job *job)
{
	int fd = open(job->source, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(job->source);
	job->size = st.st_size;
	job->bytes = job->size >= sizeof(uint64_t) && job->size <= PROGRAM_MAX ? malloc(job->size)
									       : NULL;
	if (!job->bytes || read(fd, job->bytes, job->size) != (ssize_t)job->size)
		die("cannot load the program");
	close(fd);
}

static void
write_fresh(struct job *job, const char *path)
{
	uint64_t unique = now_ns();
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	memcpy(job->bytes + job->size - sizeof(unique), &unique, sizeof(unique));
	if (fd < 0 || write(fd, job->bytes, job->size) != (ssize_t)job->size || close(fd) < 0)
		die(path);
}

static void
run_fresh(struct job *job)
{
	char path[4096];

	load(job);
	warm("/bin/true");
	for (unsigned long i = 0; i < job->count; i++) {
		path_of(job, i, path);
		write_fresh(job, path);
		job->times_ns[i] = spawn(path);
		unlink(path);
	}
}

static void
run_crowd(struct job *job)
{
	for (unsigned long w = 0; w < job->workers; w++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid > 0)
			continue;
		for (unsigned long i = w; i < job->count; i += job->workers)
			job->times_ns[i] = spawn(job->place);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

static int
ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
tell(struct job *job, uint64_t elapsed_ns)
{
	unsigned long failed = 0, n = job->count;
	uint64_t sum = 0;

	qsort(job->times_ns, n, sizeof(job->times_ns[0]), ascending);
	while (failed < n && job->times_ns[failed] == 0)
		failed++;
	for (unsigned long i = failed; i < n; i++)
		sum += job->times_ns[i];
	const uint32_t *ran = job->times_ns + failed;
	unsigned long count = n - failed;
	printf("{\"spawns\":%lu,\"failed\":%lu,\"elapsed_ns\":%lu,\"mean_ns\":%lu,\"p50_ns\":%u,"
	       "\"p99_ns\":%u}\n",
		n, failed, elapsed_ns, count ? sum / count : 0, count ? ran[count / 2] : 0,
		count ? ran[count * 99 / 100] : 0);
}

static const struct {
	const char *name;
	int arguments; /* after COUNT */
	void (*run)(struct job *job);
} modes[] = {
	{"same", 1, run_same},
	{"each", 1, run_each},
	{"fresh", 2, run_fresh},
	{"crowd", 2, run_crowd},
};

static unsigned long
number(const char *text, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1 || n > most) {
		fprintf(stderr, "spawner: %s: not a number from 1 to %lu\n", text, most);
		exit(2);
	}
	return n;
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 3 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].name) != 0 || argc - 3 != modes[i].arguments)
			continue;
		struct job job = {
			.count = number(argv[2], COUNT_MAX), .place = argv[3], .workers = 1};

		if (modes[i].run == run_crowd)
			job.workers = number(argv[4], WORKERS_MAX);
		else if (argc > 4)
			job.source = argv[4];
		job.times_ns = mmap(NULL, job.count * sizeof(job.times_ns[0]),
			PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (job.times_ns == MAP_FAILED)
			die("mmap");
		uint64_t start = now_ns();
		modes[i].run(&job);
		tell(&job, now_ns() - start);
		return 0;
	}
	fprintf(stderr,
		"usage: spawner same COUNT PROGRAM | each COUNT FOLDER | fresh COUNT FOLDER PROGRAM"
		" | crowd COUNT PROGRAM WORKERS\n");
	return 2;
}
