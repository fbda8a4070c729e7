#include "gate/parent.h"

#include <fcntl.h>
#include <string.h>

#include "gate/gate.h"

/* Cached from the parent's own exec in the common case; else asked anew. */
static enum lw_layer
layer_of(struct lw_gate *g, const struct lw_place_mount *place, int fd,
	const struct lw_identity *id, const struct lw_place_paths *paths)
{
	struct lw_layer_handle handle;
	struct lw_layer_answer answer;
	struct lw_cache_key key;
	struct lw_superblock *sb = place->superblock;

	lw_layer_handle_of(fd, &handle);
	if (lw_flight_key(sb, id, &handle, &key)) {
		const struct lw_cache_value *v = lw_cache_get(g->cache, &key);

		if (v)
			return v->layer;
	}
	lw_layer_of(sb, &handle, id, paths, &answer);
	lw_layer_beneath(&g->places, sb, &answer);
	enum lw_layer layer = answer.compare ? LW_LAYER_UNKNOWN : answer.layer;
	lw_layer_answer_done(&answer);
	return layer;
}

void
lw_parent_of(struct lw_flight *f, struct lw_parent *out)
{
	struct lw_gate *g = f->gate;
	struct lw_place_paths paths;
	struct lw_identity id;
	char link[64];

	out->path[0] = '\0';
	out->layer = LW_LAYER_UNKNOWN;
	if (!f->have_facts || f->execution.ppid == 0)
		return;
	snprintf(link, sizeof(link), "/proc/%u/exe", f->execution.ppid);
	_cleanup_close_ int fd =
		open(link, O_PATH | O_CLOEXEC); /* no open of the file itself: never waits */
	if (fd < 0 || lw_identity_of(fd, &id) < 0)
		return;
	const struct lw_place_mount *place = lw_places_find(&g->places, fd, &id, f->execution.ppid);
	if (!place)
		return;
	lw_place_paths(place, fd, &paths);
	if (!paths.exact || paths.deleted)
		return;
	lw_copy_string(out->path, sizeof(out->path), paths.inside);
	out->layer = layer_of(g, place, fd, &id, &paths);
}
