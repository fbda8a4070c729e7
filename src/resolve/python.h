/*
 * python: modules that Python runs without being told their files: sitecustomize of PYTHONPATH, the
 * __init__ of packages; each with what is compiled of it, and the source of a compiled script.
 *
 * Called by further and variables.
 */
#ifndef LW_RESOLVE_PYTHON_H
#define LW_RESOLVE_PYTHON_H

#include "resolve/job.h"

/* `names`, blanks between them, in folders with ':' between them; archives count as such. */
void lw_python_offer_folders(struct lw_job *job, const char *folders, const char *names);
/* Beside the script or the module that the arguments name. */
void lw_python_offer(struct lw_job *job);

#endif
