/*
 * hashset_format: the layout of a hash list, shared by its reader and its writer. No one else
 * includes it.
 */
#ifndef LW_CLASSIFY_HASHSET_FORMAT_H
#define LW_CLASSIFY_HASHSET_FORMAT_H

#include <assert.h>
#include <endian.h>

#include "base/xxh.h"
#include "classify/hashset.h"

#define LW_HASHSET_MAGIC "LWHS"
#define LW_HASHSET_VERSION 2
#define LW_HASHSET_VERSION_OLDEST 1 /* that is still read: no names, fewer buckets */
#define LW_HASHSET_SHA256 1 /* of files */
#define LW_HASHSET_URL_SHA256 2 /* of the expressions of URLs: older readers refuse it */
#define LW_HASHSET_BITS_MAX 20 /* 1048576 buckets: 4 MiB of index */
#define LW_HASHSET_NAMES_MAX                                                                       \
	((uint64_t)LW_HASHSET_LABELS_MAX * LW_HASHSET_LABEL_SIZE) /* bytes of all names */
#define LW_HASHSET_BUCKET_WANTED 8 /* digests in a bucket of a small list */
#define LW_HASHSET_ALIGN 64
#define LW_HASHSET_BLOCK                                                                           \
	(1024u * 1024) /* checksummed at a time, so that no more need be resident */

typedef uint8_t lw_hashset_digest[LW_SHA256_SIZE];

/* All numbers little-endian; zeros where nothing is said. */
struct lw_hashset_header {
	uint8_t magic[4];
	uint32_t version;
	uint32_t algorithm;
	uint32_t bits; /* of the index */
	uint64_t count;
	uint64_t created_us;
	char name[LW_HASHSET_NAME_SIZE];
	uint32_t name_count;
	uint32_t names_size; /* bytes */
	uint8_t zero[128];
	uint64_t checksum; /* of the whole file with this field 0 */
};

static_assert(sizeof(struct lw_hashset_header) == 256, "the header is 256 bytes on disk");

static inline uint64_t
lw_hashset_index_size(unsigned bits)
{
	uint64_t size = (((uint64_t)1 << bits) + 1) * sizeof(uint32_t);

	return (size + LW_HASHSET_ALIGN - 1) / LW_HASHSET_ALIGN * LW_HASHSET_ALIGN;
}

static inline uint64_t
lw_hashset_labels_size(uint64_t count, uint32_t name_count)
{
	uint64_t size = name_count > 0 ? count * sizeof(uint16_t) : 0;

	return (size + LW_HASHSET_ALIGN - 1) / LW_HASHSET_ALIGN * LW_HASHSET_ALIGN;
}

/* The bucket of a digest: its first `bits` bits. */
static inline uint32_t
lw_hashset_bucket(const uint8_t *digest, unsigned bits)
{
	uint32_t first = (uint32_t)digest[0] << 24 | digest[1] << 16 | digest[2] << 8 | digest[3];

	return (uint64_t)first >> (32 - bits);
}

/* XXH3-64 of each block in turn, seeded with the one before. */
static inline uint64_t
lw_hashset_checksum(uint64_t seed, const uint8_t *bytes, uint64_t length)
{
	for (uint64_t at = 0; at < length; at += LW_HASHSET_BLOCK)
		seed = lw_xxh(&bytes[at], LW_MIN(length - at, LW_HASHSET_BLOCK), seed);
	return seed;
}

#endif
