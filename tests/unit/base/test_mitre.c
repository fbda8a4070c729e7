#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "layerwatch/mitre.h"

static void
techniques_are_found_by_id_in_either_case(void **state)
{
	assert_string_equal(lw_technique_find("T1059.004")->mitre, "UNIX_SHELL");
	assert_string_equal(lw_technique_find("t1059")->mitre, "COMMAND_AND_SCRIPTING_INTERPRETER");
	assert_null(lw_technique_find("T1059.999"));
	assert_null(lw_technique_find(""));
}

static void
the_table_is_ordered_and_each_row_is_found(void **state)
{
	const struct lw_technique *t, *before = NULL;

	for (size_t i = 0; (t = lw_technique_at(i)); i++, before = t) {
		assert_true(!before || strcmp(before->id, t->id) < 0);
		assert_ptr_equal(lw_technique_find(t->id), t);
	}
	assert_non_null(before);
}

static void
a_sub_technique_has_a_parent(void **state)
{
	assert_string_equal(lw_technique_parent(lw_technique_find("T1574.006"))->id, "T1574");
	assert_null(lw_technique_parent(lw_technique_find("T1574")));
	/* T1222 has no name there */
	assert_null(lw_technique_parent(lw_technique_find("T1222.002")));
}

static void
tactics_are_found_by_their_tag(void **state)
{
	assert_string_equal(lw_tactic_find("command-and-control")->mitre, "COMMAND_AND_CONTROL");
	assert_string_equal(lw_tactic_find("command_and_control")->id, "TA0011");
	assert_string_equal(lw_tactic_find("stealth")->mitre, "DEFENSE_EVASION");
	assert_null(lw_tactic_find("command and control"));
	assert_null(lw_tactic_find("impacts"));
	assert_null(lw_tactic_find("impac"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(techniques_are_found_by_id_in_either_case),
		cmocka_unit_test(the_table_is_ordered_and_each_row_is_found),
		cmocka_unit_test(a_sub_technique_has_a_parent),
		cmocka_unit_test(tactics_are_found_by_their_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
