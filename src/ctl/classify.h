/*
 * classify: what classify_samples.c gives to classify.c: the form --samples, and how both show a
 * judgement.
 */
#ifndef LW_CTL_CLASSIFY_H
#define LW_CTL_CLASSIFY_H

#include "base/json.h"
#include "classify/assess.h"
#include "ctl/command.h"

/* verdict, score, reasons, us: into an object that is open. */
void lw_ctl_write_judgement(struct lw_json *j, const struct lw_judgement *r, uint64_t us);

/* --samples: a JSON object a line in and out; returns an exit code. */
int lw_ctl_classify_samples(struct lw_ctl *ctl, struct lw_assessor *a, const char *path);

#endif
