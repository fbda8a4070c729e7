#include "resolve/module.h"

#include <errno.h>
#include <string.h>

#include "layerwatch/interpreter.h"

struct finder {
	struct lw_job *job;
	struct lw_module *module;
	unsigned searched;
	char version[LW_MODULE_VERSION]; /* "3.11", "" = not known */
	char folder[LW_PLACE_PATH]; /* being searched */
};

/* %p: a prefix, %v: the version, %h: the home folder, %e: above the program as it was named. */
static const char *const templates[] = {
	"%p/lib/python%v",
	"%p/lib/python%v/lib-dynload",
	"%e/lib/python%v/site-packages",
	"%h/.local/lib/python%v/site-packages",
	"%p/local/lib/python%v/dist-packages",
	"%p/lib/python3/dist-packages",
	"%p/lib/python%v/dist-packages",
	"%p/lib/python%v/site-packages",
};

/* "/usr/bin/python3.11" has the prefix "/usr". */
static void
prefix_of(const char *program, char out[LW_PLACE_PATH])
{
	lw_copy_string(out, LW_PLACE_PATH, program);
	for (unsigned i = 0; i < 2; i++) {
		char *slash = strrchr(out, '/');

		if (!slash) {
			out[0] = '\0';
			return;
		}
		*slash = '\0';
	}
}

/* Puts the values into a template. False when one is absent or does not fit. */
static bool
fill(const char *template, const char *const values[256], char out[LW_PLACE_PATH])
{
	size_t at = 0;

	for (; *template; template ++) {
		const char *value = NULL;
		size_t n = 1;

		if (*template == '%') {
			value = values[(unsigned char)*++template];
			n = value ? strlen(value) : 0;
			if (n == 0 && *template != 'p')
				return false;
		}
		if (at + n + 1 > LW_PLACE_PATH)
			return false;
		memcpy(&out[at], value ? value : template, n);
		at += n;
	}
	out[at] = '\0';
	return true;
}

/* Opens FOLDER/NAME SUFFIX; a folder "" is the working directory. */
static int
open_file(struct finder *f, const char *suffix)
{
	static const struct lw_search plain = {LW_SEARCH_CWD, "", NULL};
	struct lw_execution_reader *x = f->job->x;
	char path[LW_PLACE_PATH];
	int n = snprintf(path, sizeof(path), "%s%s%s%s", f->folder, f->folder[0] ? "/" : "",
		f->module->name, suffix);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	int r = lw_open_named(&x->place, path, &plain, &x->opened);
	return r == LW_OPEN_NOT_REGULAR ? -EMEDIUMTYPE : r;
}

static int
open_one_of(struct finder *f, const char *const suffixes[2])
{
	int r = open_file(f, suffixes[0]);

	return r == 0 ? 0 : open_file(f, suffixes[1]);
}

static const char *const init_files[] = {"/__init__.py", "/__init__.pyc"};
static const char *const main_files[] = {"/__main__.py", "/__main__.pyc"};
static const char *const plain_files[] = {".py", ".pyc"};

/* In one folder: a package counts before a module of the same name, as for importlib. */
static int
search_folder(struct finder *f)
{
	struct lw_opened *opened = &f->job->x->opened;
	int r;

	f->module->package = open_one_of(f, init_files) == 0;
	lw_closep(&opened->fd);
	r = open_one_of(f, f->module->package ? main_files : plain_files);
	if (r == 0)
		lw_copy_string(f->module->folder, sizeof(f->module->folder), f->folder);
	return r;
}

static int
search_list(struct finder *f, const char *folders)
{
	int r = -ENOENT;

	for (; r != 0 && folders[0] && f->searched < LW_MODULE_FOLDERS; f->searched++) {
		size_t length = strcspn(folders, ":");

		if (length < sizeof(f->folder)) {
			memcpy(f->folder, folders, length);
			f->folder[length] = '\0';
			r = search_folder(f);
		}
		folders = &folders[length + (folders[length] == ':')];
	}
	return r;
}

static bool
is_there(struct finder *f, const char *path)
{
	_cleanup_close_ int fd = lw_walk(&f->job->x->place, -1, path);

	return fd >= 0;
}

/* A name such as "python3" leaves the version to what is installed beside it. */
static void
guess_version(struct finder *f, const char *prefix)
{
	char path[LW_PLACE_PATH];

	for (int minor = LW_MODULE_MINOR; minor >= 0; minor--) {
		snprintf(path, sizeof(path), "%.4000s/lib/python3.%d/os.py", prefix, minor);
		if (!is_there(f, path))
			continue;
		snprintf(f->version, sizeof(f->version), "3.%d", minor);
		return;
	}
}

void
lw_module_version(const struct lw_job *job, char out[LW_MODULE_VERSION])
{
	const char *path = job->ask->program_path;
	size_t length, n;
	const char *name = lw_interpreter_base_name(path, strlen(path), &length);

	name = &name[strcspn(name, "0123456789")];
	n = strspn(name, "0123456789.");
	out[0] = '\0';
	if (n < LW_MODULE_VERSION && memchr(name, '.', n))
		lw_copy_string(out, n + 1, name);
}

static int
search_prefix(struct finder *f, const char *prefix)
{
	char above[LW_PLACE_PATH];
	const char *const values[256] = {
		['p'] = prefix,
		['v'] = f->version,
		['h'] = lw_environment_get(&f->job->x->environment, "HOME"),
		['e'] = above,
	};
	bool guessed = f->version[0] == '\0';
	int r = -ENOENT;

	prefix_of(f->job->x->program, above);
	if (guessed)
		guess_version(f, prefix);
	for (size_t i = 0; i < LW_ARRAY_SIZE(templates) && r != 0; i++)
		if (fill(templates[i], values, f->folder))
			r = search_folder(f);
	if (guessed)
		f->version[0] = '\0';
	return r;
}

static int
search_prefixes(struct finder *f)
{
	static const char *const usual[] = {"/usr", "/usr/local"};
	char prefix[LW_PLACE_PATH];
	int r;

	lw_module_version(f->job, f->version);
	prefix_of(f->job->ask->program_path, prefix);
	r = search_prefix(f, prefix);
	/* A copy elsewhere keeps the prefix that it was built with. */
	for (size_t i = 0; i < LW_ARRAY_SIZE(usual) && r != 0; i++)
		r = search_prefix(f, usual[i]);
	return r;
}

/* A package without __init__ (PEP 420) is taken when nothing else is found. */
static int
search_namespace(struct finder *f)
{
	int r;

	f->folder[0] = '\0';
	f->module->package = false;
	r = open_one_of(f, main_files);
	if (r == 0)
		f->module->folder[0] = '\0';
	return r;
}

static bool
set_name(struct lw_module *m, const char *name)
{
	if (name[0] == '\0' || strlen(name) >= sizeof(m->name) || strchr(name, '/'))
		return false;
	lw_copy_string(m->name, sizeof(m->name), name);
	for (char *dot = strchr(m->name, '.'); dot; dot = strchr(dot, '.'))
		*dot = '/';
	return true;
}

int
lw_module_open(struct lw_job *job, const char *name, struct lw_module *out)
{
	const struct lw_argv_plan *plan = &job->x->plan;
	struct finder f = {.job = job, .module = out};
	int r = -ENOENT;

	*out = (struct lw_module){0};
	if (!set_name(out, name))
		return -EINVAL;
	/* Options that leave out the working directory and the environment: -P, -E, -I. */
	if (!lw_argv_has_letter(plan, "IP"))
		r = search_folder(&f);
	if (r != 0 && !lw_argv_has_letter(plan, "EI"))
		r = search_list(&f, lw_environment_get(&job->x->environment, "PYTHONPATH"));
	if (r != 0)
		r = search_prefixes(&f);
	return r == 0 || lw_argv_has_letter(plan, "IP") ? r : search_namespace(&f);
}
