#include <string.h>

#include "report/facts_json.h"

static void
write_label(struct lw_json *j, const char *label)
{
	const char *equals = strchr(label, '=');
	size_t name = equals ? (size_t)(equals - label) : strlen(label);

	lw_json_object(j);
	lw_json_key(j, "name");
	lw_json_bytes(j, label, name);
	lw_json_pair_string(j, "value", equals ? equals + 1 : NULL);
	lw_json_object_end(j);
}

void
lw_facts_container(struct lw_json *j, const char *key, const struct lw_container_facts *f)
{
	if (key)
		lw_json_key(j, key);
	lw_json_object(j);
	lw_json_pair_string(j, "name", f->name[0] ? f->name : f->id);
	lw_json_pair_string(j, "uri", f->image);
	lw_json_pair_string(j, "imageId", f->image_id);
	if (f->label_count) {
		lw_json_key(j, "labels");
		lw_json_array(j);
		for (unsigned i = 0; i < f->label_count; i++)
			write_label(j, f->labels[i]);
		lw_json_array_end(j);
	}
	if (f->created_us)
		lw_json_pair_time(j, "createTime", f->created_us);
	lw_json_object_end(j);
}

static void
write_pod(struct lw_json *j, const struct lw_container_facts *f)
{
	lw_json_object(j);
	lw_json_pair_string(j, "ns", f->namespace_);
	lw_json_pair_string(j, "name", f->pod);
	lw_json_key(j, "containers");
	lw_json_array(j);
	lw_facts_container(j, NULL, f);
	lw_json_array_end(j);
	lw_json_object_end(j);
}

void
lw_facts_kubernetes(struct lw_json *j, const struct lw_container_facts *f, const char *node)
{
	if (!f->pod[0])
		return;
	lw_json_key(j, "kubernetes");
	lw_json_object(j);
	lw_json_key(j, "pods");
	lw_json_array(j);
	write_pod(j, f);
	lw_json_array_end(j);
	lw_json_key(j, "nodes");
	lw_json_array(j);
	lw_json_object(j);
	lw_json_pair_string(j, "name", node);
	lw_json_object_end(j);
	lw_json_array_end(j);
	lw_json_object_end(j);
}
