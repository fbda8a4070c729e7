#include <errno.h>

#include "base/log.h"
#include "report/state.h"

static void
answer_status(void *arg, struct lw_text *out)
{
	const struct lw_report *r = arg;
	const struct lw_status s = {
		.counters = r->has_counters ? &r->counters : NULL,
		.processes = r->has_processes ? &r->processes : NULL,
		.stats = &r->stats,
		.sink_dropped = lw_sinks_dropped(r->sinks),
		.clients = lw_control_clients(r->control),
		.clients_dropped = lw_control_dropped(r->control),
		.log_dropped = lw_log_dropped(),
		.generation = r->generation,
		.mode = r->policy ? lw_policy_settings(r->policy)->mode : LW_MODE_DETECT,
		.started_us = r->started_us,
	};
	struct lw_json j;

	lw_json_init(&j, out);
	lw_json_object(&j);
	lw_status_members(&j, &s);
	lw_json_key(&j, "sinks");
	lw_sinks_status(r->sinks, &j);
	lw_json_object_end(&j);
	lw_text_adds(out, "\n");
}

static void
add_container(void *arg, const struct lw_msg_container *m)
{
	struct lw_text *out = arg;
	struct lw_json j;

	lw_json_init(&j, out);
	lw_container_line(&j, m);
	lw_text_adds(out, "\n");
}

static void
answer_containers(void *arg, struct lw_text *out)
{
	const struct lw_report *r = arg;

	lw_containers_each(r->containers, add_container, out);
}

static int
hand_over(void *arg, enum lw_control_request request, uint32_t seconds, int client_fd)
{
	const struct lw_report *r = arg;

	return r->child ? lw_child_control(r->child, request, seconds, client_fd) : -ENOTCONN;
}

const struct lw_control_ops lw_report_answers = {
	.status = answer_status,
	.containers = answer_containers,
	.request = hand_over,
};
