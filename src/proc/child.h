/*
 * child: the part of a role's life that is the same for all children of the guard: take the numbered descriptors, wait for
 * CONFIG, PEERs and START on the guard's channel, take reloads, stop.
 */
#ifndef LW_PROC_CHILD_H
#define LW_PROC_CHILD_H

#include "base/loop.h"
#include "wire/chan.h"

struct lw_child;

/* What a role does with what the guard sends. Absent = refused as a protocol error. All return 0 or a negative errno (ends the role). */
struct lw_child_ops {
	/* The policy's YAML, NUL-terminated, valid during the call. For CONFIG, at start and at each reload.
	 * A positive return means refused: the detail (<= 247 bytes) is sent to the guard in READY, the old policy stays. */
	int (*config)(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248]);
	int (*resource)(void *arg, const struct lw_msg_resource *m, int fd);	/* takes fd */
	int (*peer)(void *arg, const struct lw_msg_peer *m, int fd);		/* takes fd */
	int (*start)(void *arg);
	int (*pause)(void *arg, const struct lw_msg_pause *m);
	int (*reopen)(void *arg);
	int (*processes)(void *arg, const struct lw_msg_processes *m);
	void (*stop)(void *arg);		/* SIGTERM, STOP, or the guard is gone: release and leave the loop */
};

int lw_child_new(struct lw_child **out, struct lw_loop *loop, const struct lw_child_ops *ops, void *arg);
struct lw_child *lw_child_free(struct lw_child *c);	/* always NULL */

/* To the guard. READY is sent by the child itself after config() for every role but the gate. */
int lw_child_ready(struct lw_child *c, bool ok, uint32_t marks, const char *detail);
int lw_child_heartbeat(struct lw_child *c);
int lw_child_replace(struct lw_child *c, enum lw_role role, uint32_t instance);
int lw_child_control(struct lw_child *c, enum lw_control_request request, uint32_t seconds, int client_fd);

#endif
