/*
 * cache: see cache.h.
 *
 * A set has WAYS slots; a key may live only in its own set. Tags and superblocks of all slots stand
 * in a small array of their own, so that a miss and the dropping of a superblock touch no entry.
 * Within a full set the CLOCK hand takes the first slot that was not asked for since it last
 * passed.
 */
#include "gate/cache.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/xxh.h"

#define WAYS 8u

struct slot {
	uint32_t tag; /* of the key's hash */
	uint32_t dev_major, dev_minor;
	uint8_t live;
	uint8_t asked; /* since the hand last passed */
	uint8_t zero[2];
};

struct entry {
	struct lw_cache_key key;
	struct lw_cache_value value;
};

struct lw_cache {
	struct slot *slots;
	struct entry *entries;
	uint8_t *hands; /* one a set */
	uint32_t sets; /* a power of two */
	uint64_t seed;
	struct lw_cache_counts counts;
};

/* Padding would carry garbage into hash and comparison. */
_Static_assert(
	sizeof(struct lw_cache_key) == 6 * 8 + LW_CACHE_HANDLE_MAX, "lw_cache_key has padding");

int
lw_cache_new(uint32_t capacity, struct lw_cache **out)
{
	struct lw_cache *c;
	uint32_t sets = 1;

	if (capacity == 0 || capacity > LW_CACHE_CAPACITY_MAX)
		return -EINVAL;
	while (sets * WAYS < capacity)
		sets *= 2;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->sets = sets;
	c->counts.capacity = sets * WAYS;
	c->slots = calloc(c->counts.capacity, sizeof(*c->slots));
	c->entries = calloc(c->counts.capacity, sizeof(*c->entries));
	c->hands = calloc(sets, sizeof(*c->hands));
	if (!c->slots || !c->entries || !c->hands ||
		getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) < 0) {
		lw_cache_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

struct lw_cache *
lw_cache_free(struct lw_cache *c)
{
	if (c) {
		free(c->slots);
		free(c->entries);
		free(c->hands);
		free(c);
	}
	return NULL;
}

void
lw_cache_freep(struct lw_cache **c)
{
	*c = lw_cache_free(*c);
}

bool
lw_cache_key_handle(struct lw_cache_key *k, int type, const void *bytes, size_t length)
{
	if (length > sizeof(k->handle))
		return false;
	memset(k->handle, 0, sizeof(k->handle));
	if (length > 0)
		memcpy(k->handle, bytes, length);
	k->handle_type = (uint32_t)type;
	k->handle_length = (uint32_t)length;
	return true;
}

/* Where a key lives: the first slot of its set, and its tag there. */
static uint32_t
locate(const struct lw_cache *c, const struct lw_cache_key *k, uint32_t *tag)
{
	uint64_t hash = lw_xxh(k, sizeof(*k), c->seed);

	*tag = (uint32_t)(hash >> 32);
	return ((uint32_t)hash & (c->sets - 1)) * WAYS;
}

/* The slot that holds k, or -1. */
static int64_t
find(const struct lw_cache *c, const struct lw_cache_key *k, uint32_t first, uint32_t tag)
{
	for (uint32_t i = first; i < first + WAYS; i++)
		if (c->slots[i].live && c->slots[i].tag == tag &&
			memcmp(&c->entries[i].key, k, sizeof(*k)) == 0)
			return i;
	return -1;
}

const struct lw_cache_value *
lw_cache_get(struct lw_cache *c, const struct lw_cache_key *k)
{
	uint32_t tag, first = locate(c, k, &tag);
	int64_t at = find(c, k, first, tag);

	if (at < 0) {
		c->counts.misses++;
		return NULL;
	}
	c->counts.hits++;
	c->slots[at].asked = 1;
	return &c->entries[at].value;
}

static void
release(struct lw_cache *c, uint32_t at)
{
	c->slots[at] = (struct slot){};
	c->counts.entries--;
}

/* A slot of the set for a new key: a free one, else one that was not asked for lately. */
static uint32_t
claim(struct lw_cache *c, uint32_t first)
{
	uint8_t *hand = &c->hands[first / WAYS];

	for (uint32_t i = first; i < first + WAYS; i++)
		if (!c->slots[i].live)
			return i;
	/* Ends at the latest in the second round, whose slots have all been cleared. */
	for (;;) {
		uint32_t at = first + *hand;

		*hand = (uint8_t)((*hand + 1) % WAYS);
		if (!c->slots[at].asked) {
			release(c, at);
			c->counts.evictions++;
			return at;
		}
		c->slots[at].asked = 0;
	}
}

void
lw_cache_put(struct lw_cache *c, const struct lw_cache_key *k, const struct lw_cache_value *v)
{
	uint32_t tag, first = locate(c, k, &tag);
	int64_t at = find(c, k, first, tag);

	c->counts.puts++;
	if (at < 0) {
		at = claim(c, first);
		c->counts.entries++;
		c->entries[at].key = *k;
		c->slots[at] = (struct slot){
			.tag = tag,
			.dev_major = k->dev_major,
			.dev_minor = k->dev_minor,
			.live = 1,
		};
	}
	c->entries[at].value = *v;
}

void
lw_cache_drop_superblock(struct lw_cache *c, uint32_t dev_major, uint32_t dev_minor)
{
	for (uint32_t i = 0; i < c->counts.capacity; i++)
		if (c->slots[i].live && c->slots[i].dev_major == dev_major &&
			c->slots[i].dev_minor == dev_minor)
			release(c, i);
}

void
lw_cache_clear(struct lw_cache *c)
{
	memset(c->slots, 0, (size_t)c->counts.capacity * sizeof(*c->slots));
	c->counts.entries = 0;
}

void
lw_cache_count(const struct lw_cache *c, struct lw_cache_counts *out)
{
	*out = c->counts;
}
