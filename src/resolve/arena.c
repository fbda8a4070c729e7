#include <errno.h>
#include <string.h>

#include "resolve/arena.h"

int
lw_arena_init(struct lw_arena *a)
{
	char *data = malloc(LW_ARENA_MAX);

	if (!data)
		return -ENOMEM;
	*a = (struct lw_arena){.data = data};
	return 0;
}

void
lw_arena_done(struct lw_arena *a)
{
	free(a->data);
	*a = (struct lw_arena){0};
}

void
lw_arena_reset(struct lw_arena *a)
{
	a->length = 0;
	a->full = false;
}

struct lw_slice
lw_arena_add(struct lw_arena *a, const void *bytes, size_t length)
{
	struct lw_slice slice = {0};

	if (length == 0)
		return slice;
	if (length > LW_ARENA_MAX - a->length) {
		a->full = true;
		return slice;
	}
	memcpy(&a->data[a->length], bytes, length);
	slice.offset = a->length;
	slice.length = (uint32_t)length;
	a->length += (uint32_t)length;
	return slice;
}

struct lw_slice
lw_arena_adds(struct lw_arena *a, const char *s)
{
	return lw_arena_add(a, s, strlen(s));
}
