/*
 * Command lines: the first byte gives the hints (two bits) and the language that the content has
 * (the rest), what follows is NUL-separated: the program's name, then argv. Whatever the plan names
 * must lie inside of the arguments. The same words are then taken as the value of a variable such
 * as NODE_OPTIONS, for each interpreter.
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
check_parts(const struct lw_argument *items, size_t count, const struct lw_part *parts, size_t n,
	size_t most)
{
	if (n > most)
		abort();
	for (size_t i = 0; i < n; i++)
		check_part(items, count, parts[i]);
}

static void
check(const struct lw_argument *items, size_t count, const struct lw_argv_plan *plan)
{
	bool needs = plan->kind != LW_PLAN_NONE && plan->kind != LW_PLAN_STDIN;

	if (plan->language >= LW_LANGUAGE_COUNT || (needs && plan->part_count == 0))
		abort();
	if (plan->kind != LW_PLAN_NONE && !plan->interpreter)
		abort();
	check_parts(items, count, plan->parts, plan->part_count, LW_PLAN_PARTS);
	check_parts(items, count, plan->beside, plan->beside_count, LW_PLAN_PARTS);
	if (plan->load_count > LW_PLAN_LOADS)
		abort();
	for (size_t i = 0; i < plan->load_count; i++)
		check_part(items, count, plan->loads[i].part);
	check_parts(items, count, plan->includes, plan->include_count, LW_PLAN_INCLUDES);
	check_parts(items, count, plan->folders, plan->folder_count, LW_PLAN_FOLDERS);
	if (plan->has_library_path)
		check_part(items, count, plan->library_path);
}

static void
scan(char *text, size_t size, unsigned first)
{
	static const struct lw_interpreter own = {
		.names = "own* *x", .language = LW_LANGUAGE_OTHER, .code = "c"};
	const struct lw_interpreters more = {&own, first & 1};
	const struct lw_argv_program program = {.name = text,
		.hints = first & 3,
		.language = (first >> 2) % LW_LANGUAGE_COUNT,
		.more = &more};
	struct lw_argument items[MOST];
	size_t count = 0, at = strlen(text) + 1;
	struct lw_argv_plan plan;

	while (at < size && count < MOST) {
		size_t length = strlen(&text[at]);

		items[count++] = (struct lw_argument){&text[at], (uint32_t)length, length > 100};
		at += length + 1;
	}
	const struct lw_argv argv = {items, count};

	lw_argv_scan(&argv, &program, &plan);
	check(items, count, &plan);
	for (size_t i = 0; i < lw_interpreter_count; i++) {
		lw_argv_scan_options(&argv, &lw_interpreter_rows[i], &plan);
		check(items, count, &plan);
	}
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
	scan(text, size, data[0]);
	free(text);
	return 0;
}
