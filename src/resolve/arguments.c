#include <string.h>

#include "resolve/arguments.h"

/* Keeps a string as the next item; false when it can't be read at all. */
static bool
keep(struct lw_arguments *a, struct lw_memory *m, uint32_t at, size_t room)
{
	struct lw_argument *item = &a->items[a->kept];
	char *text = &a->bytes[at];
	size_t length;
	int r = lw_memory_string(m, a->pointers[a->kept], text, room, &length);

	if (r == LW_MEMORY_UNREADABLE)
		a->unreadable = true;
	if (r == LW_MEMORY_UNREADABLE && length == 0)
		return false;
	text[length] = '\0';
	*item = (struct lw_argument){text, (uint32_t)length, r != 0};
	a->kept++;
	return true;
}

/* Whole arguments while they fit into the limit. Returns the position behind the last one. */
static uint32_t
keep_captured(struct lw_arguments *a, struct lw_memory *m, size_t count, uint32_t limit)
{
	uint32_t at = 0;

	for (size_t i = 0; i < count && at + 1 < limit; i++) {
		lw_memory_prefetch_strings(m, a->pointers, i, count);
		if (!keep(a, m, at, limit - at - 1))
			break;
		at += a->items[i].length + 1;
		if (a->items[i].cut)
			break;
	}
	a->captured = at;
	return at;
}

/* Beginnings of those after the limit. */
static void
keep_beyond(struct lw_arguments *a, struct lw_memory *m, size_t count, uint32_t at)
{
	size_t end = LW_MIN(count, a->kept + LW_ARGUMENTS_BEYOND);

	while (a->kept < end && !a->unreadable) {
		lw_memory_prefetch_strings(m, a->pointers, a->kept, count);
		if (!keep(a, m, at, LW_ARGUMENTS_BEGINNING))
			return;
		at += a->items[a->kept - 1].length + 1;
	}
}

void
lw_arguments_read(struct lw_arguments *a, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, uint32_t limit)
{
	struct lw_pointers p = {
		.items = a->pointers,
		.size = LW_ARGUMENTS_KEPT,
		.bound = LW_ARGUMENTS_COUNTED,
	};
	int r = lw_memory_pointers(m, address, pointer_size, &p);
	uint32_t at;

	a->count = (uint32_t)p.count;
	a->kept = a->captured = 0;
	a->unreadable = r == LW_MEMORY_UNREADABLE;
	at = keep_captured(a, m, p.kept, LW_MIN(limit, LW_ARGUMENTS_BYTES));
	/* One that was cut stays the last one captured; all of the others are beginnings. */
	bool cut = a->kept > 0 && a->items[a->kept - 1].cut;
	a->truncated = r == LW_MEMORY_CUT || cut || a->kept < p.count;
	if (a->kept < p.kept)
		keep_beyond(a, m, p.kept, at);
}

int
lw_arguments_whole(const struct lw_arguments *a, struct lw_memory *m, struct lw_part part,
	char *out, size_t size, size_t *length)
{
	const struct lw_argument *item = &a->items[part.argument];

	if (item->cut)
		return lw_memory_string(
			m, a->pointers[part.argument] + part.offset, out, size, length);
	*length = LW_MIN(item->length - part.offset, size);
	memcpy(out, &item->text[part.offset], *length);
	return *length < item->length - part.offset ? LW_MEMORY_CUT : 0;
}
