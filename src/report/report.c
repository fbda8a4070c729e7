#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "report/state.h"

#define FRAMES_A_ROUND 64
#define HEARTBEAT_US 1000000
#define DRAIN_US 500000 /* at the end, for sinks that are slow */
#define ERRORS_MAX 65536 /* bytes of a policy's errors */

static int
on_observation(void *arg, struct lw_received *m)
{
	const struct lw_observation *seen = m->body;

	return lw_report_observe(arg, seen, m->fds[0], seen->has_capture ? m->fds[1] : -1);
}

static int
on_container(void *arg, struct lw_received *m)
{
	lw_report_container(arg, m->body);
	return 0;
}

static int
on_counters(void *arg, struct lw_received *m)
{
	struct lw_report *r = arg;

	memcpy(&r->counters, m->body, sizeof(r->counters));
	r->has_counters = true;
	lw_health_counters(r->health, &r->counters, lw_now_us());
	return 0;
}

static int
on_health(void *arg, struct lw_received *m)
{
	struct lw_report *r = arg;

	lw_health_message(r->health, m->body, lw_now_us());
	return 0;
}

static const struct lw_route gate_routes[] = {
	{LW_MSG_OBSERVATION, 1, on_observation},
	{LW_MSG_CONTAINER, 1, on_container},
	{LW_MSG_COUNTERS, 1, on_counters},
	{LW_MSG_HEALTH, 1, on_health},
};

static void
leave_gate(struct lw_report *r)
{
	if (r->gate.fd < 0)
		return;
	if (r->started)
		lw_loop_del(r->loop, r->gate.fd);
	lw_chan_done(&r->gate);
}

/*
 * A gate that is gone is replaced by the guard, which gives us a channel to the new one. What is
 * malformed is an error of ours or of the gate: we end, and begin anew with a new channel, rather
 * than go on deaf.
 */
static int
on_gate(void *arg, uint32_t events)
{
	struct lw_report *r = arg;
	int e = lw_chan_dispatch(&r->gate, FRAMES_A_ROUND);

	if (e == -EPIPE || e == -ECONNRESET) {
		leave_gate(r);
		return 0;
	}
	if (e == -EMFILE) {
		r->stats.failed++;
		return 0;
	}
	return e;
}

static int
listen_to_gate(struct lw_report *r)
{
	return r->gate.fd < 0 ? 0 : lw_loop_add(r->loop, r->gate.fd, EPOLLIN, on_gate, r);
}

static int
take_peer(void *arg, const struct lw_msg_peer *m, int peer_fd)
{
	struct lw_report *r = arg;
	_cleanup_close_ int fd = peer_fd;

	if (m->role != LW_ROLE_GATE)
		return -EPROTO;
	leave_gate(r);
	lw_chan_init(&r->gate, TAKE_FD(fd), gate_routes, LW_ARRAY_SIZE(gate_routes), r);
	return r->started ? listen_to_gate(r) : 0;
}

/* The first line of the errors, for the guard. */
static void
first_error(char detail[248], const struct lw_text *errors)
{
	size_t n = errors->data ? strcspn(errors->data, "\n") : 0;

	snprintf(
		detail, 248, "%.*s", (int)LW_MIN(n, (size_t)240), errors->data ? errors->data : "");
}

static int
load_policy(const char *yaml, size_t length, struct lw_policy **out, char detail[248])
{
	const struct lw_policy_source source = {
		.name = "configuration", .text = yaml, .length = length};
	_cleanup_text_ struct lw_text errors = {0};
	int e;

	lw_text_init(&errors, ERRORS_MAX);
	e = lw_policy_load(&source, 1, out, &errors);
	if (e == -EINVAL)
		first_error(detail, &errors);
	return e;
}

static int
confine(struct lw_report *r, const struct lw_settings *s)
{
	int e = 0;

	if (!r->confined && r->options.confine)
		e = r->options.confine(r->options.confine_arg, s);
	if (e == 0)
		r->confined = true;
	return e;
}

/* A refusal is positive for lw_child; running out of memory is not one. */
static int
refused(int e)
{
	return e == -ENOMEM ? e : 1;
}

static int
take_config(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248])
{
	struct lw_report *r = arg;
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	_cleanup_(lw_redactor_freep) struct lw_redactor *redactor = NULL;
	const struct lw_settings *s;
	int e = load_policy(yaml, length, &policy, detail);

	if (e != 0)
		return refused(e);
	s = lw_policy_settings(policy);
	e = lw_redactor_new(&redactor, s->capture.redact, &s->capture.redact_patterns, detail);
	if (e != 0)
		return refused(e);
	e = confine(r, s);
	if (e != 0)
		return e;
	/* At start a sink that can't be opened is retried: findings of the others must not wait for
	 * it. */
	e = lw_sinks_configure(r->sinks, s->sinks, s->sink_count, r->policy != NULL, detail);
	if (e != 0)
		return refused(e);
	lw_repeat_configure(r->repeat, s->noise.repeat_window_us, s->noise.alerts_per_minute);
	lw_policy_free(r->policy);
	lw_redactor_free(r->redactor);
	r->policy = TAKE_PTR(policy);
	r->redactor = TAKE_PTR(redactor);
	r->generation = generation;
	return 0;
}

static int
on_heartbeat(void *arg)
{
	struct lw_report *r = arg;

	if (r->child)
		(void)lw_child_heartbeat(r->child);
	return lw_timer_arm(r->loop, &r->heartbeat_timer, HEARTBEAT_US, on_heartbeat, r);
}

static int
begin(void *arg, const struct lw_msg_start *m)
{
	struct lw_report *r = arg;
	int e;

	if (!r->policy) {
		lw_log(LW_LOG_ERROR, "told to start before a configuration was accepted");
		return -EPROTO;
	}
	r->started = true;
	e = listen_to_gate(r);
	if (e == 0 && r->options.control_fd >= 0)
		e = lw_control_new(&r->control, r->loop, TAKE_FD(r->options.control_fd),
			&lw_report_answers, r);
	return e != 0 ? e : on_heartbeat(r);
}

static int
reopen(void *arg)
{
	struct lw_report *r = arg;

	lw_sinks_reopen(r->sinks);
	return 0;
}

static int
take_processes(void *arg, const struct lw_msg_processes *m)
{
	struct lw_report *r = arg;

	r->processes = *m;
	r->has_processes = true;
	lw_health_processes(r->health, m, lw_now_us());
	return 0;
}

/* What the gate has sent before it ended is still told. */
static void
stop(void *arg)
{
	struct lw_report *r = arg;

	if (r->stopped)
		return;
	r->stopped = true;
	if (r->gate.fd >= 0 && r->policy && r->started)
		(void)lw_chan_dispatch(&r->gate, UINT32_MAX);
	if (r->policy)
		lw_report_flush(r);
	lw_sinks_drain(r->sinks, DRAIN_US);
	lw_loop_stop(r->loop);
}

const struct lw_child_ops lw_report_ops = {
	.config = take_config,
	.peer = take_peer,
	.start = begin,
	.reopen = reopen,
	.processes = take_processes,
	.stop = stop,
};

int
lw_report_new(struct lw_report **out, struct lw_loop *loop, const struct lw_report_options *options)
{
	_cleanup_(lw_report_freep) struct lw_report *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->loop = loop;
	r->options = *options;
	r->gate.fd = -1;
	r->started_us = lw_realtime_us();
	e = lw_sinks_new(&r->sinks, loop, options->stdout_fd);
	if (e == 0)
		e = lw_containers_new(&r->containers);
	if (e == 0)
		e = lw_repeat_new(&r->repeat);
	if (e == 0)
		e = lw_health_new(&r->health, lw_report_health, r);
	if (e != 0)
		return e;
	*out = TAKE_PTR(r);
	return 0;
}

struct lw_report *
lw_report_free(struct lw_report *r)
{
	if (!r)
		return NULL;
	leave_gate(r);
	lw_timer_disarm(r->loop, &r->held_timer);
	lw_timer_disarm(r->loop, &r->summary_timer);
	lw_timer_disarm(r->loop, &r->heartbeat_timer);
	lw_held_done(&r->waiting);
	lw_held_done(&r->incomplete);
	lw_control_free(r->control);
	lw_sinks_free(r->sinks);
	lw_health_free(r->health);
	lw_repeat_free(r->repeat);
	lw_containers_free(r->containers);
	lw_redactor_free(r->redactor);
	lw_policy_free(r->policy);
	lw_closep(&r->options.control_fd);
	free(r);
	return NULL;
}

void
lw_report_freep(struct lw_report **r)
{
	*r = lw_report_free(*r);
}

void
lw_report_set_child(struct lw_report *r, struct lw_child *child)
{
	r->child = child;
}
