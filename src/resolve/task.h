/*
 * task: who a task is: ids and name, from /proc/PID/status.
 *
 * Called by execution and ancestors. The parser is pure and fuzzed. Owns nothing.
 */
#ifndef LW_RESOLVE_TASK_H
#define LW_RESOLVE_TASK_H

#include "base/util.h"
#include "layerwatch/facts.h"

/* bytes of /proc/PID/status looked at: all that is used stands in the first 300 */
#define LW_TASK_STATUS 4096u

struct lw_task {
	uint32_t tgid, ppid;
	uint32_t uid, gid;	/* real */
	char comm[LW_COMM_SIZE];
};

/*
 * -EINVAL when one of the lines Name, Tgid, PPid, Uid, Gid is missing or is not as proc(5) has it.
 */
int lw_task_parse_status(const char *text, size_t length, struct lw_task *out);

/* dir: /proc/PID. 0 or a negative errno. */
int lw_task_read(int dir, struct lw_task *out);

#endif
