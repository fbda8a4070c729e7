/*
 * hit: a detection rule that was met, as what a finding is called by. Pure; called by report and by
 * the finding writers.
 */
#ifndef LW_REPORT_HIT_H
#define LW_REPORT_HIT_H

#include "report/detector.h"

/* Is every string ended, the action known, and what a finding must have there? */
bool lw_hit_ok(const struct lw_rule_hit *hit);
/* Its row; texts stay the hit's. */
void lw_hit_detector(const struct lw_rule_hit *hit, struct lw_detector *out);
/* The object that stands for the execution: the code where there is some, else the program. */
unsigned lw_hit_object(const struct lw_observation *seen);

#endif
