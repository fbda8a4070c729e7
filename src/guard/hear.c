#include "guard/hear.h"

#include <errno.h>
#include <string.h>

#include "guard/reload.h"
#include "guard/speak.h"
#include "guard/watchdog.h"
#include "layerwatch/control.h"

#define GATE LW_PHASE_OF(LW_ROLE_GATE)
#define REPORT LW_PHASE_OF(LW_ROLE_REPORT)
#define ANY (GATE | REPORT | LW_PHASE_OF(LW_ROLE_CLASSIFY) | LW_PHASE_OF(LW_ROLE_RESOLVE))

/* A channel's arg is its process; the guard is what the table of processes was made with. */
static struct lw_guard *
guard_of(const struct lw_process *p)
{
	return p->owner->arg;
}

/*
 * At the start a refusal is ours to report: the configuration can't be used, or the kernel lacks
 * something; in that case the child ends by itself with a status that says which, and that becomes
 * our exit code (guard.c). Later it is a reload that went wrong: all go back to what they had.
 */
static void
refused(struct lw_guard *g, struct lw_process *p, uint64_t generation, const char *detail)
{
	if (g->stopping)
		return;
	lw_log(LW_LOG_ERROR, "%s[%u] refuses: %s", lw_role_to_str(p->role), p->instance, detail);
	if (!p->accepted && (!g->up || (g->generation == 1 && g->applying)))
		lw_guard_stop(g, LW_EXIT_CONFIG);
	else if (generation == g->generation && g->previous)
		lw_reload_undo(g);
	else if (!p->ready)
		lw_children_kill(p, "it can't work with the policy in force");
}

static void
gate_is_ready(struct lw_guard *g, uint32_t marks)
{
	g->marks = marks;
	if (!g->up)
		lw_log(LW_LOG_INFO, "watching, mode %s: %u overlays marked",
			lw_mode_to_str(lw_config_settings(g->config)->mode), marks);
	g->up = true;
}

static int
on_ready(void *arg, struct lw_received *r)
{
	const struct lw_msg_ready *m = r->body;
	struct lw_process *p = arg;
	struct lw_guard *g = guard_of(p);
	char detail[sizeof(m->detail)];

	memcpy(detail, m->detail, sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	if (!m->ok) {
		refused(g, p, r->frame.id, detail);
		return 0;
	}
	p->ready = p->accepted = true;
	p->applied = r->frame.id;
	if (p->role == LW_ROLE_GATE)
		gate_is_ready(g, m->marks);
	lw_watchdog_tell_manager(g);
	lw_reload_look(g);
	return 0;
}

static int
on_heartbeat(void *arg, struct lw_received *r)
{
	return 0; /* that anything came is what counts: heard_us */
}

static int
on_replace(void *arg, struct lw_received *r)
{
	const struct lw_msg_replace *m = r->body;
	struct lw_process *gate = arg, *p = NULL;

	if (m->role == LW_ROLE_CLASSIFY || m->role == LW_ROLE_RESOLVE)
		p = lw_children_get(gate->owner, (enum lw_role)m->role, m->instance);
	if (!p)
		return -EPROTO;
	if (lw_process_alive(p)) {
		p->replaced = true;
		lw_children_kill(p, "it missed its deadline");
	}
	return 0;
}

static int
on_pause_over(void *arg)
{
	lw_log(LW_LOG_WARNING, "the pause is over");
	lw_watchdog_tell_manager(arg);
	return 0;
}

static void
set_pause(struct lw_guard *g, uint32_t seconds, uid_t uid)
{
	uint64_t us = (uint64_t)seconds * 1000000;

	g->paused_until_us = seconds ? lw_now_us() + us : 0;
	g->paused_by = uid;
	lw_timer_disarm(g->loop, &g->pause_timer);
	if (seconds) {
		lw_log(LW_LOG_WARNING, "paused for %u s by uid %u: everything is allowed", seconds,
			(unsigned)uid);
		(void)lw_timer_arm(g->loop, &g->pause_timer, us, on_pause_over, g);
	} else {
		lw_log(LW_LOG_WARNING, "resumed by uid %u", (unsigned)uid);
	}
	lw_speak_pause(g);
	lw_watchdog_tell_manager(g);
}

static int
do_pause(struct lw_guard *g, uint32_t seconds, uid_t uid)
{
	if (seconds == 0 || seconds > LW_PAUSE_MAX)
		return -EPROTO;
	set_pause(g, seconds, uid);
	return 0;
}

static int
do_resume(struct lw_guard *g, uint32_t seconds, uid_t uid)
{
	set_pause(g, 0, uid);
	return 0;
}

static int
do_reload(struct lw_guard *g, uint32_t seconds, uid_t uid)
{
	lw_log(LW_LOG_INFO, "reload, asked for by uid %u", (unsigned)uid);
	lw_reload(g);
	return 0;
}

static int (*const requests[LW_CONTROL_COUNT])(struct lw_guard *, uint32_t, uid_t) = {
	[LW_CONTROL_PAUSE] = do_pause,
	[LW_CONTROL_RESUME] = do_resume,
	[LW_CONTROL_RELOAD] = do_reload,
};

static int
on_control(void *arg, struct lw_received *r)
{
	const struct lw_msg_control *m = r->body;
	struct lw_guard *g = guard_of(arg);
	uid_t uid = (uid_t)-1;
	int ret;

	if (m->request >= LW_CONTROL_COUNT || !requests[m->request])
		return -EPROTO;
	ret = lw_control_check(&g->control, r->fds[0], &uid);
	if (ret < 0) {
		lw_log(LW_LOG_WARNING, "a request on the control socket (uid %d) is refused: %s",
			(int)uid, strerror(-ret));
		return 0;
	}
	return requests[m->request](g, m->seconds, uid);
}

const struct lw_route lw_hear_routes[] = {
	{LW_MSG_READY, ANY, on_ready},
	{LW_MSG_HEARTBEAT, ANY, on_heartbeat},
	{LW_MSG_REPLACE, GATE, on_replace},
	{LW_MSG_CONTROL, REPORT, on_control},
};

const size_t lw_hear_route_count = LW_ARRAY_SIZE(lw_hear_routes);
