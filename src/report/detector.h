/*
 * detector: the table of what a finding can be called. Category and module are exact: other
 * people's rules match them. Pure; called by report and by the finding writers.
 */
#ifndef LW_REPORT_DETECTOR_H
#define LW_REPORT_DETECTOR_H

#include "layerwatch/messages.h"

#define LW_TECHNIQUES_MAX 4

struct lw_detector {
	const char *category;
	const char *module;
	const char *severity;
	const char *finding_class; /* THREAT, or SCC_ERROR for our own health */
	const char *tactic; /* NULL: no MITRE ATT&CK entry */
	const char *techniques[LW_TECHNIQUES_MAX];
	const char *more_tactic; /* additionalTactics, or NULL */
	const char *more_techniques[LW_TECHNIQUES_MAX];
	const char *next_steps;
};

/* The row for an object that the policy did not let pass silently. Never NULL: the last row takes
 * what is left. */
const struct lw_detector *lw_detector_for(const struct lw_object *o, enum lw_language language);
/* The row for our own health; NULL for what is no finding (a configuration that was loaded). */
const struct lw_detector *lw_detector_for_health(enum lw_health what);
/* Alerts of one container that were held back. */
const struct lw_detector *lw_detector_held_back(void);
/* Row i of the whole table, NULL after the last; for tests of the schema and the manual. */
const struct lw_detector *lw_detector_at(unsigned i);

#endif
