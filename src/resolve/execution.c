#include <errno.h>
#include <string.h>

#include "resolve/ancestors.h"
#include "resolve/execution.h"
#include "resolve/job.h"
#include "resolve/pipe.h"
#include "resolve/task.h"

#define CHECK_FLAG 0x10000 /* AT_EXECVE_CHECK, 6.14+ */

static void
free_names(char **items, size_t count)
{
	for (size_t i = 0; items && i < count; i++)
		free(items[i]);
	free(items);
}

int
lw_execution_names(struct lw_execution_reader *x, const struct lw_names *names)
{
	char **items = calloc(names->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < names->count; i++) {
		items[i] = strdup(names->items[i]);
		if (!items[i]) {
			free_names(items, i);
			return -ENOMEM;
		}
	}
	free_names(x->name_items, x->names.count);
	x->name_items = items;
	x->names = (struct lw_names){items, names->count};
	return 0;
}

int
lw_execution_interpreters(
	struct lw_execution_reader *x, const struct lw_interpreter_settings *settings, size_t count)
{
	struct lw_custom *custom;
	int r = lw_custom_new(&custom, settings, count);

	if (r < 0)
		return r;
	lw_custom_free(x->custom);
	x->custom = custom;
	x->interpreters = lw_custom_rows(custom);
	return 0;
}

int
lw_execution_new(struct lw_execution_reader **out)
{
	_cleanup_(lw_execution_freep) struct lw_execution_reader *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return -ENOMEM;
	x->procfs = (struct lw_procfs){-1, -1};
	x->spare[0] = x->spare[1] = -1;
	x->place = (struct lw_place){.task = -1, .root = -1, .cwd = -1};
	x->opened = (struct lw_opened)LW_OPENED_NONE;
	lw_environment_init(&x->environment);
	r = lw_procfs_open(&x->procfs);
	if (r == 0)
		r = lw_memory_new(&x->memory);
	if (r == 0)
		r = lw_arena_init(&x->arena);
	if (r == 0)
		r = lw_ancestors_new(&x->ancestors);
	if (r < 0)
		return r;
	*out = TAKE_PTR(x);
	return 0;
}

struct lw_execution_reader *
lw_execution_free(struct lw_execution_reader *x)
{
	if (!x)
		return NULL;
	free_names(x->name_items, x->names.count);
	lw_custom_free(x->custom);
	lw_procfs_close(&x->procfs);
	lw_memory_free(x->memory);
	lw_arena_done(&x->arena);
	lw_ancestors_free(x->ancestors);
	for (size_t i = 0; i < LW_ARRAY_SIZE(x->spare); i++)
		lw_closep(&x->spare[i]);
	free(x);
	return NULL;
}

void
lw_execution_freep(struct lw_execution_reader **x)
{
	*x = lw_execution_free(*x);
}

void
lw_execution_prepare(struct lw_execution_reader *x)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(x->spare); i++)
		if (x->spare[i] < 0)
			x->spare[i] = lw_memfd("layerwatch-execution");
}

int
lw_job_memfd(struct lw_execution_reader *x, const void *bytes, size_t length)
{
	size_t which = x->spare[0] >= 0 ? 0 : 1;
	_cleanup_close_ int fd = TAKE_FD(x->spare[which]);
	ssize_t n;

	if (fd < 0)
		return lw_memfd_with("layerwatch-execution", bytes, length);
	n = length == 0 ? 0 : pwrite(fd, bytes, length, 0);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? TAKE_FD(fd) : -EIO;
}

/* Ids, names and places of the task as it is now, before the exec. */
static int
read_task(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	struct lw_execution *e = job->e;
	struct lw_task task;
	int r = lw_task_read(x->place.task, &task);

	if (r < 0)
		return r;
	e->tgid = task.tgid;
	e->ppid = task.ppid;
	e->uid = task.uid;
	e->gid = task.gid;
	memcpy(e->comm, task.comm, sizeof(e->comm));
	if (lw_place_link(&x->place, "exe", x->path, sizeof(x->path)) > 0)
		e->exe = lw_arena_add(&x->arena, x->path, lw_place_strip(&x->place, x->path));
	if (lw_place_link(&x->place, "cwd", x->path, sizeof(x->path)) > 0)
		e->cwd = lw_arena_add(&x->arena, x->path, lw_place_strip(&x->place, x->path));
	return 0;
}

static void
read_program(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	size_t length;
	int r = lw_memory_string(
		x->memory, job->call.path, x->program, sizeof(x->program) - 1, &length);

	x->program[length] = '\0';
	if (r == LW_MEMORY_CUT)
		job->e->flags |= LW_EXEC_PATH_TRUNCATED;
	/* As the kernel names a program that was given by descriptor alone. */
	if (r == 0 && length == 0 && job->call.at)
		snprintf(x->path, sizeof(x->path), "/dev/fd/%d", job->call.dirfd);
	else
		lw_copy_string(x->path, sizeof(x->path), x->program);
	job->e->program = lw_arena_adds(&x->arena, x->path);
}

static void
read_arguments(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	struct lw_arguments *a = &x->arguments;
	struct lw_execution *e = job->e;
	const struct lw_execve *call = &job->call;

	lw_arguments_read(a, x->memory, call->argv, call->pointer_size, job->ask->argument_bytes);
	e->argc = a->count;
	e->args = lw_arena_add(&x->arena, a->bytes, a->captured);
	e->flags |= a->truncated ? LW_EXEC_ARGS_TRUNCATED : 0;
	e->flags |= a->unreadable ? LW_EXEC_ARGS_UNREADABLE : 0;
	lw_environment_read(&x->environment, x->memory, call->envp, call->pointer_size, &x->names);
	e->env_count = x->environment.count;
	e->env = lw_arena_add(&x->arena, x->environment.bytes, x->environment.length);
	e->flags |= x->environment.truncated ? LW_EXEC_ENV_TRUNCATED : 0;
}

static int
read_call(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	struct lw_execve *call = &job->call;
	int r = lw_registers_read(x->place.task, job->ask->budget_us, call);

	if (r != 0) {
		job->e->flags |= LW_EXEC_NO_REGISTERS;
		job->e->flags |= r == -ESRCH || r == -ENOENT ? LW_EXEC_FAILED : 0;
		return r;
	}
	job->e->flags |= call->compat ? LW_EXEC_COMPAT : 0;
	job->e->flags |= call->x32 ? LW_EXEC_X32 : 0;
	job->e->flags |= call->flags & CHECK_FLAG ? LW_EXEC_CHECK : 0;
	lw_memory_begin(x->memory, x->place.tid);
	lw_memory_prefetch(x->memory, (const uint64_t[]){call->path, call->argv, call->envp}, 3);
	read_program(job);
	read_arguments(job);
	return 0;
}

static void
read_stdin(struct lw_job *job)
{
	struct lw_stream *in = &job->x->input;

	lw_stream_read(&job->x->place, (pid_t)job->e->tgid, STDIN_FILENO, in);
	job->e->stdin_type = (uint8_t)in->type;
	job->e->stdin_peer = lw_arena_adds(&job->x->arena, in->peer);
	job->e->stdin_local = lw_arena_adds(&job->x->arena, in->local);
}

static void
read_stdout(struct lw_job *job)
{
	struct lw_stream *out = &job->x->output;

	lw_stream_read(&job->x->place, (pid_t)job->e->tgid, STDOUT_FILENO, out);
	lw_closep(&out->path_fd);
	job->e->stdout_type = (uint8_t)out->type;
	job->e->stdout_peer = lw_arena_adds(&job->x->arena, out->peer);
	job->e->stdout_local = lw_arena_adds(&job->x->arena, out->local);
}

/* The process at the other end of a pipe, as far as it is a neighbour. */
static void
read_neighbour(struct lw_job *job, const struct lw_stream *stream, enum lw_pipe_end end,
	struct lw_ancestor *out)
{
	struct lw_execution_reader *x = job->x;
	uint32_t pid;

	if (stream->type != LW_STDIN_PIPE || out->pid)
		return;
	pid = lw_pipe_holder(&x->place, job->e->ppid, job->e->tgid, stream->peer, end);
	if (pid)
		lw_ancestors_one(x->ancestors, &x->place, pid, &x->arena, out);
}

static void
read_behaviour(struct lw_job *job)
{
	read_stdout(job);
	read_neighbour(job, &job->x->input, LW_PIPE_WRITER, &job->e->stdin_writer);
	read_neighbour(job, &job->x->output, LW_PIPE_READER, &job->e->stdout_reader);
}

static void
read_all(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	struct lw_execution *e = job->e;

	if (lw_place_open(&x->place, &x->procfs, (pid_t)job->ask->tid) < 0 || read_task(job) < 0) {
		e->flags |= LW_EXEC_FAILED;
		return;
	}
	read_stdin(job);
	if (job->ask->hints & LW_HINT_OPENING) {
		lw_job_read_opening(job);
	} else if (read_call(job) == 0) {
		lw_job_compare_program(job);
		if (e->flags & LW_EXEC_MEMFD)
			lw_job_use_memfd(job);
		else if (!(e->flags & LW_EXEC_INDIRECT))
			lw_job_follow_plan(job);
	}
	if (job->ask->hints & LW_HINT_BEHAVIOUR)
		read_behaviour(job);
	e->ancestor_count =
		lw_ancestors_read(x->ancestors, &x->place, e->ppid, &x->arena, e->ancestors);
}

int
lw_execution_read(struct lw_execution_reader *x, const struct lw_msg_execution *ask,
	struct lw_msg_executed *out, int fds[2])
{
	uint64_t start = lw_now_us();
	struct lw_job job = {.x = x, .ask = ask, .e = &out->execution, .content = -1};
	int arena;

	memset(out, 0, sizeof(*out));
	lw_arena_reset(&x->arena);
	x->input.path_fd = -1;
	out->execution.tid = ask->tid;
	read_all(&job);
	lw_closep(&x->input.path_fd);
	lw_opened_close(&x->opened);
	lw_place_close(&x->place);
	arena = lw_job_memfd(x, x->arena.data, x->arena.length);
	if (arena < 0) {
		lw_closep(&job.content);
		return arena;
	}
	fds[0] = arena;
	fds[1] = LW_MAX(job.content, -1);
	out->arena_length = x->arena.length;
	out->has_content_fd = job.content >= 0;
	out->elapsed_us = (uint32_t)(lw_now_us() - start);
	return 0;
}
