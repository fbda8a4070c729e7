/*
 * Descriptor 0 of every child is /dev/null; 1 is ours for the only one that writes findings; 2 a
 * socket to us; 3 its channel; 4 the control socket for the one that serves it.
 */
#include "guard/start.h"

#include <errno.h>

#include "proc/spawn.h"

#define CHANNEL_BUFFER (256u * 1024) /* bytes; holds all that a child is told at its start */

struct program {
	const char *name;
	bool writes_findings;
	bool serves_control;
};

static const struct program programs[LW_ROLE_COUNT] = {
	[LW_ROLE_GATE] = {.name = "layerwatch-gate"},
	[LW_ROLE_CLASSIFY] = {.name = "layerwatch-classify"},
	[LW_ROLE_RESOLVE] = {.name = "layerwatch-resolve"},
	[LW_ROLE_REPORT] = {.name = "layerwatch-report",
		.writes_findings = true,
		.serves_control = true},
};

/* proc/child.h: PROGRAM --instance N --uid UID --gid GID --verbose LEVEL */
struct command_line {
	char path[PATH_MAX];
	char instance[12], uid[12], gid[12], level[12];
	const char *argv[10];
};

static int
write_command_line(const struct lw_process *p, struct command_line *c)
{
	const struct lw_children *o = p->owner;
	int n = snprintf(c->path, sizeof(c->path), "%s/%s", o->libexec, programs[p->role].name);

	if (n < 0 || (size_t)n >= sizeof(c->path))
		return -ENAMETOOLONG;
	snprintf(c->instance, sizeof(c->instance), "%u", p->instance);
	snprintf(c->uid, sizeof(c->uid), "%u", (unsigned)o->uid);
	snprintf(c->gid, sizeof(c->gid), "%u", (unsigned)o->gid);
	snprintf(c->level, sizeof(c->level), "%u", (unsigned)o->level);
	c->argv[0] = c->path;
	c->argv[1] = "--instance";
	c->argv[2] = c->instance;
	c->argv[3] = "--uid";
	c->argv[4] = c->uid;
	c->argv[5] = "--gid";
	c->argv[6] = c->gid;
	c->argv[7] = "--verbose";
	c->argv[8] = c->level;
	c->argv[9] = NULL;
	return 0;
}

pid_t
lw_start_process(const struct lw_process *p, int *channel, int *log)
{
	_cleanup_close_ int ours = -1, theirs = -1, our_log = -1, their_log = -1;
	const struct program *program = &programs[p->role];
	struct lw_spawn s = {.fds = {-1, -1, -1, -1, -1, -1, -1, -1}};
	struct command_line c;
	int ends[2], r;
	pid_t pid;

	r = write_command_line(p, &c);
	if (r < 0)
		return r;
	r = lw_chan_pair(ends, CHANNEL_BUFFER);
	if (r < 0)
		return r;
	ours = ends[0];
	theirs = ends[1];
	r = lw_logs_pair(ends);
	if (r < 0)
		return r;
	our_log = ends[0];
	their_log = ends[1];
	s.path = c.path;
	s.argv = c.argv;
	/* reaped by SIGCHLD and not before: the pid stays valid for kill(2) */
	s.fds[STDOUT_FILENO] = program->writes_findings ? STDOUT_FILENO : -1;
	s.fds[STDERR_FILENO] = their_log;
	s.fds[LW_FD_GUARD] = theirs;
	s.fds[LW_FD_CONTROL] = program->serves_control ? p->owner->control_fd : -1;
	pid = lw_spawn(&s, NULL);
	if (pid < 0)
		return pid;
	*channel = TAKE_FD(ours);
	*log = TAKE_FD(our_log);
	return pid;
}
