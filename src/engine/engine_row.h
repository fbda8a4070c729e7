/*
 * engine_row: what one engine must say to stand in the table of engine.c. Included by the engines'
 * files only.
 */
#ifndef LW_ENGINE_ENGINE_ROW_H
#define LW_ENGINE_ENGINE_ROW_H

#include "base/util.h"
#include "layerwatch/messages.h"

#define LW_ENGINE_PATH 1280 /* of a state file, bytes */

/* Where an engine keeps what it knows of one overlay. */
struct lw_engine_place {
	char root[LW_ENGINE_PATH]; /* of the engine's state, absolute */
	char merged[LW_ENGINE_PATH]; /* where the overlay must be mounted */
	char layer[LW_ID_SIZE]; /* id of the writable layer, or "" */
	char id[LW_ID_SIZE]; /* id of the container where the path says it, or "" */
	char group[LW_ID_SIZE]; /* containerd's namespace */
};

struct lw_engine_row {
	enum lw_engine engine;
	/* Pure: is this overlay mounted as this engine does it? */
	bool (*recognise)(const struct lw_msg_container_ask *ask, struct lw_engine_place *place);
	/* 1 found, 0 not known (yet), or a negative errno. root: O_PATH directory. */
	int (*lookup)(
		int root, const struct lw_engine_place *place, struct lw_container_facts *facts);
};

extern const struct lw_engine_row lw_engine_docker;
extern const struct lw_engine_row lw_engine_docker_snapshot;
extern const struct lw_engine_row lw_engine_podman;
extern const struct lw_engine_row lw_engine_containerd;

/*
 * path = PREFIX/name/LAYER/last with a LAYER that can be an id: PREFIX goes to root (without the
 * slash), LAYER to layer. False, and nothing written, when it is not so.
 */
bool lw_engine_split(const char *path, const char *name, const char *last,
	char root[LW_ENGINE_PATH], char layer[LW_ID_SIZE]);
/*
 * Could it be an id or a name in a path: 1 to LW_ID_SIZE - 1 letters, digits, "_", "-", ".", not
 * led by "."?
 */
bool lw_engine_is_id(const char *s, size_t length);

/* "key=value" into the facts' labels; what is too much or too long sets labels_truncated. */
void lw_engine_add_label(
	struct lw_container_facts *facts, const char *key, const char *value, size_t length);
/* RFC 3339, any offset, any fraction: microseconds since the epoch, 0 when it is not one. */
int64_t lw_engine_parse_time(const char *s);

#endif
