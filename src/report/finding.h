/*
 * finding: an observation, or a fact about our own health, as one line of JSON shaped like Google
 * Security Command Center's NotificationMessage (v2). Same input, same bytes. Called by report;
 * owns nothing.
 */
#ifndef LW_REPORT_FINDING_H
#define LW_REPORT_FINDING_H

#include "base/text.h"
#include "policy/policy.h"
#include "report/detector.h"
#include "report/evidence.h"
#include "report/redact.h"

#define LW_FINDING_MAX (16u * 1024 * 1024) /* bytes of one line */

/* What is the same for every finding. */
struct lw_finding_context {
	const struct lw_settings *settings;
	struct lw_redactor *redactor;
	const char *host;
	int64_t now_us; /* CLOCK_REALTIME: createTime */
};

enum lw_facts_state {
	LW_FACTS_COMPLETE,
	LW_FACTS_PARTIAL, /* the container's id, but the engine's state could not be read */
	LW_FACTS_PENDING, /* nothing known of the container (yet) */
	LW_FACTS_LATE, /* told before as pending, now complete: the same finding, the same name */
};

struct lw_finding {
	const struct lw_evidence *evidence;
	unsigned object;
	const struct lw_detector *detector;
	const struct lw_container_facts *container; /* NULL = not known */
	enum lw_facts_state facts;
	uint64_t repeats; /* of the same kind that were not told since the last one */
};

/*
 * Adds one line with its newline to out. Arguments and contents that would make it longer than
 * LW_FINDING_MAX are left out, and it says so. Returns 0, -ENOMEM or -EMSGSIZE.
 */
int lw_finding_write(
	const struct lw_finding_context *c, const struct lw_finding *f, struct lw_text *out);

struct lw_health_finding {
	const struct lw_detector *detector;
	int64_t time_us;
	uint64_t count; /* 0 = not said */
	uint64_t repeats;
	const char *detail; /* for people */
	const char *overlay; /* "major:minor", NULL = the host */
	const struct lw_container_facts *container;
};

int lw_finding_write_health(
	const struct lw_finding_context *c, const struct lw_health_finding *f, struct lw_text *out);

#endif
