/*
 * reload: from one policy to the next while all run, and back when a child refuses it.
 */
#ifndef LW_GUARD_RELOAD_H
#define LW_GUARD_RELOAD_H

#include "guard/guard.h"

#define LW_APPLY_US 20000000u /* so long children have for loading a policy */

/*
 * Reads the policy again. What is wrong is logged, and the old one stays. report is told to reopen
 * its files in any case. Nothing happens once the guard is stopping.
 */
void lw_reload(struct lw_guard *g);
/*
 * The children are about to be given their first policy: READY=1 waits for all of them, so that
 * "started" means that everything works. 0, or -ENOMEM.
 */
int lw_reload_begin(struct lw_guard *g);
/*
 * A child could not use the newest policy: the one before is in force again, everywhere.
 * g->previous must be there.
 */
void lw_reload_undo(struct lw_guard *g);
/*
 * A child said READY, or is gone: when all that live work by the newest policy, that is logged and
 * the service manager told. It is told without them after LW_APPLY_US, with a warning.
 */
void lw_reload_look(struct lw_guard *g);
/* Makes the folders of the file sinks; what fails is logged. */
void lw_reload_apply_sinks(struct lw_guard *g);
/* Says in the log that the installed model is not there, if so. */
void lw_reload_warn_of_model(const struct lw_config *config);
/* Each line of text as a line of the log. */
void lw_reload_log_errors(const struct lw_text *errors);

#endif
