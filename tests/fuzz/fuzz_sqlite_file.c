/*
 * fuzz_sqlite_file: any file as an SQLite database that is asked for one row.
 */
#include "engine/sqlite_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lw_sqlite_query query = {
		.table = "t", .key = "large", .key_column = 0, .value_column = 1};
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_close_ int fd = lw_memfd_with("fuzz", data, size);

	lw_text_init(&text, 64 * 1024);
	if (fd >= 0)
		lw_sqlite_get(fd, &query, &text);
	return 0;
}
