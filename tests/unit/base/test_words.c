#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "layerwatch/words.h"

/* Every word is there, is unlike the others, and leads back to its number. */
#define ROUND_TRIP(name, count)                                                                    \
	do {                                                                                       \
		for (int v = 0; v < (int)(count); v++) {                                           \
			assert_string_not_equal(lw_##name##_to_str(v), "invalid");                 \
			assert_int_equal(lw_##name##_from_str(lw_##name##_to_str(v)), v);          \
		}                                                                                  \
		assert_string_equal(lw_##name##_to_str(count), "invalid");                         \
		assert_string_equal(lw_##name##_to_str(-1), "invalid");                            \
		assert_int_equal(lw_##name##_from_str("invalid"), -1);                             \
		assert_int_equal(lw_##name##_from_str(""), -1);                                    \
		assert_int_equal(lw_##name##_from_str(NULL), -1);                                  \
	} while (0)

static void
every_word_round_trips(void **state)
{
	ROUND_TRIP(layer, LW_LAYER_COUNT);
	ROUND_TRIP(kind, LW_KIND_COUNT);
	ROUND_TRIP(verdict, LW_VERDICT_COUNT);
	ROUND_TRIP(action, LW_ACTION_COUNT);
	ROUND_TRIP(outcome, LW_OUTCOME_COUNT);
	ROUND_TRIP(mode, LW_MODE_COUNT);
	ROUND_TRIP(language, LW_LANGUAGE_COUNT);
	ROUND_TRIP(format, LW_FORMAT_COUNT);
	ROUND_TRIP(stdin, LW_STDIN_COUNT);
	ROUND_TRIP(engine, LW_ENGINE_COUNT);
	ROUND_TRIP(mark_state, LW_MARK_COUNT);
}

static void
words_are_those_of_findings_and_policy(void **state)
{
	assert_string_equal(lw_layer_to_str(LW_LAYER_ADDED), "added");
	assert_string_equal(lw_layer_to_str(LW_LAYER_UNKNOWN), "unknown");
	assert_string_equal(lw_outcome_to_str(LW_OUTCOME_WOULD_DENY), "would_deny");
	assert_int_equal(lw_action_from_str("deny"), LW_ACTION_DENY);
	assert_int_equal(lw_action_from_str("DENY"), -1);
	assert_int_equal(lw_mode_from_str("enforce "), -1);
}

static void
actions_are_ordered_by_strength(void **state)
{
	assert_true(LW_ACTION_ALLOW < LW_ACTION_ALERT);
	assert_true(LW_ACTION_ALERT < LW_ACTION_DENY);
	assert_true(LW_ACTION_DENY < LW_ACTION_KILL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_round_trips),
		cmocka_unit_test(words_are_those_of_findings_and_policy),
		cmocka_unit_test(actions_are_ordered_by_strength),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
