#include "guard/speak.h"

#include "guard/peers.h"

#define RETRY_US 1000000

static void
tell_resources(struct lw_guard *g, struct lw_process *p)
{
	const struct lw_config *c = g->config;

	if (p->role != LW_ROLE_CLASSIFY)
		return;
	for (size_t i = 0; i < c->list_count; i++) {
		struct lw_msg_resource m = {.generation = c->generation,
			.kind = LW_RESOURCE_HASH_LIST,
			.index = (uint32_t)i};

		lw_children_tell(p, LW_MSG_RESOURCE, 0, &m, c->lists[i]);
	}
	const struct single {
		enum lw_resource kind;
		int fd; /* -1 = there is none */
	} singles[] = {{LW_RESOURCE_YARA, c->yara}, {LW_RESOURCE_RULES, c->rules},
		{LW_RESOURCE_MODEL, c->model}};

	for (size_t i = 0; i < LW_ARRAY_SIZE(singles); i++) {
		struct lw_msg_resource m = {.generation = c->generation, .kind = singles[i].kind};

		if (singles[i].fd >= 0)
			lw_children_tell(p, LW_MSG_RESOURCE, 0, &m, singles[i].fd);
	}
}

static void
tell_config(struct lw_guard *g, struct lw_process *p)
{
	const struct lw_config *c = g->config;
	struct lw_msg_config m = {.generation = c->generation, .length = c->length};

	tell_resources(g, p);
	lw_children_tell(p, LW_MSG_CONFIG, c->generation, &m, c->text);
}

void
lw_speak_config(struct lw_guard *g)
{
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++)
		tell_config(g, &g->children.processes[i]);
}

void
lw_speak_reopen(struct lw_guard *g)
{
	struct lw_msg_empty m = {0};

	lw_children_tell(
		lw_children_get(&g->children, LW_ROLE_REPORT, 0), LW_MSG_REOPEN, 0, &m, -1);
}

void
lw_speak_pause(struct lw_guard *g)
{
	uint64_t now = lw_now_us();
	uint64_t left = g->paused_until_us > now ? g->paused_until_us - now : 0;
	struct lw_msg_pause m = {
		.seconds = (uint32_t)((left + 999999) / 1000000), .uid = g->paused_by};

	lw_children_tell(lw_children_get(&g->children, LW_ROLE_GATE, 0), LW_MSG_PAUSE, 0, &m, -1);
}

static int
on_retry(void *arg)
{
	lw_speak_processes(arg);
	return 0;
}

/* Not by lw_children_tell: a report that is busy with a slow disk need not die for this. */
void
lw_speak_processes(struct lw_guard *g)
{
	struct lw_process *report = lw_children_get(&g->children, LW_ROLE_REPORT, 0);
	struct lw_msg_processes m = {.policy_rejected = g->rejected};

	if (!lw_process_alive(report))
		return;
	lw_children_describe(&g->children, &m);
	if (lw_chan_send(&report->chan, LW_MSG_PROCESSES, 0, &m, NULL, 0) == LW_CHAN_FULL)
		(void)lw_timer_arm(g->loop, &g->processes_timer, RETRY_US, on_retry, g);
}

int
lw_speak_all(struct lw_guard *g, struct lw_process *p)
{
	struct lw_msg_start m = {.flags = g->stalls ? LW_START_AFTER_STALL : 0};
	int r;

	tell_config(g, p);
	r = lw_peers_introduce(&g->children, p);
	if (r < 0)
		return r;
	lw_children_tell(p, LW_MSG_START, 0, &m, -1);
	if (p->role == LW_ROLE_GATE && g->paused_until_us > lw_now_us())
		lw_speak_pause(g);
	lw_speak_processes(g);
	return 0;
}
