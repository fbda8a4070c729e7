/*
 * encode: modifiers that make other values of a value. Pure but for memory. Each changes all rows
 * in the place they have.
 *
 * Returns 0, 1 with *reason set where a value can't be encoded, -E2BIG beyond the bounds of
 * pattern.h, or -ENOMEM.
 */
#ifndef LW_RULES_ENCODE_H
#define LW_RULES_ENCODE_H

#include "rules/pattern.h"

typedef int (*lw_encoder)(struct lw_patterns *p, const char **reason);

int lw_encode_contains(struct lw_patterns *p, const char **reason);
int lw_encode_startswith(struct lw_patterns *p, const char **reason);
int lw_encode_endswith(struct lw_patterns *p, const char **reason);
int lw_encode_base64(struct lw_patterns *p, const char **reason);
/* Three for each: as the value looks where it begins at the first, second or third byte of three */
int lw_encode_base64offset(struct lw_patterns *p, const char **reason);
int lw_encode_utf16le(struct lw_patterns *p, const char **reason);
int lw_encode_utf16be(struct lw_patterns *p, const char **reason);
int lw_encode_utf16(struct lw_patterns *p, const char **reason); /* with a byte order mark */
/* "-" and "/" that begin an option, each as "-", "/" and the three long dashes */
int lw_encode_windash(struct lw_patterns *p, const char **reason);

#endif
