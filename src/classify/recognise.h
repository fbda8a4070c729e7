/*
 * recognise: an interpreter under another name, by what is in it: a symbol, or strings, that the
 * table of interpreters gives.
 *
 * Called by assess, for programs that did not come with the image. Reads a bounded part of the file
 * and keeps nothing.
 */
#ifndef LW_CLASSIFY_RECOGNISE_H
#define LW_CLASSIFY_RECOGNISE_H

#include "classify/elf.h"
#include "layerwatch/interpreter.h"

#define LW_RECOGNISE_NAMES_MAX (8u * 1024 * 1024) /* bytes of names of symbols searched */
#define LW_RECOGNISE_CONSTANTS_MAX (6u * 1024 * 1024) /* bytes of read-only data searched */

/* The row, or NULL. */
const struct lw_interpreter *lw_recognise(int fd, const struct lw_elf *elf);

#endif
