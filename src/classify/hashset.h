/*
 * hashset: a file of sorted SHA-256 digests that is mapped and searched where it lies.
 *
 * The file, little-endian throughout:
 *	header		256 bytes, struct header of hashset_format.h
 *	index		(1 << bits) + 1 numbers of 32 bits: where the digests that begin with these
 *			bits start; filled with zeros up to a multiple of 64 bytes
 *	digests		count * 32 bytes, strictly ascending
 * A lookup reads one place of the index and one bucket: about two pages. One checksum covers it
 *all.
 *
 * Called by classify (open, has) and by `layerwatch hashset` (build, open, has). A set is a
 *read-only mapping: whoever changes a list replaces the file, as lw_hashset_build does, and never
 *writes into it.
 */
#ifndef LW_CLASSIFY_HASHSET_H
#define LW_CLASSIFY_HASHSET_H

#include "base/text.h"
#include "layerwatch/facts.h"

#define LW_HASHSET_COUNT_MAX (32u * 1024 * 1024) /* digests of one list: 1 GiB */
#define LW_HASHSET_NAME_SIZE 80 /* with "hash list: " it fits into a reason */

struct lw_hashset;

struct lw_hashset_info {
	uint64_t count;
	uint64_t size; /* of the file, bytes */
	int64_t created_us; /* CLOCK_REALTIME, microseconds */
	char name[LW_HASHSET_NAME_SIZE];
};

/*
 * Maps and verifies the list behind fd, which stays the caller's. Returns 0, -EMEDIUMTYPE (no
 * such list), -ENOTSUP (a version or digest of another time), -EBADMSG (damaged: length,
 * checksum, order) or another negative errno. lw_hashset_explain says the same for people.
 */
int lw_hashset_open(int fd, struct lw_hashset **out);
struct lw_hashset *lw_hashset_free(struct lw_hashset *hs); /* always NULL */
void lw_hashset_freep(struct lw_hashset **hs);
const char *lw_hashset_explain(int error);

bool lw_hashset_has(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE]);
const struct lw_hashset_info *lw_hashset_info(const struct lw_hashset *hs);

struct lw_hashset_counts {
	uint64_t lines; /* read, comments and blank ones included */
	uint64_t digests; /* in the list */
	uint64_t duplicates; /* left out */
	uint64_t errors; /* lines that are none of what is allowed */
};

/*
 * Makes the list `name` at out_path from text files ("-" is standard input): a digest in hex a
 * line, either case, alone or as sha256sum(1) writes it, with or without --tag; "#" begins a
 * comment. The file appears whole or not at all. Returns 0, -EINVAL when a line or the name is
 * no good, or a negative errno; errors then holds "file:line: reason" or "file: reason" lines.
 * counts is always filled.
 */
int lw_hashset_build(const char *const *inputs, size_t count, const char *name,
	const char *out_path, struct lw_text *errors, struct lw_hashset_counts *counts);

#endif
