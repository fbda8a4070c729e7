/*
 * further: code that runs beside what the arguments name: what environment variables bring in
 * (BASH_ENV, PERL5OPT, NODE_OPTIONS, sitecustomize of PYTHONPATH, ...), what is loaded before
 * (node --require, ruby -r), further script files, the __init__ of packages, the source of a
 * compiled module.
 *
 * Called by content. The candidates stand in a fixed order, so that a number names one of them;
 * those that don't exist have none. At most LW_CONTENTS_MAX - 1 are looked for.
 */
#ifndef LW_RESOLVE_FURTHER_H
#define LW_RESOLVE_FURTHER_H

#include "resolve/job.h"

/*
 * Makes candidate number ask->content the content, unless that is 0. Sets LW_EXEC_MORE_CONTENT
 * when there is one after it.
 */
void lw_further_read(struct lw_job *job);

#endif
