#include "guard/children.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "guard/start.h"

#define FRAMES_A_ROUND 64
#define FRAMES_AT_END 4096 /* what may still wait in the channel of a child that is gone */
#define LOGS_AT_END 64 /* rounds of lw_logs_take for it */

void
lw_children_init(struct lw_children *c)
{
	*c = (struct lw_children){.control_fd = -1};
	for (uint32_t i = 0; i < LW_PROCESSES_MAX; i++) {
		c->processes[i] = (struct lw_process){.owner = c,
			.log = -1,
			.role = (enum lw_role)(LW_ROLE_GUARD + 1 + i / LW_INSTANCES_MAX),
			.instance = i % LW_INSTANCES_MAX};
		c->processes[i].chan.fd = -1;
	}
}

struct lw_process *
lw_children_get(struct lw_children *c, enum lw_role role, uint32_t instance)
{
	if (role <= LW_ROLE_GUARD || role >= LW_ROLE_COUNT || instance >= LW_INSTANCES_MAX)
		return NULL;
	return &c->processes[(role - LW_ROLE_GUARD - 1) * LW_INSTANCES_MAX + instance];
}

bool
lw_process_alive(const struct lw_process *p)
{
	return p->pid > 0;
}

uint64_t
lw_backoff_us(uint32_t failures)
{
	uint32_t doublings = LW_MIN(failures, 20) - (failures > 0);

	return LW_MIN((uint64_t)LW_BACKOFF_MIN_US << doublings, LW_BACKOFF_MAX_US);
}

void
lw_status_text(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "signal %d", WTERMSIG(status));
	else
		snprintf(out, size, "exit status %d", WEXITSTATUS(status));
}

static void
forget_fds(struct lw_process *p)
{
	lw_loop_del(p->owner->loop, p->chan.fd);
	lw_chan_done(&p->chan);
	p->chan.fd = -1;
	lw_loop_del(p->owner->loop, p->log);
	lw_closep(&p->log);
	p->log = -1;
}

void
lw_children_kill(struct lw_process *p, const char *why)
{
	if (!lw_process_alive(p))
		return;
	lw_log(LW_LOG_WARNING, "%s[%u] (pid %d) is killed: %s", lw_role_to_str(p->role),
		p->instance, (int)p->pid, why);
	(void)kill(p->pid, SIGKILL);
}

static int
on_overdue(void *arg)
{
	lw_children_kill(arg, "it does not end");
	return 0;
}

/* The end of a life is near: told to stop, or the channel is closed. */
static void
expect_end(struct lw_process *p)
{
	uint64_t patience = p->role == LW_ROLE_GATE ? LW_STOP_GATE_US : LW_STOP_US;

	if (p->timer.slot == 0 &&
		lw_timer_arm(p->owner->loop, &p->timer, patience, on_overdue, p) < 0)
		lw_children_kill(p, "out of memory");
}

/* EPIPE comes before SIGCHLD when a child ends, which may still have something to finish. */
static int
on_message(void *arg, uint32_t events)
{
	struct lw_process *p = arg;
	int r = lw_chan_dispatch(&p->chan, FRAMES_A_ROUND);

	p->heard_us = lw_now_us();
	if (r >= 0)
		return 0;
	lw_loop_del(p->owner->loop, p->chan.fd);
	if (r == -EPIPE || r == -ECONNRESET)
		expect_end(p);
	else
		lw_children_kill(p, r == -EPROTO ? "it broke the protocol" : strerror(-r));
	return 0;
}

static int
on_log(void *arg, uint32_t events)
{
	struct lw_process *p = arg;

	if (lw_logs_take(p->owner->logs, p->log, lw_role_to_str(p->role), p->instance) < 0)
		lw_loop_del(p->owner->loop, p->log);
	return 0;
}

static int
attach(struct lw_process *p)
{
	struct lw_children *c = p->owner;
	int r;

	r = lw_loop_add(c->loop, p->chan.fd, EPOLLIN, on_message, p);
	if (r < 0)
		return r;
	r = lw_loop_add(c->loop, p->log, EPOLLIN, on_log, p);
	return r < 0 ? r : c->ops->started(c->arg, p);
}

static void
begin_life(struct lw_process *p, pid_t pid, int channel, int log)
{
	struct lw_children *c = p->owner;

	p->pid = pid;
	p->ready = false;
	p->applied = 0;
	p->replaced = false;
	p->started_us = p->heard_us = lw_now_us();
	p->log = log;
	lw_chan_init(&p->chan, channel, c->routes, c->route_count, c->arg);
	p->chan.arg = p;
	p->chan.phase = LW_PHASE_OF(p->role);
}

static int
start(struct lw_process *p)
{
	_cleanup_close_ int channel = -1, log = -1;
	pid_t pid;
	int r;

	pid = lw_start_process(p, &channel, &log);
	if (pid < 0)
		return (int)pid;
	begin_life(p, pid, TAKE_FD(channel), TAKE_FD(log));
	lw_log(LW_LOG_DEBUG, "%s[%u] is started, pid %d", lw_role_to_str(p->role), p->instance,
		(int)pid);
	r = attach(p);
	if (r < 0)
		lw_children_kill(p, strerror(-r)); /* reaped and tried again as any death */
	return 0;
}

static int on_restart(void *arg);

/* The gate comes back at once the first time: while it is away, nothing is watched. */
static uint64_t
delay_of(const struct lw_process *p)
{
	if (p->replaced)
		return LW_BACKOFF_MIN_US;
	if (p->role == LW_ROLE_GATE)
		return p->failures <= 1 ? 0 : lw_backoff_us(p->failures - 1);
	return lw_backoff_us(p->failures);
}

static void
plan_restart(struct lw_process *p)
{
	uint64_t delay = delay_of(p);

	lw_log(LW_LOG_INFO, "%s[%u] is started again in %llu ms", lw_role_to_str(p->role),
		p->instance, (unsigned long long)(delay / 1000));
	if (lw_timer_arm(p->owner->loop, &p->timer, delay, on_restart, p) < 0)
		lw_log(LW_LOG_ERROR, "%s[%u] can't be started again: out of memory",
			lw_role_to_str(p->role), p->instance);
}

static int
on_restart(void *arg)
{
	struct lw_process *p = arg;
	int r;

	if (p->owner->stopping || !p->wanted || lw_process_alive(p))
		return 0;
	p->restarts++;
	r = start(p);
	if (r < 0) {
		p->failures++;
		lw_log(LW_LOG_ERROR, "%s[%u] can't be started: %s", lw_role_to_str(p->role),
			p->instance, strerror(-r));
		plan_restart(p);
	}
	return 0;
}

static void
hear_the_rest(struct lw_process *p)
{
	(void)lw_chan_dispatch(&p->chan, FRAMES_AT_END);
	for (int i = 0; i < LOGS_AT_END; i++)
		if (lw_logs_take(p->owner->logs, p->log, lw_role_to_str(p->role), p->instance) < 0)
			break;
}

static void
note_death(struct lw_process *p, pid_t pid, int status)
{
	char text[32];

	lw_status_text(status, text, sizeof(text));
	lw_log(p->owner->stopping || !p->wanted ? LW_LOG_DEBUG : LW_LOG_WARNING,
		"%s[%u] (pid %d) has ended: %s", lw_role_to_str(p->role), p->instance, (int)pid,
		text);
	if (lw_now_us() - p->started_us >= LW_HEALTHY_US)
		p->failures = 0;
	p->failures += !p->replaced;
	p->last_status = status;
}

static void
bury(struct lw_process *p, int status)
{
	struct lw_children *c = p->owner;
	pid_t pid = p->pid;

	p->pid = 0; /* reaped: the number may soon be another's, nobody may signal it */
	lw_timer_disarm(c->loop, &p->timer);
	hear_the_rest(p);
	note_death(p, pid, status);
	forget_fds(p);
	c->ops->gone(c->arg, p, status);
	if (p->wanted && !c->stopping)
		plan_restart(p);
}

static struct lw_process *
find_pid(struct lw_children *c, pid_t pid)
{
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++)
		if (c->processes[i].pid == pid)
			return &c->processes[i];
	return NULL;
}

void
lw_children_reap(struct lw_children *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct lw_process *p = find_pid(c, pid);

		if (p)
			bury(p, status);
	}
}

void
lw_children_tell(struct lw_process *p, unsigned type, uint64_t id, const void *body, int fd)
{
	int r;

	if (!lw_process_alive(p))
		return;
	r = lw_chan_send(&p->chan, type, id, body, &fd, fd >= 0);
	if (r == LW_CHAN_FULL)
		lw_children_kill(p, "it does not take its messages");
	else if (r < 0 && r != -EPIPE)
		lw_children_kill(p, strerror(-r));
}

static void
dismiss(struct lw_process *p)
{
	struct lw_msg_empty m = {0};

	p->wanted = false;
	lw_timer_disarm(p->owner->loop, &p->timer);
	if (!lw_process_alive(p))
		return;
	lw_children_tell(p, LW_MSG_STOP, 0, &m, -1);
	expect_end(p);
}

static int
want_one(struct lw_process *p)
{
	if (p->wanted)
		/*
		 * One that was dismissed and is still about to end is started again when it has
		 * ended.
		 */
		return 0;
	p->wanted = true;
	return lw_process_alive(p) ? 0 : start(p);
}

int
lw_children_want(struct lw_children *c, enum lw_role role, uint32_t count)
{
	int result = 0;

	for (uint32_t i = 0; i < LW_INSTANCES_MAX; i++) {
		struct lw_process *p = lw_children_get(c, role, i);
		int r = 0;

		if (i < count)
			r = want_one(p);
		else if (p->wanted)
			dismiss(p);
		if (r < 0) {
			result = r;
			p->failures++;
			plan_restart(p);
		}
	}
	return result;
}

uint32_t
lw_children_alive(const struct lw_children *c, uint16_t mask)
{
	uint32_t alive = 0;

	for (size_t i = 0; i < LW_PROCESSES_MAX; i++)
		alive += lw_process_alive(&c->processes[i]) &&
			 (LW_PHASE_OF(c->processes[i].role) & mask);
	return alive;
}

uint32_t
lw_children_stop(struct lw_children *c, uint16_t mask)
{
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++)
		if (c->processes[i].wanted && (LW_PHASE_OF(c->processes[i].role) & mask))
			dismiss(&c->processes[i]);
	return lw_children_alive(c, mask);
}

void
lw_children_done(struct lw_children *c)
{
	c->stopping = true;
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++) {
		struct lw_process *p = &c->processes[i];

		lw_timer_disarm(c->loop, &p->timer);
		if (!lw_process_alive(p))
			continue;
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		forget_fds(p);
		p->pid = 0;
	}
}

void
lw_children_describe(const struct lw_children *c, struct lw_msg_processes *out)
{
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++) {
		const struct lw_process *p = &c->processes[i];

		if (!p->wanted && !lw_process_alive(p))
			continue;
		out->processes[out->count++] = (struct lw_process_state){.role = p->role,
			.instance = p->instance,
			.pid = (int32_t)p->pid,
			.restarts = p->restarts,
			.last_status = p->last_status};
	}
}
