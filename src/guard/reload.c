#include "guard/reload.h"

#include <limits.h>
#include <string.h>

#include "guard/sinks.h"
#include "guard/speak.h"
#include "guard/watchdog.h"

void
lw_reload_log_errors(const struct lw_text *errors)
{
	const char *at = errors->data;

	while (at && *at) {
		size_t n = strcspn(at, "\n");

		if (n > 0)
			lw_log(LW_LOG_ERROR, "%.*s", (int)LW_MIN(n, INT_MAX), at);
		at = &at[n + (at[n] == '\n')];
	}
}

/* What a running guard can't change: said, so that nobody waits for it. */
static void
warn_of_fixed(const struct lw_settings *now, const struct lw_settings *before)
{
	if (strcmp(now->processes.user, before->processes.user) != 0)
		lw_log(LW_LOG_WARNING, "processes.user takes effect at the next start");
	if (strcmp(now->processes.control, before->processes.control) != 0)
		lw_log(LW_LOG_WARNING, "processes.control takes effect at the next start");
}

void
lw_reload_apply_sinks(struct lw_guard *g)
{
	const struct lw_settings *s = lw_config_settings(g->config);
	char failed[PATH_MAX];
	int r;

	r = lw_sinks_prepare(s, g->children.uid, g->children.gid, failed, sizeof(failed));
	if (r < 0)
		lw_log(LW_LOG_WARNING, "the folder of the sink %s can't be made: %s", failed,
			strerror(-r));
}

/* One that lives and has not said that it works by the newest policy; NULL = none. */
static const struct lw_process *
find_behind(const struct lw_guard *g)
{
	for (size_t i = 0; i < LW_PROCESSES_MAX; i++) {
		const struct lw_process *p = &g->children.processes[i];

		if (p->wanted && lw_process_alive(p) && p->applied < g->generation)
			return p;
	}
	return NULL;
}

static void
settle(struct lw_guard *g)
{
	g->applying = false;
	lw_timer_disarm(g->loop, &g->apply_timer);
	lw_watchdog_tell_manager(g);
}

void
lw_reload_look(struct lw_guard *g)
{
	if (!g->applying || g->stopping || find_behind(g))
		return;
	if (g->generation > 1)
		lw_log(LW_LOG_INFO, "policy %llu is in force", (unsigned long long)g->generation);
	lw_config_free(g->previous);
	g->previous = NULL;
	settle(g);
}

static int
on_overdue(void *arg)
{
	struct lw_guard *g = arg;
	const struct lw_process *p = find_behind(g);

	if (p)
		lw_log(LW_LOG_WARNING,
			"policy %llu is sent, but %s[%u] does not say that it has it",
			(unsigned long long)g->generation, lw_role_to_str(p->role), p->instance);
	settle(g);
	return 0;
}

int
lw_reload_begin(struct lw_guard *g)
{
	g->applying = true;
	lw_timer_disarm(g->loop, &g->apply_timer);
	return lw_timer_arm(g->loop, &g->apply_timer, LW_APPLY_US, on_overdue, g);
}

static void
apply(struct lw_guard *g)
{
	const struct lw_settings *s = lw_config_settings(g->config);
	int r = lw_reload_begin(g);

	lw_speak_config(g);
	(void)lw_children_want(&g->children, LW_ROLE_RESOLVE, s->processes.resolve);
	(void)lw_children_want(&g->children, LW_ROLE_CLASSIFY, s->processes.classify);
	if (r < 0)
		settle(g);
}

void
lw_reload_warn_of_model(const struct lw_config *config)
{
	if (config->model_missing)
		lw_log(LW_LOG_WARNING, "there is no %s: scripts are not judged by a model",
			LW_DATADIR "/layerwatch.model");
}

static void
take(struct lw_guard *g, struct lw_config *next)
{
	warn_of_fixed(lw_config_settings(next), lw_config_settings(g->config));
	lw_config_free(g->previous);
	g->previous = g->config;
	g->config = next;
	g->generation = next->generation;
	g->rejected = false;
	lw_reload_apply_sinks(g);
	lw_reload_warn_of_model(g->config);
	apply(g);
}

static void
reject(struct lw_guard *g, int error, const struct lw_text *errors)
{
	g->rejected = true;
	lw_reload_log_errors(errors);
	lw_log(LW_LOG_ERROR, "the new policy is refused (%s): the old one stays", strerror(-error));
}

void
lw_reload(struct lw_guard *g)
{
	_cleanup_text_ struct lw_text errors = {0};
	struct lw_config *next = NULL;
	int r;

	if (g->stopping)
		return;
	lw_watchdog_tell_reloading(g);
	lw_text_init(&errors, LW_CONFIG_ERRORS_MAX);
	r = lw_config_load(&next, &g->source, g->generation + 1, &errors);
	if (r < 0)
		reject(g, r, &errors);
	else
		take(g, next);
	lw_speak_reopen(g);
	lw_speak_processes(g);
	lw_watchdog_tell_manager(g);
}

/* A new generation, so that late answers to the refused one are not taken for answers to this. */
void
lw_reload_undo(struct lw_guard *g)
{
	lw_log(LW_LOG_ERROR, "the new policy can't be used: back to the old one");
	lw_config_free(g->config);
	g->config = TAKE_PTR(g->previous);
	g->config->generation = ++g->generation;
	g->rejected = true;
	apply(g);
	lw_speak_processes(g);
	lw_watchdog_tell_manager(g);
}
