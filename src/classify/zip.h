/*
 * zip: one member of a zip archive, as Python's zipimport finds it: by the directory at the end,
 * whatever stands in front.
 *
 * Called by packed. Hostile input, in memory: every length is checked, nothing is allocated by one.
 * Source: PKWARE's APPNOTE.TXT 6.3 and Lib/zipimport.py. Zip64, encryption and methods other than
 * stored and deflated are not read.
 */
#ifndef LW_CLASSIFY_ZIP_H
#define LW_CLASSIFY_ZIP_H

#include "base/inflate.h"

#define LW_ZIP_MEMBERS_MAX 4096u /* of the directory looked at */

#define LW_ZIP_NONE 1 /* positive outcome: no archive, or it has no such member */

/*
 * The bytes of the member into out[0..room); *length of them, cut when they are more. The last
 * member of that name counts. z is only used for deflated ones.
 */
int lw_zip_read(const void *archive, size_t size, const char *name, struct lw_inflater *z,
	uint8_t *out, size_t room, size_t *length);

#endif
