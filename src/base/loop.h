/*
 * loop: one epoll instance, fd callbacks, one-shot timers, signals by signalfd. Single-threaded.
 * The loop does not own the fds that are added to it. A callback returns 0, or a negative errno
 * that ends lw_loop_run with it. A round takes ready fds first, then timers that are due: an
 * answer that arrived in time is seen before its deadline.
 */
#ifndef LW_BASE_LOOP_H
#define LW_BASE_LOOP_H

#include <sys/epoll.h>

#include "base/util.h"

#define LW_LOOP_FDS_MAX 65536		/* fd numbers above are -EMFILE */
#define LW_LOOP_TIMERS_MAX 65536	/* armed at once; more are -ENOMEM */

struct lw_loop;
typedef int (*lw_loop_fn)(void *arg, uint32_t events);
typedef int (*lw_timer_fn)(void *arg);
typedef int (*lw_signal_fn)(void *arg, int signo);

/* Embedded in its owner, zero-initialised; must be disarmed before its memory goes. */
struct lw_timer {
	uint64_t due_us;	/* CLOCK_MONOTONIC */
	lw_timer_fn fn;
	void *arg;
	uint32_t slot;		/* position in the loop's heap + 1; 0 = not armed */
};

int lw_loop_new(struct lw_loop **out);
struct lw_loop *lw_loop_free(struct lw_loop *loop);	/* always NULL */
void lw_loop_freep(struct lw_loop **loop);

/* events as of epoll_ctl(2); one callback per fd. -EEXIST when fd is there already. */
int lw_loop_add(struct lw_loop *loop, int fd, uint32_t events, lw_loop_fn fn, void *arg);
int lw_loop_mod(struct lw_loop *loop, int fd, uint32_t events);
/*
 * Safe inside callbacks, also for an fd whose event is still queued in this round. Call it before
 * the fd is closed.
 */
void lw_loop_del(struct lw_loop *loop, int fd);

/* (Re)arms: fires once, after_us from now. Returns 0 or -ENOMEM. */
int lw_timer_arm(struct lw_loop *loop, struct lw_timer *t, uint64_t after_us,
	lw_timer_fn fn, void *arg);
void lw_timer_disarm(struct lw_loop *loop, struct lw_timer *t);

/* Blocks the signals (a 0-terminated list) and delivers them here. Once per loop: -EBUSY after.
 * They stay blocked when the loop is freed. */
int lw_loop_signals(struct lw_loop *loop, const int *signals, lw_signal_fn fn, void *arg);

int lw_loop_run(struct lw_loop *loop);	/* until stop or error; 0 or negative errno */
int lw_loop_once(struct lw_loop *loop, int timeout_ms);	/* one round; for tests */
void lw_loop_stop(struct lw_loop *loop);

#endif
