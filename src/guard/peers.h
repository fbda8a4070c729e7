/*
 * peers: makes the channels between children, and makes them anew when one end was replaced.
 * Pairs: gate <-> each classify, gate <-> each resolve, gate <-> report. The guard keeps neither
 * end.
 */
#ifndef LW_GUARD_PEERS_H
#define LW_GUARD_PEERS_H

#include "guard/children.h"

/*
 * p has just been started and is told of its peers among those alive, and they of it. Returns 0 or
 * a negative errno (no more descriptors): then p can't do its work.
 */
int lw_peers_introduce(struct lw_children *c, struct lw_process *p);

#endif
