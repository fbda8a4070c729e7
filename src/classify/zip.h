/*
 * zip: the members of a zip archive, as Python's zipimport finds them: by the directory at the end,
 * whatever stands in front.
 *
 * Called by packed. Hostile input: every length is checked, and what is allocated is bounded.
 * Sources: PKWARE's APPNOTE.TXT 6.3 and Lib/zipimport.py, which is the more careless of the two and
 * decides: the last end record counts, whatever the length of its comment; nobody asks how many
 * members there are; a member that is not stored is taken for deflated; what is called encrypted
 * is not decrypted. Zip64 is not read.
 */
#ifndef LW_CLASSIFY_ZIP_H
#define LW_CLASSIFY_ZIP_H

#include "base/inflate.h"
#include "base/reader.h"

#define LW_ZIP_TAIL (65535u + 22u) /* where the end record can be */
#define LW_ZIP_DIRECTORY_MAX                                                                       \
	(8u * 1024 * 1024) /* bytes of the directory looked at: its beginning */
#define LW_ZIP_MEMBER_MAX (8u * 1024 * 1024) /* bytes of one packed member: its beginning */

#define LW_ZIP_NONE 1 /* positive outcome: no archive, or not that member */

struct lw_zip {
	int fd; /* the caller's */
	uint64_t front; /* bytes before the archive, which its offsets leave out */
	uint8_t *directory; /* owned */
	struct lw_reader entries;
};

struct lw_zip_member {
	const char *name; /* name_length bytes, no NUL */
	uint16_t name_length;
	uint16_t method;
	uint32_t packed; /* bytes in the archive */
	uint32_t local; /* offset of its header */
};

/* Reads the directory of a file of this size. 0, LW_ZIP_NONE or -ENOMEM; z is then done. */
int lw_zip_open(struct lw_zip *z, int fd, uint64_t size);
void lw_zip_done(struct lw_zip *z);

/* From the first member on again. */
void lw_zip_rewind(struct lw_zip *z);
/* False after the last one. What m points to is valid until lw_zip_done. */
bool lw_zip_next(struct lw_zip *z, struct lw_zip_member *m);

/*
 * The bytes of the member into out[0..room); *length of them, cut when they are more. 0,
 * LW_ZIP_NONE or -ENOMEM.
 */
int lw_zip_read(const struct lw_zip *z, const struct lw_zip_member *m, struct lw_inflater *inflater,
	uint8_t *out, size_t room, size_t *length);

#endif
