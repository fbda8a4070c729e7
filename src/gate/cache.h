/*
 * cache: what is known of a file's content, by the file's identity.
 *
 * Fixed capacity, no allocation after lw_cache_new(), get and put in constant time. The key is
 * compared whole, never by its hash alone; the hash is seeded, so that a container can't choose
 * files that push others out. Owned by the gate. Whether an identity may be trusted at all (racy
 * times, live writable mappings: kernel-facts 33) is the caller's matter.
 */
#ifndef LW_GATE_CACHE_H
#define LW_GATE_CACHE_H

#include "layerwatch/facts.h"

#define LW_CACHE_HANDLE_MAX 64 /* bytes; files with longer handles are not cached */
#define LW_CACHE_CAPACITY_MAX (1u << 20)

/* Zero it, then fill it; lw_cache_key_handle() sets the handle. */
struct lw_cache_key {
	uint32_t dev_major, dev_minor; /* of the overlay's superblock */
	uint64_t ino;
	int64_t ctime_ns; /* since the epoch */
	uint64_t size;
	uint32_t purpose; /* 0 = executed; else 1 + enum lw_language of who opens it */
	uint32_t zero;
	uint32_t handle_type;
	uint32_t handle_length;
	uint8_t handle[LW_CACHE_HANDLE_MAX]; /* zero behind its length */
};

struct lw_cache_value {
	uint8_t layer; /* enum lw_layer */
	uint8_t verdict; /* enum lw_verdict */
	uint8_t format; /* enum lw_format */
	uint8_t language; /* enum lw_language */
	uint32_t assess_flags; /* LW_ASSESS_* */
	float score;
	uint8_t sha256[LW_SHA256_SIZE];
	uint8_t reason_count;
	char reasons[LW_REASONS_MAX][LW_REASON_SIZE];
	char hash_list[LW_REASON_SIZE];
	char model[LW_MODEL_NAME_SIZE];
	char interpreter[LW_INTERP_SIZE];
};

struct lw_cache_counts {
	uint64_t hits, misses, puts, evictions;
	uint32_t entries;
	uint32_t capacity;
};

struct lw_cache;

/*
 * Room for at least `capacity` entries (rounded up), 1..LW_CACHE_CAPACITY_MAX. 0, -EINVAL or
 * -ENOMEM.
 */
int lw_cache_new(uint32_t capacity, struct lw_cache **out);
struct lw_cache *lw_cache_free(struct lw_cache *c); /* always NULL */
void lw_cache_freep(struct lw_cache **c);

/* false when the handle is too long to be kept: the file must not be cached then. */
bool lw_cache_key_handle(struct lw_cache_key *k, int type, const void *bytes, size_t length);

/* NULL when not known. Valid until the next put, drop or clear. */
const struct lw_cache_value *lw_cache_get(struct lw_cache *c, const struct lw_cache_key *k);
/* Adds or replaces; when its set is full, an entry not asked for lately goes. */
void lw_cache_put(struct lw_cache *c, const struct lw_cache_key *k, const struct lw_cache_value *v);
/*
 * Forgets all files of a superblock that is gone: its numbers come back for another one. Linear
 * in capacity.
 */
void lw_cache_drop_superblock(struct lw_cache *c, uint32_t dev_major, uint32_t dev_minor);
/* Forgets everything: the policy or the hash lists have changed. */
void lw_cache_clear(struct lw_cache *c);
void lw_cache_count(const struct lw_cache *c, struct lw_cache_counts *out);

#endif
