/*
 * podman: containers of Podman, rootful and rootless, from the files of containers/storage and
 * libpod.
 *
 * STORAGE/overlay-containers/containers.json names each container's layer, image and times;
 * volatile-containers.json does so for containers run with --rm (beneath the run root where the
 * store is transient). Labels stand only in libpod's own database: libpod/bolt_state.db (default
 * before Podman 5), or db.sql. All of it is written before the runtime is called.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/bolt.h"
#include "engine/engine_row.h"
#include "engine/json_file.h"
#include "engine/sqlite_file.h"

#define PODMAN_CONFIG_MAX (1024u * 1024) /* bytes of one container's row in the database */
#define PODMAN_CONTAINERS_MAX 8192
#define LIST_PATH (LW_ENGINE_PATH + 96)

static bool
recognise(const struct lw_msg_container_ask *ask, struct lw_engine_place *place)
{
	if (!lw_engine_split(ask->mount_point, "overlay", "merged", place->root, place->layer) &&
		!lw_engine_split(ask->upper, "overlay", "diff", place->root, place->layer))
		return false;
	int n = snprintf(place->merged, sizeof(place->merged), "%s/overlay/%s/merged", place->root,
		place->layer);

	return n < (int)sizeof(place->merged);
}

/* A borrowed reference to the row of the list whose string `key` is `value`, or NULL. */
static const json_t *
find_row(const json_t *list, const char *key, const char *value)
{
	size_t count = LW_MIN(json_array_size(list), PODMAN_CONTAINERS_MAX);

	for (size_t i = 0; i < count; i++) {
		const json_t *row = json_array_get(list, i);
		const char *s = lw_json_text(row, key);

		if (s && strcmp(s, value) == 0)
			return row;
	}
	return NULL;
}

/* The uid that a rootless store belongs to names its run root. */
static uint32_t
owner_of(int root, const char *path)
{
	_cleanup_close_ int fd = lw_state_open_directory(root, path);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_uid : 0;
}

static int
load_container_row(int root, const char *path, const char *layer, json_t **out)
{
	_cleanup_json_ json_t *list = NULL;
	int r = lw_json_file_load(root, path, &list);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	const json_t *row = find_row(list, "layer", layer);
	if (!row)
		return 0;
	*out = json_incref((json_t *)row);
	return 1;
}

/* The files in which the store can keep its containers, by number; false behind the last one. */
static bool
list_path(int root, const struct lw_engine_place *place, unsigned number, char path[LIST_PATH])
{
	static const char *const names[] = {"containers.json", "volatile-containers.json"};
	static const char volatile_list[] = "overlay-containers/volatile-containers.json";

	if (number < LW_ARRAY_SIZE(names))
		snprintf(path, LIST_PATH, "%s/overlay-containers/%s", place->root, names[number]);
	else if (number == 2)
		snprintf(path, LIST_PATH, "/run/containers/storage/%s", volatile_list);
	else
		snprintf(path, LIST_PATH, "/run/user/%u/containers/%s", owner_of(root, place->root),
			volatile_list);
	return number < 4;
}

/* A damaged list does not hide the others. */
static int
find_container(int root, const struct lw_engine_place *place, json_t **out)
{
	char path[LIST_PATH];
	int result = 0;

	for (unsigned i = 0; result != 1 && list_path(root, place, i, path); i++) {
		int r = load_container_row(root, path, place->layer, out);

		if (r != 0)
			result = r;
	}
	return result;
}

static void
read_row(const json_t *row, struct lw_container_facts *facts)
{
	_cleanup_json_ json_t *metadata = NULL;
	const char *text = lw_json_text(row, "metadata");
	const char *name = json_string_value(json_array_get(json_object_get(row, "names"), 0));

	lw_json_copy(facts->id, sizeof(facts->id), row, "id");
	if (name)
		lw_copy_string(facts->name, sizeof(facts->name), name);
	facts->created_us = lw_engine_parse_time(lw_json_text(row, "created"));
	if (!text || lw_json_bytes_load(text, strlen(text), &metadata) != 0)
		return;
	lw_json_copy(facts->image, sizeof(facts->image), metadata, "image-name");
	if (lw_json_text(metadata, "pod-id")) {
		facts->engine = LW_ENGINE_CRIO;
		lw_json_copy(facts->pod, sizeof(facts->pod), metadata, "pod-name");
	}
}

/* The digest of the image's manifest; the id of its configuration where there is none. */
static void
read_image(int root, const struct lw_engine_place *place, const json_t *row,
	struct lw_container_facts *facts)
{
	_cleanup_json_ json_t *images = NULL;
	const char *id = lw_json_text(row, "image");
	char path[LW_ENGINE_PATH + 64];

	if (!id || id[0] == '\0')
		return;
	snprintf(facts->image_id, sizeof(facts->image_id), "sha256:%.64s", id);
	snprintf(path, sizeof(path), "%s/overlay-images/images.json", place->root);
	if (lw_json_file_load(root, path, &images) == 0)
		lw_json_copy(facts->image_id, sizeof(facts->image_id), find_row(images, "id", id),
			"digest");
}

static int
read_bolt(int root, const struct lw_engine_place *place, const char *id, struct lw_text *config)
{
	const char *const keys[] = {"ctr", id, "config", NULL};
	char path[LW_ENGINE_PATH + 64];

	snprintf(path, sizeof(path), "%s/libpod/bolt_state.db", place->root);
	_cleanup_close_ int fd = lw_state_open(root, path);
	return fd < 0 ? fd : lw_bolt_get(fd, keys, config);
}

static int
read_sqlite(int root, const struct lw_engine_place *place, const char *id, struct lw_text *config)
{
	const struct lw_sqlite_query query = {
		.table = "ContainerConfig",
		.key_column = 0,
		.key = id,
		.value_column = 3,
	};
	char path[LW_ENGINE_PATH + 64];

	snprintf(path, sizeof(path), "%s/db.sql", place->root);
	_cleanup_close_ int fd = lw_state_open(root, path);
	return fd < 0 ? fd : lw_sqlite_get(fd, &query, config);
}

static void
read_config(const json_t *config, struct lw_container_facts *facts)
{
	const json_t *privileged = json_object_get(config, "privileged");
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(config, "labels"), key,
		value) if (json_is_string(value)) lw_engine_add_label(facts, key,
		json_string_value(value), json_string_length(value));
	if (json_is_boolean(privileged))
		facts->privileged = json_is_true(privileged);
	lw_json_copy(facts->image, sizeof(facts->image), config, "rootfsImageName");
	lw_json_copy(facts->name, sizeof(facts->name), config, "name");
	facts->complete = 1;
}

/* Without the database the facts lack their labels and stay incomplete. */
static void
read_database(int root, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_json_ json_t *config = NULL;

	lw_text_init(&text, PODMAN_CONFIG_MAX);
	if (read_bolt(root, place, facts->id, &text) != 1 &&
		read_sqlite(root, place, facts->id, &text) != 1)
		return;
	if (lw_json_bytes_load(text.data, text.length, &config) == 0)
		read_config(config, facts);
}

static int
lookup(int root, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	_cleanup_json_ json_t *row = NULL;
	int r = find_container(root, place, &row);

	if (r != 1)
		return r;
	read_row(row, facts);
	if (!lw_engine_is_id(facts->id, strlen(facts->id)))
		return -EBADMSG;
	read_image(root, place, row, facts);
	read_database(root, place, facts);
	return 1;
}

const struct lw_engine_row lw_engine_podman = {LW_ENGINE_PODMAN, recognise, lookup};
