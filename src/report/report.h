/*
 * report: the role that remembers and tells: joins what the gate observed with container facts into
 * findings, folds repeats, writes to the sinks and serves the control socket. Called by main.c and
 * by tests; holds no privilege.
 */
#ifndef LW_REPORT_REPORT_H
#define LW_REPORT_REPORT_H

#include "policy/policy.h"
#include "proc/child.h"

struct lw_report_options {
	const char *host; /* its name, for findings; valid as long as the report */
	int stdout_fd; /* of lw_stdout_open, taken; -1 = none */
	int control_fd; /* listening, taken; -1 = none */
	/* Called once, with the first configuration, before any sink is opened. NULL = nothing. 0
	 * or a negative errno. */
	int (*confine)(void *arg, const struct lw_settings *settings);
	void *confine_arg;
};

struct lw_report;

extern const struct lw_child_ops lw_report_ops; /* arg: the struct lw_report */

int lw_report_new(
	struct lw_report **out, struct lw_loop *loop, const struct lw_report_options *options);
struct lw_report *lw_report_free(struct lw_report *r); /* always NULL */
void lw_report_freep(struct lw_report **r);
/* The way to the guard, when there is one: not owned. */
void lw_report_set_child(struct lw_report *r, struct lw_child *child);

#endif
