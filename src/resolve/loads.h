/*
 * loads: files and modules that an interpreter is told to load before its script: perl -M, ruby -r,
 * node --require and --import, gawk --include, PHP's auto_prepend_file; by its arguments or by the
 * options in a variable.
 *
 * Called by further. A module is looked for in the folders of -I, of the interpreter's variables
 * and in the working directory where that counts; those that came with the interpreter are not.
 */
#ifndef LW_RESOLVE_LOADS_H
#define LW_RESOLVE_LOADS_H

#include "layerwatch/interpreter.h"
#include "resolve/job.h"

/* Once for each request, before the others: the folders of -I. */
void lw_loads_begin(struct lw_job *job);
/* What the arguments tell to load. */
void lw_loads_offer(struct lw_job *job);
/* Options in a variable: what they load, and all of it where a letter brings code. */
void lw_loads_offer_options(struct lw_job *job, const struct lw_interpreter *i, const char *value);

#endif
