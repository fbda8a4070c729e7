/*
 * secrets: finds what looks like a secret in a text: one scanner for each known shape, in a table.
 * Linear in time: scanners start only at their trigger byte, and what one has walked over is either
 * skipped or bounded. Pure; for redact.
 */
#ifndef LW_REPORT_SECRETS_H
#define LW_REPORT_SECRETS_H

#include "base/util.h"

struct lw_range {
	size_t start, end; /* bytes [start, end) */
};

/* The first secret that begins at or after `from`; false when there is none. */
bool lw_secret_find(const char *text, size_t length, size_t from, struct lw_range *out);

/* The length of the token that begins here by its issuer's prefix; 0 when none does. */
size_t lw_secret_token(const char *s, size_t length);

/* Does this name (of a variable, key or flag) say that its value is secret? */
bool lw_secret_name(const char *name, size_t length);

/*
 * Does this word of a command ("-pVALUE" of mysql) hold a password, or (*next) announce one? Which
 * flags do depends on the program. Returns where in the word it begins, 0 when it holds none.
 * command: all that stands before the word, the program included.
 */
size_t lw_secret_flag(const char *program, size_t program_length, const char *command,
	size_t command_length, const char *word, size_t length, bool *next);

#endif
