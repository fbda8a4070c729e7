#include "report/health.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "wire/chan.h"

/* What is remembered of one process, by role and instance. */
struct seen {
	bool known;
	uint32_t restarts;
	uint32_t recent; /* restarts in the present minute */
	uint64_t minute_us; /* when it began */
};

struct lw_health_watch {
	lw_health_fn tell;
	void *arg;
	struct lw_repeat *repeat;
	uint64_t report_drops, unexamined;
	uint32_t policy_rejected;
	int64_t time_us; /* of the message in hand; 0 = now */
	struct seen seen[LW_ROLE_COUNT][LW_INSTANCES_MAX];
};

int
lw_health_new(struct lw_health_watch **out, lw_health_fn tell, void *arg)
{
	struct lw_health_watch *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->tell = tell;
	h->arg = arg;
	if (lw_repeat_new(&h->repeat) != 0) {
		free(h);
		return -ENOMEM;
	}
	lw_repeat_configure(h->repeat, LW_MINUTE_US, LW_HEALTH_PER_MINUTE);
	*out = h;
	return 0;
}

struct lw_health_watch *
lw_health_free(struct lw_health_watch *h)
{
	if (h)
		lw_repeat_free(h->repeat);
	free(h);
	return NULL;
}

void
lw_health_tell(struct lw_health_watch *h, enum lw_health what, uint64_t count, const char *detail,
	uint64_t now_us)
{
	struct lw_health_finding f = {
		.detector = lw_detector_for_health(what),
		.time_us = h->time_us ? h->time_us : lw_realtime_us(),
		.count = count,
		.detail = detail,
	};
	const struct lw_repeat_key key = {
		.detector = f.detector,
		.identity = detail,
		.identity_length = strlen(detail),
		.urgent = what == LW_HEALTH_GATE_RESTARTED || what == LW_HEALTH_PAUSED,
	};

	if (!f.detector || lw_repeat_check(h->repeat, &key, now_us, &f.repeats) != LW_REPEAT_TELL)
		return;
	h->tell(h->arg, &f);
}

void
lw_health_message(struct lw_health_watch *h, const struct lw_msg_health *m, uint64_t now_us)
{
	char detail[sizeof(m->detail)];

	memcpy(detail, m->detail, sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	h->time_us = m->time_us > 0 && m->time_us <= lw_realtime_us() ? m->time_us : 0;
	if (m->what < LW_HEALTH_COUNT)
		lw_health_tell(h, m->what, m->count, detail, now_us);
	h->time_us = 0;
}

/* "killed by signal 9", "exit 1". */
static void
describe_end(char *out, size_t size, int status)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(out, size, "exit %d", WEXITSTATUS(status));
}

static void
gate_restarted(struct lw_health_watch *h, const struct lw_process_state *p, uint64_t now_us)
{
	char detail[200], end[40];

	describe_end(end, sizeof(end), p->last_status);
	snprintf(detail, sizeof(detail),
		"the gate ended (%s) and was restarted for the %u. time; executions until the new "
		"one had set its marks "
		"were allowed unseen",
		end, p->restarts);
	lw_health_tell(h, LW_HEALTH_GATE_RESTARTED, p->restarts, detail, now_us);
}

static void
helper_restarted(struct lw_health_watch *h, struct seen *s, const struct lw_process_state *p,
	uint32_t more, uint64_t now_us)
{
	char detail[160], end[40];

	if (now_us - s->minute_us >= LW_MINUTE_US) {
		s->minute_us = now_us;
		s->recent = 0;
	}
	s->recent += more;
	if (s->recent < LW_HEALTH_LOOP_RESTARTS)
		return;
	describe_end(end, sizeof(end), p->last_status);
	snprintf(detail, sizeof(detail), "%s %u keeps ending (%s)", lw_role_to_str(p->role),
		p->instance, end);
	lw_health_tell(h, LW_HEALTH_HELPER_LOOP, p->restarts, detail, now_us);
}

/* We are the new one: what the old one held in memory is gone. */
static void
report_restarted(struct lw_health_watch *h, const struct lw_process_state *p, uint64_t now_us)
{
	char detail[160], end[40];

	describe_end(end, sizeof(end), p->last_status);
	snprintf(detail, sizeof(detail),
		"report ended (%s) and was restarted: what it had not delivered is lost", end);
	lw_health_tell(h, LW_HEALTH_DROPPED, 0, detail, now_us);
}

static void
process_changed(struct lw_health_watch *h, const struct lw_process_state *p, uint64_t now_us)
{
	struct seen *s = &h->seen[p->role][p->instance];
	uint32_t more = p->restarts > s->restarts ? p->restarts - s->restarts : 0;
	bool first = !s->known;

	s->known = true;
	s->restarts = p->restarts;
	if (more == 0)
		return;
	if (p->role == LW_ROLE_REPORT)
		report_restarted(h, p, now_us);
	else if (first)
		return; /* happened before our time: the report of that time told it */
	else if (p->role == LW_ROLE_GATE)
		gate_restarted(h, p, now_us);
	else
		helper_restarted(h, s, p, more, now_us);
}

void
lw_health_processes(struct lw_health_watch *h, const struct lw_msg_processes *m, uint64_t now_us)
{
	uint32_t count = LW_MIN(m->count, (uint32_t)LW_ARRAY_SIZE(m->processes));

	for (uint32_t i = 0; i < count; i++) {
		if (m->processes[i].role < LW_ROLE_COUNT &&
			m->processes[i].instance < LW_INSTANCES_MAX)
			process_changed(h, &m->processes[i], now_us);
	}
	if (m->policy_rejected && !h->policy_rejected)
		lw_health_tell(h, LW_HEALTH_CONFIG_REJECTED, 0,
			"the new configuration was refused; the old one stays in force", now_us);
	h->policy_rejected = m->policy_rejected;
}

/* How much a counter grew; a new gate counts from 0. */
static uint64_t
growth(uint64_t now, uint64_t *before)
{
	uint64_t grown = now >= *before ? now - *before : now;

	*before = now;
	return grown;
}

void
lw_health_counters(struct lw_health_watch *h, const struct lw_msg_counters *m, uint64_t now_us)
{
	uint64_t drops = growth(m->report_drops, &h->report_drops);
	uint64_t unexamined = growth(m->unexamined, &h->unexamined);

	if (drops)
		lw_health_tell(h, LW_HEALTH_DROPPED, drops,
			"observations came faster than they could be taken; findings are missing",
			now_us);
	if (unexamined)
		lw_health_tell(h, LW_HEALTH_DROPPED, unexamined,
			"nothing could be learned of executions; they were answered as "
			"decision.on_error says, and nothing else tells of them",
			now_us);
}
