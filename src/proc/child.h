/*
 * child: the part of a role's life that is the same for all children of the guard: take the
 * numbered descriptors, wait for CONFIG, PEERs and START on the guard's channel, take reloads,
 * stop. Called by the mains of roles; takes LW_FD_GUARD.
 */
#ifndef LW_PROC_CHILD_H
#define LW_PROC_CHILD_H

#include "base/log.h"
#include "base/loop.h"
#include "wire/chan.h"

#define LW_CHILD_CONFIG_MAX (4u * 1024 * 1024) /* bytes of one configuration */

/*
 * The command line of every child: PROGRAM --instance N --uid UID --gid GID --verbose LEVEL.
 * Exactly this order; returns 0 or -EINVAL.
 */
struct lw_child_args {
	uint32_t instance; /* < LW_INSTANCES_MAX */
	uid_t uid; /* of processes.user: for lw_sandbox_enter */
	gid_t gid;
	enum lw_log_level level;
};

int lw_child_args(struct lw_child_args *out, int argc, char **argv);

struct lw_child;

/*
 * What a role does with what the guard sends. Absent = refused as a protocol error. All return 0
 * or a negative errno (ends the role).
 */
struct lw_child_ops {
	/*
	 * The policy's YAML, NUL-terminated, valid during the call. For CONFIG, at start and at
	 * each reload. A positive return means refused: the detail (<= 247 bytes) is sent to the
	 * guard in READY, the old policy stays.
	 */
	int (*config)(
		void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248]);
	int (*resource)(void *arg, const struct lw_msg_resource *m, int fd); /* takes fd */
	int (*peer)(void *arg, const struct lw_msg_peer *m, int fd); /* takes fd */
	int (*start)(void *arg, const struct lw_msg_start *m);
	int (*pause)(void *arg, const struct lw_msg_pause *m);
	int (*reopen)(void *arg);
	int (*processes)(void *arg, const struct lw_msg_processes *m);
	/*
	 * SIGTERM, SIGINT, STOP, or the guard is gone: leave the loop (now, or when the last work
	 * is done). Once. Must not free the child.
	 */
	void (*stop)(void *arg);
	/* gate: an accepted configuration is answered by the role, when the marks are set */
	bool own_ready;
};

/*
 * Takes LW_FD_GUARD and the loop's signals (TERM and INT stop, PIPE, HUP, USR1 and USR2 are
 * ignored). 0 or a negative errno.
 */
int lw_child_new(
	struct lw_child **out, struct lw_loop *loop, const struct lw_child_ops *ops, void *arg);
struct lw_child *lw_child_free(struct lw_child *c); /* always NULL */
void lw_child_freep(struct lw_child **c);

/*
 * To the guard. READY is sent by the child itself after config(), except for an accepted one where
 * ops->own_ready.
 * All return 0, LW_CHAN_FULL (not sent), -EPIPE when the guard is gone, or another negative errno.
 */
int lw_child_ready(struct lw_child *c, bool ok, uint32_t marks, const char *detail);
int lw_child_heartbeat(struct lw_child *c);
int lw_child_replace(struct lw_child *c, enum lw_role role, uint32_t instance);
int lw_child_control(
	struct lw_child *c, enum lw_control_request request, uint32_t seconds, int client_fd);

#endif
