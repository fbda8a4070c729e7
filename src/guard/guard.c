#include "guard/guard.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "guard/confine.h"
#include "guard/hear.h"
#include "guard/reload.h"
#include "guard/speak.h"
#include "guard/watchdog.h"
#include "proc/sandbox.h"
#include "proc/spawn.h"

#define GATE LW_PHASE_OF(LW_ROLE_GATE)
#define OTHERS ((uint16_t)~GATE)

static int
on_started(void *arg, struct lw_process *p)
{
	return lw_speak_all(arg, p);
}

/*
 * A program that says at its very first start that it can't work here would say it again: it ends
 * us, and its reason is ours.
 */
static bool
is_final(const struct lw_guard *g, const struct lw_process *p, int status)
{
	if (g->up || p->restarts > 0 || !WIFEXITED(status))
		return false;
	return WEXITSTATUS(status) == LW_EXIT_KERNEL || WEXITSTATUS(status) == LW_EXIT_PERMISSION ||
	       WEXITSTATUS(status) == LW_EXIT_CONFIG;
}

/*
 * The gate has ended, its group is closed and nothing is held any more: now the others, report
 * last to have heard all.
 */
static void
go_on_stopping(struct lw_guard *g)
{
	if (lw_children_alive(&g->children, GATE) > 0)
		return;
	if (lw_children_stop(&g->children, OTHERS) == 0)
		lw_loop_stop(g->loop);
}

void
lw_guard_stop(struct lw_guard *g, int code)
{
	if (g->stopping)
		return;
	g->stopping = true;
	g->children.stopping = true;
	g->exit_code = code;
	lw_watchdog_stop(g);
	lw_watchdog_tell_stopping(g);
	(void)lw_children_stop(&g->children, GATE);
	go_on_stopping(g);
}

static void
on_gone(void *arg, struct lw_process *p, int status)
{
	struct lw_guard *g = arg;

	if (is_final(g, p, status)) {
		lw_guard_stop(g, WEXITSTATUS(status));
		g->exit_code = WEXITSTATUS(status);
	}
	if (g->stopping) {
		go_on_stopping(g);
		return;
	}
	lw_speak_processes(g);
	lw_reload_look(g);
}

static const struct lw_children_ops children_ops = {.started = on_started, .gone = on_gone};

static int
on_signal(void *arg, int signo)
{
	struct lw_guard *g = arg;

	if (signo == SIGCHLD) {
		lw_children_reap(&g->children);
	} else if (signo == SIGHUP) {
		lw_reload(g);
	} else {
		lw_log(LW_LOG_INFO, "signal %d: stopping", signo);
		lw_guard_stop(g, LW_EXIT_OK);
	}
	return 0;
}

static int
take_signals(struct lw_guard *g)
{
	static const int ignored[] = {SIGPIPE, SIGUSR1, SIGUSR2};
	static const int taken[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT, 0};

	for (size_t i = 0; i < LW_ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	return lw_loop_signals(g->loop, taken, on_signal, g);
}

/* --- building up: each step logs what is wrong and returns an exit code; 0 = go on --- */

static int
load_config(struct lw_guard *g)
{
	_cleanup_text_ struct lw_text errors = {0};
	int r;

	lw_text_init(&errors, LW_CONFIG_ERRORS_MAX);
	g->generation = 1;
	r = lw_config_load(&g->config, &g->source, g->generation, &errors);
	if (r < 0) {
		lw_reload_log_errors(&errors);
		lw_log(LW_LOG_ERROR, "%s can't be used: %s", g->source.path, strerror(-r));
		return LW_EXIT_CONFIG;
	}
	if (g->source.built_in)
		lw_log(LW_LOG_INFO, "there is no %s: the built-in policy is in force",
			g->source.path);
	lw_reload_warn_of_model(g->config);
	return 0;
}

static int
check_root(struct lw_guard *g)
{
	if (geteuid() == 0)
		return 0;
	lw_log(LW_LOG_ERROR, "must be started as root");
	return LW_EXIT_PERMISSION;
}

static int
open_control(struct lw_guard *g)
{
	const char *path = lw_config_settings(g->config)->processes.control;
	int r = lw_control_open(&g->control, path);

	if (r == 0)
		return 0;
	if (r == -EADDRINUSE)
		lw_log(LW_LOG_ERROR, "%s: another layerwatchd is running there", path);
	else
		lw_log(LW_LOG_ERROR, "%s: the control socket can't be made: %s", path,
			strerror(-r));
	return r == -EACCES || r == -EPERM ? LW_EXIT_PERMISSION : LW_EXIT_FAILURE;
}

static int
confine(struct lw_guard *g)
{
	int r = lw_guard_confine();

	if (r == 0)
		return 0;
	lw_log(LW_LOG_ERROR, "privileges can't be dropped: %s", strerror(-r));
	return LW_EXIT_FAILURE;
}

static int
open_loop(struct lw_guard *g)
{
	int r;

	r = lw_loop_new(&g->loop);
	if (r == 0)
		r = take_signals(g);
	if (r < 0) {
		lw_log(LW_LOG_ERROR, "no event loop: %s", strerror(-r));
		return LW_EXIT_FAILURE;
	}
	r = lw_notify_open(&g->notify);
	if (r < 0)
		lw_log(LW_LOG_WARNING, "the service manager can't be reached: %s", strerror(-r));
	return 0;
}

static void
prepare_children(struct lw_guard *g)
{
	struct lw_children *c = &g->children;

	c->loop = g->loop;
	c->logs = &g->logs;
	c->ops = &children_ops;
	c->routes = lw_hear_routes;
	c->route_count = lw_hear_route_count;
	c->arg = g;
	c->control_fd = g->control.fd;
	lw_sandbox_user(lw_config_settings(g->config)->processes.user, &c->uid, &c->gid);
}

/* The gate last: when it begins to hold executions, those who help it to answer are there. */
static int
start_children(struct lw_guard *g)
{
	static const enum lw_role order[] = {
		LW_ROLE_REPORT, LW_ROLE_RESOLVE, LW_ROLE_CLASSIFY, LW_ROLE_GATE};
	const struct lw_settings *s = lw_config_settings(g->config);
	const uint32_t counts[LW_ROLE_COUNT] = {[LW_ROLE_REPORT] = 1,
		[LW_ROLE_GATE] = 1,
		[LW_ROLE_RESOLVE] = s->processes.resolve,
		[LW_ROLE_CLASSIFY] = s->processes.classify};

	prepare_children(g);
	lw_reload_apply_sinks(g);
	if (lw_reload_begin(g) < 0)
		return LW_EXIT_FAILURE;
	for (size_t i = 0; i < LW_ARRAY_SIZE(order); i++) {
		int r = lw_children_want(&g->children, order[i], counts[order[i]]);

		if (r < 0) {
			lw_log(LW_LOG_ERROR, "%s can't be started from %s: %s",
				lw_role_to_str(order[i]), g->children.libexec, strerror(-r));
			return r == -EACCES || r == -EPERM ? LW_EXIT_PERMISSION : LW_EXIT_FAILURE;
		}
	}
	return 0;
}

static int
run_loop(struct lw_guard *g)
{
	int r = lw_watchdog_start(g);

	if (r == 0)
		r = lw_loop_run(g->loop);
	if (r < 0) {
		lw_log(LW_LOG_ERROR, "event loop: %s", strerror(-r));
		return LW_EXIT_FAILURE;
	}
	return g->exit_code;
}

static int (*const steps[])(struct lw_guard *) = {
	check_root, load_config, open_control, confine, open_loop, start_children, run_loop};

static void
done(struct lw_guard *g)
{
	if (g->loop) {
		lw_watchdog_stop(g);
		lw_timer_disarm(g->loop, &g->processes_timer);
		lw_timer_disarm(g->loop, &g->pause_timer);
		lw_timer_disarm(g->loop, &g->apply_timer);
		lw_children_done(&g->children);
	}
	lw_control_close(&g->control);
	lw_notify_done(&g->notify);
	lw_config_free(g->config);
	lw_config_free(g->previous);
	lw_loop_free(g->loop);
}

int
lw_guard_run(const struct lw_options *o)
{
	struct lw_guard *g = calloc(1, sizeof(*g));
	int code = LW_EXIT_FAILURE;

	if (!g)
		return code;
	(void)umask(022);
	g->source = lw_config_source(o->config);
	g->control.fd = g->notify.fd = -1;
	lw_children_init(&g->children);
	g->children.level = o->level;
	lw_logs_open(&g->logs);
	if (lw_spawn_libexec(o->libexec, g->children.libexec, sizeof(g->children.libexec)) == 0) {
		code = 0;
		for (size_t i = 0; i < LW_ARRAY_SIZE(steps) && code == 0; i++)
			code = steps[i](g);
	}
	done(g);
	free(g);
	return code;
}
