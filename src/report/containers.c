#include <errno.h>
#include <string.h>

#include "report/containers.h"
#include "report/lru.h"

#define CREATED_US_MAX 253402300799000000 /* the last second of the year 9999 */

struct overlay {
	uint64_t first_us;
	bool told; /* by the gate; else only seen in an observation */
	struct lw_msg_container *m; /* ~7 KiB: only for those that exist */
};

struct lw_containers {
	struct lw_lru *index;
	struct overlay overlays[LW_CONTAINERS_MAX];
};

int
lw_containers_new(struct lw_containers **out)
{
	struct lw_containers *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	if (lw_lru_new(&c->index, LW_CONTAINERS_MAX) != 0) {
		lw_containers_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

struct lw_containers *
lw_containers_free(struct lw_containers *c)
{
	for (size_t i = 0; c && i < LW_CONTAINERS_MAX; i++)
		free(c->overlays[i].m);
	if (c)
		lw_lru_free(c->index);
	free(c);
	return NULL;
}

static struct overlay *
overlay_of(struct lw_containers *c, uint32_t dev_major, uint32_t dev_minor, uint64_t now_us)
{
	bool fresh;
	struct overlay *o;

	o = &c->overlays[lw_lru_touch(c->index, (uint64_t)dev_major << 32 | dev_minor, &fresh)];
	if (fresh) {
		free(o->m);
		*o = (struct overlay){.first_us = now_us};
	}
	return o;
}

/* The facts come from files that a container's maker wrote: end every string, cut every count. */
static void
tidy(struct lw_msg_container *m)
{
	struct lw_container_facts *f = &m->facts;

	m->mount_point[sizeof(m->mount_point) - 1] = '\0';
	m->reason[sizeof(m->reason) - 1] = '\0';
	if (m->state >= LW_MARK_COUNT)
		m->state = LW_MARK_NONE;
	if (f->engine >= LW_ENGINE_COUNT)
		f->engine = LW_ENGINE_UNKNOWN;
	f->label_count = LW_MIN(f->label_count, LW_LABELS_MAX);
	if (f->created_us < 0 || f->created_us > CREATED_US_MAX)
		f->created_us = 0;
	f->id[sizeof(f->id) - 1] = '\0';
	f->name[sizeof(f->name) - 1] = '\0';
	f->image[sizeof(f->image) - 1] = '\0';
	f->image_id[sizeof(f->image_id) - 1] = '\0';
	f->namespace_[sizeof(f->namespace_) - 1] = '\0';
	f->pod[sizeof(f->pod) - 1] = '\0';
	for (size_t i = 0; i < LW_LABELS_MAX; i++)
		f->labels[i][LW_LABEL_SIZE - 1] = '\0';
}

int
lw_containers_update(struct lw_containers *c, const struct lw_msg_container *m, uint64_t now_us)
{
	struct overlay *o = overlay_of(c, m->dev_major, m->dev_minor, now_us);

	if (o->m && o->m->gone && !m->gone)
		o->first_us = now_us; /* the kernel gave the device number to a new overlay */
	if (!o->m)
		o->m = malloc(sizeof(*o->m));
	if (!o->m)
		return -ENOMEM;
	*o->m = *m;
	tidy(o->m);
	o->told = true;
	return 0;
}

const struct lw_container_facts *
lw_containers_facts(struct lw_containers *c, uint32_t dev_major, uint32_t dev_minor)
{
	const struct overlay *o;

	if (dev_major == 0 && dev_minor == 0)
		return NULL;
	o = overlay_of(c, dev_major, dev_minor, lw_now_us());
	return o->m && (o->m->facts.complete || o->m->facts.id[0]) ? &o->m->facts : NULL;
}

bool
lw_containers_worth_waiting(
	struct lw_containers *c, uint32_t dev_major, uint32_t dev_minor, uint64_t now_us)
{
	const struct overlay *o;

	if (dev_major == 0 && dev_minor == 0)
		return false;
	o = overlay_of(c, dev_major, dev_minor, now_us);
	if (o->m && o->m->facts.complete)
		return false;
	return now_us - o->first_us < LW_FACTS_WAIT_US;
}

size_t
lw_containers_count(const struct lw_containers *c)
{
	return lw_lru_used(c->index);
}

void
lw_containers_each(const struct lw_containers *c, lw_container_fn fn, void *arg)
{
	uint32_t used = lw_lru_used(c->index);

	for (uint32_t i = 0; i < used; i++) {
		const struct overlay *o = &c->overlays[i];

		if (o->told && !o->m->gone)
			fn(arg, o->m);
	}
}

static void
line_facts(struct lw_json *j, const struct lw_container_facts *f)
{
	lw_json_pair_string(j, "engine", lw_engine_to_str(f->engine));
	lw_json_pair_string(j, "id", f->id);
	lw_json_pair_string(j, "name", f->name);
	lw_json_pair_string(j, "image", f->image);
	lw_json_pair_string(j, "image_id", f->image_id);
	if (f->created_us)
		lw_json_pair_time(j, "created", f->created_us);
	lw_json_pair_string(j, "namespace", f->namespace_);
	lw_json_pair_string(j, "pod", f->pod);
	if (f->privileged < 2)
		lw_json_pair_bool(j, "privileged", f->privileged);
	lw_json_pair_bool(j, "complete", f->complete);
	if (f->label_count == 0)
		return;
	lw_json_key(j, "labels");
	lw_json_array(j);
	for (unsigned i = 0; i < f->label_count; i++)
		lw_json_string(j, f->labels[i]);
	lw_json_array_end(j);
}

void
lw_container_line(struct lw_json *j, const struct lw_msg_container *m)
{
	char dev[32];

	snprintf(dev, sizeof(dev), "%u:%u", m->dev_major, m->dev_minor);
	lw_json_object(j);
	lw_json_pair_string(j, "overlay", dev);
	lw_json_pair_string(j, "state", lw_mark_state_to_str(m->state));
	lw_json_pair_string(j, "reason", m->reason);
	lw_json_pair_i64(j, "error", m->error);
	lw_json_pair_string(j, "mount_point", m->mount_point);
	lw_json_pair_i64(j, "events", m->events);
	if (m->pid)
		lw_json_pair_i64(j, "pid", m->pid);
	line_facts(j, &m->facts);
	lw_json_object_end(j);
}
