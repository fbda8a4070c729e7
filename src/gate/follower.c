#include "gate/follower.h"

#include <fcntl.h>
#include <string.h>

#define STACK_SIZE 4096
#define TRIES 4 /* the event can come before the task sleeps: its stack is empty for a moment */

bool
lw_follower_parse(const char *stack)
{
	return strstr(stack, " open_exec+");
}

bool
lw_follower_works(void)
{
	char stack[STACK_SIZE];

	return lw_read_file_at(AT_FDCWD, "/proc/self/stack", stack, sizeof(stack)) > 0;
}

bool
lw_follower_is(uint32_t tid)
{
	char path[64], stack[STACK_SIZE];
	ssize_t n = 0;

	if (tid == 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/stack", tid);
	for (int i = 0; i < TRIES && n == 0; i++)
		n = lw_read_file_at(AT_FDCWD, path, stack, sizeof(stack));
	return n > 0 && lw_follower_parse(stack);
}

void
lw_followers_expect(struct lw_followers *f, uint32_t tid, bool follower)
{
	uint32_t *slot = &f->expected[tid & (LW_FOLLOWERS_MAX - 1)];

	if (follower)
		*slot = tid;
	else if (*slot == tid)
		*slot = 0;
}

bool
lw_followers_take(struct lw_followers *f, uint32_t tid)
{
	bool expected = f->expected[tid & (LW_FOLLOWERS_MAX - 1)] == tid;

	lw_followers_expect(f, tid, false);
	return expected && lw_follower_is(tid);
}
