#include <string.h>

#include "layerwatch/interpreter.h"
#include "resolve/job.h"

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

/* The pieces of code, a newline between them, as a memfd. */
static void
use_code(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	size_t at = 0;
	bool whole = !x->plan.parts_dropped;

	set_content(job, LW_KIND_INLINE);
	for (unsigned i = 0; i < x->plan.part_count && at < sizeof(x->code); i++) {
		size_t length = 0;

		if (i > 0)
			x->code[at++] = '\n';
		whole &= part_bytes(job, x->plan.parts[i], &x->code[at], sizeof(x->code) - at,
				 &length) == 0;
		at += length;
	}
	job->e->flags |= whole ? 0 : LW_EXEC_ARGS_TRUNCATED;
	job->content = lw_job_memfd(x, x->code, at);
	job->e->flags |= job->content < 0 ? LW_EXEC_CONTENT_UNRESOLVED : 0;
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
	if (r >= 0)
		job->e->content_path = lw_arena_adds(&job->x->arena, opened->path);
}

/* A part of the arguments as text, "" when it can't be had. */
static bool
part_text(struct lw_job *job, struct lw_part part, char out[LW_PLACE_PATH])
{
	size_t length = 0;
	int r = part_bytes(job, part, out, LW_PLACE_PATH - 1, &length);

	out[r == 0 ? length : 0] = '\0';
	return r == 0;
}

static void
use_file(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_argv_plan *plan = &x->plan;
	char folders[LW_PLACE_PATH] = "";
	struct lw_search search = {plan->search, x->environment.path, plan->suffix};

	if (plan->search == LW_SEARCH_LIBRARIES) {
		search.folders = folders;
		if (plan->has_library_path)
			part_text(job, plan->library_path, folders);
	}
	if (!part_text(job, plan->parts[0], x->path)) {
		job->e->flags |= LW_EXEC_CONTENT_UNRESOLVED;
		return;
	}
	use_opened(job, lw_open_named(&x->place, x->path, &search, &x->opened));
	/* A name that leads nowhere is all that can be said. */
	if (job->e->content_path.length == 0)
		job->e->content_path = lw_arena_adds(&x->arena, x->path);
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

/* Code on standard input: a file's can be had, what comes through a pipe or socket cannot. */
static void
use_stdin(struct lw_job *job)
{
	struct lw_standard_input *in = &job->x->input;

	if (in->type != LW_STDIN_FILE && in->type != LW_STDIN_PIPE && in->type != LW_STDIN_SOCKET)
		return;
	set_content(job, LW_KIND_STDIN);
	if (in->type == LW_STDIN_FILE)
		use_opened(job,
			lw_open_for_reading(&job->x->place, TAKE_FD(in->path_fd), &job->x->opened));
	else
		job->e->flags |= LW_EXEC_CONTENT_NOT_REGULAR;
}

static void (*const uses[])(struct lw_job *) = {
	[LW_PLAN_NONE] = NULL,
	[LW_PLAN_FILE] = use_script,
	[LW_PLAN_INLINE] = use_code,
	[LW_PLAN_STDIN] = use_stdin,
	[LW_PLAN_TARGET] = use_target,
};

static void
scan(struct lw_job *job, const struct lw_argv *argv)
{
	struct lw_execution_reader *x = job->x;
	unsigned hints = 0;

	if (job->ask->hints & LW_HINT_LOADER)
		hints |= LW_ARGV_LOADER;
	if (job->ask->hints & LW_HINT_THROUGH_LOADER)
		hints |= LW_ARGV_THROUGH_LOADER;
	lw_argv_scan(argv, job->ask->program_path, hints, &x->plan);
}

/* What the arguments tell the program to run. */
void
lw_job_follow_plan(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_argv argv = {x->arguments.items, x->arguments.kept};

	scan(job, &argv);
	job->e->language = (uint8_t)x->plan.language;
	if (uses[x->plan.kind])
		uses[x->plan.kind](job);
}

/* Where it is the script itself that runs, its own event has seen to that. */
void
lw_job_follow_line(struct lw_job *job, const struct lw_argument line[LW_JOB_LINE])
{
	const struct lw_argv argv = {line, LW_JOB_LINE};
	const struct lw_argv_plan *plan = &job->x->plan;

	scan(job, &argv);
	if (!uses[plan->kind] || plan->part_count == 0 || plan->parts[0].argument != 1)
		return;
	job->line = line;
	job->e->language = (uint8_t)plan->language;
	uses[plan->kind](job);
	job->line = NULL;
}
