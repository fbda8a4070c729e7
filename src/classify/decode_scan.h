/*
 * decode_scan: the places of a text that have the shape of something encoded. Fast on ordinary
 * code, where it steps over most bytes unseen; linear on any. Pure, over hostile bytes.
 */
#ifndef LW_CLASSIFY_DECODE_SCAN_H
#define LW_CLASSIFY_DECODE_SCAN_H

#include "classify/decode_codec.h"

enum lw_shape {
	LW_SHAPE_WORD, /* digits of base64, base32 or hex; wrapped over lines too */
	LW_SHAPE_PAIRS, /* digits, commas and blanks: numbers, or hex in pairs */
	LW_SHAPE_PERCENT, /* holds %XX */
	LW_SHAPE_COUNT
};

/* Calls `found` for each such range [from, to) in the order of the text, shape after shape. */
void lw_scan(const uint8_t *bytes, size_t n,
	void (*found)(void *arg, enum lw_shape shape, size_t from, size_t to), void *arg);

#endif
