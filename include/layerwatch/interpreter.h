/*
 * interpreter: the base names of script interpreters, and the language that each one runs.
 *
 * One table (src/base/interpreter.c) for all who ask by name: classify for "#!" lines and for
 * programs, resolve for argv. A name is only a hint: a copy of python3 can be called anything.
 */
#ifndef LAYERWATCH_INTERPRETER_H
#define LAYERWATCH_INTERPRETER_H

#include <stddef.h>

#include "layerwatch/words.h"

/*
 * The language of the interpreter with this base name (length bytes, no NUL needed), versions and
 * builds included: "python3.11", "perl5.36.0", "lua5.4", "php-cgi8.2", "ksh93", "bash-static".
 * busybox and toybox are shells here: which applet is asked for stands in argv, not in the name.
 * LW_LANGUAGE_NONE when no row matches.
 */
enum lw_language lw_interpreter_language(const char *name, size_t length);

/* The part of a path after its last '/'; *base_length gets its length, 0 for "dir/". */
const char *lw_interpreter_base_name(const char *path, size_t length, size_t *base_length);

#endif
