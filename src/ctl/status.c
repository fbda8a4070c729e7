/*
 * status: how the daemon fares. What the daemon tells is shown whatever it is called, so that an
 * older client hides nothing; what an operator must not miss comes first.
 */
#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/tree.h"

#define STATUS_MAX (256u * 1024) /* bytes shown */
#define VALUE_SHOWN 200
#define NAME_WIDTH 26 /* columns */

static void
add_name(struct lw_text *out, const char *key, int indent, int width)
{
	_cleanup_text_ struct lw_text name = {0};

	lw_text_init(&name, 4096);
	lw_ctl_add_shown(&name, key, strlen(key), 60);
	for (char *c = name.data; c && *c; c++)
		if (*c == '_')
			*c = ' ';
	lw_text_addf(out, "%*s%-*s", indent, "", width, name.data ? name.data : "");
}

static void
add_value(struct lw_text *out, const struct lw_tree_node *n)
{
	if (n->type == LW_TREE_BOOL)
		lw_text_adds(out, n->length == 4 ? "yes" : "no");
	else if (n->text)
		lw_ctl_add_shown(out, n->text, n->length, VALUE_SHOWN);
}

/* A flat object as "key value, key value"; what is deeper is left to --json. */
static void
add_flat(struct lw_text *out, const struct lw_tree_node *map)
{
	for (const struct lw_tree_node *n = map->first; n; n = n->next) {
		if (n->key) {
			lw_ctl_add_shown(out, n->key, strlen(n->key), 60);
			lw_text_adds(out, " ");
		}
		add_value(out, n);
		lw_text_adds(out, n->next ? ", " : "");
	}
}

static void
add_list(struct lw_text *out, const struct lw_tree_node *list)
{
	for (const struct lw_tree_node *n = list->first; n; n = n->next) {
		lw_text_adds(out, "  ");
		if (n->first)
			add_flat(out, n);
		else
			add_value(out, n);
		lw_text_adds(out, "\n");
	}
}

static void
add_member(struct lw_text *out, const struct lw_tree_node *n)
{
	if (n->type != LW_TREE_MAP && n->type != LW_TREE_LIST) {
		add_name(out, n->key, 0, NAME_WIDTH);
		add_value(out, n);
		lw_text_adds(out, "\n");
		return;
	}
	add_name(out, n->key, 0, 0);
	lw_text_adds(out, "\n");
	if (n->type == LW_TREE_LIST) {
		add_list(out, n);
		return;
	}
	for (const struct lw_tree_node *m = n->first; m; m = m->next) {
		if (m->type == LW_TREE_MAP || m->type == LW_TREE_LIST)
			continue; /* a histogram: left to --json */
		add_name(out, m->key, 2, NAME_WIDTH - 2);
		add_value(out, m);
		lw_text_adds(out, "\n");
	}
}

/* What is not watched though it should be. */
static const struct gap {
	const char *key, *text;
} gaps[] = {
	{"overlays_unmarked", "overlays are not watched: see \"layerwatch containers\""},
	{"overlays_refused", "overlays are not watched: there is no room for more"},
	{"processes_unscanned", "processes are in mount namespaces that are not looked at"},
};

/* What changes whether anything is watched at all. */
static void
add_warnings(struct lw_text *out, const struct lw_tree_node *root, bool colour)
{
	const char *on = colour ? "\033[1;31m" : "", *off = colour ? "\033[0m" : "";
	int64_t paused = lw_tree_number(root, "paused_seconds_left", 0);

	if (paused > 0)
		lw_text_addf(out, "%sPAUSED: everything is allowed for another %lld s%s\n", on,
			(long long)paused, off);
	if (lw_tree_is_true(root, "policy_rejected"))
		lw_text_addf(
			out, "%sThe newest policy was rejected; the one before holds%s\n", on, off);
	for (size_t i = 0; i < LW_ARRAY_SIZE(gaps); i++) {
		int64_t count = lw_tree_number(root, gaps[i].key, 0);

		if (count > 0)
			lw_text_addf(out, "%s%lld %s%s\n", on, (long long)count, gaps[i].text, off);
	}
}

static int
show(struct lw_ctl *ctl, const char *line, size_t length)
{
	_cleanup_tree_ struct lw_tree *tree = NULL;
	_cleanup_text_ struct lw_text text = {0};

	if (lw_tree_parse(line, length, &tree) != 0 || lw_tree_root(tree)->type != LW_TREE_MAP)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "the answer is not one of layerwatchd");
	lw_text_init(&text, STATUS_MAX);
	add_warnings(&text, lw_tree_root(tree), ctl->colour);
	for (const struct lw_tree_node *n = lw_tree_root(tree)->first; n; n = n->next)
		add_member(&text, n);
	fputs(text.data ? text.data : "", ctl->out);
	if (text.failed)
		fputs("...\n", ctl->out);
	return lw_ctl_flush(ctl);
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	struct lw_client c;
	const char *line;
	size_t length;
	bool json;
	int r, code = lw_ctl_json_only(ctl, argc, argv, &json);

	if (code != 0)
		return code;
	code = lw_ctl_ask(ctl, &c, "status");
	if (code == LW_EXIT_OK) {
		r = lw_client_line(&c, LW_CLIENT_ANSWER_MS, &line, &length);
		if (r <= 0)
			code = lw_ctl_broken(ctl, r < 0 ? r : -EPROTO);
		else if (json)
			code = fprintf(ctl->out, "%s\n", line) < 0 ? LW_EXIT_FAILED
								   : lw_ctl_flush(ctl);
		else
			code = show(ctl, line, length);
	}
	lw_client_done(&c);
	return code;
}

const struct lw_command lw_command_status = {
	.name = "status",
	.synopsis = "[--json]",
	.summary = "Show how the daemon fares",
	.options = "  -j, --json   as one JSON object\n",
	.run = run,
};
