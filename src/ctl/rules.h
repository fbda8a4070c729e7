/*
 * rules: what `layerwatch rules check`, `list` and `test` share: files and folders read and loaded.
 */
#ifndef LW_CTL_RULES_H
#define LW_CTL_RULES_H

#include "ctl/command.h"
#include "rules/rules.h"

#define LW_CTL_RULES_PATH LW_DATADIR "/rules"
#define LW_CTL_RULES_DEPTH 8 /* of folders */

/* Texts to load; owns their names and bytes. */
struct lw_ctl_rules {
	struct lw_rules_source *rows;
	size_t count, capacity, bytes;
};

void lw_ctl_rules_done(struct lw_ctl_rules *r);
#define _cleanup_ctl_rules_ _cleanup_(lw_ctl_rules_done)

/*
 * Adds a file, or all *.yml and *.yaml of a folder and the folders in it, in the order of their
 * names. With a single file go the lists that lie beside it. What can't be read is said on err;
 * returns an exit code.
 */
int lw_ctl_rules_add(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *path);
/* The same for a file of lists, whatever it is called. */
int lw_ctl_rules_add_lists(struct lw_ctl *ctl, struct lw_ctl_rules *r, const char *path);
/* Loads what was added. Refused rules are no failure. */
int lw_ctl_rules_load(struct lw_ctl *ctl, const struct lw_ctl_rules *r, struct lw_rules **out);

/*
 * The options of check, list and test: --lists, then operands from argv[optind] on. Returns 0, or
 * an exit code.
 */
int lw_ctl_rules_options(struct lw_ctl *ctl, int argc, char **argv, struct lw_ctl_rules *r);
/* Adds the operands, or the installed folder where there are none, and loads all. */
int lw_ctl_rules_operands(
	struct lw_ctl *ctl, int argc, char **argv, struct lw_ctl_rules *r, struct lw_rules **out);

/* Text of a rule, for people, on out. */
void lw_ctl_rules_print(struct lw_ctl *ctl, const char *text);

#endif
