/*
 * reader: bounded reading of hostile bytes. Every access is checked; a failed one sets `failed`,
 * returns zero and moves nothing; later ones are tried all the same, so that callers check once,
 * at the end. No pointer arithmetic outside this file.
 */
#ifndef LW_BASE_READER_H
#define LW_BASE_READER_H

#include "base/util.h"

struct lw_reader {
	const uint8_t *data;
	size_t length;
	size_t at;
	bool big_endian;
	bool failed;
};

void lw_reader_init(struct lw_reader *r, const void *data, size_t length);
/* Absolute; false and failed when outside */
bool lw_reader_seek(struct lw_reader *r, uint64_t offset);
bool lw_reader_skip(struct lw_reader *r, uint64_t count);
size_t lw_reader_left(const struct lw_reader *r);
uint8_t lw_reader_u8(struct lw_reader *r);
uint16_t lw_reader_u16(struct lw_reader *r);
uint32_t lw_reader_u32(struct lw_reader *r);
uint64_t lw_reader_u64(struct lw_reader *r);
/*
 * Pointer to `count` bytes at the position, then moves past them; NULL and failed when fewer are
 * left.
 */
const uint8_t *lw_reader_bytes(struct lw_reader *r, size_t count);
/*
 * Up to the next `stop` byte (not included; moved past) or the end. Returns its start and sets
 * *length; NULL, length 0 and not failed when nothing is left: the end of a loop over pieces.
 */
const uint8_t *lw_reader_until(struct lw_reader *r, uint8_t stop, size_t *length);

#endif
