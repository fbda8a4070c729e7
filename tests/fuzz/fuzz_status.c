/* Texts of /proc/PID/status. */
#include <stdlib.h>
#include <string.h>

#include "resolve/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_task task;

	if (lw_task_parse_status((const char *)data, size, &task) == 0 &&
		memchr(task.comm, '\0', sizeof(task.comm)) == NULL)
		abort();
	return 0;
}
