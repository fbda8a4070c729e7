/*
 * fuzz_mountinfo: any text is walked to its end; every string that comes out lies inside it.
 */
#include <stdlib.h>
#include <string.h>

#include "gate/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(const struct lw_mountinfo *mi, const char *s)
{
	if (s && (s < mi->text || s >= mi->text + mi->length || strlen(s) >= mi->length))
		abort();
}

static void
check(const struct lw_mountinfo *mi, const struct lw_mount *m)
{
	struct lw_overlay_options o;

	inside(mi, m->root);
	inside(mi, m->mount_point);
	inside(mi, m->fs_type);
	inside(mi, m->source);
	inside(mi, m->super_options);
	if (lw_mount_overlay(m, &o) == LW_MOUNT_NOT_OVERLAY)
		return;
	if (o.lower_count + o.data_count > LW_OVERLAY_LAYERS_MAX)
		abort();
	for (size_t i = 0; i < o.lower_count + o.data_count; i++)
		inside(mi, o.lower[i]);
	inside(mi, o.upper);
	inside(mi, o.work);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_mountinfo mi;
	struct lw_mount m;
	_cleanup_free_ char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	lw_mountinfo_init(&mi, text, size);
	while (lw_mountinfo_next(&mi, &m))
		check(&mi, &m);
	return 0;
}
