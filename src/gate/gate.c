#include "gate/behave.h"
#include "gate/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#include "base/log.h"
#include "gate/fatal.h"
#include "gate/tell.h"
#include "gate/watch.h"

#define TELL_US 1000000ull /* counters go to report so often, when they changed */
#define FOLLOWER_US 2000000ull /* an interpreter that has not come by then does not come */
#define ROUNDS_MOST 8 /* reads of the group before others have their turn */

void
lw_histogram_add(uint64_t histogram[LW_HISTOGRAM_BUCKETS], uint64_t us)
{
	unsigned i = 0;

	while (i < LW_HISTOGRAM_BUCKETS - 1 && us > 1ull << i)
		i++;
	histogram[i]++;
}

/* The kernel finds the event by the number alone. */
static void
answer(struct lw_gate *g, int number, bool allow)
{
	if (g->group.fd < 0) /* stopped: the kernel has allowed it */
		return;
	int r = lw_group_answer(&g->group, number, allow);
	g->counters.answers++;
	(*(allow ? &g->counters.allowed : &g->counters.denied))++;
	if (r < 0 && r != -ENOENT)
		lw_log(LW_LOG_ERROR, "an answer was not taken: %s", strerror(-r));
}

void
lw_gate_answer(struct lw_gate *g, int *fd, bool allow)
{
	int number = *fd;

	if (number < 0)
		return;
	/* Nothing is opened in between, so the number can't have become another's. */
	close(TAKE_FD(*fd));
	answer(g, number, allow);
}

bool
lw_gate_allows_unexamined(struct lw_gate *g)
{
	g->counters.unexamined++;
	return g->paused_until_us || g->settings->mode != LW_MODE_ENFORCE ||
	       g->settings->decision.on_error != LW_ACTION_DENY;
}

void
lw_gate_let_go(
	struct lw_gate *g, int *fd, uint32_t tid, const struct lw_identity *id, bool followed)
{
	int number = *fd;

	if (number >= 0 && tid && followed) {
		lw_followers_expect(&g->followers, tid, TAKE_FD(*fd), id->dev, id->ino);
		answer(g, number, true);
	} else {
		lw_followers_forget(&g->followers, tid);
		lw_gate_answer(g, fd, true);
	}
}

/* Does it run code that its arguments name? */
static bool
runs_others(const struct lw_cache_value *v)
{
	return v->assess_flags & (LW_ASSESS_INTERPRETER | LW_ASSESS_ELF_LOADER);
}

bool
lw_gate_is_followed(enum lw_format format, uint32_t assess_flags)
{
	return format == LW_FORMAT_ELF && assess_flags & LW_ASSESS_ELF_INTERP;
}

/* Known, and of no interest to anybody. */
static void
pass(struct lw_gate *g, const struct lw_arrival *a)
{
	const struct lw_cache_value *v = a->known;
	int fd = a->fd;

	lw_histogram_add(g->counters.decision_histogram, lw_now_us() - a->read_us);
	lw_opening_expect_execution(g, a->tid, &a->id);
	lw_gate_let_go(g, &fd, a->tid, &a->id, lw_gate_is_followed(v->format, v->assess_flags));
	g->counters.layers[v->layer]++;
	g->counters.verdicts[v->verdict]++;
}

/* a holds what the event itself says. */
static void
on_container_event(struct lw_gate *g, struct lw_arrival *a)
{
	struct lw_cache_key key;

	lw_flights_make_room(&g->flights);
	a->place = lw_places_find(&g->places, a->fd, &a->id, a->tid);
	lw_layer_handle_of(a->fd, &a->handle);
	if (a->place) {
		a->place->superblock->events++;
		lw_watch_want_facts(g, a->place->superblock);
		if (lw_flight_key(a->place->superblock, &a->id, &a->handle, &key))
			a->known = lw_cache_get(g->cache, &key);
	} else {
		g->counters.unattributed++;
	}
	/* Known, and of no interest to the policy: only code that it was told to run could be. */
	const struct lw_cache_value *v = a->known;
	bool plain = v && !lw_policy_cares(g->policy, v->layer, LW_KIND_BINARY, v->verdict);
	a->follower = (!v || runs_others(v)) && lw_followers_take(&g->followers, a->tid);
	if (plain && (a->follower || (!runs_others(v) && !lw_behave_wanted(g))))
		pass(g, a);
	else
		lw_flight_begin(g, a);
}

static void
on_event(struct lw_gate *g, const struct lw_group_event *e, uint64_t read_us)
{
	struct lw_arrival a = {.fd = e->fd, .tid = e->tid, .read_us = read_us};

	if (e->what == LW_GROUP_CLOSING) {
		lw_followers_forget(&g->followers, e->tid);
		return;
	}
	g->counters.events++;
	lw_histogram_add(g->counters.queue_histogram, lw_now_us() - read_us);
	if (lw_identity_of(a.fd, &a.id) < 0) {
		lw_gate_answer(g, &a.fd, lw_gate_allows_unexamined(g));
	} else if (e->what == LW_GROUP_EXECUTION &&
		   lw_runtimes_has(&g->runtimes, a.id.dev, a.id.ino)) {
		lw_watch_barrier(g, a.fd, a.tid);
	} else if (g->paused_until_us) { /* a follower that comes now is expected no longer */
		g->counters.paused_allows++;
		lw_gate_let_go(g, &a.fd, a.tid, &a.id, false);
	} else if (e->what == LW_GROUP_OPENING) {
		g->counters.opens++;
		lw_opening_event(g, &a);
	} else {
		on_container_event(g, &a);
	}
}

/* A long batch is work, not silence. */
static void
show_life(struct lw_gate *g, uint64_t now)
{
	if (now - g->life_us < g->settings->decision.stall_ms * 250ull)
		return;
	g->life_us = now;
	lw_child_heartbeat(g->child);
}

int
lw_gate_read_events(struct lw_gate *g)
{
	struct lw_group_event batch[LW_GROUP_BATCH];
	uint64_t errors = g->group.read_errors;

	for (int round = 0; round < ROUNDS_MOST; round++) {
		int most = LW_MIN(lw_flights_room(&g->flights), LW_GROUP_BATCH);
		int n = lw_group_read(&g->group, batch, most);
		uint64_t now = lw_now_us();

		if (n < 0)
			return n;
		if (g->group.read_errors != errors) /* it may have been a close that was lost */
			lw_followers_forget_older(&g->followers, UINT64_MAX);
		for (int i = 0; i < n; i++) {
			on_event(g, &batch[i], now);
			show_life(g, lw_now_us());
		}
		if (n < most || most == 0)
			break;
	}
	if (lw_flights_room(&g->flights) == 0 &&
		g->reading) { /* what waits in the kernel's queue is not lost */
		g->reading = false;
		return lw_loop_mod(g->loop, g->group.fd, 0);
	}
	return 0;
}

static int
on_group(void *arg, uint32_t events)
{
	return lw_gate_read_events(arg);
}

void
lw_gate_resume_reading(struct lw_gate *g)
{
	if (!g->started || g->reading || g->group.fd < 0 || lw_flights_room(&g->flights) == 0)
		return;
	g->reading = lw_loop_mod(g->loop, g->group.fd, EPOLLIN) == 0;
}

void
lw_gate_health(struct lw_gate *g, enum lw_health what, uint32_t count, const char *detail)
{
	struct lw_msg_health m = {.what = what, .count = count, .time_us = lw_realtime_us()};

	lw_copy_string(m.detail, sizeof(m.detail), detail);
	if (g->report.fd < 0 || lw_chan_send(&g->report, LW_MSG_HEALTH, 0, &m, NULL, 0) != 0)
		g->counters.report_drops++;
}

static int
on_heartbeat(void *arg)
{
	struct lw_gate *g = arg;

	g->life_us = lw_now_us();
	lw_followers_forget_older(&g->followers, g->life_us - FOLLOWER_US);
	lw_child_heartbeat(g->child);
	return lw_timer_arm(
		g->loop, &g->heartbeat, g->settings->decision.stall_ms * 250ull, on_heartbeat, g);
}

static int
on_tell(void *arg)
{
	struct lw_gate *g = arg;

	lw_tell_counters(g);
	lw_tell_events(g);
	return lw_timer_arm(g->loop, &g->tell, TELL_US, on_tell, g);
}

static void
give_up(void *arg, enum lw_role role, uint32_t instance)
{
	struct lw_gate *g = arg;

	if (role == LW_ROLE_RESOLVE && instance < LW_INSTANCES_MAX)
		g->resolve_pids[instance] = 0; /* another may have its number soon */
	lw_child_replace(g->child, role, instance);
}

static int
op_config(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248])
{
	struct lw_gate *g = arg;
	struct lw_policy_source source = {.name = "policy", .text = yaml, .length = length};
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	_cleanup_text_ struct lw_text errors;

	lw_text_init(&errors, 4096);
	if (lw_policy_load(&source, 1, &policy, &errors) < 0) {
		lw_copy_string(
			detail, 248, errors.data ? errors.data : "the policy could not be loaded");
		return 1;
	}
	lw_policy_free(g->policy);
	g->policy = TAKE_PTR(policy);
	g->settings = lw_policy_settings(g->policy);
	g->discover.settings = g->settings;
	g->generation = generation;
	g->rules_deny = true;
	g->rules_absent = false;
	if (!g->started)
		return 0;
	lw_cache_clear(g->cache); /* judged by other lists */
	lw_discover_all(&g->discover);
	lw_runtimes_search(&g->runtimes, g->settings);
	return lw_child_ready(g->child, true, lw_tell_count_marked(g), "") < 0 ? -EPIPE : 0;
}

static int
on_report(void *arg, uint32_t events)
{
	struct lw_gate *g = arg;
	int r = lw_chan_dispatch(
		&g->report, 16); /* report has nothing to say: only its end is of interest */

	if (r < 0) {
		lw_loop_del(g->loop, g->report.fd);
		lw_chan_done(&g->report);
	}
	return 0;
}

static int
set_report(struct lw_gate *g, int fd)
{
	if (g->report.fd >= 0)
		lw_loop_del(g->loop, g->report.fd);
	lw_chan_done(&g->report);
	lw_chan_init(&g->report, fd, NULL, 0, g);
	memset(&g->told, 0, sizeof(g->told));
	lw_tell_containers(g);
	return lw_loop_add(g->loop, fd, EPOLLIN, on_report, g);
}

static int
op_peer(void *arg, const struct lw_msg_peer *m, int fd)
{
	struct lw_gate *g = arg;

	switch ((enum lw_role)m->role) {
	case LW_ROLE_CLASSIFY:
		return lw_pool_set_peer(&g->classify, m->instance, fd);
	case LW_ROLE_RESOLVE:
		if (m->instance < LW_INSTANCES_MAX)
			g->resolve_pids[m->instance] = m->pid;
		return lw_pool_set_peer(&g->resolve, m->instance, fd);
	case LW_ROLE_REPORT:
		return set_report(g, fd);
	default:
		close(fd);
		return -EPROTO;
	}
}

/*
 * The superblock that our programs run from is never marked: we would wait for ourselves
 * (kernel-facts 38).
 */
static uint64_t
own_device(void)
{
	char path[4096];
	struct statfs fs;
	struct stat st;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return 0;
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	if (!slash)
		return 0;
	slash[slash == path] =
		'\0'; /* the folder: on an overlay, only folders show the overlay's own device */
	if (stat(path, &st) < 0 || statfs(path, &fs) < 0 || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return 0;
	return (uint64_t)major(st.st_dev) << 32 | minor(st.st_dev);
}

/*
 * Linux 6.13 gave ext4, xfs, btrfs and tmpfs timestamps that tell any two writes apart, once
 * somebody looked.
 */
static bool
has_exact_times(void)
{
	struct utsname u;
	unsigned release_major, release_minor;

	return uname(&u) == 0 && sscanf(u.release, "%u.%u", &release_major, &release_minor) == 2 &&
	       (release_major > 6 || (release_major == 6 && release_minor >= 13));
}

struct lw_gate_capacity
lw_gate_capacity_of(uint64_t files, uint32_t in_flight)
{
	uint64_t spare = files > LW_GATE_RESERVED_FDS ? files - LW_GATE_RESERVED_FDS : 0;
	uint64_t few = LW_MAX(spare / 8, 1);
	struct lw_gate_capacity c = {
		.followers = LW_MIN(few, LW_FOLLOWERS_MAX),
		.barriers = LW_MIN(few, LW_BARRIERS_MAX),
		.scripts = LW_MIN(few / 4, LW_VERIFY_MAX),
	};
	uint64_t taken = c.followers + c.barriers + c.scripts * LW_VERIFY_FDS;
	uint64_t rest = spare > taken ? spare - taken : 0;

	c.flights = LW_MAX(LW_MIN(rest / LW_FLIGHT_FDS, LW_MIN(in_flight, LW_FLIGHTS_MAX)), 1);
	return c;
}

static uint64_t
open_files(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 256;
}

static int
open_everything(struct lw_gate *g)
{
	int r = lw_group_open(&g->group);

	g->capacity = lw_gate_capacity_of(open_files(), g->settings->decision.in_flight);
	if (r == 0)
		r = lw_fatal_guard(g->group.fd);
	if (r == 0)
		r = lw_discover_init(&g->discover);
	if (r == 0)
		r = lw_runtimes_init(&g->runtimes, &g->group);
	if (r == 0)
		r = lw_cache_new(g->settings->decision.cache_entries, &g->cache);
	if (r == 0)
		r = lw_flights_init(&g->flights, g, g->capacity.flights);
	lw_followers_init(&g->followers, &g->group, g->capacity.followers, g->connector);
	g->connector.fd = -1;
	lw_verify_init(&g->verify, g->loop, &g->group, g->capacity.scripts,
		&g->counters.scripts_unverified);
	if (r == 0)
		r = lw_loop_add(g->loop, g->group.fd, EPOLLIN, on_group, g);
	return r;
}

static int
op_start(void *arg, const struct lw_msg_start *m)
{
	struct lw_gate *g = arg;

	g->discover.quarantine = m->flags & LW_START_AFTER_STALL;
	int r = open_everything(g);

	if (r < 0) {
		char detail[248];

		snprintf(detail, sizeof(detail), "%s: %s",
			r == -ENOSYS ? "the kernel has no fanotify permission events"
				     : "the gate cannot start",
			strerror(-r));
		lw_child_ready(g->child, false, 0, detail);
		return r;
	}
	g->started = g->reading = true;
	g->discover.own_device = own_device();
	if (!lw_follower_works())
		lw_log(LW_LOG_WARNING,
			"kernel stacks can't be read: every start of a dynamic program "
			"takes the long way");
	r = lw_watch_start(g);
	if (r < 0)
		return r;
	g->counters.started_us = lw_realtime_us();
	on_heartbeat(g);
	on_tell(g);
	return lw_child_ready(g->child, true, lw_tell_count_marked(g), "") < 0 ? -EPIPE : 0;
}

static int
on_unpause(void *arg)
{
	struct lw_gate *g = arg;

	g->paused_until_us = 0;
	lw_gate_health(g, LW_HEALTH_RESUMED, 1, "executions are judged again");
	lw_tell_counters(g);
	return 0;
}

static int
op_pause(void *arg, const struct lw_msg_pause *m)
{
	struct lw_gate *g = arg;
	char detail[128];

	if (m->seconds == 0) {
		lw_timer_disarm(g->loop, &g->unpause);
		return g->paused_until_us ? on_unpause(g) : 0;
	}
	g->paused_until_us = lw_now_us() + m->seconds * 1000000ull;
	snprintf(detail, sizeof(detail),
		"paused for %u s by uid %u: every execution is allowed unseen", m->seconds, m->uid);
	lw_log(LW_LOG_WARNING, "%s", detail);
	lw_gate_health(g, LW_HEALTH_PAUSED, m->seconds, detail);
	lw_tell_counters(g);
	return lw_timer_arm(g->loop, &g->unpause, m->seconds * 1000000ull, on_unpause, g);
}

/* The group goes first: whatever is held, or comes until we are gone, the kernel allows. */
static void
op_stop(void *arg)
{
	struct lw_gate *g = arg;

	if (g->group.fd >= 0)
		lw_loop_del(g->loop, g->group.fd);
	lw_fatal_guard(-1);
	lw_group_done(&g->group);
	lw_followers_done(&g->followers);
	lw_verify_done(&g->verify);
	lw_loop_stop(g->loop);
}

const struct lw_child_ops lw_gate_ops = {
	.config = op_config,
	.peer = op_peer,
	.start = op_start,
	.pause = op_pause,
	.stop = op_stop,
	.own_ready = true,
};

int
lw_gate_new(struct lw_gate **out, struct lw_loop *loop, struct lw_connector connector)
{
	struct lw_gate *g = calloc(1, sizeof(*g));

	if (!g) {
		lw_connector_done(&connector);
		return -ENOMEM;
	}
	g->loop = loop;
	g->connector = connector;
	g->followers.connector.fd = -1;
	g->group.fd = g->group.mount_fd = g->runtimes.inotify = g->mountinfo = g->report.fd = -1;
	for (size_t i = 0; i < LW_BARRIERS_MAX; i++)
		g->barriers[i].fd = -1;
	g->discover.group = &g->group;
	g->discover.superblocks = &g->superblocks;
	g->discover.changed = lw_watch_changed;
	g->discover.gone = lw_watch_gone;
	g->discover.nested = lw_watch_nested;
	g->discover.met = lw_watch_met;
	g->discover.arg = g;
	g->exact_times = has_exact_times();
	lw_places_init(&g->places, &g->discover);
	lw_pool_init(&g->classify, loop, LW_ROLE_CLASSIFY, give_up, g);
	lw_pool_init(&g->resolve, loop, LW_ROLE_RESOLVE, give_up, g);
	*out = g;
	return 0;
}

struct lw_gate *
lw_gate_free(struct lw_gate *g)
{
	if (!g)
		return NULL;
	struct lw_timer *timers[] = {&g->heartbeat, &g->search, &g->rescan, &g->rescan_soon,
		&g->tell, &g->facts, &g->unpause};
	for (size_t i = 0; i < LW_ARRAY_SIZE(timers); i++)
		lw_timer_disarm(g->loop, timers[i]);
	lw_flights_done(&g->flights);
	lw_watch_stop(g);
	lw_pool_done(&g->classify);
	lw_pool_done(&g->resolve);
	lw_chan_done(&g->report);
	lw_verify_done(&g->verify);
	lw_followers_done(&g->followers);
	lw_connector_done(&g->connector);
	lw_group_done(&g->group);
	lw_runtimes_done(&g->runtimes);
	lw_places_done(&g->places);
	lw_superblocks_done(&g->superblocks);
	lw_discover_done(&g->discover);
	lw_cache_free(g->cache);
	lw_policy_free(g->policy);
	free(g);
	return NULL;
}
