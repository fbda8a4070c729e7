#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/containers.h"

static struct lw_msg_container
message(uint32_t minor, const char *id)
{
	struct lw_msg_container m = {.dev_minor = minor, .state = LW_MARK_MARKED, .events = 3};

	snprintf(m.mount_point, sizeof(m.mount_point), "/var/lib/x/%u/merged", minor);
	snprintf(m.facts.id, sizeof(m.facts.id), "%s", id);
	m.facts.complete = id[0] != '\0';
	m.facts.privileged = 2;
	return m;
}

static struct lw_containers *
table(void)
{
	struct lw_containers *c = NULL;

	assert_int_equal(lw_containers_new(&c), 0);
	return c;
}

static void
facts_are_found_by_device(void **state)
{
	struct lw_containers *c = table();
	struct lw_msg_container m = message(4, "abc");

	assert_null(lw_containers_facts(c, 0, 4));
	assert_int_equal(lw_containers_update(c, &m, 1), 0);
	assert_string_equal(lw_containers_facts(c, 0, 4)->id, "abc");
	assert_null(lw_containers_facts(c, 1, 4));
	assert_null(lw_containers_facts(c, 0, 0));
	lw_containers_free(c);
}

static void
waiting_is_worth_it_only_at_first(void **state)
{
	struct lw_containers *c = table();
	struct lw_msg_container m = message(5, "abc");

	assert_true(lw_containers_worth_waiting(c, 0, 4, 1000));
	assert_true(lw_containers_worth_waiting(c, 0, 4, 1000 + LW_FACTS_WAIT_US - 1));
	assert_false(lw_containers_worth_waiting(c, 0, 4, 1000 + LW_FACTS_WAIT_US));
	assert_false(lw_containers_worth_waiting(c, 0, 0, 1000));
	lw_containers_update(c, &m, 1000);
	assert_false(lw_containers_worth_waiting(c, 0, 5, 1000));
	lw_containers_free(c);
}

static void
a_reused_device_number_is_a_new_container(void **state)
{
	struct lw_containers *c = table();
	struct lw_msg_container m = message(4, "abc");

	lw_containers_update(c, &m, 1000);
	m.gone = 1;
	lw_containers_update(c, &m, 2000);
	m = message(4, "");
	lw_containers_update(c, &m, 10 * LW_FACTS_WAIT_US);
	assert_null(lw_containers_facts(c, 0, 4));
	assert_true(lw_containers_worth_waiting(c, 0, 4, 10 * LW_FACTS_WAIT_US + 1));
	lw_containers_free(c);
}

static void
strings_without_an_end_are_ended(void **state)
{
	struct lw_containers *c = table();
	struct lw_msg_container m;
	const struct lw_container_facts *f;

	memset(&m, 'A', sizeof(m));
	m.dev_major = 0;
	m.dev_minor = 9;
	m.gone = 0;
	assert_int_equal(lw_containers_update(c, &m, 1), 0);
	f = lw_containers_facts(c, 0, 9);
	assert_int_equal(strlen(f->id), sizeof(f->id) - 1);
	assert_int_equal(strlen(f->image), sizeof(f->image) - 1);
	assert_int_equal(f->label_count, LW_LABELS_MAX);
	assert_int_equal(strlen(f->labels[LW_LABELS_MAX - 1]), LW_LABEL_SIZE - 1);
	assert_int_equal(f->created_us, 0);
	assert_int_equal(f->engine, LW_ENGINE_UNKNOWN);
	lw_containers_free(c);
}

static void
the_table_is_bounded(void **state)
{
	struct lw_containers *c = table();

	for (uint32_t i = 1; i <= 2 * LW_CONTAINERS_MAX; i++)
		lw_containers_worth_waiting(c, 7, i, 1);
	assert_int_equal(lw_containers_count(c), LW_CONTAINERS_MAX);
	lw_containers_free(c);
}

static void
count_one(void *arg, const struct lw_msg_container *m)
{
	++*(unsigned *)arg;
}

static void
those_that_are_gone_are_not_shown(void **state)
{
	struct lw_containers *c = table();
	struct lw_msg_container m = message(4, "abc");
	unsigned n = 0;

	lw_containers_update(c, &m, 1);
	m = message(5, "def");
	m.gone = 1;
	lw_containers_update(c, &m, 1);
	lw_containers_worth_waiting(c, 0, 6, 1);
	lw_containers_each(c, count_one, &n);
	assert_int_equal(n, 1);
	lw_containers_free(c);
}

static void
a_line_says_state_and_reason(void **state)
{
	struct lw_msg_container m = message(4, "abc");
	_cleanup_text_ struct lw_text t = {0};
	struct lw_json j;

	m.state = LW_MARK_FOREIGN;
	strcpy(m.reason, "lower is \"fuse\"\n");
	lw_text_init(&t, 65536);
	lw_json_init(&j, &t);
	lw_container_line(&j, &m);
	assert_string_equal(t.data,
		"{\"overlay\":\"0:4\",\"state\":\"foreign\",\"reason\":\"lower is "
		"\\\"fuse\\\"\\n\","
		"\"error\":0,\"mount_point\":\"/var/lib/x/4/merged\",\"events\":3,"
		"\"engine\":\"unknown\",\"id\":\"abc\",\"complete\":true}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_found_by_device),
		cmocka_unit_test(waiting_is_worth_it_only_at_first),
		cmocka_unit_test(a_reused_device_number_is_a_new_container),
		cmocka_unit_test(strings_without_an_end_are_ended),
		cmocka_unit_test(the_table_is_bounded),
		cmocka_unit_test(those_that_are_gone_are_not_shown),
		cmocka_unit_test(a_line_says_state_and_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
