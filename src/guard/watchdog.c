#include "guard/watchdog.h"

#define SOONEST_US 10000 /* between two looks */
#define LOOKS 4 /* in the time that a gate may be silent */

static uint64_t
allowed_silence(const struct lw_guard *g, const struct lw_process *gate)
{
	uint64_t stall = (uint64_t)lw_config_settings(g->config)->decision.stall_ms * 1000;

	return gate->ready ? stall : LW_MAX(stall, LW_START_GRACE_US);
}

/*
 * Returns when to look again: never later than a gate that becomes ready in between may be silent.
 */
static uint64_t
look(struct lw_guard *g)
{
	struct lw_process *gate = lw_children_get(&g->children, LW_ROLE_GATE, 0);
	uint64_t stall = (uint64_t)lw_config_settings(g->config)->decision.stall_ms * 1000;
	uint64_t allowed = allowed_silence(g, gate), now = lw_now_us();
	uint64_t silent = now - LW_MIN(gate->heard_us, now);

	if (lw_process_alive(gate) && silent >= allowed) {
		g->stalls++;
		lw_children_kill(gate, "it is silent");
	}
	uint64_t left = silent < allowed ? allowed - silent : stall;
	return LW_MAX(LW_MIN(left, stall / LOOKS), SOONEST_US);
}

/*
 * The loop serves descriptors before timers: after a pause of the guard itself (SIGSTOP, a
 * suspended machine) the heartbeats that waited are heard before silence is judged.
 */
static int
on_silence(void *arg)
{
	struct lw_guard *g = arg;

	return lw_timer_arm(g->loop, &g->silence_timer, look(g), on_silence, g);
}

static int
on_manager(void *arg)
{
	struct lw_guard *g = arg;

	(void)lw_notify_send(&g->notify, "WATCHDOG=1");
	return lw_timer_arm(g->loop, &g->manager_timer, g->notify.watchdog_us / 2, on_manager, g);
}

int
lw_watchdog_start(struct lw_guard *g)
{
	int r;

	r = lw_timer_arm(g->loop, &g->silence_timer, SOONEST_US, on_silence, g);
	if (r < 0 || g->notify.watchdog_us == 0)
		return r;
	return lw_timer_arm(g->loop, &g->manager_timer, 0, on_manager, g);
}

void
lw_watchdog_stop(struct lw_guard *g)
{
	lw_timer_disarm(g->loop, &g->silence_timer);
	lw_timer_disarm(g->loop, &g->manager_timer);
}

void
lw_watchdog_tell_manager(struct lw_guard *g)
{
	const struct lw_settings *s = lw_config_settings(g->config);
	char text[256], ready[48];

	if (!g->up || g->stopping)
		return;
	snprintf(ready, sizeof(ready), "READY=1\nMAINPID=%d\n", (int)getpid());
	snprintf(text, sizeof(text), "%sSTATUS=%s, %s, %u overlays marked%s",
		g->applying ? "" : ready, g->paused_until_us > lw_now_us() ? "PAUSED" : "watching",
		lw_mode_to_str(s->mode), g->marks, g->rejected ? ", newest policy refused" : "");
	(void)lw_notify_send(&g->notify, text);
}

void
lw_watchdog_tell_reloading(struct lw_guard *g)
{
	char text[64];

	if (!g->up)
		return;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)lw_now_us());
	(void)lw_notify_send(&g->notify, text);
}

void
lw_watchdog_tell_stopping(struct lw_guard *g)
{
	(void)lw_notify_send(&g->notify, "STOPPING=1\nSTATUS=stopping");
}
