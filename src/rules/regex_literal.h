/*
 * regex_literal: the longest run of plain characters that every match of a regular expression must
 * hold, so that most texts need no search by it. Careful rather than clever: what it does not
 * understand ends the run, and an alternative at the top level, or anything that changes the
 * meaning of what follows, means that nothing is known. Pure.
 */
#ifndef LW_RULES_REGEX_LITERAL_H
#define LW_RULES_REGEX_LITERAL_H

#include "base/util.h"

#define LW_REGEX_LITERAL_MAX 64u

/* Returns its length; 0 = none is known. */
size_t lw_regex_literal_of(const char *text, size_t length, uint8_t out[LW_REGEX_LITERAL_MAX]);

#endif
