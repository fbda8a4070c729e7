#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "proc/sandbox.h"
#include "rules/set.h"

#define HEAD "logsource: {product: linux, category: process_creation}\n"
#define RULE(name) "title: " name "\n" HEAD "detection: {a: {Image|endswith: /nc}, condition: a}\n"

static struct lw_rules *
loaded_bytes(const char *text, size_t length)
{
	struct lw_rules_source source = {.name = "t.yml", .text = text, .length = length};
	struct lw_rules *s = NULL;

	assert_int_equal(lw_rules_load(&source, 1, &s), 0);
	return s;
}

static struct lw_rules *
loaded(const char *text)
{
	return loaded_bytes(text, strlen(text));
}

/* The same, and nothing is refused. */
static struct lw_rules *
good(const char *text)
{
	struct lw_rules *s = loaded(text);
	struct lw_rules_refusal r;

	if (lw_rules_refused(s) == 0)
		return s;
	lw_rules_refusal(s, 0, &r);
	fail_msg("%u:%u: %s", r.line, r.column, r.reason);
	return NULL;
}

/* The only refusal there is. */
static void
refused(const char *text, const char *reason)
{
	struct lw_rules *s = loaded(text);
	struct lw_rules_refusal r;

	assert_int_equal(lw_rules_refused(s), 1);
	lw_rules_refusal(s, 0, &r);
	if (!strstr(r.reason, reason))
		fail_msg("%u:%u: %s", r.line, r.column, r.reason);
	lw_rules_free(s);
}

static struct lw_rule_text
text(const char *s)
{
	return (struct lw_rule_text){.data = s, .length = strlen(s)};
}

static void
a_bad_rule_is_refused_with_its_place_and_the_others_load(void **state)
{
	struct lw_rules *s = loaded(RULE("one") "---\ntitle: two\nlogsource: {product: windows}\n"
						"---\n{broken\n---\n" RULE("three"));
	_cleanup_text_ struct lw_text lines = {0};
	struct lw_rules_refusal r;

	assert_int_equal(lw_rules_count(s), 2);
	assert_string_equal(lw_rules_info(s, 0)->title, "one");
	assert_string_equal(lw_rules_info(s, 1)->title, "three");
	assert_int_equal(lw_rules_info(s, 1)->line, 10);
	assert_int_equal(lw_rules_refused(s), 2);
	lw_rules_refusal(s, 0, &r);
	assert_string_equal(r.source, "t.yml");
	assert_int_equal(r.line, 6);
	assert_int_equal(r.column, 22);
	assert_non_null(strstr(r.reason, "product"));
	lw_rules_refusal(s, 1, &r);
	assert_true(r.line >= 8 && r.line <= 9);
	lw_text_init(&lines, 4096);
	lw_rules_add_refusals(s, &lines);
	assert_int_equal(strncmp(lines.data, "t.yml:6:22: logsource.product", 29), 0);
	lw_rules_free(s);
}

static void
documents_end_at_markers_and_nowhere_else(void **state)
{
	struct lw_rules *s = good("# only this\n---\n" RULE("one") "...\n# nothing\n--- # b\n" RULE(
		"two") "description: |\n  ---\n  - x\n---\n---\n...\n");

	assert_int_equal(lw_rules_count(s), 2);
	assert_string_equal(lw_rules_info(s, 1)->description, "---\n- x\n");
	lw_rules_free(s);
}

static void
matches_come_in_the_order_of_loading_and_disabled_rules_do_not(void **state)
{
	struct lw_rules *s = good(RULE("one") "---\n" RULE("two") "---\n" RULE("three"));
	struct lw_rule_event event = {.text[LW_RULE_IMAGE] = text("/usr/bin/NC")};
	struct lw_rule_matches m;

	lw_rules_enable(s, 1, false);
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 2);
	assert_int_equal(m.rules[0], 0);
	assert_int_equal(m.rules[1], 2);
	assert_false(lw_rules_has_deny(s));
	lw_rules_set_action(s, 2, LW_ACTION_DENY);
	assert_true(lw_rules_has_deny(s));
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.strongest, 2);
	lw_rules_enable(s, 2, false);
	assert_false(lw_rules_has_deny(s));
	lw_rules_free(s);
}

/* Seventeen rules that alert must not hide the eighteenth, which denies. */
static void
the_strongest_match_is_told_also_where_it_does_not_fit(void **state)
{
	struct lw_rule_event event = {.text[LW_RULE_IMAGE] = text("/nc")};
	_cleanup_text_ struct lw_text rules = {0};
	struct lw_rule_matches m;
	struct lw_rules *s;

	lw_text_init(&rules, 1u << 16);
	for (int i = 0; i < 18; i++)
		lw_text_addf(&rules, "---\n" RULE("r%d") "%s", i,
			i == 17 ? "layerwatch: {action: deny}\n" : "");
	s = good(rules.data);
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, LW_RULE_MATCHES_MAX);
	assert_int_equal(m.more, 2);
	assert_int_equal(m.strongest, 17);
	assert_int_equal(m.rules[0], 0);
	assert_int_equal(m.rules[14], 14);
	assert_int_equal(m.rules[15], 17);
	lw_rules_set_action(s, 15, LW_ACTION_KILL);
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.more, 2);
	assert_int_equal(m.strongest, 15);
	assert_int_equal(m.rules[13], 13);
	assert_int_equal(m.rules[14], 15);
	assert_int_equal(m.rules[15], 17);
	lw_rules_free(s);
}

static void
what_a_rule_says_about_itself_is_kept(void **state)
{
	struct lw_rules *s = good(
		"title: T\nid: 5f1c\nstatus: stable\ndescription: D\nauthor: A\ndate: 2024-01-02\n"
		"references: [r1, r2]\nfalsepositives:\n  - none\n  - few\nlevel: high\n"
		"fields: [Image]\ntags: [attack.execution, attack.t1059.004, attack.T9,\n"
		"  attack.execution,\n"
		"  cve.2021.1, attack.privilege_escalation, attack.t1548.999, attack.g0001]\n" HEAD
		"detection: {a: {Image: x}, condition: a}\n"
		"layerwatch: {module: A_B, category: 'C: d', severity: CRITICAL, action: kill,\n"
		"  enabled: false, next_steps: look}\n"
		"---\n" RULE("plain") "---\n" RULE("old") "status: deprecated\n");
	const struct lw_rule_info *i = lw_rules_info(s, 0);

	assert_string_equal(i->id, "5f1c");
	assert_string_equal(i->status, "stable");
	assert_string_equal(i->description, "D");
	assert_string_equal(i->references, "r1; r2");
	assert_string_equal(i->false_positives, "none; few");
	assert_string_equal(i->fields, "Image");
	assert_string_equal(i->category, "C: d");
	assert_string_equal(i->module, "A_B");
	assert_string_equal(i->severity, "CRITICAL");
	assert_string_equal(i->next_steps, "look");
	assert_int_equal(i->action, LW_ACTION_KILL);
	assert_false(i->enabled);
	assert_int_equal(i->tactic_count, 2);
	assert_string_equal(i->tactics[1]->mitre, "PRIVILEGE_ESCALATION");
	assert_int_equal(i->technique_count, 2);
	assert_string_equal(i->techniques[0].mitre->mitre, "UNIX_SHELL");
	assert_string_equal(i->techniques[1].id, "T1548.999");
	assert_null(i->techniques[1].mitre);
	assert_int_equal(lw_rules_find(s, "5F1C"), 0);
	assert_int_equal(lw_rules_find(s, "plain"), 1);
	assert_int_equal(lw_rules_find(s, "x"), -ENOENT);
	i = lw_rules_info(s, 1);
	assert_string_equal(i->category, "plain");
	assert_string_equal(i->severity, "MEDIUM");
	assert_string_equal(i->module, "SIGMA_RULE_MATCHED");
	assert_int_equal(i->action, LW_ACTION_ALERT);
	assert_true(i->enabled);
	assert_false(lw_rules_info(s, 2)->enabled);
	assert_null(lw_rules_info(s, 3));
	lw_rules_free(s);
}

static void
the_fields_that_rules_read_are_known(void **state)
{
	struct lw_rules *s = good(
		"title: t\n" HEAD "detection:\n  a:\n    Environment.B: x\n    Environment.A: x\n"
		"    Uid|lt: 5\n    Script|fieldref: User\n  condition: a\n");

	assert_int_equal(lw_rules_fields(s),
		UINT64_C(1) << LW_RULE_ENVIRONMENT | UINT64_C(1) << LW_RULE_UID |
			UINT64_C(1) << LW_RULE_SCRIPT | UINT64_C(1) << LW_RULE_USER);
	assert_string_equal(lw_rules_name(s, LW_RULE_ENVIRONMENT, 0), "A");
	assert_string_equal(lw_rules_name(s, LW_RULE_ENVIRONMENT, 1), "B");
	assert_null(lw_rules_name(s, LW_RULE_ENVIRONMENT, 2));
	assert_null(lw_rules_name(s, LW_RULE_LABEL, 0));
	lw_rules_enable(s, 0, false);
	assert_int_equal(lw_rules_fields(s), 0);
	lw_rules_free(s);
}

/* A refused rule leaves nothing behind that another would meet. */
static void
a_refused_rule_is_taken_back_whole(void **state)
{
	struct lw_rules *s = loaded(
		"title: t\n" HEAD "detection:\n  a: {Environment.X|contains: y, Image|re: 'a+'}\n"
		"  b: {CommandLine: 'a*b?c'}\n  condition: a or c\n---\n" RULE("u"));
	struct lw_rule_event event = {.text[LW_RULE_IMAGE] = text("/nc")};
	struct lw_rule_matches m;

	assert_int_equal(lw_rules_refused(s), 1);
	assert_null(lw_rules_name(s, LW_RULE_ENVIRONMENT, 0));
	assert_int_equal(s->atom_count, 1);
	assert_int_equal(s->selection_count, 1);
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 1);
	lw_rules_free(s);
}

static void
one_id_is_one_rule(void **state)
{
	refused(RULE("one") "id: x\n---\n" RULE("two") "id: x\n", "has this id");
}

/* A look-ahead is beyond Hyperscan, so PCRE2 decides, and gives up. */
static void
an_expression_that_is_given_up_does_not_match_and_is_counted(void **state)
{
	struct lw_rules *s = good(
		"title: t\n" HEAD
		"detection: {a: {CommandLine|re: '^(a+)+(?!b)b$'}, condition: a}\n---\n" RULE("u"));
	struct lw_rule_event event = {.text[LW_RULE_IMAGE] = text("/nc"),
		.text[LW_RULE_COMMAND_LINE] = text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")};
	struct lw_rule_matches m;

	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.limited, 1);
	assert_int_equal(m.limited_count, 1);
	assert_int_equal(m.limited_rules[0], 0);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.rules[0], 1);
	lw_rules_free(s);
}

static void
values_are_looked_at_up_to_their_bound(void **state)
{
	static char longest[LW_RULE_VALUE_MAX + 3];
	struct lw_rules *s = good("title: t\n" HEAD "detection: {a: {CommandLine|endswith: xnc},"
				  " b: {CommandLine|contains: yyy}, condition: a or b}\n");
	struct lw_rule_event event = {.text[LW_RULE_COMMAND_LINE] = {longest, LW_RULE_VALUE_MAX}};
	struct lw_rule_matches m;

	memset(longest, 'x', sizeof(longest));
	memcpy(&longest[LW_RULE_VALUE_MAX - 2], "nc", 2);
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 1);
	assert_false(m.cut);
	memcpy(&longest[LW_RULE_VALUE_MAX], "yyy", 3);
	event.text[LW_RULE_COMMAND_LINE].length += 3;
	lw_rules_evaluate(s, &event, &m);
	assert_true(m.cut);
	lw_rules_free(s);
}

/* One variable ten thousand times, and as many others: what is kept is bounded. */
static void
an_environment_of_any_size_is_bounded(void **state)
{
	static struct lw_rule_pair pairs[20000];
	struct lw_rules *s =
		good("title: t\n" HEAD "detection: {a: {Environment.A: last}, k: [word],"
		     " condition: a or k}\n");
	struct lw_rule_event event = {
		.environment = pairs, .environment_count = LW_ARRAY_SIZE(pairs)};
	struct lw_rule_matches m;

	for (size_t i = 0; i < LW_ARRAY_SIZE(pairs); i++)
		pairs[i] = (struct lw_rule_pair){text(i % 2 ? "A" : "B"), text("value")};
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 0);
	assert_true(m.cut);
	pairs[1].value = text("last");
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 1);
	lw_rules_free(s);
}

/* A bug: variables were looked at only where the search had something to seek in all texts. */
static void
a_keyword_of_wildcards_alone_is_sought_in_variables(void **state)
{
	static const struct lw_rule_pair pair = {{"X", 1}, {"ab", 2}};
	struct lw_rules *s =
		good("title: t\n" HEAD "detection: {k: {'|startswith': '?*?'}, condition: k}\n");
	struct lw_rule_event event = {.environment = &pair, .environment_count = 1};
	struct lw_rule_matches m;

	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 1);
	lw_rules_free(s);
}

static void
sizes_of_a_rule_are_bounded(void **state)
{
	_cleanup_text_ struct lw_text t = {0};

	lw_text_init(&t, 1u << 20);
	lw_text_adds(&t, "title: t\n" HEAD "detection:\n  condition: s0\n");
	for (unsigned i = 0; i <= LW_RULE_SELECTIONS_MAX; i++)
		lw_text_addf(&t, "  s%u: {Image: x}\n", i);
	refused(t.data, "more than 128 selections");
	lw_text_reset(&t);
	lw_text_adds(&t, "title: t\n" HEAD "detection:\n  condition: a\n  a:\n    Image:\n");
	for (unsigned i = 0; i <= LW_RULE_VALUES_MAX / 2; i++)
		lw_text_adds(&t, "    - x\n");
	refused(t.data, "more than 8192 values");
	lw_text_reset(&t);
	lw_text_adds(&t, "title: t\n" HEAD "detection:\n  condition: a\n  a:\n    Image: ");
	for (unsigned i = 0; i <= LW_RULE_PATTERN_MAX; i++)
		lw_text_adds(&t, "x");
	refused(t.data, "too long");
	lw_text_reset(&t);
	for (unsigned i = 0; i <= LW_RULES_DOCUMENTS_MAX; i++)
		lw_text_adds(&t, "---\n");
	refused(t.data, "too many documents");
}

static void
lists_are_named_and_wrong_ones_refused(void **state)
{
	static const char rule[] =
		"title: t\n" HEAD "detection: {a: {Image|expand: '%x%'}, condition: a}\n";
	struct lw_rules_source sources[] = {
		{.name = "r.yml", .text = rule, .length = sizeof(rule) - 1},
		{.name = "a.lists.yaml", .text = "x: [/a]\n", .length = 8, .lists = true},
		{.name = "b.lists.yaml", .text = "x: [/b]\ny: z\n", .length = 13, .lists = true},
	};
	struct lw_rule_event event = {.text[LW_RULE_IMAGE] = text("/b")};
	struct lw_rules *s = NULL;
	struct lw_rule_matches m;

	assert_int_equal(lw_rules_load(sources, 3, &s), 0);
	assert_int_equal(lw_rules_count(s), 1);
	assert_int_equal(lw_rules_refused(s), 1);
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 1);
	lw_rules_free(s);
	assert_true(lw_rules_is_lists("lists.yaml"));
	assert_true(lw_rules_is_lists("/x/lists.yml"));
	assert_true(lw_rules_is_lists("my.lists.yaml"));
	assert_false(lw_rules_is_lists("blists.yaml"));
	assert_false(lw_rules_is_lists("lists.yaml.yml"));
}

static void
too_much_text_is_refused_as_a_whole(void **state)
{
	struct lw_rules_source source = {.name = "x", .text = "", .length = LW_RULES_BYTES_MAX + 1};
	struct lw_rules *s = NULL;

	assert_int_equal(lw_rules_load(&source, 1, &s), -E2BIG);
	assert_null(s);
}

static void
no_rules_match_nothing(void **state)
{
	struct lw_rule_event event = {.text[LW_RULE_IMAGE] = text("/nc")};
	struct lw_rules *s = good("");
	struct lw_rule_matches m;

	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 0);
	lw_rules_free(s);
}

/* As classify is confined: memory, and nothing else. */
static int
load_in_sandbox(void)
{
	static const char *const syscalls[] = {NULL};
	static const int capabilities[] = {-1};
	const struct lw_sandbox sandbox = {.role = "test",
		.uid = -1,
		.gid = -1,
		.capabilities = capabilities,
		.syscalls = syscalls,
		.no_filesystem = true,
		.address_space = 4ull << 30};
	static const char rules[] = RULE(
		"one") "---\ntitle: two\n" HEAD
		       "detection: {a: {CommandLine|re: 'n(c|cat)\\s+-e(?!x)'}, b: {CommandLine|re:"
		       " '^nc.*-e'}, condition: a and b}\n";
	struct lw_rules_source source = {.name = "t", .text = rules, .length = sizeof(rules) - 1};
	struct lw_rule_event event = {
		.text[LW_RULE_IMAGE] = text("/nc"), .text[LW_RULE_COMMAND_LINE] = text("nc -e sh")};
	struct lw_rule_matches m;
	struct lw_rules *s = NULL;

	if (lw_sandbox_enter(&sandbox, NULL) < 0)
		return 2;
	if (lw_rules_load(&source, 1, &s) < 0)
		return 3;
	lw_rules_evaluate(s, &event, &m);
	return m.count == 2 ? 0 : 4;
}

static void
rules_are_compiled_without_a_filesystem(void **state)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(load_in_sandbox());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static uint64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

/* Each expression is one that an argument can make expensive. */
static void
no_argument_stalls_the_evaluation(void **state)
{
	static char line[32 * 1024];
	_cleanup_text_ struct lw_text t = {0};
	struct lw_rule_event event = {.text[LW_RULE_COMMAND_LINE] = {line, sizeof(line)}};
	struct lw_rule_matches m;
	struct lw_rules *s;
	uint64_t start;

	lw_text_init(&t, 1u << 20);
	for (unsigned i = 0; i < 200; i++)
		lw_text_addf(&t,
			"---\ntitle: r%u\n" HEAD
			"detection: {a: {CommandLine|re: '(a.*){3}b(?!%u)'},"
			" b: {CommandLine: '*a*a?a*b%u*'}, condition: a or b}\n",
			i, i, i);
	s = good(t.data);
	memset(line, 'a', sizeof(line));
	line[sizeof(line) - 1] = 'c';
	start = cpu_us();
	lw_rules_evaluate(s, &event, &m);
	assert_int_equal(m.count, 0);
	assert_true(cpu_us() - start < 500000);
	lw_rules_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_rule_is_refused_with_its_place_and_the_others_load),
		cmocka_unit_test(documents_end_at_markers_and_nowhere_else),
		cmocka_unit_test(matches_come_in_the_order_of_loading_and_disabled_rules_do_not),
		cmocka_unit_test(the_strongest_match_is_told_also_where_it_does_not_fit),
		cmocka_unit_test(what_a_rule_says_about_itself_is_kept),
		cmocka_unit_test(the_fields_that_rules_read_are_known),
		cmocka_unit_test(a_refused_rule_is_taken_back_whole),
		cmocka_unit_test(one_id_is_one_rule),
		cmocka_unit_test(an_expression_that_is_given_up_does_not_match_and_is_counted),
		cmocka_unit_test(values_are_looked_at_up_to_their_bound),
		cmocka_unit_test(an_environment_of_any_size_is_bounded),
		cmocka_unit_test(a_keyword_of_wildcards_alone_is_sought_in_variables),
		cmocka_unit_test(sizes_of_a_rule_are_bounded),
		cmocka_unit_test(lists_are_named_and_wrong_ones_refused),
		cmocka_unit_test(too_much_text_is_refused_as_a_whole),
		cmocka_unit_test(no_rules_match_nothing),
		cmocka_unit_test(rules_are_compiled_without_a_filesystem),
		cmocka_unit_test(no_argument_stalls_the_evaluation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
