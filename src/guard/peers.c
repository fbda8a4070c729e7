#include "guard/peers.h"

/* Send buffers, bytes. Observations come in bursts and report may be busy with a disk. */
static const size_t buffers[LW_ROLE_COUNT] = {
	[LW_ROLE_CLASSIFY] = 256u * 1024,
	[LW_ROLE_RESOLVE] = 256u * 1024,
	[LW_ROLE_REPORT] = 4u * 1024 * 1024,
};

static void
tell(struct lw_process *to, const struct lw_process *of, int fd)
{
	struct lw_msg_peer m = {
		.role = of->role, .instance = of->instance, .pid = (uint32_t)of->pid};

	lw_children_tell(to, LW_MSG_PEER, 0, &m, fd);
}

static int
connect_pair(struct lw_process *gate, struct lw_process *helper)
{
	_cleanup_close_ int gate_end = -1, helper_end = -1;
	int ends[2], r;

	r = lw_chan_pair(ends, buffers[helper->role]);
	if (r < 0)
		return r;
	gate_end = ends[0];
	helper_end = ends[1];
	tell(helper, gate, helper_end);
	tell(gate, helper, gate_end);
	return 0;
}

static int
introduce_gate(struct lw_children *c, struct lw_process *gate)
{
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++) {
		struct lw_process *p = &c->processes[i];
		int r;

		if (p->role == LW_ROLE_GATE || !lw_process_alive(p))
			continue;
		r = connect_pair(gate, p);
		if (r < 0)
			return r;
	}
	return 0;
}

int
lw_peers_introduce(struct lw_children *c, struct lw_process *p)
{
	struct lw_process *gate = lw_children_get(c, LW_ROLE_GATE, 0);

	if (p->role == LW_ROLE_GATE)
		return introduce_gate(c, p);
	return lw_process_alive(gate) ? connect_pair(gate, p) : 0;
}
