/*
 * docker: containers of Docker, from the files of its data root.
 *
 * overlay2 driver: the overlay's layer id stands in
 * image/overlay2/layerdb/mounts/CONTAINER/mount-id. No file leads from the layer to the container,
 * so that folder is scanned (one small read a container). With containerd's image store (Docker
 * 23+, default in new installations from 29) the mount point itself carries the container's id:
 * ROOT/rootfs/SNAPSHOTTER/CONTAINER. Both files are written before the runtime is called for the
 * first time.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "engine/engine_row.h"
#include "engine/json_file.h"

#define DOCKER_CONTAINERS_MAX 8192 /* entries looked at in the scan */
#define DOCKER_DEFAULT_ROOT "/var/lib/docker"

static bool
recognise_overlay2(const struct lw_msg_container_ask *ask, struct lw_engine_place *place)
{
	if (!lw_engine_split(ask->mount_point, "overlay2", "merged", place->root, place->layer) &&
		!lw_engine_split(ask->upper, "overlay2", "diff", place->root, place->layer))
		return false;
	int n = snprintf(place->merged, sizeof(place->merged), "%s/overlay2/%s/merged", place->root,
		place->layer);

	return n < (int)sizeof(place->merged);
}

/*
 * Mounted by dockerd at ROOT/rootfs/SNAPSHOTTER/ID; beneath /run the data root is not named: the
 * default one then.
 */
static bool
recognise_snapshot(const struct lw_msg_container_ask *ask, struct lw_engine_place *place)
{
	const char *slash = strrchr(ask->mount_point, '/');
	char above[sizeof(ask->mount_point)];

	if (!slash || strlen(slash + 1) != 64 || !lw_engine_is_id(slash + 1, 64))
		return false;
	lw_copy_string(place->id, sizeof(place->id), slash + 1);
	/*
	 * The folder in front has the shape ROOT/rootfs/NAME: let the splitter see it as
	 * ROOT/rootfs/NAME/x.
	 */
	snprintf(above, sizeof(above), "%.*s/x", (int)(slash - ask->mount_point), ask->mount_point);
	if (!lw_engine_split(above, "rootfs", "x", place->root, place->group))
		return false;
	if (strncmp(place->root, "/run/", 5) == 0 || strncmp(place->root, "/var/run/", 9) == 0)
		lw_copy_string(place->root, sizeof(place->root), DOCKER_DEFAULT_ROOT);
	lw_copy_string(place->merged, sizeof(place->merged), ask->mount_point);
	return true;
}

/* Does the container of this folder entry have the layer? */
static bool
has_layer(int mounts, const char *id, const char *layer)
{
	char path[LW_ID_SIZE + 16], found[LW_ID_SIZE + 2];

	snprintf(path, sizeof(path), "%s/mount-id", id);
	ssize_t n = lw_read_file_at(mounts, path, found, sizeof(found));
	if (n <= 0)
		return false;
	found[strcspn(found, "\n")] = '\0';
	return strcmp(found, layer) == 0;
}

static int
find_container(int root, const struct lw_engine_place *place, char id[LW_ID_SIZE])
{
	char path[LW_ENGINE_PATH + 64];

	snprintf(path, sizeof(path), "%s/image/overlay2/layerdb/mounts", place->root);
	int mounts = lw_state_open_directory(root, path);
	if (mounts < 0)
		return mounts == -ENOENT ? 0 : mounts;
	DIR *d = fdopendir(mounts);
	if (!d) {
		close(mounts);
		return -errno;
	}
	struct dirent *e;
	int found = 0;
	for (unsigned n = 0; !found && n < DOCKER_CONTAINERS_MAX && (e = readdir(d)); n++) {
		if (!lw_engine_is_id(e->d_name, strlen(e->d_name)) ||
			!has_layer(mounts, e->d_name, place->layer))
			continue;
		lw_copy_string(id, LW_ID_SIZE, e->d_name);
		found = 1;
	}
	closedir(d);
	return found;
}

static void
read_labels(const json_t *labels, struct lw_container_facts *facts)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)labels, key, value) if (json_is_string(value))
		lw_engine_add_label(
			facts, key, json_string_value(value), json_string_length(value));
}

static void
read_config(const json_t *config, struct lw_container_facts *facts)
{
	const char *name = lw_json_text(config, "Name");
	json_int_t pid =
		json_integer_value(json_object_get(json_object_get(config, "State"), "Pid"));
	const json_t *settings = json_object_get(config, "Config");

	if (name)
		lw_copy_string(facts->name, sizeof(facts->name), name[0] == '/' ? name + 1 : name);
	lw_json_copy(facts->image, sizeof(facts->image), settings, "Image");
	lw_json_copy(facts->image_id, sizeof(facts->image_id), config, "Image");
	read_labels(json_object_get(settings, "Labels"), facts);
	facts->created_us = lw_engine_parse_time(lw_json_text(config, "Created"));
	facts->init_pid = pid > 0 && pid <= INT32_MAX ? pid : 0;
}

static void
read_privileged(int root, const char *folder, struct lw_container_facts *facts)
{
	_cleanup_json_ json_t *host = NULL;
	char path[LW_ENGINE_PATH + 160];

	snprintf(path, sizeof(path), "%s/hostconfig.json", folder);
	if (lw_json_file_load(root, path, &host) != 0)
		return;
	const json_t *privileged = json_object_get(host, "Privileged");
	if (json_is_boolean(privileged))
		facts->privileged = json_is_true(privileged);
}

static int
read_container(int root, const struct lw_engine_place *place, const char *id,
	struct lw_container_facts *facts)
{
	_cleanup_json_ json_t *config = NULL;
	char folder[LW_ENGINE_PATH + 96], path[LW_ENGINE_PATH + 128];

	snprintf(folder, sizeof(folder), "%s/containers/%s", place->root, id);
	snprintf(path, sizeof(path), "%s/config.v2.json", folder);
	int r = lw_json_file_load(root, path, &config);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	lw_copy_string(facts->id, sizeof(facts->id), id);
	read_config(config, facts);
	read_privileged(root, folder, facts);
	facts->complete = 1;
	return 1;
}

static int
lookup_overlay2(int root, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	char id[LW_ID_SIZE];
	int r = find_container(root, place, id);

	return r == 1 ? read_container(root, place, id, facts) : r;
}

static int
lookup_snapshot(int root, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	return read_container(root, place, place->id, facts);
}

const struct lw_engine_row lw_engine_docker = {
	LW_ENGINE_DOCKER, recognise_overlay2, lookup_overlay2};
const struct lw_engine_row lw_engine_docker_snapshot = {
	LW_ENGINE_DOCKER, recognise_snapshot, lookup_snapshot};
