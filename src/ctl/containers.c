/*
 * containers: every overlay that the daemon knows, whose it is, and whether it is watched.
 */
#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/tree.h"

#define ROW_MAX 8192 /* bytes of one row */
#define CONTAINERS_MAX 65536 /* lines of an answer */

/* A column: the first of the keys that is there. */
struct column {
	const char *title;
	const char *keys[3];
	unsigned width;
};

static const struct column columns[] = {
	{"OVERLAY", {"overlay"}, 8},
	{"STATE", {"state"}, 10},
	{"ENGINE", {"engine"}, 10},
	{"CONTAINER", {"name", "id", "mount_point"}, 28},
	{"IMAGE", {"image"}, 36},
	{"EVENTS", {"events"}, 10},
	{"REASON", {"reason"}, 0},
};

/* The bytes that a terminal shows as one character each, as far as padding cares. */
static size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
add_cell(struct lw_text *out, const char *value, const struct column *column)
{
	_cleanup_text_ struct lw_text cell = {0};

	lw_text_init(&cell, ROW_MAX);
	lw_ctl_add_shown(&cell, value, strlen(value), column->width ? column->width : 200);
	const char *shown = cell.data ? cell.data : "";
	lw_text_adds(out, shown);
	size_t width = width_of(shown);
	if (column->width)
		lw_text_addf(
			out, "%*s ", width < column->width ? (int)(column->width - width) : 0, "");
}

static const char *
value_of(const struct lw_tree_node *root, const struct column *column)
{
	const char *value = NULL;

	for (size_t i = 0; !value && i < LW_ARRAY_SIZE(column->keys) && column->keys[i]; i++)
		value = lw_tree_text(root, column->keys[i]);
	return value && value[0] ? value : column->width ? "-" : "";
}

static void
print_titles(struct lw_ctl *ctl)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(columns); i++)
		fprintf(ctl->out, "%-*s%s", (int)columns[i].width, columns[i].title,
			i + 1 < LW_ARRAY_SIZE(columns) ? " " : "\n");
}

static int
print_row(struct lw_ctl *ctl, const char *line, size_t length)
{
	_cleanup_tree_ struct lw_tree *tree = NULL;
	_cleanup_text_ struct lw_text row = {0};

	if (lw_tree_parse(line, length, &tree) != 0 || lw_tree_root(tree)->type != LW_TREE_MAP)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "the answer is not one of layerwatchd");
	lw_text_init(&row, ROW_MAX);
	for (size_t i = 0; i < LW_ARRAY_SIZE(columns); i++)
		add_cell(&row, value_of(lw_tree_root(tree), &columns[i]), &columns[i]);
	while (row.length > 0 && row.data[row.length - 1] == ' ')
		lw_text_cut(&row, row.length - 1);
	fprintf(ctl->out, "%s\n", row.data ? row.data : "");
	return LW_EXIT_OK;
}

static int
print_all(struct lw_ctl *ctl, struct lw_client *c, bool json)
{
	const char *line;
	size_t length;
	int r = 1, code = LW_EXIT_OK;

	for (unsigned i = 0; code == LW_EXIT_OK && i < CONTAINERS_MAX; i++) {
		r = lw_client_line(c, LW_CLIENT_ANSWER_MS, &line, &length);
		if (r <= 0)
			break;
		if (json)
			fprintf(ctl->out, "%s\n", line);
		else
			code = print_row(ctl, line, length);
	}
	if (code == LW_EXIT_OK && r != 0)
		code = lw_ctl_broken(ctl, r < 0 ? r : -EMSGSIZE);
	return code;
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	struct lw_client c;
	bool json;
	int code = lw_ctl_json_only(ctl, argc, argv, &json);

	if (code != 0)
		return code;
	code = lw_ctl_ask(ctl, &c, "containers");
	if (code == LW_EXIT_OK) {
		if (!json)
			print_titles(ctl);
		code = print_all(ctl, &c, json);
	}
	lw_client_done(&c);
	return code == LW_EXIT_OK ? lw_ctl_flush(ctl) : code;
}

const struct lw_command lw_command_containers = {
	.name = "containers",
	.synopsis = "[--json]",
	.summary = "Show each container's overlay and whether it is watched",
	.options = "  -j, --json   as JSON lines\n",
	.run = run,
};
