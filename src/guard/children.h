/*
 * children: the processes that the guard starts, watches and starts again. It knows programs,
 * pids, exits and back-off; what is said on the channels is the business of its owner (ops).
 *
 * States: IDLE -> ALIVE (started; READY may be outstanding) -> gone -> WAITING (back-off) -> ALIVE
 * ... ; a child that is not wanted any more, or the whole set once stopping is set, goes from
 * ALIVE to IDLE.
 */
#ifndef LW_GUARD_CHILDREN_H
#define LW_GUARD_CHILDREN_H

#include <limits.h>

#include "base/log.h"
#include "base/loop.h"
#include "guard/logs.h"
#include "wire/chan.h"

#define LW_PROCESSES_MAX ((LW_ROLE_COUNT - 1) * LW_INSTANCES_MAX)
#define LW_BACKOFF_MIN_US 100000u
#define LW_BACKOFF_MAX_US 30000000u
#define LW_STOP_GATE_US                                                                            \
	1000000u /* between STOP and SIGKILL: the gate has only to close its group */
#define LW_STOP_US 3000000u /* the others: report writes what it has */
#define LW_HEALTHY_US 60000000u /* alive for so long: earlier failures are forgotten */

struct lw_children;

struct lw_process {
	struct lw_children *owner;
	enum lw_role role;
	uint32_t instance;
	bool wanted;
	bool ready; /* said READY in this life */
	bool accepted; /* said READY with ok in any life */
	uint64_t applied; /* generation of the newest policy it was READY for, in this life */
	bool replaced; /* killed because the gate found it late: no failure of its own */
	pid_t pid; /* 0 = not alive */
	struct lw_chan chan; /* its phase is the bit of the role: routes say who may say what */
	int log; /* our end of its stderr */
	uint32_t restarts;
	uint32_t failures; /* in a row */
	int last_status; /* of wait(2) */
	uint64_t started_us, heard_us;
	struct lw_timer timer; /* of the next start */
};

#define LW_PHASE_OF(role) ((uint16_t)(1u << (role)))

struct lw_children_ops {
	/* A child is alive and has heard nothing yet. A negative errno kills it. */
	/* It is gone: all that it said has been heard. Called before a new start is planned. */
	int (*started)(void *arg, struct lw_process *p);
	void (*gone)(void *arg, struct lw_process *p, int status);
};

struct lw_children {
	struct lw_loop *loop;
	struct lw_logs *logs;
	const struct lw_children_ops *ops;
	const struct lw_route *routes;
	size_t route_count;
	void *arg;
	char libexec[PATH_MAX];
	uid_t uid; /* told to the children */
	gid_t gid;
	enum lw_log_level level;
	int control_fd; /* for report; not owned */
	bool stopping; /* nobody is started any more */
	struct lw_process processes[LW_PROCESSES_MAX];
};

/*
 * Fills in the table; loop, logs, ops, routes, arg, libexec and the rest are set by the owner
 * before the first start.
 */
void lw_children_init(struct lw_children *c);
/* Kills and reaps what is alive. */
void lw_children_done(struct lw_children *c);

struct lw_process *lw_children_get(
	struct lw_children *c, enum lw_role role, uint32_t instance); /* NULL = no such */
bool lw_process_alive(const struct lw_process *p);

/*
 * How many of a role are wanted (<= LW_INSTANCES_MAX). New ones are started, superfluous ones are
 * told to stop. Returns 0, or the negative errno of a start that failed (it is tried again).
 */
int lw_children_want(struct lw_children *c, enum lw_role role, uint32_t count);

/* SIGCHLD: reaps all. */
void lw_children_reap(struct lw_children *c);

void lw_children_kill(struct lw_process *p, const char *why);
/*
 * Sends; a child whose queue is full or whose channel is broken is killed, to be started again
 * with everything new.
 */
void lw_children_tell(struct lw_process *p, unsigned type, uint64_t id, const void *body, int fd);
/* STOP to all alive ones of the roles whose phase bit is in mask. Returns how many are alive. */
uint32_t lw_children_stop(struct lw_children *c, uint16_t mask);
uint32_t lw_children_alive(const struct lw_children *c, uint16_t mask);

/* For report and the log. */
void lw_children_describe(const struct lw_children *c, struct lw_msg_processes *out);

/* What wait(2) said, for people. */
void lw_status_text(int status, char *out, size_t size);

/* Microseconds until the next start after so many failures in a row (>= 1). */
uint64_t lw_backoff_us(uint32_t failures);

#endif
