/*
 * commands: what layerwatchd does besides running: --check-config, --dump-config.
 */
#ifndef LW_GUARD_COMMANDS_H
#define LW_GUARD_COMMANDS_H

#include "guard/options.h"

/* Runs the command that was asked for; returns the exit code. */
int lw_commands_run(const struct lw_options *o);

#endif
