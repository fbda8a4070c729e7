/*
 * sqlite_file: one text value out of one table of an SQLite database file, read while its owner may
 * write it.
 *
 * Newer Podman keeps its containers in db.sql. Only what that needs is understood: table B-trees
 * with rowids, UTF-8, no write-ahead log (Podman uses none). No lock is taken: the file's change
 * counter is read again at the end. Every page is hostile bytes: sizes, depth and counts are
 * bounded. Owns nothing.
 */
#ifndef LW_ENGINE_SQLITE_FILE_H
#define LW_ENGINE_SQLITE_FILE_H

#include "base/text.h"

#define LW_SQLITE_PAGES_MAX 16384 /* pages read for one query */
#define LW_SQLITE_DEPTH_MAX 16
#define LW_SQLITE_COLUMNS_MAX 32

/*
 * SELECT value_column FROM table WHERE key_column = key. Columns count from 0, as the table
 * declares them.
 */
struct lw_sqlite_query {
	const char *table;
	const char *key;
	unsigned key_column, value_column;
};

/*
 * Adds the value's bytes to out. 1 found, 0 not there, -EBADMSG not such a file or damaged, -EAGAIN
 * overtaken, -EFBIG, -errno.
 */
int lw_sqlite_get(int fd, const struct lw_sqlite_query *query, struct lw_text *out);

#endif
