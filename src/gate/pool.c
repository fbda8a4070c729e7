#include "gate/pool.h"

#include <errno.h>
#include <string.h>

#define DISPATCH_MOST 16 /* frames taken from one helper before others have their turn */

static int on_reply(void *arg, struct lw_received *r);

static const struct lw_route classify_routes[] = {
	{LW_MSG_ASSESSED, 1, on_reply},
	{LW_MSG_BEHAVED, 1, on_reply},
};
static const struct lw_route resolve_routes[] = {
	{LW_MSG_EXECUTED, 1, on_reply},
	{LW_MSG_CONTAINER_TELL, 1, on_reply},
};

void
lw_pool_init(struct lw_pool *p, struct lw_loop *loop, enum lw_role role,
	void (*give_up)(void *arg, enum lw_role role, uint32_t instance), void *arg)
{
	memset(p, 0, sizeof(*p));
	p->loop = loop;
	p->role = role;
	p->give_up = give_up;
	p->arg = arg;
	p->next_id = 1;
}

static void
unlink_job(struct lw_pool *p, struct lw_job *job)
{
	*(job->previous ? &job->previous->next : &p->first) = job->next;
	*(job->next ? &job->next->previous : &p->last) = job->previous;
	job->next = job->previous = NULL;
	p->waiting--;
}

static void
append_job(struct lw_pool *p, struct lw_job *job)
{
	job->next = NULL;
	job->previous = p->last;
	*(p->last ? &p->last->next : &p->first) = job;
	p->last = job;
	job->state = LW_JOB_WAITING;
	p->waiting++;
}

static void
finish(struct lw_job *job, const void *body, int *fds)
{
	job->state = LW_JOB_IDLE;
	job->done(job, body, fds);
}

/* Ends what the helper was doing, without an answer. */
static void
release_peer(struct lw_pool_peer *peer)
{
	struct lw_job *job = TAKE_PTR(peer->job);

	peer->busy = false;
	if (job)
		finish(job, NULL, NULL);
}

static void
close_peer(struct lw_pool_peer *peer)
{
	if (!peer->open)
		return;
	lw_loop_del(peer->pool->loop, peer->chan.fd);
	lw_chan_done(&peer->chan);
	peer->open = false;
	release_peer(peer);
}

void
lw_pool_done(struct lw_pool *p)
{
	lw_timer_disarm(p->loop, &p->watch);
	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		close_peer(&p->peers[i]);
	while (p->first) {
		struct lw_job *job = p->first;

		unlink_job(p, job);
		finish(job, NULL, NULL);
	}
}

static struct lw_pool_peer *
free_peer(struct lw_pool *p)
{
	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		if (p->peers[i].open && !p->peers[i].busy)
			return &p->peers[i];
	return NULL;
}

static bool
goes_before(const struct lw_job *one, const struct lw_job *other)
{
	uint64_t a = one->superblock ? one->superblock->served : 0;
	uint64_t b = other->superblock ? other->superblock->served : 0;

	return one->patient == other->patient ? a < b : other->patient;
}

/* The job whose container has been served least; first come, first served among equals. */
static struct lw_job *
fairest(struct lw_pool *p)
{
	struct lw_job *best = p->first;

	for (struct lw_job *job = best; job; job = job->next)
		if (goes_before(job, best))
			best = job;
	return best;
}

static void
charge(struct lw_pool *p, struct lw_superblock *sb)
{
	if (!sb)
		return;
	if (sb->served < p->least_served)
		sb->served = p->least_served; /* idleness is not saved up */
	p->least_served = sb->served;
	sb->served++;
}

static int on_watch(void *arg);

static void
watch(struct lw_pool *p)
{
	uint64_t next = UINT64_MAX, now = lw_now_us();

	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		if (p->peers[i].busy && p->peers[i].until_us < next)
			next = p->peers[i].until_us;
	if (next != UINT64_MAX && !p->watch.slot)
		lw_timer_arm(p->loop, &p->watch, next > now ? next - now : 1, on_watch, p);
}

static bool
send_job(struct lw_pool_peer *peer, struct lw_job *job)
{
	const void *body = job->large ? job->large : &job->body;
	int r = lw_chan_send(&peer->chan, job->type, job->id, body, job->fds, job->fd_count);

	if (r != 0)
		return false;
	job->state = LW_JOB_SENT;
	peer->job = job;
	peer->busy = true;
	peer->since_us = lw_now_us();
	peer->until_us = peer->since_us + job->budget_us + LW_JOB_GRACE_US;
	charge(peer->pool, job->superblock);
	return true;
}

static void
pump(struct lw_pool *p)
{
	struct lw_pool_peer *peer;

	while (p->first && (peer = free_peer(p))) {
		struct lw_job *job = fairest(p);

		unlink_job(p, job);
		if (!send_job(peer, job))
			finish(job, NULL, NULL);
	}
	watch(p);
}

/* Helpers that have kept a job past its time: the guard kills and replaces them. */
static int
on_watch(void *arg)
{
	struct lw_pool *p = arg;
	uint64_t now = lw_now_us();

	for (size_t i = 0; i < LW_INSTANCES_MAX; i++) {
		struct lw_pool_peer *peer = &p->peers[i];

		if (!peer->busy || peer->until_us > now)
			continue;
		p->timeouts++;
		p->give_up(p->arg, p->role, peer->instance);
		close_peer(peer);
	}
	pump(p);
	return 0;
}

static int
on_reply(void *arg, struct lw_received *r)
{
	struct lw_pool_peer *peer = arg;
	struct lw_job *job = peer->job;

	/* In enum lw_message an answer stands behind its question. */
	if (!peer->busy || (job && (job->id != r->frame.id || job->type + 1 != r->frame.type)))
		return -EPROTO;
	peer->job = NULL;
	peer->busy = false;
	if (job)
		finish(job, r->body, r->fds);
	return 0;
}

static int
on_readable(void *arg, uint32_t events)
{
	struct lw_pool_peer *peer = arg;
	int r = lw_chan_dispatch(&peer->chan, DISPATCH_MOST);

	if (r < 0) { /* gone, or not speaking our language: never trusted again */
		if (r == -EPROTO)
			peer->pool->give_up(peer->pool->arg, peer->pool->role, peer->instance);
		close_peer(peer);
	}
	pump(peer->pool);
	return 0;
}

int
lw_pool_set_peer(struct lw_pool *p, uint32_t instance, int fd)
{
	if (instance >= LW_INSTANCES_MAX) {
		close(fd);
		return -EPROTO;
	}
	struct lw_pool_peer *peer = &p->peers[instance];
	bool classify = p->role == LW_ROLE_CLASSIFY;

	close_peer(peer);
	peer->pool = p;
	peer->instance = instance;
	lw_chan_init(&peer->chan, fd, classify ? classify_routes : resolve_routes,
		classify ? LW_ARRAY_SIZE(classify_routes) : LW_ARRAY_SIZE(resolve_routes), peer);
	peer->chan.phase = 1;
	peer->open = true;
	int r = lw_loop_add(p->loop, fd, EPOLLIN, on_readable, peer);
	if (r == 0)
		pump(p);
	return r;
}

static bool
any_peer(const struct lw_pool *p)
{
	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		if (p->peers[i].open)
			return true;
	return false;
}

void
lw_pool_submit(struct lw_pool *p, struct lw_job *job)
{
	job->id = p->next_id++;
	if (!any_peer(p)) {
		finish(job, NULL, NULL);
		return;
	}
	append_job(p, job);
	pump(p);
}

void
lw_pool_cancel(struct lw_pool *p, struct lw_job *job)
{
	if (job->state == LW_JOB_WAITING)
		unlink_job(p, job);
	for (size_t i = 0; i < LW_INSTANCES_MAX && job->state == LW_JOB_SENT; i++)
		if (p->peers[i].job == job)
			p->peers[i].job = NULL; /* the answer will find nobody */
	job->state = LW_JOB_IDLE;
}

unsigned
lw_pool_idle(const struct lw_pool *p)
{
	unsigned idle = 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(p->peers); i++)
		idle += p->peers[i].open && !p->peers[i].busy;
	return idle;
}
