/*
 * state: everything that the role report holds. For its own files only: report.c (life), tell.c
 * (observations to findings), answers.c (control socket).
 */
#ifndef LW_REPORT_STATE_H
#define LW_REPORT_STATE_H

#include "report/containers.h"
#include "report/control.h"
#include "report/finding.h"
#include "report/health.h"
#include "report/held.h"
#include "report/repeat.h"
#include "report/report.h"
#include "report/sink.h"
#include "report/status.h"

#define LW_COMPLETE_US 30000000ull /* a finding told as pending is completed within this time */

struct lw_report {
	struct lw_loop *loop;
	struct lw_child *child; /* not owned */
	struct lw_report_options options;
	struct lw_policy *policy;
	struct lw_redactor *redactor;
	struct lw_containers *containers;
	struct lw_repeat *repeat;
	struct lw_health_watch *health;
	struct lw_sinks *sinks;
	struct lw_control *control; /* NULL: no socket */
	struct lw_chan gate; /* fd -1: no gate now */
	bool started, confined, stopped;
	struct lw_held waiting; /* for facts, not yet told */
	struct lw_held incomplete; /* told as pending */
	struct lw_timer held_timer, summary_timer, heartbeat_timer;
	struct lw_report_stats stats;
	uint64_t complained_us; /* of the last log line about a malformed observation */
	uint64_t generation;
	int64_t started_us;
	bool has_counters, has_processes;
	struct lw_msg_counters counters;
	struct lw_msg_processes processes;
};

/* tell.c */
int lw_report_observe(
	struct lw_report *r, const struct lw_observation *seen, int arena_fd, int capture_fd);
void lw_report_container(struct lw_report *r, const struct lw_msg_container *m);
void lw_report_health(void *report, const struct lw_health_finding *f); /* lw_health_fn */
/* Tells all that waits for facts, as it is: for the end. */
void lw_report_flush(struct lw_report *r);

/* answers.c */
extern const struct lw_control_ops lw_report_answers;

#endif
