/*
 * hear: what children tell the guard. One table says who may say what; anything else costs the
 * child its life.
 */
#ifndef LW_GUARD_HEAR_H
#define LW_GUARD_HEAR_H

#include "guard/guard.h"

extern const struct lw_route lw_hear_routes[];
extern const size_t lw_hear_route_count;

#endif
