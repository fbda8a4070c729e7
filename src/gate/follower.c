#include "gate/follower.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE 4096
#define STAT_SIZE 1024
#define FORKED 0x40 /* PF_FORKNOEXEC: cleared for good by the task's first execution */
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

/* Words 9 and 22 of proc(5); the name, which can be anything, is the 2nd. */
bool
lw_follower_parse_stat(const char *stat, uint32_t *flags, uint64_t *start_ticks)
{
	const char *name_end = strrchr(stat, ')');

	return name_end && sscanf(name_end,
				   ") %*s %*s %*s %*s %*s %*s %" SCNu32
				   " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
				   flags, start_ticks) == 2;
}

bool
lw_follower_is_first(uint32_t tid, uint64_t since_us)
{
	char path[64], stat[STAT_SIZE];
	struct timespec boot;
	uint64_t start_ticks;
	uint32_t flags;

	snprintf(path, sizeof(path), "/proc/%u/stat", tid);
	if (tid == 0 || lw_read_file_at(AT_FDCWD, path, stat, sizeof(stat)) <= 0 ||
		!lw_follower_parse_stat(stat, &flags, &start_ticks) ||
		clock_gettime(CLOCK_BOOTTIME, &boot) != 0)
		return false;
	uint64_t now_us = (uint64_t)boot.tv_sec * 1000000 + (uint64_t)boot.tv_nsec / 1000;
	uint64_t start_us = start_ticks * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));

	return flags & FORKED && now_us - start_us >= lw_now_us() - since_us;
}

void
lw_followers_init(struct lw_followers *f, struct lw_group *group, uint32_t capacity,
	struct lw_connector connector)
{
	memset(f, 0, sizeof(*f));
	f->group = group;
	f->connector = connector;
	f->capacity = LW_MIN(LW_MAX(capacity, 1), LW_FOLLOWERS_MAX);
	for (uint32_t i = 0; i < LW_FOLLOWERS_MAX; i++)
		f->expected[i].fd = -1;
}

void
lw_followers_done(struct lw_followers *f)
{
	for (uint32_t i = 0; i < f->capacity; i++)
		lw_closep(&f->expected[i].fd);
	f->capacity = 0;
	lw_connector_done(&f->connector);
}

static struct lw_follower *
find(struct lw_followers *f, uint32_t tid)
{
	for (uint32_t i = 0; tid && i < f->capacity; i++)
		if (f->expected[i].tid == tid)
			return &f->expected[i];
	return NULL;
}

/* Does another task, too, wait for the follower of this program? */
static bool
is_shared(const struct lw_followers *f, const struct lw_follower *one)
{
	for (uint32_t i = 0; i < f->capacity; i++) {
		const struct lw_follower *other = &f->expected[i];

		if (other == one || other->fd < 0)
			continue;
		if ((other->dev == one->dev && other->ino == one->ino) ||
			lw_identity_same_file(one->fd, other->fd))
			return true;
	}
	return false;
}

static void
drop(struct lw_followers *f, struct lw_follower *one)
{
	one->tid = 0;
	if (one->fd >= 0 && !is_shared(f, one))
		lw_group_unwatch_close(f->group, one->fd);
	lw_closep(&one->fd);
}

/* What it said of the task's execution before the expected one may still be in the queue. */
static void
on_executed(void *arg, const struct lw_executed_task *task)
{
	struct lw_follower *one = find(arg, task->tid);

	if (one && task->time_us >= one->since_us)
		drop(arg, one);
}

static void
hear_executions(struct lw_followers *f)
{
	int r = f->connector.fd >= 0 ? lw_connector_read(&f->connector, on_executed, f) : 0;

	if (r == 0)
		return;
	for (uint32_t i = 0; i < f->capacity; i++)
		f->expected[i].connected = false;
	if (r < 0)
		lw_connector_done(&f->connector);
}

/* Signal 0 is sent to nobody; EPERM would say, too, that there is one. */
static bool
is_leader(uint32_t tid)
{
	return tgkill((pid_t)tid, (pid_t)tid, 0) == 0 || errno == EPERM;
}

void
lw_followers_expect(struct lw_followers *f, uint32_t tid, int fd, uint64_t dev, uint64_t ino)
{
	struct lw_follower *one = find(f, tid);

	if (f->capacity == 0) {
		close(fd);
		return;
	}
	if (!one) {
		one = &f->expected[f->next];
		f->next = (f->next + 1) % f->capacity;
	}
	drop(f, one);
	*one = (struct lw_follower){.tid = tid,
		.fd = fd,
		.dev = dev,
		.ino = ino,
		.since_us = lw_now_us(),
		.connected = f->connector.fd >= 0 && is_leader(tid)};
	if (lw_group_watch_close(f->group, fd) < 0)
		lw_closep(&one->fd);
}

void
lw_followers_forget(struct lw_followers *f, uint32_t tid)
{
	struct lw_follower *one = find(f, tid);

	if (one)
		drop(f, one);
}

bool
lw_followers_take(struct lw_followers *f, uint32_t tid)
{
	struct lw_follower *one, was;

	hear_executions(f);
	one = find(f, tid);
	if (!one)
		return false;
	was = *one;
	drop(f, one);
	return (was.connected || lw_follower_is_first(tid, was.since_us)) &&
	       (was.fd >= 0 || lw_follower_is(tid));
}

void
lw_followers_forget_older(struct lw_followers *f, uint64_t since_us)
{
	hear_executions(f);
	for (uint32_t i = 0; i < f->capacity; i++)
		if (f->expected[i].tid && f->expected[i].since_us < since_us)
			drop(f, &f->expected[i]);
}
