/*
 * The command line that the guard gives its children. Written by one program, read by another of
 * the same build: no option parser, one fixed form.
 */
#include <errno.h>
#include <string.h>

#include "proc/child.h"

struct field {
	const char *name;
	uint64_t most;
};

static const struct field fields[] = {
	{"--instance", LW_INSTANCES_MAX - 1},
	{"--uid", UINT32_MAX - 1},
	{"--gid", UINT32_MAX - 1},
	{"--verbose", LW_LOG_DEBUG},
};

int
lw_child_args(struct lw_child_args *out, int argc, char **argv)
{
	uint64_t values[LW_ARRAY_SIZE(fields)] = {0};

	if (argc != 1 + 2 * (int)LW_ARRAY_SIZE(fields))
		return -EINVAL;
	for (size_t i = 0; i < LW_ARRAY_SIZE(fields); i++) {
		if (strcmp(argv[1 + 2 * i], fields[i].name) != 0 ||
			lw_parse_u64(argv[2 + 2 * i], &values[i]) < 0 || values[i] > fields[i].most)
			return -EINVAL;
	}
	*out = (struct lw_child_args){.instance = (uint32_t)values[0],
		.uid = (uid_t)values[1],
		.gid = (gid_t)values[2],
		.level = (enum lw_log_level)values[3]};
	return 0;
}
