/*
 * A line of /proc/TID/maps, whose path a container chooses, and the program counter of
 * /proc/TID/syscall: what is taken lies in the line, and holds the address.
 */
#include <stdlib.h>
#include <string.h>

#include "resolve/opening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
find(const char *line, size_t length, uint64_t address)
{
	const char *path = NULL;
	bool held = lw_opening_maps_line(line, address, &path);

	if (!path)
		abort();
	if (path[0] && (path < line || path >= line + length))
		abort();
	if (held && address == UINT64_MAX)
		abort(); /* the end of a mapping lies outside of it */
	lw_opening_is_loader(path, path);
}

/* The first line is the task's position, the second one a mapping. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t first = end ? (size_t)(end - data) : size, rest = size - LW_MIN(first + 1, size);
	_cleanup_free_ char *line = malloc(rest + 1);
	uint64_t counter = 0;

	if (!line)
		return 0;
	if (lw_opening_counter((const char *)data, first, &counter) < 0)
		counter = 0;
	memcpy(line, &data[size - rest], rest);
	line[rest] = '\0';
	find(line, rest, counter);
	find(line, rest, UINT64_MAX);
	return 0;
}
