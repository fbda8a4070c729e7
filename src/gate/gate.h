/*
 * gate: the process that holds executions and answers them. Single thread, one loop, one fanotify
 * group.
 *
 * It never reads a content, opens a path of a container, reads a task's memory, or waits for
 * anybody. What needs one of these is asked of classify and resolve; whoever does not answer in
 * time is done without.
 */
#ifndef LW_GATE_GATE_H
#define LW_GATE_GATE_H

#include "base/loop.h"
#include "gate/cache.h"
#include "proc/connector.h"
#include "gate/discover.h"
#include "gate/flight.h"
#include "gate/follower.h"
#include "gate/group.h"
#include "gate/opening.h"
#include "gate/place.h"
#include "gate/pool.h"
#include "gate/runtime.h"
#include "gate/verify.h"
#include "policy/policy.h"
#include "proc/child.h"
#include "wire/chan.h"

/*
 * Descriptors that one execution in flight may cost: the event's, the arena, for each subject but
 * LEFT the file, the real inode, the original and the capture; and, while it is answered but judged
 * late, the event's of the one that takes its place.
 */
#define LW_FLIGHT_FDS (3 + 4 * (LW_SUBJECTS - 1))
/* What we need besides: channels, the loop's own, what is open for the moment of a question. */
#define LW_GATE_RESERVED_FDS 40
#define LW_BARRIERS_MAX 32 /* runtime executions held for their containers' facts */
/* Enough for all that the tables can hold. */
#define LW_GATE_FDS                                                                                \
	(LW_GATE_RESERVED_FDS + LW_FLIGHTS_MAX * LW_FLIGHT_FDS + LW_FOLLOWERS_MAX +                \
		LW_BARRIERS_MAX + LW_VERIFY_MAX * LW_VERIFY_FDS)

/* A runtime's execution, held until the facts of new containers are there. */
struct lw_barrier {
	int fd; /* the event's; -1 = free */
	struct lw_timer timer;
	struct lw_gate *gate;
};

struct lw_facts_job {
	struct lw_job job; /* its superblock is NULL once that is gone */
	struct lw_gate *gate;
	uint64_t instance; /* of the superblock: another overlay may have its numbers by now */
	bool busy;
};

#define LW_FACTS_JOBS 16 /* questions about containers at a time */

/* How many descriptors are for what: each is at least 1, and all fit where any do. */
struct lw_gate_capacity {
	uint32_t flights;
	uint32_t followers; /* <= LW_FOLLOWERS_MAX */
	uint32_t barriers; /* <= LW_BARRIERS_MAX */
	uint32_t scripts; /* <= LW_VERIFY_MAX; 0 where descriptors are few */
};

struct lw_gate {
	struct lw_loop *loop;
	struct lw_child *child;
	struct lw_policy *policy;
	const struct lw_settings *settings;
	uint64_t generation; /* of the policy */
	/* by classify's last answer; true and false until it has said so of this policy */
	bool rules_deny, rules_absent;
	uint64_t refused_generation; /* it was told that rules of this policy are left out */
	bool started;
	bool reading; /* the group's descriptor is in the loop: there is room for events */

	struct lw_group group;
	struct lw_superblocks superblocks;
	struct lw_discover discover;
	struct lw_runtimes runtimes;
	struct lw_places places;
	struct lw_cache *cache;
	struct lw_pool classify, resolve;
	struct lw_chan report; /* fd -1 = not there */
	struct lw_flights flights;
	struct lw_connector connector; /* until the followers have it */
	struct lw_followers followers;
	struct lw_gate_capacity capacity;
	struct lw_verify verify;
	struct lw_executed executed;
	uint32_t resolve_pids[LW_INSTANCES_MAX]; /* by instance, 0 = none */
	struct lw_barrier barriers[LW_BARRIERS_MAX];
	struct lw_facts_job facts_jobs[LW_FACTS_JOBS];

	int mountinfo; /* polled for POLLPRI */
	unsigned facts_pending;
	uint64_t paused_until_us; /* 0 = not paused */
	bool crowded; /* told: there are overlays that there is no room for */
	bool outnumbered; /* told: there are namespaces that are not looked at */
	bool exact_times; /* multigrain timestamps (6.13+): two writes never share a ctime */
	uint64_t sequence;
	uint64_t scan_us, scan_ended_us; /* how long the last full scan took, and its end */
	uint64_t life_us; /* of the last heartbeat */
	struct lw_msg_counters counters;
	struct lw_msg_counters told; /* what report was told last */
	struct lw_timer heartbeat, search, rescan, rescan_soon, tell, facts, unpause;
};

/* files: RLIMIT_NOFILE; in_flight: what the policy wants. */
struct lw_gate_capacity lw_gate_capacity_of(uint64_t files, uint32_t in_flight);

/* Takes the connector, which may be one that is not there. */
int lw_gate_new(struct lw_gate **out, struct lw_loop *loop, struct lw_connector connector);
struct lw_gate *lw_gate_free(struct lw_gate *g); /* always NULL */

extern const struct lw_child_ops lw_gate_ops; /* arg: struct lw_gate */

/* Takes what waits in the group, while there is room. 0, or a negative errno: the gate ends. */
int lw_gate_read_events(struct lw_gate *g);
/* Events are waited for again: called when room came back. */
void lw_gate_resume_reading(struct lw_gate *g);
/*
 * The one place where an execution is answered. Closes fd first, so that the answer is never
 * behind our own hold on the mount.
 */
void lw_gate_answer(struct lw_gate *g, int *fd, bool allow);
/*
 * Is an execution allowed of which nothing could be learned? As decision.on_error says, but never
 * denied in detect mode or in a pause. Counts it: no observation will tell of it.
 */
bool lw_gate_allows_unexamined(struct lw_gate *g);
/*
 * Allows the execution of the file `id`. followed: a loader that the kernel opens will come
 * next.
 */
void lw_gate_let_go(
	struct lw_gate *g, int *fd, uint32_t tid, const struct lw_identity *id, bool followed);
void lw_gate_health(struct lw_gate *g, enum lw_health what, uint32_t count, const char *detail);

/*
 * Will the kernel open a loader for a file of this shape, that need not be asked? What a "#!" line
 * names nobody has looked at: a memfd would raise no event.
 */
bool lw_gate_is_followed(enum lw_format format, uint32_t assess_flags);

/* Counts a time of `us` microseconds. */
void lw_histogram_add(uint64_t histogram[LW_HISTOGRAM_BUCKETS], uint64_t us);

#endif
