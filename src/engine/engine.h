/*
 * engine: whose container is this overlay? Asked of the state files of Docker, Podman and
 * containerd, by mount point and upper folder.
 *
 * Called by resolve only. State is read beneath the root of the host, or that of the task which
 * mounted the overlay where both are the same folder (rootless engines, private mount namespaces);
 * the overlay itself must stand at the engine's mount point there. An overlay mounted inside a
 * container is therefore not found: its state files are written by whom they describe. Reads are
 * bounded; a rootless user's own files can still make an open wait (FUSE), so the caller keeps a
 * deadline.
 */
#ifndef LW_ENGINE_ENGINE_H
#define LW_ENGINE_ENGINE_H

#include "layerwatch/messages.h"

/*
 * Fills *tell (all of it). Returns 0, with tell->found 1 when an engine's state names the container
 * and 0 when none knows it (yet); a negative errno only for out of memory and the like.
 */
int lw_engine_lookup(const struct lw_msg_container_ask *ask, struct lw_msg_container_tell *tell);

#endif
