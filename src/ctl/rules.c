#include "ctl/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

void
lw_ctl_rules_done(struct lw_ctl_rules *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free((char *)r->rows[i].name);
		free((char *)r->rows[i].text);
	}
	free(r->rows);
	*r = (struct lw_ctl_rules){0};
}

static int
refuse(struct lw_ctl *ctl, const char *path, int error)
{
	return lw_ctl_fail(ctl, error == -EACCES ? LW_EXIT_PERMISSION : LW_EXIT_FAILED, "%s: %s",
		path, strerror(-error));
}

static bool
is_there(const struct lw_ctl_rules *r, const char *path)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->rows[i].name, path) == 0)
			return true;
	return false;
}

static int
add_row(struct lw_ctl_rules *r, const char *path, struct lw_text *text, bool lists)
{
	if (r->count == r->capacity) {
		size_t capacity = r->capacity ? 2 * r->capacity : 64;
		void *rows = reallocarray(r->rows, capacity, sizeof(*r->rows));

		if (!rows)
			return -ENOMEM;
		r->rows = rows;
		r->capacity = capacity;
	}
	char *name = strdup(path);

	if (!name)
		return -ENOMEM;
	r->bytes += text->length;
	r->rows[r->count++] = (struct lw_rules_source){
		.name = name, .length = text->length, .lists = lists, .text = TAKE_PTR(text->data)};
	return 0;
}

static int
add_file(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *path, bool lists)
{
	_cleanup_text_ struct lw_text text = {0};
	int e;

	if (is_there(r, path))
		return 0;
	e = r->count < LW_RULES_SOURCES_MAX
		    ? lw_ctl_read(path, LW_RULES_BYTES_MAX - r->bytes, &text)
		    : -EFBIG;
	if (e == 0 && !text.data)
		lw_text_adds(&text, "\n");
	if (e == 0)
		e = add_row(r, path, &text, lists);
	return e < 0 ? refuse(ctl, path, e) : 0;
}

static int
is_rule_file(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

static int
is_list_file(const struct dirent *e)
{
	return is_rule_file(e) && lw_rules_is_lists(e->d_name);
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

static int add_folder(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *folder,
	int (*wanted)(const struct dirent *e), unsigned depth);

static int
add_entry(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *folder, const struct dirent *e,
	int (*wanted)(const struct dirent *e), unsigned depth)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
		    e->d_name) < 0)
		return refuse(ctl, folder, -ENOMEM);
	if (stat(path, &st) < 0)
		return refuse(ctl, path, -errno);
	if (S_ISDIR(st.st_mode))
		return depth > 0 ? add_folder(ctl, r, path, wanted, depth - 1) : 0;
	return S_ISREG(st.st_mode) && wanted(e)
		       ? add_file(ctl, r, path, lw_rules_is_lists(e->d_name))
		       : 0;
}

static int
add_folder(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *folder,
	int (*wanted)(const struct dirent *e), unsigned depth)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_visible, by_name), code = 0;

	if (count < 0)
		return refuse(ctl, folder, -errno);
	for (int i = 0; i < count; i++) {
		if (code == 0)
			code = add_entry(ctl, r, folder, entries[i], wanted, depth);
		free(entries[i]);
	}
	free(entries);
	return code;
}

static int
add_lists_beside(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ? strndup(path, LW_MAX(slash - path, 1)) : strdup(".");

	return folder ? add_folder(ctl, r, folder, is_list_file, 0) : refuse(ctl, path, -ENOMEM);
}

int
lw_ctl_rules_add(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *path)
{
	struct stat st;
	int code;

	if (stat(path, &st) < 0)
		return refuse(ctl, path, -errno);
	if (S_ISDIR(st.st_mode))
		return add_folder(ctl, r, path, is_rule_file, LW_CTL_RULES_DEPTH);
	code = add_file(ctl, r, path, lw_rules_is_lists(path));
	return code == 0 ? add_lists_beside(ctl, r, path) : code;
}

int
lw_ctl_rules_add_lists(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *path)
{
	return add_file(ctl, r, path, true);
}

int
lw_ctl_rules_load(struct lw_ctl *ctl, const struct lw_ctl_rules *r, struct lw_rules **out)
{
	int e = lw_rules_load(r->rows, r->count, out);

	return e < 0 ? lw_ctl_fail(ctl, LW_EXIT_FAILED, "rules: %s", strerror(-e)) : 0;
}

int
lw_ctl_rules_options(struct lw_ctl *ctl, int argc, char **argv, struct lw_ctl_rules *r)
{
	static const struct option options[] = {{"lists", required_argument, NULL, 'l'}, {0}};
	int c, code = 0;

	while (code == 0 && (c = getopt_long(argc, argv, "l:", options, NULL)) != -1)
		code = c == 'l' ? lw_ctl_rules_add_lists(ctl, r, optarg)
				: lw_ctl_bad_option(ctl, argv);
	return code;
}

int
lw_ctl_rules_operands(
	struct lw_ctl *ctl, int argc, char **argv, struct lw_ctl_rules *r, struct lw_rules **out)
{
	int code = lw_ctl_rules_options(ctl, argc, argv, r);

	if (code == 0 && optind == argc)
		code = lw_ctl_rules_add(ctl, r, LW_CTL_RULES_PATH);
	for (int i = optind; code == 0 && i < argc; i++)
		code = lw_ctl_rules_add(ctl, r, argv[i]);
	return code == 0 ? lw_ctl_rules_load(ctl, r, out) : code;
}

void
lw_ctl_rules_print(struct lw_ctl *ctl, const char *text)
{
	_cleanup_text_ struct lw_text shown = {0};

	lw_text_init(&shown, 8 * LW_RULE_TEXT_MAX);
	lw_ctl_add_shown(&shown, text, strlen(text), 0);
	fputs(shown.data ? shown.data : "", ctl->out);
}
