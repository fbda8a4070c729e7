#include "resolve/further.h"

#include <string.h>

#include "layerwatch/interpreter.h"

#define WORDS_MAX 64u /* of an environment variable that holds options */
#define CACHE_FOLDER "__pycache__/"

static const struct lw_search plain = {LW_SEARCH_CWD, "", NULL};

/* Is the next candidate the one, does it come too early, or is it enough to know that it exists? */
static bool
is_wanted(struct lw_job *job)
{
	job->further++;
	if (job->further > job->ask->content)
		job->e->flags |= LW_EXEC_MORE_CONTENT;
	return job->further == job->ask->content;
}

static bool
is_finished(const struct lw_job *job)
{
	return job->e->flags & LW_EXEC_MORE_CONTENT || job->further + 1 >= LW_CONTENTS_MAX;
}

static bool
offer_opened(struct lw_job *job, int r)
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

/* A file by its path. False when there is none. */
static bool
offer_file(struct lw_job *job, const char *path)
{
	struct lw_execution_reader *x = job->x;

	if (is_finished(job))
		return true;
	return path[0] && offer_opened(job, lw_open_named(&x->place, path, &plain, &x->opened));
}

/* FOLDER/NAME SUFFIX; length bytes of each of the first two. */
static bool
offer_in(struct lw_job *job, const char *folder, size_t folder_length, const char *name,
	size_t name_length, const char *suffix)
{
	char path[LW_PLACE_PATH];
	int n;

	if (folder_length >= sizeof(path) || name_length >= sizeof(path))
		return false;
	n = snprintf(path, sizeof(path), "%.*s%s%.*s%s", (int)folder_length, folder,
		folder_length ? "/" : "", (int)name_length, name, suffix ? suffix : "");
	return n > 0 && (size_t)n < sizeof(path) && offer_file(job, path);
}

/* All of `names` in one folder. */
static void
offer_names(struct lw_job *job, const char *folder, size_t folder_length, const char *names)
{
	size_t n;

	for (const char *name = lw_interpreter_word(&names, &n); n > 0;
		name = lw_interpreter_word(&names, &n))
		offer_in(job, folder, folder_length, name, n, NULL);
}

/* whole: it is not the beginning of more. */
static void
offer_code(struct lw_job *job, const char *code, size_t length, bool whole)
{
	struct lw_execution_reader *x = job->x;

	if (length == 0 || is_finished(job) || !is_wanted(job))
		return;
	length = LW_MIN(length, sizeof(x->code));
	memmove(x->code, code, length);
	lw_job_use_bytes(job, LW_KIND_INLINE, length);
	job->e->flags |= whole ? 0 : LW_EXEC_CONTENT_PARTIAL;
}

/* In the folders of a list, with and without the suffix; the first one found. */
static bool
offer_among(struct lw_job *job, const char *folders, const char *name, const char *suffix)
{
	size_t n = strlen(name);

	for (unsigned i = 0; i < LW_OPEN_SEARCH && folders[0]; i++) {
		size_t length = strcspn(folders, ":");

		if (offer_in(job, folders, length, name, n, suffix) ||
			offer_in(job, folders, length, name, n, NULL))
			return true;
		folders = &folders[length + (folders[length] == ':')];
	}
	return false;
}

/* "Foo::Bar" becomes "Foo/Bar". */
static void
replace_separators(char *name, const char *separator)
{
	size_t n = separator ? strlen(separator) : 0;

	for (char *at = n ? strstr(name, separator) : NULL; at; at = strstr(&at[1], separator)) {
		*at = '/';
		memmove(&at[1], &at[n], strlen(&at[n]) + 1);
	}
}

/* What "node --require X" or "perl -MX" loads. */
static void
offer_module(struct lw_job *job, const struct lw_interpreter *i, const char *text)
{
	const struct lw_modules *m = &i->modules;
	bool path = strchr(text, '/') != NULL;
	char name[LW_PLACE_PATH];

	/* perl -M"Foo;code" runs the code. */
	if (m->separator && strpbrk(text, ";({"))
		offer_code(job, text, strlen(text), true);
	lw_copy_string(name, sizeof(name), text);
	if (m->separator && !path) {
		/* Names of what to import stand behind it. */
		name[strcspn(name, "=;({ ")] = '\0';
		replace_separators(name, m->separator);
	}
	if (path || !m->folders || m->in_cwd)
		if (offer_in(job, "", 0, name, strlen(name), m->suffix) || offer_file(job, name))
			return;
	if (m->folders && !path)
		offer_among(
			job, lw_environment_get(&job->x->environment, m->folders), name, m->suffix);
}

static void
offer_loads(struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;
	char text[LW_PLACE_PATH];

	for (unsigned i = 0; i < plan->load_count && !is_finished(job); i++)
		if (lw_job_part_text(job, plan->loads[i], text))
			offer_module(job, plan->interpreter, text);
}

/* Options in a variable: what they load; all of it is code where a letter brings code. */
static void
offer_options(struct lw_job *job, const struct lw_interpreter *i, const char *value)
{
	struct lw_argument words[WORDS_MAX];
	char text[LW_ENVIRONMENT_KEPT + 1];
	struct lw_argv argv = {words, 0};
	struct lw_argv_plan plan;
	char *rest = text;

	lw_copy_string(text, sizeof(text), value);
	for (char *word = strsep(&rest, " \t\n"); word && argv.count < WORDS_MAX;
		word = strsep(&rest, " \t\n"))
		if (word[0])
			words[argv.count++] = (struct lw_argument){word, strlen(word), false};
	lw_argv_scan_options(&argv, i, &plan);
	for (unsigned n = 0; n < plan.load_count; n++)
		offer_module(job, i, &words[plan.loads[n].argument].text[plan.loads[n].offset]);
	if (plan.kind == LW_PLAN_INLINE)
		offer_code(job, value, strlen(value), true);
}

static void
offer_folders(struct lw_job *job, const char *folders, const char *names)
{
	for (unsigned n = 0; n < LW_OPEN_SEARCH && folders[0]; n++) {
		size_t length = strcspn(folders, ":");

		offer_names(job, folders, length, names);
		folders = &folders[length + (folders[length] == ':')];
	}
}

/* Code, or the name of its file behind a '@'. */
static void
offer_code_value(struct lw_job *job, const struct lw_value *value)
{
	struct lw_execution_reader *x = job->x;
	const char *code = value->text;
	size_t length = strlen(code);
	bool whole = true;

	if (code[0] == '@') {
		offer_file(job, &code[1]);
		return;
	}
	if (value->cut) {
		whole = lw_memory_string(
				x->memory, value->address, x->code, sizeof(x->code), &length) == 0;
		code = x->code;
	}
	offer_code(job, code, length, whole);
}

static void
offer_value(struct lw_job *job, const struct lw_interpreter *i, const struct lw_injection *j,
	const struct lw_value *value)
{
	const char *text = value->text;

	switch (j->kind) {
	case LW_INJECT_FILE:
		offer_file(job, text);
		break;
	case LW_INJECT_FOLDER:
		offer_names(job, text, strlen(text), j->names);
		break;
	case LW_INJECT_FOLDERS:
		offer_folders(job, text, j->names);
		break;
	case LW_INJECT_CODE:
		offer_code_value(job, value);
		break;
	case LW_INJECT_OPTIONS:
		offer_options(job, i, text);
		break;
	}
}

/* A shell without anything to run reads a terminal; a test or a service may fake one. */
static bool
is_interactive(const struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;

	return plan->interactive ||
	       (plan->kind == LW_PLAN_STDIN && job->x->input.type == LW_STDIN_TTY);
}

static bool
is_in_force(const struct lw_job *job, const struct lw_injection *j)
{
	if (lw_argv_has_letter(&job->x->plan, j->ignored))
		return false;
	return j->when == LW_INJECT_ALWAYS ||
	       (j->when == LW_INJECT_INTERACTIVE) == is_interactive(job);
}

/* Of a variable that is there twice, either can be the one that counts. */
static void
offer_injections(struct lw_job *job, const struct lw_interpreter *i)
{
	const struct lw_environment *e = &job->x->environment;
	const struct lw_injection *j = i->injections;

	for (; j && j->variable && !is_finished(job); j++) {
		const struct lw_value *first = lw_environment_first(e, j->variable);
		const struct lw_value *last = lw_environment_last(e, j->variable);

		if (!is_in_force(job, j))
			continue;
		if (last->text[0])
			offer_value(job, i, j, last);
		if (first != last && first->text[0] && strcmp(first->text, last->text) != 0)
			offer_value(job, i, j, first);
	}
}

/* Code beside a script file, and script files after the first one: "awk -f a -f b". */
static void
offer_parts(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_argv_plan *plan = &x->plan;
	char path[LW_PLACE_PATH];
	bool whole = true;

	if (plan->beside_count > 0 && !is_finished(job)) {
		size_t length = lw_job_join(job, plan->beside, plan->beside_count, &whole);

		offer_code(job, x->code, length, whole);
	}
	for (unsigned i = 1; plan->kind == LW_PLAN_FILE && i < plan->part_count; i++)
		if (lw_job_part_text(job, plan->parts[i], path))
			offer_file(job, path);
}

/* "-m a.b": a/__init__.py, and a/b/__init__.py when that is a package. */
static void
offer_packages(struct lw_job *job)
{
	const struct lw_module *m = &job->x->module;
	size_t folder = strlen(m->folder);
	const char *at = m->name;

	if (job->x->plan.kind != LW_PLAN_MODULE || job->x->main_path[0] == '\0')
		return;
	for (at = strchr(at, '/'); at; at = strchr(&at[1], '/'))
		offer_in(job, m->folder, folder, m->name, (size_t)(at - m->name), "/__init__.py");
	if (m->package)
		offer_in(job, m->folder, folder, m->name, strlen(m->name), "/__init__.py");
}

/* The source of x.pyc is x.py; of __pycache__/x.cpython-311.pyc it is ../x.py. */
static void
offer_source(struct lw_job *job)
{
	static const char suffix[] = ".pyc";
	char path[LW_PLACE_PATH + 8];
	size_t length = strlen(job->x->main_path), n = sizeof(suffix) - 1;
	char *base, *folder;

	if (length < n || strcmp(&job->x->main_path[length - n], suffix) != 0)
		return;
	lw_copy_string(path, sizeof(path), job->x->main_path);
	path[length - 1] = '\0';
	base = strrchr(path, '/');
	base = base ? &base[1] : path;
	folder = base - path >= (ptrdiff_t)(sizeof(CACHE_FOLDER) - 1)
			 ? base - (sizeof(CACHE_FOLDER) - 1)
			 : NULL;
	if (folder && strncmp(folder, CACHE_FOLDER, sizeof(CACHE_FOLDER) - 1) == 0) {
		base[strcspn(base, ".")] = '\0';
		strcat(base, ".py");
		memmove(folder, base, strlen(base) + 1);
	}
	offer_file(job, path);
}

/* The file that descriptor 0 stands in the middle of: its whole, with its layer. */
static void
offer_whole(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;

	if (x->plan.kind != LW_PLAN_STDIN || x->input.type != LW_STDIN_FILE ||
		x->input.position == 0 || is_finished(job))
		return;
	int fd = lw_walk(&x->place, -1, "/proc/self/fd/0");
	if (fd < 0 || !offer_opened(job, lw_open_for_reading(&x->place, fd, &x->opened)))
		return;
	if (job->content >= 0)
		job->e->content_kind = LW_KIND_STDIN;
}

void
lw_further_read(struct lw_job *job)
{
	const struct lw_interpreter *i = job->x->plan.interpreter;

	if (!i && job->x->environment.injects)
		i = lw_job_line_interpreter(job);
	if (!i)
		return;
	offer_parts(job);
	offer_whole(job);
	offer_injections(job, i);
	if (!job->x->plan.interpreter)
		return;
	offer_loads(job);
	if (i->language == LW_LANGUAGE_PYTHON) {
		offer_packages(job);
		offer_source(job);
	}
}
