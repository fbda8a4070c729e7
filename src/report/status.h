/*
 * status: the answer to "status" of the control socket (layerwatch/control.h), from what report was
 * told. Pure.
 */
#ifndef LW_REPORT_STATUS_H
#define LW_REPORT_STATUS_H

#include "base/json.h"
#include "layerwatch/messages.h"

/* Of report itself. */
struct lw_report_stats {
	uint64_t observations; /* taken */
	uint64_t told; /* findings written */
	uint64_t health; /* of them, our own health */
	uint64_t folded;
	uint64_t held_back;
	uint64_t pending; /* told without container facts */
	uint64_t completed; /* ... and told again with them */
	uint64_t malformed; /* observations that broke the protocol */
	uint64_t failed; /* findings that could not be written (memory, size) */
};

struct lw_status {
	const struct lw_msg_counters *counters; /* NULL: the gate told none yet */
	const struct lw_msg_processes *processes; /* NULL: the guard told none yet */
	const struct lw_report_stats *stats;
	uint64_t sink_dropped, clients, clients_dropped, log_dropped;
	uint64_t generation; /* of the policy that report has */
	enum lw_mode mode;
	int64_t started_us; /* report, until the gate says */
};

/* Adds the members; the caller opens and closes the object, and adds "sinks". */
void lw_status_members(struct lw_json *j, const struct lw_status *s);

/* Upper bound, in microseconds, of the bucket that holds the given share (0-1) of a histogram; 0
 * when it is empty. */
uint64_t lw_histogram_quantile(const uint64_t buckets[LW_HISTOGRAM_BUCKETS], double share);

#endif
