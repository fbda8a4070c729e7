/*
 * containerd: its own containers (ctr, nerdctl, CRI), from the task's bundle and containerd's
 * metadata.
 *
 * The overlay of a task is mounted at STATE/io.containerd.runtime.v2.task/NAMESPACE/ID/rootfs;
 * beside it lies the bundle's config.json, whose annotations name pod and container where CRI made
 * it. Image and labels stand in the metadata database of containerd's root folder. Both exist
 * before the runtime is called.
 */
#include <errno.h>
#include <string.h>

#include "base/reader.h"
#include "engine/bolt.h"
#include "engine/engine_row.h"
#include "engine/json_file.h"

#define METADATA "io.containerd.metadata.v1.bolt/meta.db"
#define VALUE_MAX 4096 /* bytes of one value of the metadata database */

/*
 * Where the root folder is for a state folder: what the distributions set. The first one's is the
 * default.
 */
static const struct {
	const char *state, *root;
} folders[] = {
	{"/run/containerd", "/var/lib/containerd"},
	{"/run/k3s/containerd", "/var/lib/rancher/k3s/agent/containerd"},
	{"/run/docker/containerd/daemon", "/var/lib/docker/containerd/daemon"},
};

/* Annotations that CRI gives, and where they belong. */
static const struct {
	const char *annotation;
	size_t offset, size;
} annotations[] = {
#define ROW(name, field)                                                                           \
	{                                                                                          \
		name, offsetof(struct lw_container_facts, field),                                  \
			sizeof(((struct lw_container_facts *)0)->field)                            \
	}
	ROW("io.kubernetes.cri.container-name", name),
	ROW("io.kubernetes.cri.image-name", image),
	ROW("io.kubernetes.cri.sandbox-name", pod),
	ROW("io.kubernetes.cri.sandbox-namespace", namespace_),
#undef ROW
};

/* STATE/io.containerd.runtime.v2.task/NAMESPACE/ID/rootfs */
static bool
recognise(const struct lw_msg_container_ask *ask, struct lw_engine_place *place)
{
	static const char *const versions[] = {
		"io.containerd.runtime.v2.task", "io.containerd.runtime.v1.linux"};
	const char *tail = strrchr(ask->mount_point, '/');
	char bundle[sizeof(ask->mount_point)];

	if (!tail || strcmp(tail, "/rootfs") != 0)
		return false;
	snprintf(bundle, sizeof(bundle), "%.*s", (int)(tail - ask->mount_point), ask->mount_point);
	char *id = strrchr(bundle, '/');
	if (!id || !lw_engine_is_id(id + 1, strlen(id + 1)))
		return false;
	lw_copy_string(place->id, sizeof(place->id), id + 1);
	id[1] = 'x'; /* the splitter takes the folder above as the id: VERSION/NAMESPACE/x */
	id[2] = '\0';
	for (size_t i = 0; i < LW_ARRAY_SIZE(versions); i++)
		if (lw_engine_split(bundle, versions[i], "x", place->root, place->group)) {
			lw_copy_string(place->merged, sizeof(place->merged), ask->mount_point);
			return true;
		}
	return false;
}

static void
read_bundle(const json_t *config, struct lw_container_facts *facts)
{
	const json_t *given = json_object_get(config, "annotations");

	for (size_t i = 0; i < LW_ARRAY_SIZE(annotations); i++)
		lw_json_copy((char *)facts + annotations[i].offset, annotations[i].size, given,
			annotations[i].annotation);
}

/* time.Time.MarshalBinary of Go: version, seconds since the year 1, nanoseconds, all big-endian. */
static int64_t
parse_go_time(const void *bytes, size_t length)
{
	const uint64_t year1 = 62135596800u;
	struct lw_reader r;

	lw_reader_init(&r, bytes, length);
	r.big_endian = true;
	lw_reader_u8(&r);
	uint64_t seconds = lw_reader_u64(&r);
	uint32_t nanoseconds = lw_reader_u32(&r);
	if (r.failed || seconds <= year1 || seconds - year1 > UINT32_MAX ||
		nanoseconds >= 1000000000)
		return 0;
	return (int64_t)(seconds - year1) * 1000000 + nanoseconds / 1000;
}

static bool
add_label(void *arg, const void *key, size_t key_length, const void *value, size_t value_length)
{
	struct lw_container_facts *facts = arg;
	char name[LW_LABEL_SIZE];

	snprintf(name, sizeof(name), "%.*s", (int)LW_MIN(key_length, sizeof(name)),
		(const char *)key);
	lw_engine_add_label(facts, name, value, value_length);
	return facts->label_count < LW_LABELS_MAX;
}

static void
forget_labels(void *arg)
{
	struct lw_container_facts *facts = arg;

	facts->label_count = 0;
	facts->labels_truncated = 0;
}

static void
read_metadata(int fd, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	const struct lw_bolt_visitor labels = {forget_labels, add_label, facts};
	const char *const image[] = {"v1", place->group, "containers", place->id, "image", NULL};
	const char *const created[] = {
		"v1", place->group, "containers", place->id, "createdat", NULL};
	const char *const bucket[] = {"v1", place->group, "containers", place->id, "labels", NULL};
	_cleanup_text_ struct lw_text value = {0};

	lw_text_init(&value, VALUE_MAX);
	if (lw_bolt_get(fd, created, &value) != 1)
		return;
	facts->created_us = parse_go_time(value.data, value.length);
	if (lw_bolt_get(fd, image, &value) == 1 && value.length > 0)
		lw_copy_string(facts->image, sizeof(facts->image), value.data);
	facts->complete = lw_bolt_each(fd, bucket, &labels) >= 0;
}

/* The image's digest: of its target in the metadata. */
static void
read_digest(int fd, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	const char *const digest[] = {
		"v1", place->group, "images", facts->image, "target", "digest", NULL};
	_cleanup_text_ struct lw_text value = {0};

	lw_text_init(&value, sizeof(facts->image_id) - 1);
	if (facts->image[0] && lw_bolt_get(fd, digest, &value) == 1 && value.length > 0)
		lw_copy_string(facts->image_id, sizeof(facts->image_id), value.data);
}

static int
open_metadata(int root, const struct lw_engine_place *place)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(folders); i++) {
		char path[LW_ENGINE_PATH];

		if (strcmp(folders[i].state, place->root) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folders[i].root, METADATA);
		return lw_state_open(root, path);
	}
	return -ENOENT;
}

static int
lookup(int root, const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	_cleanup_json_ json_t *config = NULL;
	char path[LW_ENGINE_PATH + 32];
	const char *tail = strrchr(place->merged, '/');

	snprintf(
		path, sizeof(path), "%.*s/config.json", (int)(tail - place->merged), place->merged);
	int r = lw_json_file_load(root, path, &config);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	lw_copy_string(facts->id, sizeof(facts->id), place->id);
	read_bundle(config, facts);
	if (facts->name[0] == '\0')
		lw_copy_string(facts->name, sizeof(facts->name), place->id);
	_cleanup_close_ int metadata = open_metadata(root, place);
	if (metadata >= 0) {
		read_metadata(metadata, place, facts);
		read_digest(metadata, place, facts);
	}
	return 1;
}

const struct lw_engine_row lw_engine_containerd = {LW_ENGINE_CONTAINERD, recognise, lookup};
