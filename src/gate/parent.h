/*
 * parent: the program of the task's parent, and the layer it comes from: an exception that names a
 * parent must not be met by a container's own file at that path (bypass row 45).
 */
#ifndef LW_GATE_PARENT_H
#define LW_GATE_PARENT_H

#include <limits.h>

#include "gate/flight.h"

struct lw_parent {
	char path[PATH_MAX]; /* inside the container; "" = not known */
	enum lw_layer layer; /* UNKNOWN also where only a comparison of contents could tell */
};

void lw_parent_of(struct lw_flight *f, struct lw_parent *out);

#endif
