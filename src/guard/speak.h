/*
 * speak: what the guard tells its children.
 */
#ifndef LW_GUARD_SPEAK_H
#define LW_GUARD_SPEAK_H

#include "guard/guard.h"

/*
 * All that a child must know before it begins: RESOURCE*, CONFIG, PEER*, START. Returns 0 or a
 * negative errno.
 */
int lw_speak_all(struct lw_guard *g, struct lw_process *p);
/* RESOURCE* and CONFIG to everyone, after the policy has changed. */
void lw_speak_config(struct lw_guard *g);
/* REOPEN to report. */
void lw_speak_reopen(struct lw_guard *g);
/* The pause in force, or its end, to the gate. */
void lw_speak_pause(struct lw_guard *g);
/* The state of all processes to report; tried again later when report is busy. */
void lw_speak_processes(struct lw_guard *g);

#endif
