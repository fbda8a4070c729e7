#include "report/held.h"

static size_t
size_of(const struct lw_held_item *i)
{
	return sizeof(*i) + i->evidence.seen.arena_length + i->evidence.capture_length;
}

struct lw_held_item *
lw_held_item_free(struct lw_held_item *i)
{
	if (i)
		lw_evidence_done(&i->evidence);
	free(i);
	return NULL;
}

void
lw_held_item_freep(struct lw_held_item **i)
{
	*i = lw_held_item_free(*i);
}

void
lw_held_done(struct lw_held *h)
{
	struct lw_held_item *i;

	while ((i = lw_held_take(h)))
		lw_held_item_free(i);
}

void
lw_held_add(struct lw_held *h, struct lw_held_item *item)
{
	item->next = NULL;
	*(h->last ? &h->last->next : &h->first) = item;
	h->last = item;
	h->count++;
	h->bytes += size_of(item);
}

bool
lw_held_full(const struct lw_held *h)
{
	return h->count >= LW_HELD_MAX || h->bytes >= LW_HELD_BYTES;
}

/* Takes the item after `before` (NULL = the first) out of the list. */
static struct lw_held_item *
take_after(struct lw_held *h, struct lw_held_item *before)
{
	struct lw_held_item **at = before ? &before->next : &h->first;
	struct lw_held_item *item = *at;

	if (!item)
		return NULL;
	*at = item->next;
	if (h->last == item)
		h->last = before;
	item->next = NULL;
	h->count--;
	h->bytes -= size_of(item);
	return item;
}

struct lw_held_item *
lw_held_take(struct lw_held *h)
{
	return take_after(h, NULL);
}

struct lw_held_item *
lw_held_take_due(struct lw_held *h, uint64_t now_us)
{
	return h->first && h->first->due_us <= now_us ? take_after(h, NULL) : NULL;
}

struct lw_held_item *
lw_held_take_container(struct lw_held *h, uint32_t dev_major, uint32_t dev_minor)
{
	struct lw_held_item *before = NULL;

	for (struct lw_held_item *i = h->first; i; before = i, i = i->next) {
		if (i->evidence.seen.dev_major == dev_major &&
			i->evidence.seen.dev_minor == dev_minor)
			return take_after(h, before);
	}
	return NULL;
}

uint64_t
lw_held_due(const struct lw_held *h)
{
	return h->first ? h->first->due_us : UINT64_MAX;
}
