/*
 * The pool against helpers that answer, die, keep silent and lie, over real socket pairs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "gate/pool.h"

struct fixture {
	struct lw_loop *loop;
	struct lw_pool pool;
	struct lw_chan helper;
	uint64_t ids[32]; /* requests as the helper got them */
	unsigned requests;
	unsigned given_up;
};

struct answer {
	unsigned done, failed;
	int order;
};

static int order;

static void
on_give_up(void *arg, enum lw_role role, uint32_t instance)
{
	struct fixture *f = arg;

	f->given_up++;
}

static int
on_request(void *arg, struct lw_received *r)
{
	struct fixture *f = arg;

	f->ids[f->requests++] = r->frame.id;
	return 0;
}

static const struct lw_route helper_routes[] = {{LW_MSG_ASSESS, 1, on_request}};

static void
connect_helper(struct fixture *f)
{
	int fds[2];

	assert_int_equal(lw_chan_pair(fds, 0), 0);
	lw_chan_init(&f->helper, fds[1], helper_routes, 1, f);
	assert_int_equal(lw_pool_set_peer(&f->pool, 0, fds[0]), 0);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(lw_loop_new(&f->loop), 0);
	lw_pool_init(&f->pool, f->loop, LW_ROLE_CLASSIFY, on_give_up, f);
	connect_helper(f);
	order = 0;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	lw_pool_done(&f->pool);
	lw_chan_done(&f->helper);
	lw_loop_free(f->loop);
	free(f);
	return 0;
}

static void
on_done(struct lw_job *job, const void *body, int *fds)
{
	struct answer *a = job->arg;

	(*(body ? &a->done : &a->failed))++;
	a->order = ++order;
}

static void
submit(struct fixture *f, struct lw_job *job, struct answer *a, struct lw_superblock *sb)
{
	*job = (struct lw_job){.patient = job->patient};
	job->type = LW_MSG_ASSESS;
	job->fds[0] = 0;
	job->fd_count = 1;
	job->budget_us = 1000;
	job->superblock = sb;
	job->done = on_done;
	job->arg = a;
	lw_pool_submit(&f->pool, job);
}

static void
reply(struct fixture *f, uint64_t id)
{
	static struct lw_msg_assessed m;

	assert_int_equal(lw_chan_send(&f->helper, LW_MSG_ASSESSED, id, &m, NULL, 0), 0);
}

static void
serve_one(struct fixture *f)
{
	unsigned before = f->requests;

	assert_int_equal(lw_chan_dispatch(&f->helper, 1), 0);
	assert_int_equal(f->requests, before + 1);
	reply(f, f->ids[before]);
	lw_loop_once(f->loop, 1000);
}

static void
answers_reach_their_jobs_once(void **state)
{
	struct fixture *f = *state;
	struct answer a = {0}, b = {0};
	struct lw_job one = {0}, two = {0};

	submit(f, &one, &a, NULL);
	submit(f, &two, &b, NULL);
	serve_one(f);
	assert_int_equal(a.done, 1);
	assert_int_equal(b.done, 0);
	serve_one(f);
	assert_int_equal(a.done, 1);
	assert_int_equal(b.done, 1);
}

/* Bypass row 42: ten requests of one container wait, then one of another: it is next. */
static void
a_flood_does_not_starve_another_container(void **state)
{
	struct fixture *f = *state;
	struct lw_superblock flood = {0}, quiet = {0};
	struct answer answers[11] = {0};
	struct lw_job jobs[11] = {0};

	for (int i = 0; i < 10; i++)
		submit(f, &jobs[i], &answers[i], &flood);
	submit(f, &jobs[10], &answers[10], &quiet);
	for (int i = 0; i < 11; i++)
		serve_one(f);
	assert_true(answers[10].order <= 2);
}

/* It came first, and of a container that was served least; a job that somebody waits for goes. */
static void
a_patient_job_goes_when_no_other_waits(void **state)
{
	struct fixture *f = *state;
	struct lw_superblock flood = {0}, busy = {.served = 100};
	struct answer a = {0}, b = {0}, c = {0};
	struct lw_job one = {0}, late = {.patient = true}, held = {0};

	submit(f, &one, &a, NULL);
	submit(f, &late, &b, &flood);
	submit(f, &held, &c, &busy);
	for (int i = 0; i < 3; i++)
		serve_one(f);
	assert_int_equal(c.order, 2);
	assert_int_equal(b.order, 3);
}

static void
a_dead_helper_fails_its_job_and_the_next_one_serves(void **state)
{
	struct fixture *f = *state;
	struct answer a = {0}, b = {0};
	struct lw_job one = {0}, two = {0};

	submit(f, &one, &a, NULL);
	submit(f, &two, &b, NULL);
	lw_chan_done(&f->helper);
	lw_loop_once(f->loop, 1000);
	assert_int_equal(a.failed, 1);
	assert_int_equal(b.done + b.failed, 0);
	connect_helper(f);
	serve_one(f);
	assert_int_equal(b.done, 1);
}

static void
a_silent_helper_is_given_up(void **state)
{
	struct fixture *f = *state;
	struct answer a = {0};
	struct lw_job one = {0};
	uint64_t start = lw_now_us();

	submit(f, &one, &a, NULL);
	while (!a.failed && lw_now_us() - start < 5000000)
		lw_loop_once(f->loop, 100);
	assert_int_equal(a.failed, 1);
	assert_int_equal(f->given_up, 1);
	assert_int_equal(f->pool.timeouts, 1);
}

static void
a_wrong_answer_is_a_broken_helper(void **state)
{
	struct fixture *f = *state;
	struct answer a = {0};
	struct lw_job one = {0};

	submit(f, &one, &a, NULL);
	assert_int_equal(lw_chan_dispatch(&f->helper, 1), 0);
	reply(f, f->ids[0] + 7);
	lw_loop_once(f->loop, 1000);
	assert_int_equal(a.failed, 1);
	assert_int_equal(f->given_up, 1);
}

static void
a_cancelled_job_is_never_called(void **state)
{
	struct fixture *f = *state;
	struct answer a = {0}, b = {0}, c = {0};
	struct lw_job one = {0}, two = {0}, three = {0};

	submit(f, &one, &a, NULL);
	submit(f, &two, &b, NULL);
	submit(f, &three, &c, NULL);
	lw_pool_cancel(&f->pool, &one); /* is with the helper */
	lw_pool_cancel(&f->pool, &two); /* waits */
	serve_one(f);
	serve_one(f);
	assert_int_equal(a.done + a.failed + b.done + b.failed, 0);
	assert_int_equal(c.done, 1);
}

static void
without_a_helper_jobs_fail_at_once(void **state)
{
	struct fixture *f = *state;
	struct answer a = {0};
	struct lw_job one = {0};

	lw_chan_done(&f->helper);
	lw_loop_once(f->loop, 1000);
	submit(f, &one, &a, NULL);
	assert_int_equal(a.failed, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_reach_their_jobs_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_flood_does_not_starve_another_container, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_patient_job_goes_when_no_other_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_dead_helper_fails_its_job_and_the_next_one_serves, setup, teardown),
		cmocka_unit_test_setup_teardown(a_silent_helper_is_given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wrong_answer_is_a_broken_helper, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cancelled_job_is_never_called, setup, teardown),
		cmocka_unit_test_setup_teardown(
			without_a_helper_jobs_fail_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
