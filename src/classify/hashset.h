/*
 * hashset: a file of sorted SHA-256 digests that is searched where it lies.
 *
 * The file, little-endian throughout:
 *	header		256 bytes, struct header of hashset_format.h
 *	index		(1 << bits) + 1 numbers of 32 bits: where the digests that begin with these
 *			bits start; filled with zeros up to a multiple of 64 bytes
 *	digests		count * 32 bytes, strictly ascending
 *	labels		count numbers of 16 bits, filled up like the index: which name the digest
 *			has, from 1; 0 = none. Absent where no digest has a name, as in version 1
 *	names		name_count strings, each with a NUL
 * One checksum covers it all. The index is mapped; of the rest a lookup reads one bucket, of about
 * ten digests, so a list of any length costs no more resident memory than its index, 4 MiB at most.
 *
 * A list of URLs is the same with another algorithm in its header: its digests are of the URLs'
 * expressions (url.h), and it is never taken for a list of files, nor the reverse.
 *
 * Called by classify (open, find) and by `layerwatch hashset` (build, open, find). Whoever changes
 * a list replaces the file, as lw_hashset_build does, and never writes into it: a list that can no
 * longer be read as it was when it was opened ends the process, which is then started anew.
 */
#ifndef LW_CLASSIFY_HASHSET_H
#define LW_CLASSIFY_HASHSET_H

#include "base/text.h"
#include "layerwatch/facts.h"

#define LW_HASHSET_COUNT_MAX (32u * 1024 * 1024) /* digests of one list: 1 GiB */
#define LW_HASHSET_NAME_SIZE 80 /* with "hash list: " it fits into a reason */
#define LW_HASHSET_LABEL_SIZE 48 /* of the name of a digest's malware */
#define LW_HASHSET_LABELS_MAX 65535 /* different ones in a list */

struct lw_hashset;

struct lw_hashset_info {
	uint64_t count;
	uint64_t size; /* of the file, bytes */
	int64_t created_us; /* CLOCK_REALTIME, microseconds */
	uint32_t name_count; /* different names of malware in it */
	char name[LW_HASHSET_NAME_SIZE];
};

/*
 * Opens and verifies the list behind fd, which stays the caller's. Returns 0, -EMEDIUMTYPE (no
 * such list), -ENOTSUP (a version or digest of another time), -EBADMSG (damaged: length,
 * checksum, order) or another negative errno. lw_hashset_explain says the same for people.
 */
int lw_hashset_open(int fd, struct lw_hashset **out);
/* The same for a list of URLs. Each returns -EPROTOTYPE for a list of the other kind. */
int lw_hashset_open_urls(int fd, struct lw_hashset **out);
struct lw_hashset *lw_hashset_free(struct lw_hashset *hs); /* always NULL */
void lw_hashset_freep(struct lw_hashset **hs);
const char *lw_hashset_explain(int error);

/* Is the digest on the list? label gets the name of its malware, "" when it has none. */
bool lw_hashset_find(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE],
	char label[LW_HASHSET_LABEL_SIZE]);
bool lw_hashset_has(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE]);
const struct lw_hashset_info *lw_hashset_info(const struct lw_hashset *hs);

struct lw_hashset_counts {
	uint64_t lines; /* read, comments and blank ones included */
	uint64_t digests; /* in the list */
	uint64_t duplicates; /* left out */
	uint64_t others; /* rows with no SHA-256 but an MD5 or SHA-1, left out */
	uint64_t named; /* digests with a name */
	uint64_t errors; /* lines that are none of what is allowed */
};

/*
 * Makes the list `name` at out_path from text files ("-" is standard input) of the forms that
 * hashset_line.h tells. The file appears whole or not at all. Returns 0, -EINVAL when a line or
 * the name is no good, or a negative errno; errors then holds "file:line: reason" or "file: reason"
 * lines. counts is always filled.
 */
int lw_hashset_build(const char *const *inputs, size_t count, const char *name,
	const char *out_path, struct lw_text *errors, struct lw_hashset_counts *counts);
/* The same of URLs, from lines as url_list.h tells. */
int lw_hashset_build_urls(const char *const *inputs, size_t count, const char *name,
	const char *out_path, struct lw_text *errors, struct lw_hashset_counts *counts);

#endif
