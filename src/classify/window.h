/*
 * window: hostile bytes of a file, a bounded piece at a time.
 *
 * The file is read with pread(2) and never mapped: its owner can cut it short at any moment,
 * which would be a SIGBUS. Its first bytes are mostly in memory already (`head`). Only
 * classify's parsers call this.
 */
#ifndef LW_CLASSIFY_WINDOW_H
#define LW_CLASSIFY_WINDOW_H

#include "base/reader.h"

#define LW_WINDOW_PIECE 4096 /* bytes that can be asked for at a time, but in the head */
#define LW_WINDOW_READS 256 /* of the file in one life: no table can make us read it for ever */

struct lw_window {
	int fd; /* -1 = there is nothing but the head */
	uint64_t size; /* of the file, bytes */
	const uint8_t *head; /* the first head_length bytes; must outlive the window */
	size_t head_length;
	unsigned reads;
	uint64_t start; /* of what piece holds */
	size_t length;
	uint8_t piece[LW_WINDOW_PIECE];
};

void lw_window_init(
	struct lw_window *w, int fd, uint64_t size, const void *head, size_t head_length);

/*
 * A reader over `length` bytes at `offset`, valid until the next call. Returns false when they
 * are not all there, cannot be read, are more than LW_WINDOW_PIECE, or the file was read too
 * often.
 */
bool lw_window_at(struct lw_window *w, uint64_t offset, size_t length, struct lw_reader *r);

#endif
