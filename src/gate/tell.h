/*
 * tell: what the gate tells report: observations, containers, counters, health. Never waits: what
 * has no room is dropped and counted.
 */
#ifndef LW_GATE_TELL_H
#define LW_GATE_TELL_H

#include "gate/gate.h"

void lw_tell_observation(struct lw_flight *f);
void lw_tell_container(struct lw_gate *g, struct lw_superblock *sb, bool gone);
/* All containers, to a report that has just come. */
void lw_tell_containers(struct lw_gate *g);
/*
 * Overlays whose count of executions report does not know yet: some at a time, each now and then.
 */
void lw_tell_events(struct lw_gate *g);
/* If they changed since report was told; nothing before START. */
void lw_tell_counters(struct lw_gate *g);
/* How many overlays are marked now. */
uint32_t lw_tell_count_marked(struct lw_gate *g);

#endif
