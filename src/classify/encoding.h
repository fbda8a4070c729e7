/*
 * encoding: Python sources whose first lines name an encoding that hides what is in them: utf-7 and
 * the escapes of strings, in which a comment can hold code.
 *
 * Called by judge. Pure over hostile bytes: the result is never longer than the text. Sources: PEP
 * 263 and RFC 2152.
 */
#ifndef LW_CLASSIFY_ENCODING_H
#define LW_CLASSIFY_ENCODING_H

#include "base/util.h"

/*
 * The name of the encoding that the text's first two lines declare, if it is one of those; NULL for
 * all others.
 */
const char *lw_encoding_of(const uint8_t *bytes, size_t length);

/* The text as the interpreter reads it, into out[0..length); returns its length. */
size_t lw_encoding_decode(const char *encoding, const uint8_t *bytes, size_t length, uint8_t *out);

#endif
