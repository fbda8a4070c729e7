/*
 * guard: the first process. Starts, watches and replaces the others, hands them the policy and
 * their channels; holds no fanotify descriptor and reads nothing of a container. guard.c builds it
 * up and runs it, hear.c is what children tell it, speak.c what it tells them, reload.c changes
 * the policy, watchdog.c watches the time.
 */
#ifndef LW_GUARD_GUARD_H
#define LW_GUARD_GUARD_H

#include "guard/children.h"
#include "guard/config.h"
#include "guard/control.h"
#include "guard/exit.h"
#include "guard/options.h"
#include "proc/notify.h"

struct lw_guard {
	struct lw_loop *loop;
	struct lw_children children;
	struct lw_logs logs;
	struct lw_control control;
	struct lw_notify notify;
	struct lw_config_source source;
	struct lw_config *config; /* in force */
	/* in force before the newest reload; NULL = none, undone, or nobody works by it any more */
	struct lw_config *previous;
	uint64_t generation; /* of the newest that was sent */
	bool applying; /* it is not known yet that all work by it */
	bool rejected; /* the newest reload failed */
	bool up; /* the gate was READY once */
	bool stopping;
	unsigned stalls; /* gates killed because they were silent */
	int exit_code;
	uint32_t marks; /* overlays, by the gate's last READY */
	/* CLOCK_MONOTONIC; an operator's pause outlives the gate it was told to */
	uint64_t paused_until_us;
	uint32_t paused_by; /* uid */
	struct lw_timer processes_timer;
	struct lw_timer pause_timer;
	struct lw_timer apply_timer; /* the end of applying */
	struct lw_timer silence_timer; /* of the gate */
	struct lw_timer manager_timer; /* WATCHDOG=1 */
};

/* Runs until it is told to stop. Returns the exit code. */
int lw_guard_run(const struct lw_options *o);

/*
 * Ends all in order (gate first) and then the loop; code becomes the exit code unless one was set
 * before.
 */
void lw_guard_stop(struct lw_guard *g, int code);

#endif
