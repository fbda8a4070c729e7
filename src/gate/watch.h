/*
 * watch: keeps marks, barrier and container facts up to date: mount events, periodic rescans,
 * questions to resolve.
 */
#ifndef LW_GATE_WATCH_H
#define LW_GATE_WATCH_H

#include "gate/gate.h"

int lw_watch_start(struct lw_gate *g);
void lw_watch_stop(struct lw_gate *g);

/*
 * A runtime's execution (takes fd): everything it may be about to start is marked, its facts
 * asked for, then it goes on.
 */
void lw_watch_barrier(struct lw_gate *g, int fd, uint32_t tid);
/* A container's execution was seen: its facts are asked for again if they are still missing. */
void lw_watch_want_facts(struct lw_gate *g, struct lw_superblock *sb);
/* discover's callbacks; arg is the gate. */
void lw_watch_changed(struct lw_superblock *sb, void *arg);
void lw_watch_gone(struct lw_superblock *sb, void *arg);
void lw_watch_nested(struct lw_superblock *sb, void *arg);
void lw_watch_met(uint32_t pid, void *arg);

#endif
