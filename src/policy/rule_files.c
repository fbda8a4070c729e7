#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/rule_files.h"

static const struct kind {
	const char *key;
	const char *own; /* the folder of our own rules */
	const char *suffixes[2];
} kinds[] = {
	[LW_RULE_FILES_YARA] = {"content.yara", LW_DATADIR "/yara", {".yar", ".yara"}},
	[LW_RULE_FILES_SIGMA] = {"content.rules", LW_DATADIR "/rules", {".yml", ".yaml"}},
};
static_assert(LW_ARRAY_SIZE(kinds) == LW_RULE_FILES_COUNT, "each kind has its row");

struct reading {
	const struct kind *kind;
	struct lw_text *out, *errors;
	size_t count;
};

static int
refuse(struct reading *r, const char *path, const char *reason)
{
	lw_text_addf(r->errors, "%s: ", r->kind->key);
	lw_text_add_visible(r->errors, path, strlen(path));
	lw_text_addf(r->errors, ": %s\n", reason);
	return -EINVAL;
}

/* The text of an open file behind what is in out; NULs in it are refused. */
static int
add_text(struct reading *r, int fd, const char *path, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	ssize_t n = text ? lw_read_full(fd, text, size) : -ENOMEM;

	if (n < 0)
		return n == -ENOMEM ? -ENOMEM : refuse(r, path, strerror(-n));
	if (memchr(text, '\0', n))
		return refuse(r, path, "is no text: it holds a NUL");
	lw_text_add(r->out, path, strlen(path) + 1);
	lw_text_addf(r->out, "%zd", n);
	lw_text_add(r->out, "", 1);
	lw_text_add(r->out, text, n);
	lw_text_add(r->out, "", 1);
	r->count++;
	return r->out->failed ? refuse(r, path, "too many bytes of rules") : 0;
}

/* O_NONBLOCK: a FIFO in place of the file must not hold us. */
static int
add_file(struct reading *r, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(r, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(r, path, "is no regular file");
	if (st.st_size > LW_RULE_FILES_BYTES_MAX)
		return refuse(r, path, "too many bytes of rules");
	if (r->count == LW_RULE_FILES_MAX)
		return refuse(r, path, "too many files of rules");
	return add_text(r, fd, path, st.st_size);
}

static bool
is_rule_file(const struct reading *r, const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot &&
	       (strcmp(dot, r->kind->suffixes[0]) == 0 || strcmp(dot, r->kind->suffixes[1]) == 0);
}

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Not by the locale, as alphasort(3) does it: the order must be the same for everybody. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct reading *r, const char *folder, unsigned depth);

static int
add_entry(struct reading *r, const char *folder, const char *name, unsigned depth)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	if (is_rule_file(r, name))
		return add_file(r, path);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return depth == LW_RULE_FOLDERS_MAX ? refuse(r, path, "too many folders in each other")
					    : add_folder(r, path, depth + 1);
}

static int
add_folder(struct reading *r, const char *folder, unsigned depth)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_visible, by_name), result = 0;

	if (count < 0)
		return refuse(r, folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = add_entry(r, folder, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
	return result;
}

static int
add_path(struct reading *r, const char *path)
{
	bool own = strcmp(path, LW_RULE_FILES_DEFAULT) == 0;
	struct stat st;

	if (own)
		path = r->kind->own;
	if (stat(path, &st) < 0)
		return own && errno == ENOENT ? 0 : refuse(r, path, strerror(errno));
	return S_ISDIR(st.st_mode) ? add_folder(r, path, 1) : add_file(r, path);
}

int
lw_rule_files_read(enum lw_rule_files kind, const struct lw_string_list *paths, struct lw_text *out,
	struct lw_text *errors)
{
	struct reading r = {.kind = &kinds[kind], .out = out, .errors = errors};
	int result = 0;

	for (size_t i = 0; i < paths->count && result == 0; i++)
		result = add_path(&r, paths->items[i]);
	return result;
}

/* The string at *at with the NUL behind it, which is stepped over. */
static const char *
next_string(const char *text, size_t length, size_t *at)
{
	const char *start = &text[*at];
	const char *end = *at < length ? memchr(start, '\0', length - *at) : NULL;

	if (!end)
		return NULL;
	*at = end - text + 1;
	return start;
}

bool
lw_rule_files_next(const char *text, size_t length, size_t *at, struct lw_rule_file *out)
{
	const char *path = next_string(text, length, at);
	const char *digits = path ? next_string(text, length, at) : NULL;
	const char *start = digits ? next_string(text, length, at) : NULL;
	uint64_t n;

	if (!start || lw_parse_u64(digits, &n) < 0 || n != strlen(start))
		return false;
	*out = (struct lw_rule_file){.path = path, .text = start, .length = n};
	return true;
}
