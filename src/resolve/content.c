#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "layerwatch/interpreter.h"
#include "resolve/further.h"
#include "resolve/job.h"
#include "resolve/module.h"
#include "resolve/pipe.h"

static void
set_content(struct lw_job *job, enum lw_kind kind)
{
	job->e->has_content = 1;
	job->e->content_kind = (uint8_t)kind;
}

/* The bytes of a part, wherever the arguments come from. Returns as lw_arguments_whole. */
static int
part_bytes(struct lw_job *job, struct lw_part part, char *out, size_t size, size_t *length)
{
	struct lw_execution_reader *x = job->x;

	if (!job->line)
		return lw_arguments_whole(&x->arguments, x->memory, part, out, size, length);
	const struct lw_argument *a = &job->line[part.argument];
	size_t n = a->length - LW_MIN(part.offset, a->length);

	*length = LW_MIN(n, size);
	memcpy(out, &a->text[a->length - n], *length);
	return n > size ? LW_MEMORY_CUT : 0;
}

/* A memfd that begins with "#!" is a script: the event's file is its interpreter. */
void
lw_job_use_memfd(struct lw_job *job)
{
	const char *path = job->ask->program_path;
	char head[2] = "";
	size_t length;
	const char *name = lw_interpreter_base_name(path, strlen(path), &length);
	bool script = job->content >= 0 && pread(job->content, head, sizeof(head), 0) == 2 &&
		      head[0] == '#' && head[1] == '!';

	set_content(job, script ? LW_KIND_SCRIPT : LW_KIND_BINARY);
	job->e->language = script ? (uint8_t)lw_interpreter_language(name, length) : 0;
	job->e->content_path = lw_arena_adds(&job->x->arena, job->x->opened.path);
	job->e->flags |= job->content < 0 ? LW_EXEC_CONTENT_UNRESOLVED : 0;
}

size_t
lw_job_join(struct lw_job *job, const struct lw_part *parts, unsigned count, bool *whole)
{
	struct lw_execution_reader *x = job->x;
	size_t at = 0;

	unsigned i;

	for (i = 0; i < count && at < sizeof(x->code); i++) {
		size_t length = 0;

		if (i > 0)
			x->code[at++] = '\n';
		*whole &=
			part_bytes(job, parts[i], &x->code[at], sizeof(x->code) - at, &length) == 0;
		at += length;
	}
	*whole &= i == count;
	return at;
}

void
lw_job_use_bytes(struct lw_job *job, enum lw_kind kind, size_t length)
{
	set_content(job, kind);
	job->content = lw_job_memfd(job->x, job->x->code, length);
	if (job->content < 0)
		job->e->flags |= LW_EXEC_CONTENT_UNRESOLVED;
	else if (kind != LW_KIND_INLINE)
		job->e->flags |= LW_EXEC_CONTENT_COPIED;
}

/* The pieces of code, a newline between them, as a memfd. */
static void
use_code(struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;
	bool whole = !plan->parts_dropped;
	size_t length = lw_job_join(job, plan->parts, plan->part_count, &whole);

	lw_job_use_bytes(job, LW_KIND_INLINE, length);
	job->e->flags |= whole ? 0 : LW_EXEC_ARGS_TRUNCATED | LW_EXEC_CONTENT_PARTIAL;
}

/* What an attempt to open came to. */
static void
use_opened(struct lw_job *job, int r)
{
	struct lw_opened *opened = &job->x->opened;

	if (r == LW_OPEN_NOT_REGULAR)
		job->e->flags |= LW_EXEC_CONTENT_NOT_REGULAR;
	else if (r < 0)
		job->e->flags |= LW_EXEC_CONTENT_UNRESOLVED;
	else
		job->content = TAKE_FD(opened->fd);
	if (r == 0 && opened->memfd)
		job->e->flags |= LW_EXEC_CONTENT_MEMFD;
	if (r >= 0)
		job->e->content_path = lw_arena_adds(&job->x->arena, opened->path);
}

bool
lw_job_part_text(struct lw_job *job, struct lw_part part, char out[LW_PLACE_PATH])
{
	size_t length = 0;
	int r = part_bytes(job, part, out, LW_PLACE_PATH - 1, &length);

	out[r == 0 ? length : 0] = '\0';
	return r == 0;
}

/* The process at the other end of a pipe, as the program that it is by now. */
struct writer {
	uint32_t pid;
	char exe[LW_PLACE_PATH];
};

static void
look_at_writer(struct lw_job *job, struct writer *w)
{
	struct lw_execution_reader *x = job->x;
	char name[32], exe[LW_PLACE_PATH];
	struct lw_ancestor now;
	ssize_t n;

	snprintf(name, sizeof(name), "%u/exe", w->pid);
	if (w->pid == 0)
		return;
	/* One that has just ended has no executable any more, but a name. */
	n = readlinkat(x->procfs.proc, name, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	if (strcmp(exe, w->exe) == 0)
		return;
	lw_copy_string(w->exe, sizeof(w->exe), exe);
	lw_ancestors_one(x->ancestors, &x->place, w->pid, &x->arena, &now);
	if (now.pid != 0)
		job->e->stdin_writer = now;
}

/* Waits for the beginning of the code. */
static bool
await_code(struct lw_job *job, int fd, int path_fd)
{
	struct lw_execution_reader *x = job->x;
	struct writer w = {0};
	char link[64] = "";
	uint32_t wait_us = LW_MIN(job->ask->wait_us, LW_PIPE_WAIT_MAX_US);
	enum lw_pipe_state state;

	if (lw_place_path_of(&x->place, path_fd, link, sizeof(link)) < 0)
		link[0] = '\0';
	w.pid = lw_pipe_holder(&x->place, job->e->ppid, job->e->tgid, link, LW_PIPE_WRITER);
	if (w.pid == job->e->ppid)
		wait_us = LW_MIN(wait_us, LW_PIPE_WAIT_PARENT_US);
	uint64_t end_us = lw_now_us() + wait_us;
	do {
		look_at_writer(job, &w);
		state = lw_pipe_wait(fd, LW_PIPE_STEP_US);
	} while (state == LW_PIPE_SILENT && lw_now_us() < end_us);
	look_at_writer(job, &w);
	return state == LW_PIPE_FILLED;
}

/* Code that a pipe holds: the beginning of what the program will read. */
static void
use_pipe(struct lw_job *job, int path_fd, enum lw_kind kind)
{
	struct lw_execution_reader *x = job->x;
	struct lw_pipe_bytes held = {.bytes = x->code, .size = sizeof(x->code)};
	_cleanup_close_ int fd = lw_pipe_open(&x->place, path_fd);

	if (fd < 0 || !await_code(job, fd, path_fd) || lw_pipe_peek(fd, &held) < 0 ||
		held.length == 0) {
		set_content(job, kind);
		job->e->flags |= LW_EXEC_CONTENT_NOT_REGULAR;
		return;
	}
	lw_job_use_bytes(job, kind, held.length);
	job->e->flags |= held.ended ? 0 : LW_EXEC_CONTENT_PARTIAL;
}

static void
use_file(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	char name[LW_PLACE_PATH];

	if (!lw_job_part_text(job, x->plan.parts[0], name)) {
		job->e->flags |= LW_EXEC_CONTENT_UNRESOLVED;
		return;
	}
	int r = lw_job_open_script(job, name);
	if (r == LW_OPEN_NOT_REGULAR && x->opened.pipe_fd >= 0) {
		_cleanup_close_ int pipe = TAKE_FD(x->opened.pipe_fd);

		if (job->ask->content == 0) /* it has been waited for before */
			use_pipe(job, pipe, (enum lw_kind)job->e->content_kind);
		return;
	}
	use_opened(job, r);
	/* A name that leads nowhere is all that can be said. */
	if (job->e->content_path.length == 0)
		job->e->content_path = lw_arena_adds(&x->arena, name);
}

static void
use_script(struct lw_job *job)
{
	set_content(job, LW_KIND_SCRIPT);
	use_file(job);
}

static void
use_target(struct lw_job *job)
{
	set_content(job, LW_KIND_BINARY);
	job->e->flags |= LW_EXEC_LOADER_TARGET;
	use_file(job);
}

static void
use_module(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;

	set_content(job, LW_KIND_SCRIPT);
	if (!lw_job_part_text(job, x->plan.parts[0], x->path)) {
		job->e->flags |= LW_EXEC_CONTENT_UNRESOLVED;
		return;
	}
	use_opened(job, lw_module_open(job, x->path, &x->module));
}

/* The rest of a file behind the offset that descriptor 0 stands at: that is what will be read. */
static void
use_rest(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	_cleanup_close_ int fd = TAKE_FD(job->content);
	ssize_t n = pread(fd, x->code, sizeof(x->code), (off_t)x->input.position);

	if (n < 0) {
		job->content = TAKE_FD(fd);
		return;
	}
	lw_job_use_bytes(job, LW_KIND_STDIN, (size_t)n);
	if ((size_t)n == sizeof(x->code))
		job->e->flags |= LW_EXEC_CONTENT_PARTIAL;
}

/*
 * Code on standard input: a file's can be had, and what a pipe holds; of a socket nothing can be
 * read without taking it.
 */
void
lw_job_use_stdin(struct lw_job *job)
{
	struct lw_stream *in = &job->x->input;

	if (in->type != LW_STDIN_FILE && in->type != LW_STDIN_PIPE && in->type != LW_STDIN_SOCKET)
		return;
	set_content(job, LW_KIND_STDIN);
	if (in->type == LW_STDIN_SOCKET || in->path_fd < 0) {
		job->e->flags |= LW_EXEC_CONTENT_NOT_REGULAR;
		return;
	}
	if (in->type == LW_STDIN_PIPE) {
		use_pipe(job, in->path_fd, LW_KIND_STDIN);
		return;
	}
	use_opened(job, lw_open_for_reading(&job->x->place, TAKE_FD(in->path_fd), &job->x->opened));
	if (job->content >= 0 && in->position > 0)
		use_rest(job);
}

static void (*const uses[])(struct lw_job *) = {
	[LW_PLAN_NONE] = NULL,
	[LW_PLAN_FILE] = use_script,
	[LW_PLAN_INLINE] = use_code,
	[LW_PLAN_STDIN] = lw_job_use_stdin,
	[LW_PLAN_TARGET] = use_target,
	[LW_PLAN_MODULE] = use_module,
};

/* "ruby -C FOLDER": from there on everything is looked for as if the task were there. */
static void
enter_folders(struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;
	char path[LW_PLACE_PATH];

	for (unsigned i = 0; i < plan->folder_count; i++)
		if (lw_job_part_text(job, plan->folders[i], path))
			lw_place_enter(&job->x->place, lw_walk(&job->x->place, -1, path));
}

static void
scan(struct lw_job *job, const struct lw_argv *argv)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_msg_execution *ask = job->ask;
	struct lw_argv_program program = {
		.name = ask->program_path,
		.language = ask->language < LW_LANGUAGE_COUNT ? (enum lw_language)ask->language
							      : LW_LANGUAGE_NONE,
		.more = &x->interpreters,
	};

	if (ask->hints & LW_HINT_LOADER)
		program.hints |= LW_ARGV_LOADER;
	if (ask->hints & LW_HINT_THROUGH_LOADER)
		program.hints |= LW_ARGV_THROUGH_LOADER;
	lw_argv_scan(argv, &program, &x->plan);
	enter_folders(job);
}

/* The content that the arguments name is not the one that is asked for. */
static void
forget_content(struct lw_job *job)
{
	struct lw_execution *e = job->e;

	lw_closep(&job->content);
	job->content = -1;
	e->has_content = 0;
	e->content_kind = 0;
	e->content_path = (struct lw_slice){0};
	e->flags &= ~(LW_EXEC_CONTENT_UNRESOLVED | LW_EXEC_CONTENT_NOT_REGULAR |
		      LW_EXEC_CONTENT_COPIED | LW_EXEC_CONTENT_PARTIAL | LW_EXEC_CONTENT_MEMFD |
		      LW_EXEC_LOADER_TARGET);
}

/* Were there more options, or more pieces of code, than are looked at? */
static bool
is_unfinished(const struct lw_execution_reader *x)
{
	return x->plan.parts_dropped || (x->plan.interpreter && x->plan.unfinished &&
						x->arguments.count > x->arguments.kept);
}

/* What the arguments tell the program to run. */
void
lw_job_follow_plan(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_argv argv = {x->arguments.items, x->arguments.kept};
	bool first = job->ask->content == 0;

	scan(job, &argv);
	job->e->language = (uint8_t)x->plan.language;
	if (is_unfinished(x))
		job->e->flags |= LW_EXEC_CODE_LEFT;
	x->opened.path[0] = '\0';
	if (uses[x->plan.kind] && (first || x->plan.kind != LW_PLAN_STDIN))
		uses[x->plan.kind](job);
	lw_copy_string(x->main_path, sizeof(x->main_path), x->opened.path);
	if (!first)
		forget_content(job);
	lw_further_read(job);
}

/*
 * Where it is the script itself that runs, its own event has seen to that, unless the interpreter
 * turned out to be another one than it is called.
 */
void
lw_job_follow_line(struct lw_job *job, const struct lw_argument *line, size_t count)
{
	const struct lw_argv argv = {line, count};
	const struct lw_argv_plan *plan = &job->x->plan;
	bool script;

	scan(job, &argv);
	script = plan->part_count > 0 && plan->parts[0].argument == count - 1;
	if (!uses[plan->kind] || plan->part_count == 0 || (script && !job->ask->language))
		return;
	job->line = line;
	job->e->language = (uint8_t)plan->language;
	uses[plan->kind](job);
	job->line = NULL;
}
