/*
 * command: the subcommands of `layerwatch` as rows of one table, and what they share.
 *
 * A subcommand writes its results to out and everything else to err, and returns an exit code of
 * enum lw_exit. Owns nothing.
 */
#ifndef LW_CTL_COMMAND_H
#define LW_CTL_COMMAND_H

#include <stdio.h>

#include "base/text.h"
#include "ctl/client.h"

enum lw_exit {
	LW_EXIT_OK = 0,
	LW_EXIT_FAILED = 1,
	LW_EXIT_USAGE = 2,
	LW_EXIT_KERNEL = 69, /* EX_UNAVAILABLE: the kernel lacks something that is needed */
	LW_EXIT_PERMISSION = 77, /* EX_NOPERM */
	LW_EXIT_CONFIG = 78, /* EX_CONFIG */
};

struct lw_command;

struct lw_ctl {
	const char *socket; /* path of the control socket */
	FILE *out, *err;
	bool colour; /* out is a terminal that may be coloured */
	const struct lw_command *command;
};

struct lw_command {
	const char *name; /* one or two words */
	const char *synopsis; /* arguments, "" = none */
	const char *summary; /* one line */
	const char *options; /* one line each, for help; "" = none */
	int (*run)(struct lw_ctl *ctl, int argc, char **argv); /* argv[0] is the name's last word */
};

/* The rows, each in the file of its name. */
extern const struct lw_command lw_command_status;
extern const struct lw_command lw_command_containers;
extern const struct lw_command lw_command_tail;
extern const struct lw_command lw_command_pause;
extern const struct lw_command lw_command_resume;
extern const struct lw_command lw_command_reload;
extern const struct lw_command lw_command_policy_check;
extern const struct lw_command lw_command_policy_explain;
extern const struct lw_command lw_command_hashset_build;
extern const struct lw_command lw_command_hashset_query;
extern const struct lw_command lw_command_rules_check;
extern const struct lw_command lw_command_rules_list;
extern const struct lw_command lw_command_rules_test;
extern const struct lw_command lw_command_classify;
extern const struct lw_command lw_command_doctor;

/* Everything but main() itself: options, table, help. */
int lw_ctl_run(struct lw_ctl *ctl, int argc, char **argv);

/* "layerwatch NAME: TEXT" and the usage line on err; returns LW_EXIT_USAGE. */
int lw_ctl_usage(struct lw_ctl *ctl, const char *fmt, ...) _printf_(2, 3);
/* "layerwatch NAME: TEXT" on err; returns `code`. */
int lw_ctl_fail(struct lw_ctl *ctl, int code, const char *fmt, ...) _printf_(3, 4);

/* After getopt_long(3) said '?': names the option. Returns LW_EXIT_USAGE. */
int lw_ctl_bad_option(struct lw_ctl *ctl, char **argv);

/*
 * Options of a subcommand: `--json` and nothing else, and no operands. Returns 0, or LW_EXIT_USAGE
 * once usage was shown.
 */
int lw_ctl_json_only(struct lw_ctl *ctl, int argc, char **argv, bool *json);

/*
 * Asks the daemon; on failure says why on err and returns the exit code, else 0 with c ready for
 * lines.
 */
int lw_ctl_ask(struct lw_ctl *ctl, struct lw_client *c, const char *request);
/* Says on err what lw_client_line ended with (a negative errno); returns the exit code. */
int lw_ctl_broken(struct lw_ctl *ctl, int error);

/* The bytes of a file or of standard input ("-"), at most bound. 0, -EFBIG or -errno. */
int lw_ctl_read(const char *path, size_t bound, struct lw_text *out);

/*
 * Loads a policy; on failure its errors are on err and the exit code is returned. Without a path
 * as layerwatchd does: the default file, or the built-in policy where there is none.
 */
struct lw_policy;
int lw_ctl_load_policy(struct lw_ctl *ctl, const char *path, struct lw_policy **out);

/* Adds text for people: escaped, and when longer than most (0 = no limit) cut with "...". */
void lw_ctl_add_shown(struct lw_text *out, const char *text, size_t length, size_t most);
/* Flushes; LW_EXIT_OK, or LW_EXIT_FAILED when out could not be written. */
int lw_ctl_flush(struct lw_ctl *ctl);

#endif
