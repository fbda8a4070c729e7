#include <errno.h>

#include "report/lru.h"

#define NONE UINT32_MAX

struct node {
	uint64_t key;
	uint32_t newer, older; /* neighbours in the order of use */
	uint32_t chain; /* next in the same bucket */
};

struct lw_lru {
	uint32_t capacity, used;
	uint32_t newest, oldest;
	uint32_t mask; /* buckets - 1, buckets a power of two */
	uint32_t *buckets;
	struct node *nodes;
};

int
lw_lru_new(struct lw_lru **out, uint32_t capacity)
{
	struct lw_lru *l = calloc(1, sizeof(*l));
	uint32_t buckets = 16;

	if (!l)
		return -ENOMEM;
	while (buckets < capacity && buckets < (1u << 30))
		buckets *= 2;
	*l = (struct lw_lru){
		.capacity = capacity, .newest = NONE, .oldest = NONE, .mask = buckets - 1};
	l->buckets = malloc(buckets * sizeof(*l->buckets));
	l->nodes = calloc(capacity, sizeof(*l->nodes));
	if (!l->buckets || !l->nodes) {
		lw_lru_free(l);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < buckets; i++)
		l->buckets[i] = NONE;
	*out = l;
	return 0;
}

struct lw_lru *
lw_lru_free(struct lw_lru *l)
{
	if (l) {
		free(l->buckets);
		free(l->nodes);
	}
	free(l);
	return NULL;
}

uint32_t
lw_lru_used(const struct lw_lru *l)
{
	return l->used;
}

static uint32_t *
bucket_of(struct lw_lru *l, uint64_t key)
{
	return &l->buckets[(key ^ (key >> 32)) & l->mask];
}

static void
unlink_order(struct lw_lru *l, uint32_t slot)
{
	struct node *n = &l->nodes[slot];

	*(n->newer == NONE ? &l->newest : &l->nodes[n->newer].older) = n->older;
	*(n->older == NONE ? &l->oldest : &l->nodes[n->older].newer) = n->newer;
}

static void
link_newest(struct lw_lru *l, uint32_t slot)
{
	struct node *n = &l->nodes[slot];

	n->newer = NONE;
	n->older = l->newest;
	*(l->newest == NONE ? &l->oldest : &l->nodes[l->newest].newer) = slot;
	l->newest = slot;
}

static void
unchain(struct lw_lru *l, uint32_t slot)
{
	uint32_t *at = bucket_of(l, l->nodes[slot].key);

	while (*at != slot)
		at = &l->nodes[*at].chain;
	*at = l->nodes[slot].chain;
}

/* A slot for a new key: a free one, or the one used longest ago. */
static uint32_t
take_slot(struct lw_lru *l)
{
	uint32_t slot;

	if (l->used < l->capacity)
		return l->used++;
	slot = l->oldest;
	unlink_order(l, slot);
	unchain(l, slot);
	return slot;
}

uint32_t
lw_lru_touch(struct lw_lru *l, uint64_t key, bool *fresh)
{
	uint32_t *bucket = bucket_of(l, key);
	uint32_t slot = *bucket;

	while (slot != NONE && l->nodes[slot].key != key)
		slot = l->nodes[slot].chain;
	*fresh = slot == NONE;
	if (slot != NONE) {
		unlink_order(l, slot);
	} else {
		slot = take_slot(l);
		l->nodes[slot].key = key;
		l->nodes[slot].chain = *bucket;
		*bucket = slot;
	}
	link_newest(l, slot);
	return slot;
}
