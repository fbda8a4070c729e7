#include "gate/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "gate/namespace.h"
#include "gate/tell.h"

#define BARRIER_US 100000ull /* a runtime is held for its container's facts no longer */
#define FACTS_FIRST_US 50000ull /* first repeat of an unanswered question; doubles each time */
#define FACTS_LAST_US 30000000ull
#define FACTS_REPEATS 7 /* questions that come by themselves; later ones come with events */
#define FACTS_BUDGET_US 200000ull
#define SCAN_SHARE 20 /* a scan that took t is followed by 20 t without one */
#define SEARCH_US 30000000ull /* period of the search for runtimes */
#define RESCAN_SOON_US 100000ull /* mount events come in flocks: one scan serves them */

static void
release(struct lw_barrier *b)
{
	if (b->fd < 0)
		return;
	lw_timer_disarm(b->gate->loop, &b->timer);
	lw_gate_answer(b->gate, &b->fd, true);
}

static int
on_barrier_timeout(void *arg)
{
	release(arg);
	return 0;
}

static void
release_all(struct lw_gate *g)
{
	for (size_t i = 0; i < LW_BARRIERS_MAX; i++)
		release(&g->barriers[i]);
}

static bool
hold(struct lw_gate *g, int *fd)
{
	for (size_t i = 0; i < g->capacity.barriers; i++) {
		struct lw_barrier *b = &g->barriers[i];

		if (b->fd >= 0)
			continue;
		b->fd = TAKE_FD(*fd);
		lw_timer_arm(g->loop, &b->timer, BARRIER_US, on_barrier_timeout, b);
		return true;
	}
	return false;
}

void
lw_watch_barrier(struct lw_gate *g, int fd, uint32_t tid)
{
	g->counters.barrier_events++;
	lw_discover_namespace(&g->discover, 0);
	if (tid && lw_namespace_inode(tid, "mnt") != g->discover.own_mount_namespace)
		lw_discover_namespace(&g->discover, tid);
	if (g->facts_pending && hold(g, &fd))
		return;
	lw_gate_answer(g, &fd, true);
}

static void
on_facts(struct lw_job *job, const void *body, int *fds)
{
	struct lw_facts_job *q = job->arg;
	struct lw_gate *g = q->gate;
	const struct lw_msg_container_tell *m = body;
	struct lw_superblock *sb = q->job.superblock;

	q->busy = false;
	g->facts_pending--;
	if (sb && sb->instance == q->instance) {
		sb->facts_pending = false;
		if (m && m->found && m->facts.label_count <= LW_LABELS_MAX) {
			sb->facts = m->facts;
			sb->facts.complete = 1;
			lw_tell_container(g, sb, false);
		}
	}
	if (g->facts_pending == 0)
		release_all(g);
}

static struct lw_facts_job *
free_job(struct lw_gate *g)
{
	for (size_t i = 0; i < LW_FACTS_JOBS; i++)
		if (!g->facts_jobs[i].busy)
			return &g->facts_jobs[i];
	return NULL;
}

static void
ask(struct lw_gate *g, struct lw_superblock *sb)
{
	struct lw_facts_job *q = free_job(g);
	uint64_t wait = FACTS_FIRST_US << LW_MIN(sb->facts_asked, 10u);

	if (!q)
		return;
	struct lw_msg_container_ask *m = &q->job.body.ask;
	memset(m, 0, sizeof(*m));
	m->dev_major = sb->major;
	m->dev_minor = sb->minor;
	m->pid = sb->pid;
	m->truncated = !lw_copy_string(
		m->mount_point, sizeof(m->mount_point), sb->mount_point ? sb->mount_point : "");
	m->truncated |= !lw_copy_string(m->upper, sizeof(m->upper), sb->upper ? sb->upper : "");
	q->gate = g;
	q->instance = sb->instance;
	q->busy = true;
	q->job.type = LW_MSG_CONTAINER_ASK;
	q->job.fd_count = 0;
	q->job.superblock = sb;
	q->job.budget_us = FACTS_BUDGET_US;
	q->job.done = on_facts;
	q->job.arg = q;
	sb->facts_pending = true;
	sb->facts_asked++;
	sb->facts_next_us = lw_now_us() + LW_MIN(wait, FACTS_LAST_US);
	g->facts_pending++;
	lw_pool_submit(&g->resolve, &q->job);
}

static int on_facts_timer(void *arg);

void
lw_watch_want_facts(struct lw_gate *g, struct lw_superblock *sb)
{
	uint64_t now;

	if (sb->facts.complete || sb->facts_pending || sb->state != LW_MARK_MARKED)
		return;
	now = lw_now_us();
	if (sb->facts_next_us <= now)
		ask(g, sb);
	if (!g->facts.slot && sb->facts_asked < FACTS_REPEATS)
		lw_timer_arm(g->loop, &g->facts, FACTS_FIRST_US, on_facts_timer, g);
}

/*
 * The first repeats come by themselves: the engine may be writing its state just now. Later ones
 * come with events.
 */
static void
repeat(struct lw_superblock *sb, void *arg)
{
	if (sb->facts_asked > 0 && sb->facts_asked < FACTS_REPEATS)
		lw_watch_want_facts(arg, sb);
}

static int
on_facts_timer(void *arg)
{
	struct lw_gate *g = arg;

	lw_superblocks_each(&g->superblocks, repeat, g);
	return 0;
}

void
lw_watch_changed(struct lw_superblock *sb, void *arg)
{
	struct lw_gate *g = arg;
	char detail[256];

	lw_cache_drop_superblock(g->cache, sb->major, sb->minor);
	lw_tell_container(g, sb, false);
	if (sb->state == LW_MARK_MARKED) {
		lw_watch_want_facts(g, sb);
	} else if (sb->state != LW_MARK_EXCLUDED) {
		snprintf(detail, sizeof(detail), "overlay %u:%u is not watched: %.128s", sb->major,
			sb->minor, sb->reason);
		lw_gate_health(g, LW_HEALTH_UNMARKED, 1, detail);
	}
}

void
lw_watch_gone(struct lw_superblock *sb, void *arg)
{
	struct lw_gate *g = arg;

	for (size_t i = 0; i < LW_FACTS_JOBS; i++)
		if (g->facts_jobs[i].busy && g->facts_jobs[i].job.superblock == sb)
			g->facts_jobs[i].job.superblock = NULL;
	lw_verify_drop_superblock(&g->verify, sb);
	lw_places_forget(&g->places, sb);
	lw_cache_drop_superblock(g->cache, sb->major, sb->minor);
	lw_tell_container(g, sb, true);
}

void
lw_watch_nested(struct lw_superblock *sb, void *arg)
{
	struct lw_gate *g = arg;

	lw_verify_drop_superblock(&g->verify, sb);
}

/* A mount came or went in our own namespace. */
static int
on_mountinfo(void *arg, uint32_t events)
{
	struct lw_gate *g = arg;

	lw_discover_namespace(&g->discover, 0);
	return 0;
}

/* Once, until there is room again. */
static void
tell_gap(struct lw_gate *g, uint32_t count, const char *what, bool *told)
{
	char detail[128];

	if (count && !*told) {
		snprintf(detail, sizeof(detail), "%u %s", count, what);
		lw_gate_health(g, LW_HEALTH_UNMARKED, count, detail);
	}
	*told = count > 0;
}

/* Long mount tables, a container's doing perhaps, may not make us scan all the time. */
static int
scan(struct lw_gate *g)
{
	uint64_t start = lw_now_us();
	int r = lw_discover_all(&g->discover);

	tell_gap(g, g->discover.refused, "overlays are not watched: there is no room for more",
		&g->crowded);
	tell_gap(g, g->discover.left_out,
		"processes are in mount namespaces that are not looked at: there are too many",
		&g->outnumbered);
	g->scan_us = lw_now_us() - start;
	g->scan_ended_us = start + g->scan_us;
	return r;
}

static uint64_t
until_next_scan(const struct lw_gate *g, uint64_t wanted_us)
{
	uint64_t rest = g->scan_us * SCAN_SHARE, since = lw_now_us() - g->scan_ended_us;

	return LW_MAX(wanted_us, rest > since ? rest - since : 0);
}

static int
on_rescan_soon(void *arg)
{
	scan(arg);
	return 0;
}

/* The same, told by fanotify, also for other namespaces. */
static int
on_mount_event(void *arg, uint32_t events)
{
	struct lw_gate *g = arg;

	if (lw_group_drain_mounts(&g->group) && !g->rescan_soon.slot)
		lw_timer_arm(g->loop, &g->rescan_soon, until_next_scan(g, RESCAN_SOON_US),
			on_rescan_soon, g);
	return 0;
}

void
lw_watch_met(uint32_t pid, void *arg)
{
	struct lw_gate *g = arg;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", pid);
	_cleanup_close_ int ns = g->group.mount_fd >= 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (ns >= 0)
		lw_group_watch_namespace(&g->group, ns);
}

static int
on_rescan(void *arg)
{
	struct lw_gate *g = arg;

	scan(g);
	return lw_timer_arm(g->loop, &g->rescan,
		until_next_scan(g, g->settings->watch.rescan_ms * 1000ull), on_rescan, g);
}

/*
 * inotify tells of replaced files at once; this finds engines that were installed or configured
 * since.
 */
static int
on_search(void *arg)
{
	struct lw_gate *g = arg;

	lw_runtimes_search(&g->runtimes, g->settings);
	return lw_timer_arm(g->loop, &g->search, SEARCH_US, on_search, g);
}

static int
on_folder(void *arg, uint32_t events)
{
	struct lw_gate *g = arg;

	lw_runtimes_rearm(&g->runtimes);
	return 0;
}

int
lw_watch_start(struct lw_gate *g)
{
	int r;

	for (size_t i = 0; i < LW_BARRIERS_MAX; i++)
		g->barriers[i] = (struct lw_barrier){.fd = -1, .gate = g};
	g->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (g->mountinfo < 0)
		return -errno;
	r = lw_loop_add(g->loop, g->mountinfo, EPOLLPRI | EPOLLET, on_mountinfo, g);
	if (r == 0)
		r = lw_loop_add(g->loop, g->runtimes.inotify, EPOLLIN, on_folder, g);
	if (r == 0 && g->group.mount_fd >= 0)
		r = lw_loop_add(g->loop, g->group.mount_fd, EPOLLIN, on_mount_event, g);
	if (r < 0)
		return r;
	r = on_search(g);
	return r < 0 ? r : on_rescan(g);
}

void
lw_watch_stop(struct lw_gate *g)
{
	for (size_t i = 0; i < LW_BARRIERS_MAX; i++)
		if (g->barriers[i].gate)
			release(&g->barriers[i]);
	lw_closep(&g->mountinfo);
}
