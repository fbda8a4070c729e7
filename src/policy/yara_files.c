#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/yara_files.h"

#define DEFAULT_FOLDER LW_DATADIR "/yara"

struct reading {
	struct lw_text *out, *errors;
	size_t count;
};

static int
refuse(struct reading *r, const char *path, const char *reason)
{
	lw_text_adds(r->errors, "content.yara: ");
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
	if (st.st_size > LW_YARA_BYTES_MAX)
		return refuse(r, path, "too many bytes of rules");
	if (r->count == LW_YARA_FILES_MAX)
		return refuse(r, path, "too many files of rules");
	return add_text(r, fd, path, st.st_size);
}

static int
is_rule_file(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".yar") == 0 || strcmp(dot, ".yara") == 0);
}

/* Not by the locale, as alphasort(3) does it: the order must be the same for everybody. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
add_folder(struct reading *r, const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_rule_file, by_name), result = 0;

	if (count < 0)
		return refuse(r, folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		_cleanup_free_ char *path = NULL;

		if (result == 0 && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
			result = -ENOMEM;
		if (result == 0)
			result = add_file(r, path);
		free(entries[i]);
	}
	free(entries);
	return result;
}

static int
add_path(struct reading *r, const char *path)
{
	bool own = strcmp(path, LW_YARA_DEFAULT) == 0;
	struct stat st;

	if (own)
		path = DEFAULT_FOLDER;
	if (stat(path, &st) < 0)
		return own && errno == ENOENT ? 0 : refuse(r, path, strerror(errno));
	return S_ISDIR(st.st_mode) ? add_folder(r, path) : add_file(r, path);
}

int
lw_yara_files_read(const struct lw_string_list *paths, struct lw_text *out, struct lw_text *errors)
{
	struct reading r = {.out = out, .errors = errors};
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
lw_yara_files_next(const char *text, size_t length, size_t *at, struct lw_yara_file *out)
{
	const char *path = next_string(text, length, at);
	const char *digits = path ? next_string(text, length, at) : NULL;
	const char *start = digits ? next_string(text, length, at) : NULL;
	uint64_t n;

	if (!start || lw_parse_u64(digits, &n) < 0 || n != strlen(start))
		return false;
	*out = (struct lw_yara_file){.path = path, .text = start, .length = n};
	return true;
}
