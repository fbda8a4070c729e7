#include <string.h>

#include "resolve/arguments.h"

#define BATCH 32u /* strings whose pages are asked for together */

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

static void
fetch_batch(struct lw_memory *m, const uint64_t *pointers, size_t i, size_t count)
{
	if (i % BATCH == 0)
		lw_memory_prefetch(m, &pointers[i], LW_MIN(count - i, BATCH));
}

/* Whole arguments while they fit into the limit. Returns the position behind the last one. */
static uint32_t
keep_captured(struct lw_arguments *a, struct lw_memory *m, size_t count, uint32_t limit)
{
	uint32_t at = 0;

	for (size_t i = 0; i < count && at + 1 < limit; i++) {
		fetch_batch(m, a->pointers, i, count);
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
		fetch_batch(m, a->pointers, a->kept, count);
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

static bool
is_name(const uint8_t *bytes, size_t available, const char *name)
{
	size_t length = strlen(name);

	return length < available && length <= LW_ENVIRONMENT_NAME &&
	       memcmp(bytes, name, length) == 0 && bytes[length] == '=';
}

static bool
is_wanted(const struct lw_names *names, const uint8_t *bytes, size_t available)
{
	for (size_t i = 0; i < names->count; i++)
		if (is_name(bytes, available, names->items[i]))
			return true;
	return false;
}

static void
capture_variable(struct lw_environment *e, struct lw_memory *m, uint64_t address)
{
	size_t room = sizeof(e->bytes) - e->length, length;
	int r;

	if (room < 2) {
		e->truncated = true;
		return;
	}
	r = lw_memory_string(
		m, address, &e->bytes[e->length], LW_MIN(room - 1, LW_ENVIRONMENT_VALUE), &length);
	e->truncated |= r != 0;
	e->bytes[e->length + length] = '\0';
	e->length += (uint32_t)length + 1;
	e->count++;
}

/* Other variables that say where code is looked for. */
static const char *const places[] = {"PATH", "HOME"};

static bool
is_injection(const uint8_t *bytes, size_t available)
{
	for (size_t i = 0; i < lw_interpreter_count; i++) {
		const struct lw_injection *j = lw_interpreter_rows[i].injections;

		for (; j && j->variable; j++)
			if (is_name(bytes, available, j->variable))
				return true;
	}
	return false;
}

static bool
is_place_of_code(const uint8_t *bytes, size_t available)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(places); i++)
		if (is_name(bytes, available, places[i]))
			return true;
	for (size_t i = 0; i < lw_interpreter_count; i++) {
		const char *folders = lw_interpreter_rows[i].modules.folders;

		if (folders && is_name(bytes, available, folders))
			return true;
	}
	return false;
}

static void
keep_variable(struct lw_environment *e, struct lw_memory *m, uint64_t address)
{
	size_t room = sizeof(e->kept) - e->kept_length, length;

	if (room < 2)
		return;
	lw_memory_string(m, address, &e->kept[e->kept_length],
		LW_MIN(room - 1, LW_ENVIRONMENT_KEPT_VALUE), &length);
	e->kept[e->kept_length + length] = '\0';
	e->kept_length += (uint32_t)length + 1;
}

const char *
lw_environment_get(const struct lw_environment *e, const char *name)
{
	for (size_t at = 0; at < e->kept_length; at += strlen(&e->kept[at]) + 1)
		if (is_name((const uint8_t *)&e->kept[at], e->kept_length - at, name))
			return &e->kept[at + strlen(name) + 1];
	return "";
}

/* The first bytes of a string; a name that lies across two pages is put together. */
static size_t
beginning(struct lw_memory *m, uint64_t address, char *out, size_t size)
{
	size_t length;

	lw_memory_string(m, address, out, size, &length);
	return length;
}

/* Returns how many bytes were looked at. */
static size_t
look_at(struct lw_environment *e, struct lw_memory *m, uint64_t address,
	const struct lw_names *names)
{
	char bytes[LW_ENVIRONMENT_NAME + 2];
	size_t n = beginning(m, address, bytes, sizeof(bytes));

	if (is_wanted(names, (const uint8_t *)bytes, n))
		capture_variable(e, m, address);
	bool injects = is_injection((const uint8_t *)bytes, n);

	if (injects || is_place_of_code((const uint8_t *)bytes, n))
		keep_variable(e, m, address);
	e->injects |= injects;
	return n + 1;
}

void
lw_environment_read(struct lw_environment *e, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, const struct lw_names *names)
{
	struct lw_pointers p = {
		.items = e->pointers,
		.size = LW_ENVIRONMENT_COUNT,
		.bound = LW_ENVIRONMENT_COUNT,
	};
	int r = lw_memory_pointers(m, address, pointer_size, &p);
	size_t seen = p.kept * pointer_size;

	e->count = e->length = e->kept_length = 0;
	e->truncated = r != 0;
	e->injects = false;
	for (size_t i = 0; i < p.kept && seen < LW_ENVIRONMENT_SCAN; i++) {
		fetch_batch(m, e->pointers, i, p.kept);
		seen += look_at(e, m, e->pointers[i], names);
	}
	e->truncated |= seen >= LW_ENVIRONMENT_SCAN;
}
