#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "rules/rules.h"

#define HEAD "logsource: {product: linux, category: process_creation}\n"
#define RULE(name) "title: " name "\n" HEAD "detection: {a: {Image|endswith: /nc}, condition: a}\n"

static struct lw_rules *
loaded(const char *text)
{
	struct lw_rules_source source = {.name = "t.yml", .text = text, .length = strlen(text)};
	struct lw_rules *s = NULL;

	assert_int_equal(lw_rules_load(&source, 1, &s), 0);
	return s;
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
	struct lw_rules_refusal r;

	assert_int_equal(lw_rules_count(s), 2);
	assert_string_equal(lw_rules_info(s, 0)->title, "one");
	assert_string_equal(lw_rules_info(s, 1)->title, "three");
	assert_int_equal(lw_rules_refused(s), 2);
	lw_rules_refusal(s, 0, &r);
	assert_string_equal(r.source, "t.yml");
	assert_int_equal(r.line, 6);
	assert_int_equal(r.column, 22);
	assert_non_null(strstr(r.reason, "product"));
	lw_rules_refusal(s, 1, &r);
	assert_true(r.line >= 8 && r.line <= 9);
	lw_rules_free(s);
}

static void
matches_come_in_the_order_of_loading_and_disabled_rules_do_not(void **state)
{
	struct lw_rules *s = loaded(RULE("one") "---\n" RULE("two") "---\n" RULE("three"));
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
	assert_int_equal(lw_rules_fields(s), 1u << LW_RULE_IMAGE);
	lw_rules_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_rule_is_refused_with_its_place_and_the_others_load),
		cmocka_unit_test(matches_come_in_the_order_of_loading_and_disabled_rules_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
