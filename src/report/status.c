#include "report/status.h"

#include <stddef.h>
#include <stdio.h>

#include "wire/chan.h"

struct member {
	const char *key;
	size_t offset;
};

#define COUNTER(name)                                                                              \
	{                                                                                          \
#name, offsetof(struct lw_msg_counters, name)                                      \
	}
#define STAT(name)                                                                                 \
	{                                                                                          \
#name, offsetof(struct lw_report_stats, name)                                      \
	}

static const struct member counters[] = {
	COUNTER(events),
	COUNTER(answers),
	COUNTER(allowed),
	COUNTER(denied),
	COUNTER(alerts),
	COUNTER(deadlines),
	COUNTER(detect_bound),
	COUNTER(share_exceeded),
	COUNTER(cache_hits),
	COUNTER(cache_misses),
	COUNTER(rejudged),
	COUNTER(read_errors),
	COUNTER(barrier_events),
	COUNTER(rescans),
	COUNTER(report_drops),
	COUNTER(helper_timeouts),
	COUNTER(unattributed),
	COUNTER(paused_allows),
	COUNTER(unexamined),
	COUNTER(opens),
	COUNTER(scripts_unverified),
};

static const struct member gauges[] = {
	COUNTER(paused_seconds_left),
	COUNTER(overlays_marked),
	COUNTER(overlays_unmarked),
	COUNTER(overlays_refused),
	COUNTER(processes_unscanned),
	COUNTER(barriers),
	COUNTER(in_flight),
	COUNTER(in_flight_max),
	COUNTER(cache_entries),
	COUNTER(cache_capacity),
};

static const struct member stats[] = {
	STAT(observations),
	STAT(told),
	STAT(health),
	STAT(folded),
	STAT(held_back),
	STAT(pending),
	STAT(completed),
	STAT(malformed),
	STAT(failed),
};

/* A number of 64 bits within a struct of the table's type. */
static uint64_t
u64_at(const void *base, size_t offset)
{
	return *(const uint64_t *)(const void *)&((const uint8_t *)base)[offset];
}

static uint32_t
u32_at(const void *base, size_t offset)
{
	return *(const uint32_t *)(const void *)&((const uint8_t *)base)[offset];
}

uint64_t
lw_histogram_quantile(const uint64_t buckets[LW_HISTOGRAM_BUCKETS], double share)
{
	uint64_t all = 0, below = 0;
	unsigned i = 0;

	for (i = 0; i < LW_HISTOGRAM_BUCKETS; i++)
		all += buckets[i];
	if (all == 0)
		return 0;
	for (i = 0; i < LW_HISTOGRAM_BUCKETS - 1; i++) {
		below += buckets[i];
		if (below >= share * all)
			break;
	}
	return UINT64_C(1) << i;
}

/* Under its upper bound, in microseconds; empty ones are left out. */
static void
write_bucket(struct lw_json *j, unsigned i, uint64_t count)
{
	char bound[24];

	if (count == 0)
		return;
	snprintf(bound, sizeof(bound), "%llu", 1ull << i);
	lw_json_pair_i64(j, bound, count);
}

static void
write_histogram(struct lw_json *j, const char *key, const uint64_t buckets[LW_HISTOGRAM_BUCKETS])
{
	lw_json_key(j, key);
	lw_json_object(j);
	lw_json_pair_i64(j, "p50", lw_histogram_quantile(buckets, 0.5));
	lw_json_pair_i64(j, "p99", lw_histogram_quantile(buckets, 0.99));
	lw_json_pair_i64(j, "max", lw_histogram_quantile(buckets, 1));
	lw_json_key(j, "counts");
	lw_json_object(j);
	for (unsigned i = 0; i < LW_HISTOGRAM_BUCKETS; i++)
		write_bucket(j, i, buckets[i]);
	lw_json_object_end(j);
	lw_json_object_end(j);
}

static void
write_words(struct lw_json *j, const struct lw_msg_counters *c)
{
	lw_json_key(j, "layers");
	lw_json_object(j);
	for (unsigned i = 0; i < LW_LAYER_COUNT; i++)
		lw_json_pair_i64(j, lw_layer_to_str(i), c->layers[i]);
	lw_json_object_end(j);
	lw_json_key(j, "verdicts");
	lw_json_object(j);
	for (unsigned i = 0; i < LW_VERDICT_COUNT; i++)
		lw_json_pair_i64(j, lw_verdict_to_str(i), c->verdicts[i]);
	lw_json_object_end(j);
}

static void
write_gate(struct lw_json *j, const struct lw_msg_counters *c)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(gauges); i++)
		lw_json_pair_i64(j, gauges[i].key, u32_at(c, gauges[i].offset));
	lw_json_pair_bool(j, "mnt_notify", c->mnt_notify);
	lw_json_key(j, "counters");
	lw_json_object(j);
	for (size_t i = 0; i < LW_ARRAY_SIZE(counters); i++)
		lw_json_pair_i64(j, counters[i].key, u64_at(c, counters[i].offset));
	lw_json_object_end(j);
	write_words(j, c);
	write_histogram(j, "decision_us", c->decision_histogram);
	write_histogram(j, "queue_us", c->queue_histogram);
}

static void
write_findings(struct lw_json *j, const struct lw_status *s)
{
	lw_json_key(j, "findings");
	lw_json_object(j);
	for (size_t i = 0; i < LW_ARRAY_SIZE(stats); i++)
		lw_json_pair_i64(j, stats[i].key, u64_at(s->stats, stats[i].offset));
	lw_json_pair_i64(j, "sink_dropped", s->sink_dropped);
	lw_json_pair_i64(j, "clients", s->clients);
	lw_json_pair_i64(j, "clients_dropped", s->clients_dropped);
	lw_json_pair_i64(j, "log_dropped", s->log_dropped);
	lw_json_object_end(j);
}

static void
write_process(struct lw_json *j, const struct lw_process_state *p)
{
	if (p->role >= LW_ROLE_COUNT)
		return;
	lw_json_object(j);
	lw_json_pair_string(j, "role", lw_role_to_str(p->role));
	lw_json_pair_i64(j, "instance", p->instance);
	lw_json_pair_i64(j, "pid", p->pid);
	lw_json_pair_i64(j, "restarts", p->restarts);
	lw_json_object_end(j);
}

static void
write_processes(struct lw_json *j, const struct lw_msg_processes *m)
{
	uint32_t count = LW_MIN(m->count, (uint32_t)LW_ARRAY_SIZE(m->processes));

	lw_json_key(j, "processes");
	lw_json_array(j);
	for (uint32_t i = 0; i < count; i++)
		write_process(j, &m->processes[i]);
	lw_json_array_end(j);
}

void
lw_status_members(struct lw_json *j, const struct lw_status *s)
{
	const struct lw_msg_counters *c = s->counters;

	lw_json_pair_string(j, "version", PACKAGE_VERSION);
	lw_json_pair_string(
		j, "mode", lw_mode_to_str(c && c->mode < LW_MODE_COUNT ? c->mode : s->mode));
	lw_json_pair_time(j, "started", c && c->started_us > 0 ? c->started_us : s->started_us);
	lw_json_pair_i64(j, "policy_generation", c ? c->policy_generation : s->generation);
	lw_json_pair_bool(j, "policy_rejected", s->processes && s->processes->policy_rejected);
	if (c)
		write_gate(j, c);
	write_findings(j, s);
	if (s->processes)
		write_processes(j, s->processes);
}
