/*
 * health: what goes wrong with layerwatch itself, as findings of class SCC_ERROR: told by the gate,
 * or seen in the guard's list of processes and in the gate's counters. The same is told once a
 * minute at most. Owned by report.
 */
#ifndef LW_REPORT_HEALTH_H
#define LW_REPORT_HEALTH_H

#include "report/finding.h"
#include "report/repeat.h"

#define LW_HEALTH_PER_MINUTE 30
#define LW_HEALTH_LOOP_RESTARTS 3 /* of one helper within a minute */

/* Writes a health finding; its strings are valid during the call. */
typedef void (*lw_health_fn)(void *arg, const struct lw_health_finding *f);

struct lw_health_watch;

int lw_health_new(struct lw_health_watch **out, lw_health_fn tell, void *arg);
struct lw_health_watch *lw_health_free(struct lw_health_watch *h); /* always NULL */

/* All: now_us of CLOCK_MONOTONIC. */
void lw_health_tell(struct lw_health_watch *h, enum lw_health what, uint64_t count,
	const char *detail, uint64_t now_us);
void lw_health_message(struct lw_health_watch *h, const struct lw_msg_health *m, uint64_t now_us);
void lw_health_processes(
	struct lw_health_watch *h, const struct lw_msg_processes *m, uint64_t now_us);
void lw_health_counters(
	struct lw_health_watch *h, const struct lw_msg_counters *m, uint64_t now_us);

#endif
