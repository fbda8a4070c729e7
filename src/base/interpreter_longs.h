/*
 * interpreter_longs: tables of long options, one for each family of interpreters.
 *
 * Read by the rows of interpreters.c alone. Each ends with a NULL name.
 */
#ifndef LW_BASE_INTERPRETER_LONGS_H
#define LW_BASE_INTERPRETER_LONGS_H

#include "layerwatch/interpreter.h"

extern const struct lw_long_option lw_longs_awk[];
extern const struct lw_long_option lw_longs_bash[];
extern const struct lw_long_option lw_longs_bun[];
extern const struct lw_long_option lw_longs_fish[];
extern const struct lw_long_option lw_longs_java[];
extern const struct lw_long_option lw_longs_loader[];
extern const struct lw_long_option lw_longs_mawk[];
extern const struct lw_long_option lw_longs_node[];
extern const struct lw_long_option lw_longs_php[];
extern const struct lw_long_option lw_longs_python[];
extern const struct lw_long_option lw_longs_r[];
extern const struct lw_long_option lw_longs_ruby[];
extern const struct lw_long_option lw_longs_zsh[];

#endif
