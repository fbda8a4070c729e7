/*
 * readable: a finding as a few lines for people: what ran, from which layer, in which container,
 * what was done about it.
 *
 * Pure; called by tail. Findings carry text that a container chose: every control byte is escaped.
 */
#ifndef LW_CTL_READABLE_H
#define LW_CTL_READABLE_H

#include "base/text.h"

#define LW_READABLE_MAX (64u * 1024) /* bytes of one account */

/*
 * Adds the account of one finding (a line of JSON as the sinks get it) to out. Returns 0, -EBADMSG
 * when it is no finding, or what lw_tree_parse returns.
 */
int lw_readable_finding(const char *json, size_t length, bool colour, struct lw_text *out);

#endif
