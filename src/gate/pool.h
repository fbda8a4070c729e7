/*
 * pool: the gate's side of classify and resolve: requests wait here, fairly among containers,
 * until a helper is free.
 *
 * One request is with a helper at a time. A helper that keeps one past its time is given up: its
 * job fails, the guard is asked for another. The next job is that of the container that has been
 * served least, so that one container's flood delays itself (bypass row 42); patient jobs go when
 * no other waits. Jobs are embedded in their owner and must be cancelled before it goes.
 */
#ifndef LW_GATE_POOL_H
#define LW_GATE_POOL_H

#include "base/loop.h"
#include "gate/superblock.h"
#include "wire/chan.h"

#define LW_JOB_GRACE_US 500000 /* beyond a job's own budget, before its helper is given up */

struct lw_job;
/* body and fds (owned by the frame; take with TAKE_FD) or NULL when the job failed. */
typedef void (*lw_job_done_fn)(struct lw_job *job, const void *body, int *fds);

enum lw_job_state { LW_JOB_IDLE, LW_JOB_WAITING, LW_JOB_SENT };

struct lw_job {
	struct lw_job *next, *previous;
	enum lw_job_state state;
	uint64_t id;
	uint64_t budget_us;
	bool patient; /* nobody waits for it: it goes after all that are not */
	struct lw_superblock *superblock; /* whose share it uses; may be NULL */
	unsigned type; /* of the request message */
	union {
		struct lw_msg_assess assess;
		struct lw_msg_execution execution;
		struct lw_msg_container_ask ask;
	} body;
	const void *large; /* not NULL: the request instead of body; must stay until it is sent */
	int fds[LW_CHAN_FDS]; /* not owned: must stay open until the job is sent */
	unsigned fd_count;
	lw_job_done_fn done;
	void *arg;
};

struct lw_pool_peer {
	struct lw_pool *pool;
	struct lw_chan chan;
	bool open;
	uint32_t instance;
	struct lw_job *job; /* NULL = free, or cancelled meanwhile */
	bool busy;
	uint64_t since_us, until_us;
};

struct lw_pool {
	struct lw_loop *loop;
	enum lw_role role;
	struct lw_pool_peer peers[LW_INSTANCES_MAX];
	struct lw_job *first, *last; /* waiting */
	uint32_t waiting;
	uint64_t next_id;
	uint64_t least_served; /* virtual time: a container that comes back starts here */
	struct lw_timer watch;
	uint64_t timeouts;
	void (*give_up)(void *arg, enum lw_role role, uint32_t instance);
	void *arg;
};

void lw_pool_init(struct lw_pool *p, struct lw_loop *loop, enum lw_role role,
	void (*give_up)(void *arg, enum lw_role role, uint32_t instance), void *arg);
void lw_pool_done(struct lw_pool *p);
/* Takes fd: the helper's (new) channel. */
int lw_pool_set_peer(struct lw_pool *p, uint32_t instance, int fd);
/*
 * Sends now, or waits; job->done is called once, unless it is cancelled. Without any helper it
 * fails at once, by done.
 */
void lw_pool_submit(struct lw_pool *p, struct lw_job *job);
void lw_pool_cancel(struct lw_pool *p, struct lw_job *job);
/* Helpers that have nothing to do. */
unsigned lw_pool_idle(const struct lw_pool *p);

#endif
