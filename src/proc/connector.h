/*
 * connector: which tasks have executed a program, as the kernel's process connector says
 * (netlink, PROC_EVENT_EXEC). The event is queued by the task itself when its execve can't fail any
 * more and before its first instruction (kernel-facts 45): whatever that task does next, we can
 * have read it first.
 *
 * It exists with CONFIG_PROC_EVENTS, and only for a process in the initial pid and user namespaces
 * that has CAP_NET_ADMIN when it asks; afterwards it needs no privilege. Nothing waits for it: who
 * needs to know reads what is there.
 */
#ifndef LW_PROC_CONNECTOR_H
#define LW_PROC_CONNECTOR_H

#include "base/util.h"

#define LW_CONNECTOR_BYTES (4u << 20) /* the kernel's queue; some 5,000 executions */
#define LW_CONNECTOR_LOST 1

struct lw_connector {
	int fd; /* -1 = not there */
};

/* A task whose execve has succeeded at time_us (as lw_now_us says it). */
struct lw_executed_task {
	uint32_t tid; /* the leader's by then, whichever of its threads asked */
	uint64_t time_us;
};

typedef void lw_connector_fn(void *arg, const struct lw_executed_task *task);

/* Before the sandbox. 0, or a negative errno: there is none here. */
int lw_connector_open(struct lw_connector *c);
void lw_connector_done(struct lw_connector *c);

/*
 * Tells what has come since the last call, bounded by the queue. Returns 0, LW_CONNECTOR_LOST when
 * the kernel could not queue some, or a negative errno.
 */
int lw_connector_read(struct lw_connector *c, lw_connector_fn *fn, void *arg);

/* For lw_connector_read and its test: is this an execution? */
bool lw_connector_parse(const void *datagram, size_t length, struct lw_executed_task *task);

#endif
