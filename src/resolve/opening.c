#include "resolve/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "resolve/ancestors.h"
#include "resolve/job.h"

#define MAPS_LINES 70000 /* vm.max_map_count is 65530 */
#define TRIES 20 /* the event can come before the task sleeps */
#define PAUSE_NS 50000

int
lw_opening_counter(const char *line, size_t length, uint64_t *out)
{
	char word[32], *end;

	while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\0'))
		length--;
	size_t from = length;
	while (from > 0 && line[from - 1] != ' ')
		from--;
	if (from == 0 || length - from < 3 || length - from >= sizeof(word))
		return -EINVAL;
	memcpy(word, &line[from], length - from);
	word[length - from] = '\0';
	if (strncmp(word, "0x", 2) != 0)
		return -EINVAL;
	*out = strtoull(word, &end, 16);
	return *end ? -EINVAL : 0;
}

bool
lw_opening_maps_line(const char *line, uint64_t address, const char **path)
{
	unsigned long long first, end;
	int at = 0;

	*path = "";
	if (sscanf(line, "%llx-%llx %*s %*s %*s %*s %n", &first, &end, &at) < 2)
		return false;
	if (address < first || address >= end)
		return false;
	if (at > 0)
		*path = &line[at];
	return true;
}

bool
lw_opening_is_loader(const char *path, const char *opened)
{
	static const char *const glibc[] = {
		"ld-linux*.so.*", "ld64.so.*", "ld.so.*", "ld-[0-9]*.so"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < LW_ARRAY_SIZE(glibc); i++)
		if (fnmatch(glibc[i], name, 0) == 0)
			return true;
	slash = strrchr(opened, '/');
	return fnmatch("ld-musl-*.so.*", name, 0) == 0 && strstr(slash ? slash : opened, ".so");
}

static int
read_counter(struct lw_job *job, uint64_t *out)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	char line[LW_REGISTERS_LINE];
	int r = -EINVAL;

	for (int i = 0; i < TRIES && r == -EINVAL; i++) {
		ssize_t n = lw_proc_read(job->x->place.task, "syscall", line, sizeof(line));

		if (n < 0)
			return n;
		r = lw_opening_counter(line, n, out);
		if (r == -EINVAL)
			nanosleep(&pause, NULL);
	}
	return r;
}

/* What is mapped where the task's program counter stands. */
static bool
opens_as_loader(struct lw_job *job)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	uint64_t counter;
	bool loader = false, found = false;
	const char *path;

	if (read_counter(job, &counter) < 0)
		return false;
	int fd = openat(job->x->place.task, "maps", O_RDONLY | O_CLOEXEC);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "re");
	if (!maps) {
		lw_closep(&fd);
		return false;
	}
	for (int i = 0; i < MAPS_LINES && !found; i++) {
		ssize_t n = getline(&line, &size, maps);

		if (n <= 0)
			break;
		line[n - (line[n - 1] == '\n')] = '\0';
		found = lw_opening_maps_line(line, counter, &path);
		loader = found && lw_opening_is_loader(path, job->ask->program_path);
	}
	fclose(maps);
	return loader;
}

static void
read_arguments(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	struct lw_execution *e = job->e;
	size_t most = LW_MIN(job->ask->argument_bytes, sizeof(x->code) - 1);
	ssize_t n = lw_proc_read(x->place.task, "cmdline", x->code, most + 1);

	if (n <= 0)
		return;
	e->flags |= (size_t)n >= most ? LW_EXEC_ARGS_TRUNCATED : 0;
	for (ssize_t i = 0; i < n; i++)
		e->argc += x->code[i] == '\0';
	e->args = lw_arena_add(&x->arena, x->code, n);
}

void
lw_job_read_opening(struct lw_job *job)
{
	job->e->program = job->e->exe;
	read_arguments(job);
	if (opens_as_loader(job))
		job->e->flags |= LW_EXEC_LOADING;
}
