#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "resolve/ancestors.h"
#include "resolve/task.h"

struct entry {
	uint32_t pid; /* 0 = free */
	int dir; /* /proc/PID, O_PATH */
	int cmdline;
	uint64_t entered_us;
	uint64_t read_us; /* when task was read */
	uint64_t used; /* clock of uses */
	struct lw_task task;
	size_t args_length;
	ssize_t exe_length; /* or the error that reading it gives */
	char exe[LW_PLACE_PATH]; /* as the kernel has it; "" = none */
	char args[LW_ANCESTORS_ARGS];
};

struct lw_ancestors {
	uint64_t clock;
	struct entry entries[LW_ANCESTORS_CACHED];
};

int
lw_ancestors_new(struct lw_ancestors **out)
{
	struct lw_ancestors *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	for (size_t i = 0; i < LW_ANCESTORS_CACHED; i++)
		c->entries[i].dir = c->entries[i].cmdline = -1;
	*out = c;
	return 0;
}

static void
forget(struct entry *e)
{
	lw_closep(&e->dir);
	lw_closep(&e->cmdline);
	e->dir = e->cmdline = -1;
	e->pid = 0;
}

struct lw_ancestors *
lw_ancestors_free(struct lw_ancestors *c)
{
	for (size_t i = 0; c && i < LW_ANCESTORS_CACHED; i++)
		forget(&c->entries[i]);
	free(c);
	return NULL;
}

static ssize_t
read_exe(int dir, char out[LW_PLACE_PATH])
{
	ssize_t n = readlinkat(dir, "exe", out, LW_PLACE_PATH - 1);

	out[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : n;
}

static int
refresh(struct entry *e)
{
	int r = lw_task_read(e->dir, &e->task);

	e->read_us = lw_now_us();
	return r;
}

/*
 * A link that can't be read is as good a sign, but not one that is absent: so is a dead process's.
 */
static bool
is_alive_and_same(const struct entry *e)
{
	char exe[LW_PLACE_PATH];
	ssize_t n = read_exe(e->dir, exe);

	return n == e->exe_length && n != -ENOENT && n != -ESRCH && strcmp(exe, e->exe) == 0;
}

static struct entry *
remembered(struct lw_ancestors *c, uint32_t pid)
{
	for (size_t i = 0; i < LW_ANCESTORS_CACHED; i++)
		if (pid > 0 && c->entries[i].pid == pid)
			return &c->entries[i];
	return NULL;
}

/* The entry of a process that lives and still runs the same executable. */
static struct entry *
find(struct lw_ancestors *c, uint32_t pid)
{
	struct entry *e = remembered(c, pid);

	if (!e || is_alive_and_same(e))
		return e;
	forget(e);
	return NULL;
}

static void
read_args(struct entry *e)
{
	ssize_t n = e->cmdline < 0 ? 0 : pread(e->cmdline, e->args, sizeof(e->args), 0);

	e->args_length = n > 0 ? (size_t)n : 0;
}

static struct entry *
oldest(struct lw_ancestors *c)
{
	struct entry *e = &c->entries[0];

	for (size_t i = 1; i < LW_ANCESTORS_CACHED && e->pid != 0; i++)
		if (c->entries[i].pid == 0 || c->entries[i].used < e->used)
			e = &c->entries[i];
	return e;
}

static struct entry *
enter(struct lw_ancestors *c, const struct lw_place *p, uint32_t pid)
{
	struct entry *e = oldest(c);

	forget(e);
	e->entered_us = lw_now_us();
	e->dir = openat(
		p->procfs->proc, lw_fd_name((int)pid).text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->dir < 0 || refresh(e) < 0) {
		forget(e);
		return NULL;
	}
	e->exe_length = read_exe(e->dir, e->exe);
	e->cmdline = openat(e->dir, "cmdline", O_RDONLY | O_CLOEXEC);
	e->pid = pid;
	return e;
}

/* A parent in the same container has the same root: its path reads as the task's own. */
static void
describe(const struct entry *e, struct lw_place *p, struct lw_arena *arena, struct lw_ancestor *out)
{
	char exe[LW_PLACE_PATH];

	*out = (struct lw_ancestor){.pid = e->pid, .uid = e->task.uid};
	memcpy(out->comm, e->task.comm, sizeof(out->comm));
	lw_copy_string(exe, sizeof(exe), e->exe);
	out->exe = lw_arena_add(arena, exe, lw_place_strip(p, exe));
	out->args = lw_arena_add(arena, e->args, e->args_length);
}

static bool
is_fresh(const struct entry *e)
{
	return lw_now_us() - e->read_us <= LW_ANCESTORS_FRESH_US;
}

/* What it is now: executable and command line for certain, ids and name if they have become old. */
static struct entry *
current(struct lw_ancestors *c, const struct lw_place *p, uint32_t pid)
{
	struct entry *e = find(c, pid);

	if (!e && pid > 0)
		e = enter(c, p, pid);
	if (!e)
		return NULL;
	read_args(e);
	if (is_fresh(e) || refresh(e) == 0)
		return e;
	forget(e);
	return NULL;
}

/*
 * The parent of e: as remembered for a while, if it was there already when e's own facts were read.
 * Then it is that process and no later one with its number. Otherwise both are looked at again.
 */
static struct entry *
parent_of(struct lw_ancestors *c, const struct lw_place *p, struct entry *e)
{
	struct entry *parent = remembered(c, e->task.ppid);

	if (parent && is_fresh(parent) && parent->entered_us <= e->read_us)
		return parent;
	return refresh(e) < 0 ? NULL : current(c, p, e->task.ppid);
}

uint32_t
lw_ancestors_read(struct lw_ancestors *c, struct lw_place *p, uint32_t ppid, struct lw_arena *arena,
	struct lw_ancestor out[LW_ANCESTORS_MAX])
{
	struct entry *e = current(c, p, ppid);
	uint32_t count = 0;

	while (e && count < LW_ANCESTORS_MAX) {
		e->used = ++c->clock;
		describe(e, p, arena, &out[count++]);
		e = count < LW_ANCESTORS_MAX ? parent_of(c, p, e) : NULL;
	}
	return count;
}

void
lw_ancestors_one(struct lw_ancestors *c, struct lw_place *p, uint32_t pid, struct lw_arena *arena,
	struct lw_ancestor *out)
{
	struct entry *e = current(c, p, pid);

	*out = (struct lw_ancestor){0};
	if (!e)
		return;
	e->used = ++c->clock;
	describe(e, p, arena, out);
}
