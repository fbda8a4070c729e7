#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/evidence.h"

static struct lw_observation
sound(void)
{
	struct lw_observation o = {.arena_length = 100, .time_us = 1};

	o.objects[0].present = 1;
	o.execution.program = (struct lw_slice){90, 10};
	o.execution.ancestor_count = 1;
	return o;
}

static void
what_is_sound_passes(void **state)
{
	struct lw_observation o = sound();

	assert_int_equal(lw_evidence_check(&o), 0);
}

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		struct lw_observation o = sound();                                                 \
		change;                                                                            \
		assert_int_equal(lw_evidence_check(&o), -EPROTO);                                  \
	} while (0)

static struct lw_rule_hit
met(void)
{
	return (struct lw_rule_hit){.present = 1, .category = "Reverse Shell", .severity = "HIGH"};
}

static void
what_is_out_of_bounds_is_refused(void **state)
{
	REFUSED(o.execution.program.length = 11);
	REFUSED(o.execution.program.offset = UINT32_MAX);
	REFUSED(o.execution.args = ((struct lw_slice){1, UINT32_MAX}));
	REFUSED(o.execution.ancestors[0].exe = ((struct lw_slice){100, 1}));
	REFUSED(o.execution.ancestor_count = LW_ANCESTORS_MAX + 1);
	REFUSED(o.execution.stdin_type = LW_STDIN_COUNT);
	REFUSED(o.execution.language = LW_LANGUAGE_COUNT);
	REFUSED(o.arena_length = LW_ARENA_MAX + 1);
	REFUSED(o.mode = LW_MODE_COUNT);
	REFUSED(o.time_us = -1);
	REFUSED(o.time_us = INT64_MAX);
	REFUSED(o.objects[0].layer = LW_LAYER_COUNT);
	REFUSED(o.objects[0].kind = LW_KIND_COUNT);
	REFUSED(o.objects[0].action = LW_ACTION_COUNT);
	REFUSED(o.objects[0].outcome = LW_OUTCOME_COUNT);
	REFUSED(o.objects[0].size = UINT64_MAX);
	REFUSED(o.objects[0].path = ((struct lw_slice){0, 101}));
	/* Found by fuzzing: the program's path is read for a finding about its script. */
	REFUSED(o.objects[1].path = ((struct lw_slice){0, 101}));
	REFUSED(o.execution.stdout_type = LW_STDIN_COUNT);
	REFUSED(o.execution.stdout_reader.args = ((struct lw_slice){100, 1}));
	/* a detection rule that is met must have what a finding must have */
	REFUSED(o.hit.present = 1);
	REFUSED(o.hit = met(); strcpy(o.hit.severity, "high"));
	REFUSED(o.hit = met(); o.hit.category[0] = '\0');
	REFUSED(o.hit = met(); o.hit.action = LW_ACTION_COUNT);
	REFUSED(o.hit = met(); memset(o.hit.description, 'x', sizeof(o.hit.description)));
	REFUSED(o.hit = met(); memset(o.hit.tactics[1], 'x', sizeof(o.hit.tactics[1])));
	REFUSED(o.hit = met(); memset(o.hit.techniques[3], 'x', sizeof(o.hit.techniques[3])));
	REFUSED(memset(o.objects[0].rule, 'x', sizeof(o.objects[0].rule)));
	REFUSED(o.objects[0].assessment.verdict = LW_VERDICT_COUNT);
	REFUSED(o.objects[0].assessment.reason_count = LW_REASONS_MAX + 1);
	REFUSED(o.objects[0].assessment.score = NAN);
	REFUSED(o.objects[0].assessment.score = 1.5f);
	REFUSED(memset(o.objects[0].assessment.hash_list, 'x', LW_REASON_SIZE));
	REFUSED(memset(o.objects[0].assessment.interpreter, 'x', LW_INTERP_SIZE));
	REFUSED(o.objects[0].assessment.reason_count = 1;
		memset(o.objects[0].assessment.reasons[0], 'x', LW_REASON_SIZE));
}

static void
a_slice_at_the_end_may_be_empty(void **state)
{
	struct lw_observation o = sound();

	o.execution.cwd = (struct lw_slice){100, 0};
	assert_int_equal(lw_evidence_check(&o), 0);
}

static void
an_arena_shorter_than_it_says_is_refused(void **state)
{
	struct lw_observation o = sound();
	struct lw_evidence e = {0};
	_cleanup_close_ int fd = lw_memfd_with("arena", "short", 5);

	assert_true(fd >= 0);
	assert_int_equal(lw_evidence_read(&e, &o, fd, -1, 0), -EPROTO);
	assert_null(e.arena);
}

static void
captures_are_read_from_their_start_up_to_the_bound(void **state)
{
	struct lw_observation o = {.arena_length = 4};
	struct lw_evidence e = {0};
	_cleanup_close_ int arena = lw_memfd_with("arena", "abcd", 4);
	_cleanup_close_ int capture = lw_memfd_with("capture", "0123456789", 10);

	o.objects[0].present = 1;
	o.objects[0].kind = LW_KIND_SCRIPT;
	o.objects[0].path = (struct lw_slice){1, 2};
	lseek(capture, 5, SEEK_SET);
	assert_int_equal(lw_evidence_read(&e, &o, arena, capture, 8), 0);
	assert_int_equal(e.capture_length, 8);
	assert_memory_equal(e.capture, "01234567", 8);
	assert_int_equal(lw_evidence_capture_owner(&e), 0);
	assert_memory_equal(lw_evidence_path(&e, e.seen.objects[0].path).data, "bc", 2);
	lw_evidence_done(&e);
	assert_int_equal(lw_evidence_read(&e, &o, arena, capture, 64), 0);
	assert_int_equal(e.capture_length, 10);
	lw_evidence_done(&e);
}

static void
a_list_without_a_last_nul_ends_with_its_bytes(void **state)
{
	struct lw_bytes list = {"a\0\0bc", 5}, item;
	size_t at = 0;

	assert_true(lw_bytes_next(list, &at, &item));
	assert_int_equal(item.length, 1);
	assert_true(lw_bytes_next(list, &at, &item));
	assert_int_equal(item.length, 0);
	assert_true(lw_bytes_next(list, &at, &item));
	assert_int_equal(item.length, 2);
	assert_false(lw_bytes_next(list, &at, &item));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sound_passes),
		cmocka_unit_test(what_is_out_of_bounds_is_refused),
		cmocka_unit_test(a_slice_at_the_end_may_be_empty),
		cmocka_unit_test(an_arena_shorter_than_it_says_is_refused),
		cmocka_unit_test(captures_are_read_from_their_start_up_to_the_bound),
		cmocka_unit_test(a_list_without_a_last_nul_ends_with_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
