/*
 * module: the file of "python3 -m NAME", as runpy(3) would find it.
 *
 * Called by content and further. Searches the working directory, PYTHONPATH, and the folders that
 * belong to the interpreter (its prefix, a virtual environment, the user's own), in that order.
 * Modules within zip archives and import hooks are not followed. Owns nothing.
 */
#ifndef LW_RESOLVE_MODULE_H
#define LW_RESOLVE_MODULE_H

#include "resolve/job.h"

#define LW_MODULE_FOLDERS 48u /* searched */
#define LW_MODULE_VERSION 16
#define LW_MODULE_MINOR 30 /* most of a Python 3 whose name does not say it */

/* "3.11" as the program's name says it, or "". */
void lw_module_version(const struct lw_job *job, char out[LW_MODULE_VERSION]);
/* Opens it into job->x->opened. 0 or a negative errno: -ENOENT when it is in none of them. */
int lw_module_open(struct lw_job *job, const char *name, struct lw_module *out);

#endif
