/*
 * classify: what `layerwatch classify` shares between its two forms.
 */
#ifndef LW_CTL_CLASSIFY_H
#define LW_CTL_CLASSIFY_H

#include "base/json.h"
#include "classify/judge.h"
#include "ctl/command.h"

struct lw_ctl_judge {
	struct lw_model *model;
	struct lw_judge *judge;
	struct lw_judge_by by; /* the model */
};

/* verdict, score, reasons, us: into an object that is open. */
void lw_ctl_write_judgement(struct lw_json *j, const struct lw_judgement *r, uint64_t us);

/* --samples: a JSON object a line in and out; returns an exit code. */
int lw_ctl_classify_samples(struct lw_ctl *ctl, struct lw_ctl_judge *judge, const char *path);

#endif
