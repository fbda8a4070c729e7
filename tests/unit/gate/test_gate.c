#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gate/gate.h"

static bool
allows(enum lw_mode mode, enum lw_action on_error, uint64_t paused_until_us)
{
	const struct lw_settings settings = {.mode = mode, .decision.on_error = on_error};
	struct lw_gate g = {.settings = &settings, .paused_until_us = paused_until_us};
	bool allowed = lw_gate_allows_unexamined(&g);

	assert_int_equal(g.counters.unexamined, 1);
	return allowed;
}

/* The bug: on_error: deny denied in detect mode, and in a pause, when a file had no fstat. */
static void
only_enforce_denies_what_could_not_be_examined(void **state)
{
	assert_false(allows(LW_MODE_ENFORCE, LW_ACTION_DENY, 0));
	assert_true(allows(LW_MODE_ENFORCE, LW_ACTION_ALLOW, 0));
	assert_true(allows(LW_MODE_DETECT, LW_ACTION_DENY, 0));
	assert_true(allows(LW_MODE_ENFORCE, LW_ACTION_DENY, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_enforce_denies_what_could_not_be_examined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
