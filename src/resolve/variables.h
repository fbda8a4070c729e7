/*
 * variables: code that environment variables bring into an interpreter: files and folders that they
 * name, options, functions, and text in which shells run commands.
 *
 * Called by further.
 */
#ifndef LW_RESOLVE_VARIABLES_H
#define LW_RESOLVE_VARIABLES_H

#include "layerwatch/interpreter.h"
#include "resolve/job.h"

void lw_variables_offer(struct lw_job *job, const struct lw_interpreter *i);

#endif
