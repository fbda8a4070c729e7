/* Arbitrary bytes as the lines of a text that a hash list is made of. */
#include <string.h>

#include "classify/hashset_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_hashset_columns columns = {0};

	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(&data[at], '\n', size - at);
		size_t n = end ? (size_t)(end - &data[at]) : size - at;
		_cleanup_free_ char *line = malloc(n + 1);
		struct lw_hashset_entry entry;
		const char *why = NULL;
		enum lw_hashset_line r;

		if (!line)
			return 0;
		memcpy(line, &data[at], n);
		line[n] = '\0';
		r = lw_hashset_line(&columns, line, n, &entry, &why);
		if ((r == LW_LINE_BAD) != (why != NULL))
			abort();
		if (r == LW_LINE_DIGEST &&
			strnlen(entry.name, sizeof(entry.name)) == sizeof(entry.name))
			abort();
		at += n + 1;
	}
	return 0;
}
