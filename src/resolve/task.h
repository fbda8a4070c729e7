/*
 * task: who a task is and who started it: ids, names, command lines, from /proc.
 *
 * Called by execution. The status parser is pure and fuzzed. Reading a command line touches the task's memory and can
 * block. Owns nothing.
 */
#ifndef LW_RESOLVE_TASK_H
#define LW_RESOLVE_TASK_H

#include "resolve/arena.h"
#include "resolve/place.h"

#define LW_TASK_STATUS 4096u	/* bytes of /proc/PID/status looked at: all that is used stands in the first 300 */
#define LW_TASK_ARGS 4096u	/* bytes of /proc/PID/cmdline kept */

struct lw_task {
	uint32_t tgid, ppid;
	uint32_t uid, gid;	/* real */
	char comm[LW_COMM_SIZE];
};

/* -EINVAL when one of the lines Name, Tgid, PPid, Uid, Gid is missing or is not as proc(5) has it. */
int lw_task_parse_status(const char *text, size_t length, struct lw_task *out);

/* dir: /proc/PID. 0 or a negative errno. */
int lw_task_read(int dir, struct lw_task *out);

/* From the parent up, until pid 1's own parent, a kernel task or LW_ANCESTORS_MAX. Returns how many. */
uint32_t lw_task_ancestors(struct lw_place *p, uint32_t ppid, struct lw_arena *arena,
	struct lw_ancestor out[LW_ANCESTORS_MAX]);

#endif
