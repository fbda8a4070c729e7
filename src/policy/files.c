/*
 * files: the policy's file and the folder policy.d beside it, read within bounds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/load.h"

/* A dump has a few values that its files need not have: what has a default. */
#define NODES_SPARE 1024

struct files {
	struct lw_policy_source sources[1 + LW_POLICY_FILES_MAX];
	char *names[1 + LW_POLICY_FILES_MAX];
	char *texts[1 + LW_POLICY_FILES_MAX];
	size_t count;
	struct lw_text *errors;
};

static void
files_done(struct files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->names[i]);
		free(f->texts[i]);
	}
}

static int
refuse_file(struct files *f, const char *path, int error, const char *reason)
{
	lw_text_add_visible(f->errors, path, strlen(path));
	lw_text_addf(f->errors, ": %s\n", reason ? reason : strerror(-error));
	return error;
}

static int
text_read(int fd, char **out, size_t *length)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > LW_POLICY_BYTES_MAX)
		return -EFBIG;
	text = malloc(LW_POLICY_BYTES_MAX + 1);
	if (!text)
		return -ENOMEM;
	n = lw_read_full(fd, text, LW_POLICY_BYTES_MAX + 1);
	if (n < 0)
		return n;
	if (n > LW_POLICY_BYTES_MAX)
		return -EFBIG;
	*length = n;
	*out = TAKE_PTR(text);
	return 0;
}

static int
file_add(struct files *f, const char *path)
{
	/* O_NONBLOCK: a FIFO in the place of the file is refused, not waited for. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *name = strdup(path), *text = NULL;
	size_t length = 0;
	int r = fd < 0 ? -errno : name ? 0 : -ENOMEM;

	if (r == 0)
		r = text_read(fd, &text, &length);
	if (r < 0)
		return refuse_file(f, path, r, r == -EINVAL ? "is no regular file" : NULL);
	f->sources[f->count] =
		(struct lw_policy_source){.name = name, .text = text, .length = length};
	f->names[f->count] = TAKE_PTR(name);
	f->texts[f->count] = TAKE_PTR(text);
	f->count++;
	return 0;
}

static int
is_policy_file(const struct dirent *e)
{
	const size_t length = strlen(e->d_name);

	return e->d_name[0] != '.' && length > 5 && strcmp(&e->d_name[length - 5], ".yaml") == 0;
}

/* Not by the locale, as alphasort(3) does it: the order must be the same for everybody. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
entries_free(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

static int
folder_add(struct files *f, const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_policy_file, by_name), r = 0;

	if (count < 0)
		return errno == ENOENT ? 0 : refuse_file(f, folder, -errno, NULL);
	if (count > LW_POLICY_FILES_MAX)
		r = refuse_file(f, folder, -EINVAL, "too many files");
	for (int i = 0; i < count && r == 0; i++) {
		_cleanup_free_ char *path = NULL;

		r = asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0 ? -ENOMEM : 0;
		if (r == 0)
			r = file_add(f, path);
	}
	entries_free(entries, count);
	return r;
}

int
lw_policy_load_file(const char *path, struct lw_policy **out, struct lw_text *errors)
{
	static const struct lw_limits limits = {
		.bytes = LW_POLICY_BYTES_MAX,
		.nodes = LW_YAML_NODES_MAX - NODES_SPARE,
	};
	_cleanup_(files_done) struct files f = {.errors = errors};
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int r, length;

	length = snprintf(
		folder, sizeof(folder), "%.*spolicy.d", slash ? (int)(slash - path + 1) : 0, path);
	if (length < 0 || (size_t)length >= sizeof(folder))
		return refuse_file(&f, path, -ENAMETOOLONG, NULL);
	r = file_add(&f, path);
	if (r == 0)
		r = folder_add(&f, folder);
	if (r < 0)
		return r;
	return lw_policy_load_within(f.sources, f.count, &limits, out, errors);
}

int
lw_policy_load_built_in(struct lw_policy **out, struct lw_text *errors)
{
	static const char text[] = "version: 1\n";
	static const struct lw_policy_source source = {
		.name = "built-in policy", .text = text, .length = sizeof(text) - 1};

	return lw_policy_load(&source, 1, out, errors);
}
