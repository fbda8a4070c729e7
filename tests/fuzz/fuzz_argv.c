/*
 * Command lines: the first byte gives the hints, the rest is NUL-separated: the program's name,
 * then argv. Whatever the plan names must lie inside of the arguments.
 */
#include <stdlib.h>
#include <string.h>

#include "resolve/argv.h"

#define MOST 64
#define TEXT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_part(const struct lw_argument *items, size_t count, struct lw_part part)
{
	if (part.argument >= count || part.offset > items[part.argument].length)
		abort();
}

static void
check(const struct lw_argument *items, size_t count, const struct lw_argv_plan *plan)
{
	bool needs = plan->kind != LW_PLAN_NONE && plan->kind != LW_PLAN_STDIN;

	if (plan->part_count > LW_PLAN_PARTS || plan->language >= LW_LANGUAGE_COUNT)
		abort();
	if (needs && plan->part_count == 0)
		abort();
	for (unsigned i = 0; i < plan->part_count; i++)
		check_part(items, count, plan->parts[i]);
	if (plan->has_library_path)
		check_part(items, count, plan->library_path);
}

static void
scan(char *text, size_t size, unsigned hints)
{
	struct lw_argument items[MOST];
	size_t count = 0, at = strlen(text) + 1;
	struct lw_argv_plan plan;

	while (at < size && count < MOST) {
		size_t length = strlen(&text[at]);

		items[count++] = (struct lw_argument){&text[at], (uint32_t)length, length > 100};
		at += length + 1;
	}
	lw_argv_scan(&(const struct lw_argv){items, count}, text, hints, &plan);
	check(items, count, &plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 2 || size > TEXT_MAX)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, &data[1], size - 1);
	text[size - 1] = '\0';
	scan(text, size, data[0] & 3);
	free(text);
	return 0;
}
