/*
 * fold: text without case, byte for byte: the result is as long as the source, so that both sides
 * of a comparison are folded and then compared as they are. ASCII, and the letters of two bytes in
 * UTF-8: Latin-1, Latin Extended-A, Greek, Cyrillic, Armenian. Other bytes stay. Pure.
 */
#ifndef LW_RULES_FOLD_H
#define LW_RULES_FOLD_H

#include "base/util.h"

/* dst may be src. */
void lw_rule_fold(uint8_t *dst, const uint8_t *src, size_t length);

#endif
