#include "ctl/readable.h"

#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/tree.h"

#define TIME_SHOWN 23 /* "2026-11-21T22:00:08.063" */
#define NAME_SHOWN 120
#define PATH_SHOWN 256
#define ARGUMENT_SHOWN 100 /* bytes of one argument */
#define ARGUMENTS_SHOWN 8
#define REASON_SHOWN 400

struct severity {
	const char *name, *colour;
};

static const struct severity severities[] = {
	{"CRITICAL", "\033[1;31m"},
	{"HIGH", "\033[31m"},
	{"MEDIUM", "\033[33m"},
	{"LOW", "\033[36m"},
};

/* How an outcome is told; the first word is what an operator looks for. */
static const struct {
	const char *action, *told;
} outcomes[] = {
	{"allowed", "allowed"},
	{"would_deny", "allowed; mode enforce would have denied it"},
	{"denied", "denied before it ran"},
	{"killed", "killed"},
};

static void
add_shown(struct lw_text *out, const char *text, size_t most)
{
	if (text)
		lw_ctl_add_shown(out, text, strlen(text), most);
}

static void
begin_row(struct lw_text *out, const char *name)
{
	lw_text_addf(out, "    %-10s", name);
}

static void
add_row(struct lw_text *out, const char *name, const char *text, size_t most)
{
	if (!text || !text[0])
		return;
	begin_row(out, name);
	add_shown(out, text, most);
	lw_text_adds(out, "\n");
}

static void
add_headline(struct lw_text *out, const struct lw_tree_node *f, bool colour)
{
	const char *time = lw_tree_text(f, "eventTime");
	const char *severity = lw_tree_text(f, "severity");
	const char *start = "";

	for (size_t i = 0; severity && colour && i < LW_ARRAY_SIZE(severities); i++)
		if (strcmp(severity, severities[i].name) == 0)
			start = severities[i].colour;
	if (time)
		lw_text_add_visible(out, time, strnlen(time, TIME_SHOWN));
	lw_text_addf(out, " %s", start);
	add_shown(out, severity ? severity : "-", NAME_SHOWN);
	lw_text_adds(out, start[0] ? "\033[0m \033[1m" : " ");
	add_shown(out, lw_tree_text(f, "category"), NAME_SHOWN);
	lw_text_adds(out, colour ? (start[0] ? "\033[0m\n" : "\n") : "\n");
}

/* As a shell would have it: quoted where it would fall apart. */
static void
add_argument(struct lw_text *out, const struct lw_tree_node *argument)
{
	static const char special[] = " \t\n\"'\\$`;&|<>()*?[]{}#~!";
	bool quoted = argument->length == 0 || strpbrk(argument->text, special);

	lw_text_adds(out, quoted ? " '" : " ");
	lw_ctl_add_shown(out, argument->text, argument->length, ARGUMENT_SHOWN);
	lw_text_adds(out, quoted ? "'" : "");
}

/* The first argument is the program's own name: the path says it better. */
static void
add_arguments(struct lw_text *out, const struct lw_tree_node *process)
{
	const struct lw_tree_node *args = lw_tree_at(process, "args");
	const struct lw_tree_node *a = args && args->first ? args->first->next : NULL;
	bool more = lw_tree_is_true(process, "argumentsTruncated");

	for (unsigned i = 0; a && i < ARGUMENTS_SHOWN; i++, a = a->next)
		if (a->text)
			add_argument(out, a);
	lw_text_adds(out, a || more ? " ..." : "");
}

static void
add_ran(struct lw_text *out, const struct lw_tree_node *f)
{
	const struct lw_tree_node *process = lw_tree_at(f, "processes.0");
	const char *program = lw_tree_text(process, "binary.path");

	if (!program) /* a text without "#!", that a shell was told to run */
		program = lw_tree_text(process, "script.path");
	if (!program)
		program = lw_tree_text(process, "name");
	if (!process)
		return;
	begin_row(out, "ran");
	add_shown(out, program ? program : "(not known)", PATH_SHOWN);
	add_arguments(out, process);
	lw_text_adds(out, "\n");
	if (lw_tree_at(process, "script") && !lw_tree_text(process, "script.path"))
		add_row(out, "script", "(not a file)", 0);
	add_row(out, "script", lw_tree_text(process, "script.path"), PATH_SHOWN);
}

static void
add_layer(struct lw_text *out, const struct lw_tree_node *f)
{
	const struct lw_tree_node *p = lw_tree_at(f, "sourceProperties");
	const char *layer = lw_tree_text(p, "Layer"), *kind = lw_tree_text(p, "Kind");
	const char *language = lw_tree_text(p, "Language");

	if (!layer)
		return;
	begin_row(out, "layer");
	add_shown(out, layer, NAME_SHOWN);
	if (kind) {
		lw_text_adds(out, " (");
		add_shown(out, kind, NAME_SHOWN);
		lw_text_adds(out, language ? ", " : "");
		add_shown(out, language, NAME_SHOWN);
		lw_text_adds(out, ")");
	}
	lw_text_adds(out, "\n");
}

static void
add_container(struct lw_text *out, const struct lw_tree_node *f)
{
	const struct lw_tree_node *p = lw_tree_at(f, "sourceProperties");
	const char *id = lw_tree_text(p, "Container_Id");
	const char *name = lw_tree_text(p, "Container_Name");
	const char *image = lw_tree_text(p, "Container_Image_Uri");
	const char *engine = lw_tree_text(p, "Engine"), *overlay = lw_tree_text(p, "Overlay");

	if (!id && !name && !overlay)
		return;
	begin_row(out, "container");
	add_shown(out, name ? name : id ? id : "not known", NAME_SHOWN);
	if (image) {
		lw_text_adds(out, ", image ");
		add_shown(out, image, NAME_SHOWN);
	}
	if (id && engine) {
		lw_text_adds(out, ", ");
		add_shown(out, engine, NAME_SHOWN);
		lw_text_adds(out, " ");
		lw_text_add_visible(out, id, strnlen(id, 12));
	} else if (overlay) {
		lw_text_adds(out, ", overlay ");
		add_shown(out, overlay, NAME_SHOWN);
	}
	lw_text_adds(out, "\n");
}

static void
add_action(struct lw_text *out, const struct lw_tree_node *f)
{
	const char *action = lw_tree_text(f, "sourceProperties.Action");
	const char *rule = lw_tree_text(f, "sourceProperties.Policy_Rule");
	const char *told = action;

	if (!action)
		return;
	for (size_t i = 0; i < LW_ARRAY_SIZE(outcomes); i++)
		if (strcmp(action, outcomes[i].action) == 0)
			told = outcomes[i].told;
	begin_row(out, "action");
	add_shown(out, told, NAME_SHOWN);
	if (rule && rule[0]) {
		lw_text_adds(out, ", rule \"");
		add_shown(out, rule, NAME_SHOWN);
		lw_text_adds(out, "\"");
	}
	lw_text_adds(out, "\n");
}

/* Of the whole file: a script's own hash in processes[] is that of what was captured. */
static const char *
sha256_of(const struct lw_tree_node *f)
{
	static const char *const places[] = {
		"sourceProperties.Script_SHA256",
		"processes.0.script.sha256",
		"files.0.sha256",
		"processes.0.binary.sha256",
	};
	const char *found = NULL;

	for (size_t i = 0; !found && i < LW_ARRAY_SIZE(places); i++)
		found = lw_tree_text(f, places[i]);
	return found;
}

/* Without the category that it begins with: the headline has it. */
static const char *
description_of(const struct lw_tree_node *f)
{
	const char *text = lw_tree_text(f, "description");
	const char *category = lw_tree_text(f, "category");
	size_t length = category ? strlen(category) : 0;

	if (text && length && strncmp(text, category, length) == 0 &&
		strncmp(&text[length], ": ", 2) == 0)
		return &text[length + 2];
	return text;
}

/* What the daemon says of itself has no process: its description is all there is. */
static void
add_rest(struct lw_text *out, const struct lw_tree_node *f)
{
	const char *name = lw_tree_text(f, "name");
	const char *id = name ? strrchr(name, '/') : NULL;

	if (!lw_tree_at(f, "processes"))
		add_row(out, "what", description_of(f), REASON_SHOWN);
	add_row(out, "reasons", lw_tree_text(f, "sourceProperties.Reasons"), REASON_SHOWN);
	add_row(out, "repeats", lw_tree_text(f, "sourceProperties.Repeat_Count"), NAME_SHOWN);
	add_row(out, "sha256", sha256_of(f), NAME_SHOWN);
	add_row(out, "finding", id ? &id[1] : name, NAME_SHOWN);
}

int
lw_readable_finding(const char *json, size_t length, bool colour, struct lw_text *out)
{
	_cleanup_tree_ struct lw_tree *tree = NULL;
	int r = lw_tree_parse(json, length, &tree);

	if (r < 0)
		return r;
	const struct lw_tree_node *f = lw_tree_at(lw_tree_root(tree), "finding");
	if (!f || f->type != LW_TREE_MAP)
		return -EBADMSG;
	add_headline(out, f, colour);
	add_ran(out, f);
	add_layer(out, f);
	add_container(out, f);
	add_action(out, f);
	add_rest(out, f);
	return 0;
}
