/*
 * rules check and list: which behaviour rules would be loaded, and which not, and why.
 */
#include <string.h>

#include "ctl/rules.h"

static void
print_refusal(struct lw_ctl *ctl, const struct lw_rules_refusal *r)
{
	fputs("refused  ", ctl->out);
	lw_ctl_rules_print(ctl, r->source);
	fprintf(ctl->out, ":%u:%u: ", r->line, r->column);
	lw_ctl_rules_print(ctl, r->reason);
	fputc('\n', ctl->out);
}

static void
print_loaded(struct lw_ctl *ctl, const struct lw_rule_info *info)
{
	fputs("ok       ", ctl->out);
	lw_ctl_rules_print(ctl, info->source);
	fprintf(ctl->out, ":%u: ", info->line);
	lw_ctl_rules_print(ctl, info->title);
	fputc('\n', ctl->out);
}

/* Where the printing is: the next rule that was loaded, and the next that was not. */
struct progress {
	struct lw_rules *set;
	size_t loaded, refused;
};

/* The lines of one file, in its order. */
static void
print_file(struct lw_ctl *ctl, struct progress *p, const char *name)
{
	for (;;) {
		const struct lw_rule_info *info = lw_rules_info(p->set, p->loaded);
		struct lw_rules_refusal r = {.source = ""};

		if (p->refused < lw_rules_refused(p->set))
			lw_rules_refusal(p->set, p->refused, &r);
		bool loaded = info && strcmp(info->source, name) == 0;
		bool refused = strcmp(r.source, name) == 0;

		if (refused && (!loaded || r.line < info->line)) {
			print_refusal(ctl, &r);
			p->refused++;
		} else if (loaded) {
			print_loaded(ctl, info);
			p->loaded++;
		} else {
			return;
		}
	}
}

/* Files in the order in which they were loaded: lists come first. */
static void
print_files(struct lw_ctl *ctl, const struct lw_ctl_rules *files, struct lw_rules *set)
{
	struct progress p = {.set = set};

	for (int lists = 1; lists >= 0; lists--)
		for (size_t i = 0; i < files->count; i++)
			if (files->rows[i].lists == lists)
				print_file(ctl, &p, files->rows[i].name);
}

static int
run_check(struct lw_ctl *ctl, int argc, char **argv)
{
	_cleanup_ctl_rules_ struct lw_ctl_rules files = {0};
	_cleanup_(lw_rules_freep) struct lw_rules *set = NULL;
	int code = lw_ctl_rules_operands(ctl, argc, argv, &files, &set);

	if (code != 0)
		return code;
	print_files(ctl, &files, set);
	fprintf(ctl->out, "%zu rules loaded, %zu refused\n", lw_rules_count(set),
		lw_rules_refused(set));
	code = lw_ctl_flush(ctl);
	return code == 0 && lw_rules_refused(set) > 0 ? LW_EXIT_FAILED : code;
}

static void
print_row(struct lw_ctl *ctl, const struct lw_rule_info *info)
{
	lw_ctl_rules_print(ctl, info->category);
	fprintf(ctl->out, "\t%s\t%s\t%s\t%s\t", info->module, info->severity,
		lw_action_to_str(info->action), info->enabled ? "on" : "off");
	lw_ctl_rules_print(ctl, info->id[0] ? info->id : "-");
	fputc('\t', ctl->out);
	lw_ctl_rules_print(ctl, info->source);
	fputc('\n', ctl->out);
}

static int
run_list(struct lw_ctl *ctl, int argc, char **argv)
{
	_cleanup_ctl_rules_ struct lw_ctl_rules files = {0};
	_cleanup_(lw_rules_freep) struct lw_rules *set = NULL;
	int code = lw_ctl_rules_operands(ctl, argc, argv, &files, &set);

	if (code != 0)
		return code;
	for (size_t i = 0; i < lw_rules_count(set); i++)
		print_row(ctl, lw_rules_info(set, i));
	if (lw_rules_refused(set) > 0)
		lw_ctl_fail(ctl, 0, "%zu refused; `layerwatch rules check` says why",
			lw_rules_refused(set));
	return lw_ctl_flush(ctl);
}

#define LISTS_OPTION                                                                               \
	"  -l, --lists FILE   lists that |expand may name; those in a folder that is\n"            \
	"                     given, or beside a file, are taken without it\n"

const struct lw_command lw_command_rules_check = {
	.name = "rules check",
	.synopsis = "[--lists FILE] [PATH...]",
	.summary = "Say which behaviour rules are good, and why others are refused",
	.options =
		LISTS_OPTION "  PATH               a file of Sigma rules, or a folder; not given:\n"
			     "                     " LW_CTL_RULES_PATH "\n"
			     "\nExit code 0 when all were loaded, 1 when one was refused.\n",
	.run = run_check,
};

const struct lw_command lw_command_rules_list = {
	.name = "rules list",
	.synopsis = "[--lists FILE] [PATH...]",
	.summary = "Show behaviour rules: a line each, between tabs",
	.options =
		LISTS_OPTION "  PATH               a file of Sigma rules, or a folder; not given:\n"
			     "                     " LW_CTL_RULES_PATH "\n"
			     "\nCategory, module, severity, action, on or off, id, file.\n",
	.run = run_list,
};
