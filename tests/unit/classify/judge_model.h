/*
 * judge_model: the model of the source tree, for tests.
 */
#ifndef LW_TESTS_JUDGE_MODEL_H
#define LW_TESTS_JUDGE_MODEL_H

#include "classify/judge.h"

/* conf/layerwatch.model below $srcdir; fails the test when it can't be opened. */
struct lw_model *judge_model_open(void);
/* Its file, open for reading. */
int judge_model_fd(void);

#endif
