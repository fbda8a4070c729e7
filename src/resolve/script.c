/*
 * script: the file that an interpreter reads when it is told a script's name: which folders it
 * looks in, what it runs of a folder, and that Python takes an archive for one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layerwatch/interpreter.h"
#include "resolve/job.h"

static const struct lw_search plain = {LW_SEARCH_CWD, "", NULL};

/* Shells, which look in the working directory first, take the last of several PATHs. */
static const char *
folders_of(const struct lw_job *job, const char *variable)
{
	const struct lw_environment *e = &job->x->environment;
	bool shell = job->x->plan.search == LW_SEARCH_CWD_THEN_PATH;

	return (shell ? lw_environment_last(e, variable) : lw_environment_first(e, variable))->text;
}

/* The folders of all of these variables, blanks between their names. */
static void
read_places(struct lw_job *job, const char *names)
{
	char variable[LW_VARIABLE_NAME], *out = job->x->folders;
	size_t used = 0, n;

	for (const char *word = lw_interpreter_word(&names, &n); n > 0;
		word = lw_interpreter_word(&names, &n)) {
		snprintf(variable, sizeof(variable), "%.*s", (int)n, word);
		const char *folders = folders_of(job, variable);

		if (!folders[0])
			continue;
		snprintf(&out[used], sizeof(job->x->folders) - used, "%s%s", used ? ":" : "",
			folders);
		used = strlen(out);
	}
}

/* "python3 x.zip/folder": the archive, when the way leads through a file. */
static int
open_archive(struct lw_job *job, const char *name)
{
	struct lw_execution_reader *x = job->x;
	char path[LW_PLACE_PATH];
	int r = -ENOTDIR;

	lw_copy_string(path, sizeof(path), name);
	for (char *slash = strrchr(path, '/'); r == -ENOTDIR && slash && slash > path;
		slash = strrchr(path, '/')) {
		*slash = '\0';
		r = lw_open_named(&x->place, path, &plain, &x->opened);
	}
	return r;
}

/* What an interpreter runs of a folder: __main__.py, index.js. */
static int
open_index(struct lw_job *job, const char *folder)
{
	struct lw_execution_reader *x = job->x;
	const char *names = x->plan.interpreter->index ? x->plan.interpreter->index : "";
	char path[LW_PLACE_PATH];
	size_t length;

	for (const char *name = lw_interpreter_word(&names, &length); length > 0;
		name = lw_interpreter_word(&names, &length)) {
		int n = snprintf(path, sizeof(path), "%s/%.*s", folder, (int)length, name);

		if (n > 0 && (size_t)n < sizeof(path) &&
			lw_open_named(&x->place, path, &plain, &x->opened) == 0)
			return 0;
	}
	return LW_OPEN_NOT_REGULAR;
}

int
lw_job_open_script(struct lw_job *job, const char *name)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_argv_plan *plan = &x->plan;
	const struct lw_interpreter *i = plan->interpreter;
	struct lw_search search = {plan->search, x->folders, i->suffix};
	int r;

	x->folders[0] = '\0';
	if (plan->search != LW_SEARCH_LIBRARIES)
		read_places(job, i->places ? i->places : "PATH");
	else if (plan->has_library_path && lw_job_part_text(job, plan->library_path, x->path))
		lw_copy_string(x->folders, sizeof(x->folders), x->path);
	r = lw_open_named(&x->place, name, &search, &x->opened);
	if (r == -ENOTDIR && plan->language == LW_LANGUAGE_PYTHON)
		return open_archive(job, name);
	if (r == LW_OPEN_NOT_REGULAR && S_ISDIR(x->opened.st.stx_mode))
		return open_index(job, name);
	return r;
}
