/*
 * pyc: what can be read in compiled Python: the strings that the code uses and the names that it
 * calls, a line each, in the order of the code.
 *
 * Called by packed. Hostile input, in memory: bounded in depth, in objects and in room. The layout
 * of a code object depends on the version, which the first two bytes tell (2.7 and 3.0 to 3.14;
 * newer ones are read as the newest known). Source: Python/marshal.c of CPython.
 */
#ifndef LW_CLASSIFY_PYC_H
#define LW_CLASSIFY_PYC_H

#include "base/util.h"

#define LW_PYC_DEPTH 40u /* of tuples and code within each other */
#define LW_PYC_OBJECTS 200000u
#define LW_PYC_TEXT (64u * 1024) /* bytes of one string: a long one hides no others */

#define LW_PYC_NOT 1 /* positive outcome: not compiled Python */

/* Writes into out[0..room); *length bytes. What comes after a damaged place is not there. */
int lw_pyc_read(const void *bytes, size_t size, uint8_t *out, size_t room, size_t *length);

#endif
