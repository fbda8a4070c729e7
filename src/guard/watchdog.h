/*
 * watchdog: time. A gate that is silent for decision.stall_ms holds executions: it is killed (the
 * kernel then lets them pass) and started again. And the service manager's watchdog is fed.
 */
#ifndef LW_GUARD_WATCHDOG_H
#define LW_GUARD_WATCHDOG_H

#include "guard/guard.h"

#define LW_START_GRACE_US                                                                          \
	10000000u /* a gate that still sets its first marks may be silent for so long */

/* Begins to watch the gate and to feed the manager. 0 or -ENOMEM. */
int lw_watchdog_start(struct lw_guard *g);
void lw_watchdog_stop(struct lw_guard *g);

/* READY=1 (once the gate was ready) and STATUS. */
void lw_watchdog_tell_manager(struct lw_guard *g);
void lw_watchdog_tell_reloading(struct lw_guard *g);
void lw_watchdog_tell_stopping(struct lw_guard *g);

#endif
