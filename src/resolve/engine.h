/*
 * engine: whose container is this overlay? Asked of the state files of Docker, Podman, containerd and
 * CRI-O, by mount point and upper folder, and of the cgroup of a task.
 *
 * Called by resolve's main loop only, one request at a time. Reads files of the host, bounded: may wait
 * for the disk, never for a container.
 */
#ifndef LW_RESOLVE_ENGINE_H
#define LW_RESOLVE_ENGINE_H

#include "layerwatch/messages.h"

/*
 * Fills *tell (all of it). Returns 0, with tell->found 1 when an engine's state names the container and
 * 0 when none knows it (yet); a negative errno only for out of memory and the like.
 */
int lw_engine_lookup(
	const struct lw_msg_container_ask *ask, struct lw_msg_container_tell *tell);

#endif
