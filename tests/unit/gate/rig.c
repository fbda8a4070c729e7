#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define PATIENCE_MS 5000
#define PATIENCE_S 60 /* then the whole test ends, and the kernel lets its tasks go */

int
rig_count_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int
on_message(void *arg, struct lw_received *r)
{
	struct rig_peer *p = arg;

	p->count[r->frame.type]++;
	memcpy(&p->last, r->body, LW_MIN(r->frame.length, sizeof(p->last)));
	if (p->asked < RIG_ASKED)
		p->ids[p->asked++] = r->frame.id;
	return 0;
}

static const struct lw_route routes[] = {
	{LW_MSG_ASSESS, 1, on_message},
	{LW_MSG_BEHAVE, 1, on_message},
	{LW_MSG_EXECUTION, 1, on_message},
	{LW_MSG_CONTAINER_ASK, 1, on_message},
	{LW_MSG_OBSERVATION, 1, on_message},
	{LW_MSG_CONTAINER, 1, on_message},
	{LW_MSG_COUNTERS, 1, on_message},
	{LW_MSG_HEALTH, 1, on_message},
};

static struct lw_group no_group = {.fd = -1, .mount_fd = -1};

/* Returns the gate's end. */
static int
new_peer(struct rig_peer *p)
{
	int fds[2];

	assert_int_equal(lw_chan_pair(fds, 1024 * 1024), 0);
	lw_chan_init(&p->chan, fds[1], routes, LW_ARRAY_SIZE(routes), p);
	return fds[0];
}

int
rig_set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	int fd;

	alarm(PATIENCE_S);
	r->files = rig_count_files();
	r->classify.chan.fd = r->resolve.chan.fd = r->report.chan.fd = -1;
	strcpy(r->folder, "/tmp/lw-gate-XXXXXX");
	if (!mkdtemp(r->folder))
		return -1;
	snprintf(r->file, sizeof(r->file), "%s/x", r->folder);
	fd = open(r->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0 || lw_write_full(fd, "text\n", 5) < 0 || fchmod(fd, 0755) < 0)
		return -1;
	close(fd);
	*state = r;
	return 0;
}

static void
new_place(struct rig *r)
{
	static char empty[1];
	struct lw_overlay_options o = {.lower = {r->folder}, .lower_count = 1};

	r->superblock = lw_superblock_get(&r->gate->superblocks, 9, 9);
	assert_int_equal(lw_superblock_describe(r->superblock, "/merged", &o), 0);
	r->superblock->filesystem_count = 1;
	r->superblock->state = LW_MARK_MARKED;
	r->place = (struct lw_place_mount){
		.superblock = r->superblock,
		.prefix = r->folder,
		.root = empty,
		.inside = empty,
		.exact = true,
	};
}

void
rig_gate(struct rig *r, const char *policy, uint32_t flights)
{
	char detail[248] = "";
	struct lw_gate *g;

	assert_int_equal(lw_loop_new(&r->loop), 0);
	assert_int_equal(lw_gate_new(&r->gate, r->loop, (struct lw_connector){.fd = -1}), 0);
	g = r->gate;
	if (lw_gate_ops.config(g, policy, strlen(policy), 1, detail) != 0)
		fail_msg("%s", detail);
	g->rules_absent = true; /* as classify would have said */
	if (lw_group_open(&g->group) < 0)
		skip(); /* not root, or no permission events */
	g->capacity = (struct lw_gate_capacity){flights, 4, 4};
	g->discover.group = &no_group; /* it would mark what is not ours */
	assert_int_equal(lw_discover_init(&g->discover), 0);
	assert_int_equal(lw_cache_new(64, &g->cache), 0);
	assert_int_equal(lw_flights_init(&g->flights, g, flights), 0);
	lw_followers_init(&g->followers, &g->group, 4, (struct lw_connector){.fd = -1});
	lw_verify_init(&g->verify, g->loop, &g->group, 2, &g->counters.scripts_unverified);
	assert_int_equal(lw_pool_set_peer(&g->classify, 0, new_peer(&r->classify)), 0);
	assert_int_equal(lw_pool_set_peer(&g->resolve, 0, new_peer(&r->resolve)), 0);
	lw_chan_init(&g->report, new_peer(&r->report), NULL, 0, g);
	new_place(r);
	int fd = open(r->file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_group_mark_file(&g->group, fd), 0);
	close(fd);
}

void
rig_hang_up(struct rig *r, struct rig_peer *p)
{
	lw_chan_done(&p->chan);
	rig_run(r, 20);
}

int
rig_tear_down(void **state)
{
	struct rig *r = *state;

	lw_gate_free(r->gate);
	lw_loop_free(r->loop);
	for (unsigned i = 0; i < r->task_count; i++)
		if (r->tasks[i])
			rig_outcome(r, i);
	lw_chan_done(&r->classify.chan);
	lw_chan_done(&r->resolve.chan);
	lw_chan_done(&r->report.chan);
	unlink(r->file);
	rmdir(r->folder);
	int lost = rig_count_files() - r->files;
	free(r);
	alarm(0);
	return lost;
}

/* Holds none of our descriptors: the group must end with us. */
static void
execute(const char *path)
{
	char *const argv[] = {(char *)path, NULL};

	close_range(3, ~0u, 0);
	execve(path, argv, NULL);
	_exit(errno);
}

pid_t
rig_execute(struct rig *r)
{
	pid_t pid = fork();

	assert_true(pid >= 0 && r->task_count < RIG_TASKS);
	if (pid == 0)
		execute(r->file);
	r->tasks[r->task_count++] = pid;
	return pid;
}

struct lw_arrival
rig_arrive(struct rig *r)
{
	struct pollfd p = {.fd = r->gate->group.fd, .events = POLLIN};
	struct lw_group_event e;
	pid_t pid = rig_execute(r);

	do
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	while (lw_group_read(&r->gate->group, &e, 1) == 1 && e.fd < 0);
	assert_int_equal(e.tid, pid);
	struct lw_arrival a = {
		.fd = e.fd, .tid = e.tid, .read_us = lw_now_us(), .place = &r->place};
	assert_int_equal(lw_identity_of(e.fd, &a.id), 0);
	lw_layer_handle_of(e.fd, &a.handle);
	r->gate->counters.events++;
	return a;
}

int
rig_outcome(struct rig *r, unsigned task)
{
	int status;

	assert_int_equal(waitpid(r->tasks[task], &status, 0), r->tasks[task]);
	r->tasks[task] = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool
rig_is_held(struct rig *r, unsigned task)
{
	siginfo_t info = {0};

	usleep(20000);
	assert_int_equal(waitid(P_PID, r->tasks[task], &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid == 0;
}

void
rig_listen(struct rig *r)
{
	struct rig_peer *peers[] = {&r->classify, &r->resolve, &r->report};

	for (size_t i = 0; i < LW_ARRAY_SIZE(peers); i++)
		if (peers[i]->chan.fd >= 0)
			lw_chan_dispatch(&peers[i]->chan, RIG_ASKED);
}

void
rig_assessed(struct rig *r, uint64_t id, const struct lw_assessment *a)
{
	struct lw_msg_assessed m = {.generation = 1};

	if (a)
		m.assessment = *a;
	else
		m.assessment.flags = LW_ASSESS_UNREADABLE;
	assert_int_equal(lw_chan_send(&r->classify.chan, LW_MSG_ASSESSED, id, &m, NULL, 0), 0);
	lw_loop_once(r->loop, PATIENCE_MS);
}

void
rig_executed(struct rig *r, uint64_t id, const struct lw_execution *e)
{
	struct lw_msg_executed m = {.execution = *e};

	assert_int_equal(lw_chan_send(&r->resolve.chan, LW_MSG_EXECUTED, id, &m, NULL, 0), 0);
	lw_loop_once(r->loop, PATIENCE_MS);
}

void
rig_run(struct rig *r, unsigned ms)
{
	uint64_t end = lw_now_us() + ms * 1000ull;

	for (uint64_t now = 0; now < end; now = lw_now_us())
		lw_loop_once(r->loop, 5);
}

int
rig_on_group(void *arg, uint32_t events)
{
	return lw_gate_read_events(arg);
}
