/*
 * Stands in for confine.c in builds with sanitizers or coverage. Their runtimes map terabytes of
 * shadow, read /proc, open files and trace themselves when the process ends, at moments and with
 * calls of their own choosing: a filter that lets all of that pass would prove nothing, and
 * RLIMIT_AS cannot hold. Ids, capabilities and Landlock are as in a real build.
 */
#include "proc/confine.h"

static bool confined;

/*
 * Asked by LeakSanitizer at exit: once Landlock and the ids of a role hold, it can no longer read
 * /proc/self and would turn that into a failure. Not in a header: the runtime looks for this
 * name.
 */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return confined;
}

int
lw_confine_syscalls(const struct lw_sandbox *s, bool *loaded)
{
	confined = !s->starts_programs;
	*loaded = false;
	return 0;
}

int
lw_confine_memory(uint64_t bytes)
{
	return 0;
}
