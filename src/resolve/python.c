#include "resolve/python.h"

#include <stdio.h>
#include <string.h>

#include "layerwatch/interpreter.h"
#include "resolve/module.h"
#include "resolve/offer.h"

#define CACHE_FOLDER "__pycache__/"

/* __pycache__/NAME.cpython-311.pyc beside NAME.py, and what -O and -OO make. */
static void
offer_cache(struct lw_job *job, const char *path, size_t folder, const char *tag)
{
	static const char *const kinds[] = {"", ".opt-1", ".opt-2"};
	const char *base = &path[folder];
	char cache[LW_PLACE_PATH];

	for (size_t i = 0; i < LW_ARRAY_SIZE(kinds); i++) {
		int n = snprintf(cache, sizeof(cache), "%.*s" CACHE_FOLDER "%.*s.cpython-%s%s.pyc",
			(int)folder, path, (int)strlen(base) - 3, base, tag, kinds[i]);

		if (n > 0 && (size_t)n < sizeof(cache))
			lw_offer_file(job, cache);
	}
}

/* A module runs from its cache, whatever stands in its source, if the time and the size fit. */
static void
offer_caches(struct lw_job *job, const char *path)
{
	char tag[LW_MODULE_VERSION];
	size_t length = strlen(path), folder;

	lw_interpreter_base_name(path, length, &folder);
	folder = length - folder;
	if (length - folder <= 3 || strcmp(&path[length - 3], ".py") != 0)
		return;
	lw_module_version(job, tag);
	if (tag[0]) {
		memmove(&tag[1], &tag[2], strlen(&tag[1])); /* "3.11" is "311" */
		offer_cache(job, path, folder, tag);
		return;
	}
	for (int minor = LW_MODULE_MINOR; minor > 0; minor--) {
		snprintf(tag, sizeof(tag), "3%d", minor);
		offer_cache(job, path, folder, tag);
	}
}

static void
offer_modules(struct lw_job *job, const char *folder, size_t length, const char *names)
{
	char path[LW_PLACE_PATH];
	size_t n;

	for (const char *name = lw_interpreter_word(&names, &n); n > 0;
		name = lw_interpreter_word(&names, &n)) {
		int made = snprintf(path, sizeof(path), "%.*s%s%.*s", (int)length, folder,
			length ? "/" : "", (int)n, name);

		if (made > 0 && (size_t)made < sizeof(path) && lw_offer_file(job, path))
			offer_caches(job, path);
	}
}

/* An empty one is the working directory. */
static void
offer_folder(struct lw_job *job, const char *folder, size_t length, const char *names)
{
	/* It can be an archive in place of a folder. */
	if (length == 0 || !lw_offer_in(job, "", 0, folder, length, NULL))
		offer_modules(job, folder, length, names);
}

void
lw_python_offer_folders(struct lw_job *job, const char *folders, const char *names)
{
	size_t length = strcspn(folders, ":");

	offer_folder(job, folders, length, names);
	for (unsigned n = 0; n < LW_OPEN_SEARCH && folders[length]; n++) {
		folders = &folders[length + 1];
		length = strcspn(folders, ":");
		offer_folder(job, folders, length, names);
	}
}

/* The __init__ of a package, the first `length` bytes of the module's name. */
static void
offer_init(struct lw_job *job, const struct lw_module *m, size_t length)
{
	char name[LW_MODULE_NAME + 16];

	snprintf(name, sizeof(name), "%.*s/__init__.py", (int)length, m->name);
	offer_modules(job, m->folder, strlen(m->folder), name);
}

/* "-m a.b": a/__init__.py, and a/b/__init__.py when that is a package. */
static void
offer_packages(struct lw_job *job)
{
	const struct lw_module *m = &job->x->module;
	const char *at = m->name;

	if (job->x->plan.kind != LW_PLAN_MODULE || job->x->main_path[0] == '\0')
		return;
	offer_caches(job, job->x->main_path);
	for (at = strchr(at, '/'); at; at = strchr(&at[1], '/'))
		offer_init(job, m, (size_t)(at - m->name));
	if (m->package)
		offer_init(job, m, strlen(m->name));
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
	lw_offer_file(job, path);
}

void
lw_python_offer(struct lw_job *job)
{
	offer_packages(job);
	offer_source(job);
}
