#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/health.h"
#include "report/held.h"
#include "report/status.h"

struct heard {
	unsigned count;
	char module[64];
	char detail[512];
	uint64_t number, repeats;
	int64_t time_us;
};

static void
hear(void *arg, const struct lw_health_finding *f)
{
	struct heard *h = arg;

	h->count++;
	snprintf(h->module, sizeof(h->module), "%s", f->detector->module);
	snprintf(h->detail, sizeof(h->detail), "%s", f->detail);
	h->number = f->count;
	h->repeats = f->repeats;
	h->time_us = f->time_us;
}

static struct lw_health_watch *
watch(struct heard *heard)
{
	struct lw_health_watch *h = NULL;

	*heard = (struct heard){0};
	assert_int_equal(lw_health_new(&h, hear, heard), 0);
	return h;
}

static struct lw_msg_processes
processes(uint32_t gate, uint32_t classify)
{
	struct lw_msg_processes m = {.count = 2};

	m.processes[0] = (struct lw_process_state){
		.role = LW_ROLE_GATE, .pid = 7, .restarts = gate, .last_status = 9};
	m.processes[1] = (struct lw_process_state){
		.role = LW_ROLE_CLASSIFY, .instance = 1, .restarts = classify, .last_status = 256};
	return m;
}

static void
messages_are_told_once_a_minute(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_health m = {.what = LW_HEALTH_UNMARKED, .count = 1, .time_us = 1000};

	strcpy(m.detail, "overlay 0:4: lower is FUSE");
	for (int i = 0; i < 5; i++)
		lw_health_message(h, &m, 1000 + i);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.module, "CONTAINER_NOT_WATCHED");
	assert_int_equal(heard.time_us, 1000);
	strcpy(m.detail, "overlay 0:5: lower is FUSE");
	lw_health_message(h, &m, 2000);
	assert_int_equal(heard.count, 2);
	strcpy(m.detail, "overlay 0:4: lower is FUSE");
	lw_health_message(h, &m, 1000 + LW_MINUTE_US);
	assert_int_equal(heard.count, 3);
	assert_int_equal(heard.repeats, 4);
	lw_health_free(h);
}

static void
a_flood_of_messages_is_bounded(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_health m = {.what = LW_HEALTH_UNMARKED};

	for (int i = 0; i < 1000; i++) {
		snprintf(m.detail, sizeof(m.detail), "overlay 0:%d", i);
		lw_health_message(h, &m, 1000);
	}
	assert_int_equal(heard.count, LW_HEALTH_PER_MINUTE);
	lw_health_free(h);
}

static void
odd_messages_do_no_harm(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_health m;

	memset(&m, 0xff, sizeof(m));
	lw_health_message(h, &m, 1);
	assert_int_equal(heard.count, 0);
	m.what = LW_HEALTH_DROPPED;
	lw_health_message(h, &m, 1);
	assert_int_equal(heard.count, 1);
	assert_int_equal(strlen(heard.detail), sizeof(m.detail) - 1);
	assert_true(heard.time_us > 0);
	m.what = LW_HEALTH_NONE;
	lw_health_message(h, &m, 1);
	assert_int_equal(heard.count, 1);
	lw_health_free(h);
}

static void
a_restarted_gate_is_a_gap(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_processes m = processes(0, 0);

	lw_health_processes(h, &m, 1);
	lw_health_processes(h, &m, 2);
	assert_int_equal(heard.count, 0);
	m = processes(1, 0);
	lw_health_processes(h, &m, 3);
	lw_health_processes(h, &m, 4);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.module, "GATE_RESTARTED");
	assert_non_null(strstr(heard.detail, "killed by signal 9"));
	lw_health_free(h);
}

static void
what_happened_before_our_time_is_not_told_again(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_processes m = processes(5, 5);

	lw_health_processes(h, &m, 1);
	assert_int_equal(heard.count, 0);
	lw_health_free(h);
}

static void
our_own_restart_is_told(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_processes m = {.count = 1};

	m.processes[0] = (struct lw_process_state){.role = LW_ROLE_REPORT, .restarts = 1};
	lw_health_processes(h, &m, 1);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.module, "OBSERVATIONS_DROPPED");
	lw_health_free(h);
}

static void
a_helper_that_keeps_ending_is_told(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_processes m;
	uint64_t now = LW_MINUTE_US;

	for (uint32_t i = 0; i < LW_HEALTH_LOOP_RESTARTS; i++) {
		assert_int_equal(heard.count, 0);
		m = processes(0, i);
		lw_health_processes(h, &m, now + i);
	}
	m = processes(0, LW_HEALTH_LOOP_RESTARTS);
	lw_health_processes(h, &m, now + 10);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.detail, "classify 1 keeps ending (exit 1)");
	lw_health_free(h);
}

static void
a_helper_that_ends_now_and_then_is_not(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_processes m;

	for (uint32_t i = 0; i < 20; i++) {
		m = processes(0, i);
		lw_health_processes(h, &m, (i + 1) * LW_MINUTE_US);
	}
	assert_int_equal(heard.count, 0);
	lw_health_free(h);
}

static void
odd_process_lists_do_no_harm(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_processes m;

	memset(&m, 0xff, sizeof(m));
	lw_health_processes(h, &m, 1);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.module, "CONFIGURATION_REJECTED");
	lw_health_free(h);
}

static void
growing_drops_are_told_and_a_new_gate_begins_anew(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_counters c = {.report_drops = 5};

	lw_health_counters(h, &c, 1);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.number, 5);
	lw_health_counters(h, &c, LW_MINUTE_US * 2);
	assert_int_equal(heard.count, 1);
	c.report_drops = 0;
	lw_health_counters(h, &c, LW_MINUTE_US * 3);
	c.report_drops = 2;
	lw_health_counters(h, &c, LW_MINUTE_US * 4);
	assert_int_equal(heard.count, 2);
	assert_int_equal(heard.number, 2);
	lw_health_free(h);
}

/* The bug: what was denied before anything was known of it was only a number in status. */
static void
what_nothing_could_be_learned_of_is_told(void **state)
{
	struct heard heard;
	struct lw_health_watch *h = watch(&heard);
	struct lw_msg_counters c = {.unexamined = 7};

	lw_health_counters(h, &c, 1);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.number, 7);
	c.unexamined = 9;
	c.report_drops = 1; /* both are told, neither hides the other */
	lw_health_counters(h, &c, LW_MINUTE_US * 2);
	assert_int_equal(heard.count, 3);
	c.unexamined = 3; /* of a new gate */
	lw_health_counters(h, &c, LW_MINUTE_US * 4);
	assert_int_equal(heard.count, 4);
	assert_int_equal(heard.number, 3);
	lw_health_free(h);
}

static struct lw_held_item *
item(uint32_t minor, uint64_t due)
{
	struct lw_held_item *i = calloc(1, sizeof(*i));

	i->evidence.seen.dev_minor = minor;
	i->due_us = due;
	return i;
}

static void
held_items_leave_by_time_or_container(void **state)
{
	struct lw_held h = {0};
	struct lw_held_item *i;

	assert_null(lw_held_take(&h));
	for (uint32_t n = 0; n < 6; n++)
		lw_held_add(&h, item(n % 2, 100 + n));
	assert_int_equal(lw_held_due(&h), 100);
	assert_null(lw_held_take_due(&h, 99));
	for (uint32_t n = 0; n < 3; n++) {
		i = lw_held_take_container(&h, 0, 1);
		assert_int_equal(i->due_us, 101 + 2 * n);
		lw_held_item_free(i);
	}
	assert_null(lw_held_take_container(&h, 0, 1));
	lw_held_add(&h, item(9, 200));
	i = lw_held_take_due(&h, 100);
	assert_int_equal(i->due_us, 100);
	lw_held_item_free(i);
	assert_int_equal(h.count, 3);
	lw_held_done(&h);
	assert_int_equal(h.count, 0);
	assert_int_equal(h.bytes, 0);
	assert_int_equal(lw_held_due(&h), UINT64_MAX);
}

static void
held_items_are_bounded_by_count(void **state)
{
	struct lw_held h = {0};

	while (!lw_held_full(&h))
		lw_held_add(&h, item(1, 1));
	assert_int_equal(h.count, LW_HELD_MAX);
	lw_held_done(&h);
}

static void
quantiles_are_upper_bounds_of_buckets(void **state)
{
	uint64_t b[LW_HISTOGRAM_BUCKETS] = {0};

	assert_int_equal(lw_histogram_quantile(b, 0.5), 0);
	b[3] = 98;
	b[10] = 2;
	assert_int_equal(lw_histogram_quantile(b, 0.5), 8);
	assert_int_equal(lw_histogram_quantile(b, 0.98), 8);
	assert_int_equal(lw_histogram_quantile(b, 0.99), 1024);
	assert_int_equal(lw_histogram_quantile(b, 1), 1024);
	b[LW_HISTOGRAM_BUCKETS - 1] = 1000;
	assert_int_equal(lw_histogram_quantile(b, 0.99), 1u << (LW_HISTOGRAM_BUCKETS - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_told_once_a_minute),
		cmocka_unit_test(a_flood_of_messages_is_bounded),
		cmocka_unit_test(odd_messages_do_no_harm),
		cmocka_unit_test(a_restarted_gate_is_a_gap),
		cmocka_unit_test(what_happened_before_our_time_is_not_told_again),
		cmocka_unit_test(our_own_restart_is_told),
		cmocka_unit_test(a_helper_that_keeps_ending_is_told),
		cmocka_unit_test(a_helper_that_ends_now_and_then_is_not),
		cmocka_unit_test(odd_process_lists_do_no_harm),
		cmocka_unit_test(growing_drops_are_told_and_a_new_gate_begins_anew),
		cmocka_unit_test(what_nothing_could_be_learned_of_is_told),
		cmocka_unit_test(held_items_leave_by_time_or_container),
		cmocka_unit_test(held_items_are_bounded_by_count),
		cmocka_unit_test(quantiles_are_upper_bounds_of_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
