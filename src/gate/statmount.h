/*
 * statmount: one mount of another namespace by its unique id, without reading that namespace's
 * whole table: a container can make the table as long as it likes. statmount(2) of Linux 6.8, with
 * the id of another namespace since 6.11; -ENOSYS and -EINVAL before. Used by place.
 */
#ifndef LW_GATE_STATMOUNT_H
#define LW_GATE_STATMOUNT_H

#include <limits.h>

#include "base/util.h"

struct lw_statmount {
	uint32_t major, minor; /* of the superblock */
	char root[PATH_MAX]; /* what of the filesystem is mounted */
	char point[PATH_MAX]; /* from the root of the namespace */
};

/* 0; -ENOENT when the namespace of tid has no such mount; another -errno when it can't be asked. */
int lw_statmount(uint32_t tid, uint64_t unique_id, struct lw_statmount *out);

#endif
