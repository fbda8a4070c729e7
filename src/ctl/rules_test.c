/*
 * rules test: does a rule match an execution that is written down? Says which selections held.
 */
#include <errno.h>
#include <string.h>

#include "ctl/execution_json.h"
#include "ctl/rules.h"

#define INPUT_MAX (32u * 1024 * 1024)

struct test {
	struct lw_ctl *ctl;
	struct lw_rules *set;
	unsigned line;
	bool all; /* each execution so far was matched by some rule */
};

static bool
test_rule(struct test *t, size_t rule, const struct lw_rule_event *event)
{
	bool matched = lw_rules_test(t->set, rule, event), held;
	const char *name;

	fprintf(t->ctl->out, "%u: %s: ", t->line, matched ? "matched" : "not matched");
	lw_ctl_rules_print(t->ctl, lw_rules_info(t->set, rule)->title);
	for (size_t i = 0; (name = lw_rules_selection(t->set, rule, i, &held)); i++) {
		fputs(i == 0 ? " (" : ", ", t->ctl->out);
		fputs(held ? "" : "not ", t->ctl->out);
		lw_ctl_rules_print(t->ctl, name);
	}
	fputs(")\n", t->ctl->out);
	return matched;
}

static int
test_line(struct test *t, const char *json, size_t length)
{
	_cleanup_(lw_execution_json_done) struct lw_execution_json execution = {0};
	_cleanup_tree_ struct lw_tree *tree = NULL;
	char reason[LW_EXECUTION_REASON_SIZE];
	bool matched = false;
	int r = lw_tree_parse(json, length, &tree);

	if (r < 0)
		return lw_ctl_fail(t->ctl, LW_EXIT_USAGE, "line %u: %s", t->line,
			r == -ENOMEM ? "out of memory" : "is no JSON, or too much of it");
	r = lw_execution_json_read(lw_tree_root(tree), &execution, reason);
	if (r != 0)
		return lw_ctl_fail(t->ctl, LW_EXIT_USAGE, "line %u: %s", t->line,
			r < 0 ? "out of memory" : reason);
	for (size_t i = 0; i < lw_rules_count(t->set); i++)
		matched = test_rule(t, i, &execution.event) || matched;
	t->all = t->all && matched;
	return 0;
}

static int
test_lines(struct test *t, const struct lw_text *text)
{
	size_t at = 0, lines = 0;
	int code = 0;

	while (code == 0 && at < text->length) {
		const char *line = &text->data[at];
		size_t length = strcspn(line, "\n");

		t->line++;
		at += length + 1;
		if (strspn(line, " \t\r") >= length)
			continue;
		code = test_line(t, line, length);
		lines++;
	}
	return code == 0 && lines == 0
		       ? lw_ctl_fail(t->ctl, LW_EXIT_USAGE, "no execution on standard input")
		       : code;
}

static int
load(struct lw_ctl *ctl, int argc, char **argv, struct lw_rules **out)
{
	_cleanup_ctl_rules_ struct lw_ctl_rules files = {0};
	_cleanup_text_ struct lw_text errors = {0};
	int code = lw_ctl_rules_options(ctl, argc, argv, &files);

	if (code == 0 && argc - optind != 1)
		return lw_ctl_usage(ctl, "one RULE is needed");
	if (code == 0)
		code = lw_ctl_rules_add(ctl, &files, argv[optind]);
	if (code == 0)
		code = lw_ctl_rules_load(ctl, &files, out);
	if (code != 0)
		return LW_EXIT_USAGE;
	lw_text_init(&errors, 1u << 20);
	lw_rules_add_refusals(*out, &errors);
	fputs(errors.data ? errors.data : "", ctl->err);
	if (lw_rules_refused(*out) > 0 || lw_rules_count(*out) == 0)
		return lw_ctl_fail(
			ctl, LW_EXIT_USAGE, "%s: no rule that can be tested", argv[optind]);
	return 0;
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	_cleanup_(lw_rules_freep) struct lw_rules *set = NULL;
	_cleanup_text_ struct lw_text text = {0};
	struct test t = {.ctl = ctl, .all = true};
	int code = load(ctl, argc, argv, &set), r;

	if (code != 0)
		return code;
	r = lw_ctl_read("-", INPUT_MAX, &text);
	if (r < 0)
		return lw_ctl_fail(ctl, LW_EXIT_USAGE, "standard input: %s", strerror(-r));
	t.set = set;
	code = test_lines(&t, &text);
	if (code == 0)
		code = lw_ctl_flush(ctl);
	return code == 0 && !t.all ? LW_EXIT_FAILED : code;
}

const struct lw_command lw_command_rules_test = {
	.name = "rules test",
	.synopsis = "[--lists FILE] RULE < EXECUTION",
	.summary = "Say whether a behaviour rule matches an execution",
	.options =
		"  -l, --lists FILE   lists that |expand may name; those beside RULE are taken\n"
		"                     without it\n"
		"  RULE               a file of Sigma rules\n"
		"  EXECUTION          on standard input: JSON, an object a line, with the names\n"
		"                     that rules have for fields as keys\n"
		"\nExit code 0 when each execution is matched by a rule, 1 when one is not,\n"
		"2 when the rule or the execution could not be read.\n",
	.run = run,
};
