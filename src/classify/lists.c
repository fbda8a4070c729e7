#include <errno.h>

#include "classify/lists.h"

void
lw_lists_done(struct lw_lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		lists->rows[i].set = lw_hashset_free(lists->rows[i].set);
	lists->count = 0;
}

int
lw_lists_add(struct lw_lists *lists, const char *name, enum lw_verdict verdict, int fd)
{
	struct lw_list *row;
	int r;

	if (lists->count == LW_HASH_LISTS_MAX)
		return -E2BIG;
	row = &lists->rows[lists->count];
	r = lw_hashset_open(fd, &row->set);
	if (r < 0)
		return r;
	lw_copy_string(row->name, sizeof(row->name), name);
	row->verdict = verdict;
	lists->count++;
	return 0;
}

const struct lw_list *
lw_lists_find(const struct lw_lists *lists, enum lw_verdict verdict,
	const uint8_t sha256[LW_SHA256_SIZE], const struct lw_list *after,
	char label[LW_HASHSET_LABEL_SIZE])
{
	for (size_t i = after ? after - lists->rows + 1 : 0; i < lists->count; i++) {
		const struct lw_list *row = &lists->rows[i];

		if (row->verdict == verdict && lw_hashset_find(row->set, sha256, label))
			return row;
	}
	return NULL;
}
