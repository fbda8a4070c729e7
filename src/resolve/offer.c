#include "resolve/offer.h"

#include <stdio.h>
#include <string.h>

#include "layerwatch/interpreter.h"

static const struct lw_search plain = {LW_SEARCH_CWD, "", NULL};

bool
lw_offer_is_done(const struct lw_job *job)
{
	return job->e->flags & (LW_EXEC_MORE_CONTENT | LW_EXEC_CODE_LEFT);
}

/* Is the next candidate the one, does it come too early, or is it enough to know that it exists? */
static bool
is_wanted(struct lw_job *job)
{
	job->further++;
	if (job->further >= LW_CONTENTS_MAX)
		job->e->flags |= LW_EXEC_CODE_LEFT;
	else if (job->further > job->ask->content)
		job->e->flags |= LW_EXEC_MORE_CONTENT;
	return job->further == job->ask->content;
}

bool
lw_offer_opened(struct lw_job *job, int r)
{
	struct lw_opened *opened = &job->x->opened;
	struct lw_execution *e = job->e;

	if (r != 0)
		return false;
	if (!is_wanted(job)) {
		lw_closep(&opened->fd);
		return true;
	}
	e->has_content = 1;
	e->content_kind = LW_KIND_SCRIPT;
	e->content_path = lw_arena_adds(&job->x->arena, opened->path);
	e->flags |= opened->memfd ? LW_EXEC_CONTENT_MEMFD : 0;
	job->content = TAKE_FD(opened->fd);
	return true;
}

bool
lw_offer_file(struct lw_job *job, const char *path)
{
	struct lw_execution_reader *x = job->x;

	if (lw_offer_is_done(job))
		return true;
	return path[0] && lw_offer_opened(job, lw_open_named(&x->place, path, &plain, &x->opened));
}

bool
lw_offer_in(struct lw_job *job, const char *folder, size_t folder_length, const char *name,
	size_t name_length, const char *suffix)
{
	char path[LW_PLACE_PATH];
	int n;

	if (folder_length >= sizeof(path) || name_length >= sizeof(path))
		return false;
	n = snprintf(path, sizeof(path), "%.*s%s%.*s%s", (int)folder_length, folder,
		folder_length ? "/" : "", (int)name_length, name, suffix ? suffix : "");
	return n > 0 && (size_t)n < sizeof(path) && lw_offer_file(job, path);
}

void
lw_offer_names(struct lw_job *job, const char *folder, size_t folder_length, const char *names)
{
	size_t n;

	for (const char *name = lw_interpreter_word(&names, &n); n > 0;
		name = lw_interpreter_word(&names, &n))
		lw_offer_in(job, folder, folder_length, name, n, NULL);
}

void
lw_offer_code(struct lw_job *job, const char *code, size_t length, bool whole)
{
	struct lw_execution_reader *x = job->x;

	if (length == 0 || lw_offer_is_done(job) || !is_wanted(job))
		return;
	length = LW_MIN(length, sizeof(x->code));
	memmove(x->code, code, length);
	lw_job_use_bytes(job, LW_KIND_INLINE, length);
	job->e->flags |= whole ? 0 : LW_EXEC_CONTENT_PARTIAL;
}

void
lw_offer_input(struct lw_job *job)
{
	if (!lw_offer_is_done(job) && is_wanted(job))
		lw_job_use_stdin(job);
}
