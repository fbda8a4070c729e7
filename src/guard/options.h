/*
 * options: the command line of layerwatchd, from one table that also writes --help.
 */
#ifndef LW_GUARD_OPTIONS_H
#define LW_GUARD_OPTIONS_H

#include "base/log.h"

enum lw_command {
	LW_COMMAND_RUN,
	LW_COMMAND_CHECK,
	LW_COMMAND_DUMP,
	LW_COMMAND_VERSION,
	LW_COMMAND_HELP,
	LW_COMMAND_COUNT
};

struct lw_options {
	/* NULL = the default path where it exists, else what is built in */
	/* folder of the helper programs; NULL = lw_spawn_libexec decides */
	enum lw_command command;
	const char *config;
	const char *libexec;
	enum lw_log_level level;
};

/* 0, or -EINVAL after telling on stderr what is wrong. The strings are those of argv. */
int lw_options_parse(struct lw_options *out, int argc, char **argv);

/* To stdout. */
void lw_options_help(void);
void lw_options_version(void);

#endif
