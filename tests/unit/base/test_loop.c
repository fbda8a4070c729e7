#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/loop.h"

#define PIPES 3
#define TIMERS 500

struct fixture {
	struct lw_loop *loop;
	int pipes[PIPES][2];
	unsigned calls;
	int victim; /* fd that a callback takes out */
	unsigned order[TIMERS];
	int answer;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(lw_loop_new(&f->loop), 0);
	for (int i = 0; i < PIPES; i++)
		assert_int_equal(pipe2(f->pipes[i], O_CLOEXEC | O_NONBLOCK), 0);
	f->victim = -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	f->loop = lw_loop_free(f->loop);
	for (int i = 0; i < PIPES; i++) {
		lw_closep(&f->pipes[i][0]);
		lw_closep(&f->pipes[i][1]);
	}
	free(f);
	return 0;
}

static int
count_call(void *arg, uint32_t events)
{
	struct fixture *f = arg;

	f->calls++;
	return f->answer;
}

static int
delete_victim(void *arg, uint32_t events)
{
	struct fixture *f = arg;

	f->calls++;
	lw_loop_del(f->loop, f->victim);
	return 0;
}

static void
fd_is_called_while_it_is_ready(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(lw_loop_add(f->loop, f->pipes[0][0], EPOLLIN, count_call, f), 0);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 0);
	assert_int_equal(write(f->pipes[0][1], "x", 1), 1);
	assert_int_equal(lw_loop_once(f->loop, -1), 0);
	assert_int_equal(lw_loop_once(f->loop, -1), 0);
	assert_int_equal(f->calls, 2);
	assert_int_equal(lw_loop_mod(f->loop, f->pipes[0][0], 0), 0);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 2);
}

static void
fd_is_added_once_and_must_be_one(void **state)
{
	struct fixture *f = *state;
	int fd = f->pipes[0][0];

	assert_int_equal(lw_loop_add(f->loop, fd, EPOLLIN, count_call, f), 0);
	assert_int_equal(lw_loop_add(f->loop, fd, EPOLLIN, count_call, f), -EEXIST);
	lw_loop_del(f->loop, fd);
	lw_loop_del(f->loop, fd);
	assert_int_equal(lw_loop_mod(f->loop, fd, EPOLLIN), -ENOENT);
	assert_int_equal(lw_loop_add(f->loop, fd, EPOLLIN, count_call, f), 0);
	assert_int_equal(lw_loop_add(f->loop, -1, EPOLLIN, count_call, f), -EBADF);
	assert_int_equal(lw_loop_add(f->loop, 1000, EPOLLIN, count_call, f), -EBADF);
	assert_int_equal(lw_loop_add(f->loop, LW_LOOP_FDS_MAX, EPOLLIN, count_call, f), -EMFILE);
}

/* Both are ready in one round; epoll hands out first what became ready first: the deleter. */
static void
deleted_in_a_callback_is_not_called_in_that_round(void **state)
{
	struct fixture *f = *state;
	int deleter = f->pipes[0][0];

	f->victim = f->pipes[1][0];
	assert_int_equal(lw_loop_add(f->loop, deleter, EPOLLIN, delete_victim, f), 0);
	assert_int_equal(lw_loop_add(f->loop, f->victim, EPOLLIN, count_call, f), 0);
	assert_int_equal(write(f->pipes[0][1], "x", 1), 1);
	assert_int_equal(write(f->pipes[1][1], "x", 1), 1);
	assert_int_equal(lw_loop_once(f->loop, -1), 0);
	assert_int_equal(f->calls, 1);
	lw_loop_del(f->loop, deleter);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 1);
}

/*
 * The number of the deleted fd is given to another file and watched anew, while the old event
 * still waits.
 */
static int
replace_victim(void *arg, uint32_t events)
{
	struct fixture *f = arg;

	lw_loop_del(f->loop, f->victim);
	assert_int_equal(dup3(f->pipes[2][0], f->victim, O_CLOEXEC), f->victim);
	assert_int_equal(lw_loop_add(f->loop, f->victim, EPOLLIN, count_call, f), 0);
	lw_loop_del(f->loop, f->pipes[0][0]);
	return 0;
}

static void
event_of_an_earlier_life_of_an_fd_is_ignored(void **state)
{
	struct fixture *f = *state;

	f->victim = f->pipes[1][0];
	assert_int_equal(lw_loop_add(f->loop, f->pipes[0][0], EPOLLIN, replace_victim, f), 0);
	assert_int_equal(lw_loop_add(f->loop, f->victim, EPOLLIN, count_call, f), 0);
	assert_int_equal(write(f->pipes[0][1], "x", 1), 1);
	assert_int_equal(write(f->pipes[1][1], "x", 1), 1);
	assert_int_equal(lw_loop_once(f->loop, -1), 0);
	assert_int_equal(f->calls, 0);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 0);
}

static void
error_of_a_callback_ends_the_run(void **state)
{
	struct fixture *f = *state;

	f->answer = -EPROTO;
	assert_int_equal(lw_loop_add(f->loop, f->pipes[0][1], EPOLLOUT, count_call, f), 0);
	assert_int_equal(lw_loop_run(f->loop), -EPROTO);
	assert_int_equal(f->calls, 1);
}

static int
stop(void *arg)
{
	struct fixture *f = arg;

	f->calls++;
	lw_loop_stop(f->loop);
	return f->answer;
}

static void
timer_fires_once_and_not_early(void **state)
{
	struct fixture *f = *state;
	struct lw_timer t = {0};
	uint64_t start = lw_now_us();

	assert_int_equal(lw_timer_arm(f->loop, &t, 20000, stop, f), 0);
	assert_int_equal(lw_loop_run(f->loop), 0);
	assert_true(lw_now_us() - start >= 20000);
	assert_int_equal(f->calls, 1);
	assert_int_equal(t.slot, 0);
	assert_int_equal(lw_loop_once(f->loop, 5), 0);
	assert_int_equal(f->calls, 1);
}

static void
timer_error_ends_the_run(void **state)
{
	struct fixture *f = *state;
	struct lw_timer t = {0};

	f->answer = -ETIME;
	assert_int_equal(lw_timer_arm(f->loop, &t, 0, stop, f), 0);
	assert_int_equal(lw_loop_run(f->loop), -ETIME);
}

struct entry {
	struct lw_timer timer;
	struct fixture *f;
	unsigned number;
};

static int
note_order(void *arg)
{
	struct entry *e = arg;

	e->f->order[e->f->calls++] = e->number;
	return 0;
}

static void
timers_fire_in_order_whatever_was_disarmed(void **state)
{
	static struct entry entries[TIMERS];
	struct fixture *f = *state;
	unsigned armed = TIMERS, seed = 1;

	for (unsigned i = 0; i < TIMERS; i++) {
		seed = seed * 1103515245 + 12345;
		entries[i] = (struct entry){.f = f, .number = i};
		assert_int_equal(lw_timer_arm(f->loop, &entries[i].timer, (seed >> 8) % 20000,
					 note_order, &entries[i]),
			0);
	}
	for (unsigned i = 0; i < TIMERS; i += 3, armed--)
		lw_timer_disarm(f->loop, &entries[i].timer);
	for (unsigned i = 1; i < TIMERS; i += 6)
		assert_int_equal(
			lw_timer_arm(f->loop, &entries[i].timer, i, note_order, &entries[i]), 0);
	usleep(25000);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, armed);
	for (unsigned i = 1; i < armed; i++)
		assert_true(
			entries[f->order[i - 1]].timer.due_us <= entries[f->order[i]].timer.due_us);
	for (unsigned i = 0; i < armed; i++)
		assert_int_not_equal(f->order[i] % 3, 0);
}

struct pair {
	struct lw_timer a, b;
	struct fixture *f;
};

static int
disarm_other(void *arg)
{
	struct pair *p = arg;

	p->f->calls++;
	lw_timer_disarm(p->f->loop, &p->a);
	lw_timer_disarm(p->f->loop, &p->b);
	return 0;
}

static void
timer_disarmed_in_a_callback_does_not_fire(void **state)
{
	struct fixture *f = *state;
	struct pair p = {.f = f};

	assert_int_equal(lw_timer_arm(f->loop, &p.a, 0, disarm_other, &p), 0);
	assert_int_equal(lw_timer_arm(f->loop, &p.b, 0, disarm_other, &p), 0);
	usleep(10);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 1);
}

static int
rearm(void *arg)
{
	struct pair *p = arg;

	return ++p->f->calls > 1000 ? -ELOOP : lw_timer_arm(p->f->loop, &p->a, 0, rearm, p);
}

static void
timer_that_rearms_itself_does_not_starve_fds(void **state)
{
	struct fixture *f = *state;
	struct pair p = {.f = f};

	assert_int_equal(lw_timer_arm(f->loop, &p.a, 0, rearm, &p), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(lw_loop_once(f->loop, 10), 0);
	assert_in_range(f->calls, 1, 5);
	lw_timer_disarm(f->loop, &p.a);
}

static int
answer_in_time(void *arg, uint32_t events)
{
	struct pair *p = arg;

	lw_timer_disarm(p->f->loop, &p->a);
	return 0;
}

static void
ready_fd_goes_before_a_due_timer(void **state)
{
	struct fixture *f = *state;
	struct pair p = {.f = f};

	assert_int_equal(lw_timer_arm(f->loop, &p.a, 0, stop, f), 0);
	assert_int_equal(lw_loop_add(f->loop, f->pipes[0][1], EPOLLOUT, answer_in_time, &p), 0);
	usleep(10);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 0);
}

static void
far_timer_does_not_overflow(void **state)
{
	struct fixture *f = *state;
	struct lw_timer t = {0};

	assert_int_equal(lw_timer_arm(f->loop, &t, UINT64_MAX, stop, f), 0);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 0);
	lw_timer_disarm(f->loop, &t);
	lw_timer_disarm(f->loop, &t);
}

static int
note_signal(void *arg, int signo)
{
	struct fixture *f = arg;

	f->calls++;
	f->order[0] = signo;
	lw_loop_stop(f->loop);
	return 0;
}

static void
signals_arrive_in_the_loop(void **state)
{
	static const int signals[] = {SIGUSR1, SIGUSR2, 0};
	struct fixture *f = *state;

	assert_int_equal(lw_loop_signals(f->loop, signals, note_signal, f), 0);
	assert_int_equal(lw_loop_signals(f->loop, signals, note_signal, f), -EBUSY);
	assert_int_equal(lw_loop_once(f->loop, 0), 0);
	assert_int_equal(f->calls, 0);
	assert_int_equal(kill(getpid(), SIGUSR2), 0);
	assert_int_equal(lw_loop_run(f->loop), 0);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->order[0], SIGUSR2);
}

static void
stop_before_the_run_is_kept(void **state)
{
	struct fixture *f = *state;

	lw_loop_stop(f->loop);
	assert_int_equal(lw_loop_run(f->loop), 0);
}

static void
freed_loop_disarms_its_timers(void **state)
{
	struct fixture *f = *state;
	struct lw_timer t = {0};

	assert_int_equal(lw_timer_arm(f->loop, &t, 1, stop, f), 0);
	f->loop = lw_loop_free(f->loop);
	assert_int_equal(t.slot, 0);
}

#define LOOP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOOP_TEST(fd_is_called_while_it_is_ready),
		LOOP_TEST(fd_is_added_once_and_must_be_one),
		LOOP_TEST(deleted_in_a_callback_is_not_called_in_that_round),
		LOOP_TEST(event_of_an_earlier_life_of_an_fd_is_ignored),
		LOOP_TEST(error_of_a_callback_ends_the_run),
		LOOP_TEST(timer_fires_once_and_not_early),
		LOOP_TEST(timer_error_ends_the_run),
		LOOP_TEST(timers_fire_in_order_whatever_was_disarmed),
		LOOP_TEST(timer_disarmed_in_a_callback_does_not_fire),
		LOOP_TEST(timer_that_rearms_itself_does_not_starve_fds),
		LOOP_TEST(ready_fd_goes_before_a_due_timer),
		LOOP_TEST(far_timer_does_not_overflow),
		LOOP_TEST(signals_arrive_in_the_loop),
		LOOP_TEST(stop_before_the_run_is_kept),
		LOOP_TEST(freed_loop_disarms_its_timers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
