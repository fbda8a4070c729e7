#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/xxh.h"
#include "report/lru.h"
#include "report/repeat.h"

struct told {
	uint64_t at_us; /* when it was told last */
	uint64_t repeats; /* since then */
	bool never; /* not told yet: the rate held it back */
};

/* A token bucket: `per_minute` tokens, filled evenly. */
struct budget {
	uint32_t dev_major, dev_minor;
	uint64_t filled_us;
	uint64_t held_since_us; /* of the first one of the next summary */
	double tokens;
	uint64_t held_back;
};

struct lw_repeat {
	uint64_t window_us;
	uint32_t per_minute;
	uint64_t seed; /* so that nobody in a container can choose names that collide */
	uint64_t folded;
	uint32_t waiting; /* containers with a summary to tell */
	struct lw_lru *index, *containers;
	struct told told[LW_REPEAT_ENTRIES];
	struct budget budgets[LW_REPEAT_CONTAINERS];
};

int
lw_repeat_new(struct lw_repeat **out)
{
	struct lw_repeat *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	e = lw_lru_new(&r->index, LW_REPEAT_ENTRIES);
	if (e == 0)
		e = lw_lru_new(&r->containers, LW_REPEAT_CONTAINERS);
	if (e == 0 && getrandom(&r->seed, sizeof(r->seed), GRND_NONBLOCK) < 0)
		r->seed = lw_now_us();
	if (e != 0) {
		lw_repeat_free(r);
		return e;
	}
	*out = r;
	return 0;
}

struct lw_repeat *
lw_repeat_free(struct lw_repeat *r)
{
	if (r) {
		lw_lru_free(r->index);
		lw_lru_free(r->containers);
	}
	free(r);
	return NULL;
}

void
lw_repeat_configure(struct lw_repeat *r, uint64_t window_us, uint32_t per_minute)
{
	r->window_us = window_us;
	r->per_minute = per_minute;
}

static uint64_t
hash_key(const struct lw_repeat *r, const struct lw_repeat_key *key)
{
	const struct {
		uint64_t dev, detector, outcome;
	} fixed = {
		(uint64_t)key->dev_major << 32 | key->dev_minor,
		(uintptr_t)key->detector,
		key->outcome,
	};
	uint64_t h = lw_xxh(&fixed, sizeof(fixed), r->seed);

	if (key->rule)
		h = lw_xxh(key->rule, strlen(key->rule), h);
	return key->identity_length ? lw_xxh(key->identity, key->identity_length, h) : h;
}

static struct budget *
budget_of(struct lw_repeat *r, const struct lw_repeat_key *key, uint64_t now_us)
{
	uint64_t dev = (uint64_t)key->dev_major << 32 | key->dev_minor;
	bool fresh;
	struct budget *b = &r->budgets[lw_lru_touch(
		r->containers, lw_xxh(&dev, sizeof(dev), r->seed), &fresh)];

	if (!fresh)
		return b;
	if (b->held_back && r->waiting)
		r->waiting--;
	*b = (struct budget){
		.dev_major = key->dev_major,
		.dev_minor = key->dev_minor,
		.filled_us = now_us,
		.tokens = r->per_minute,
	};
	return b;
}

static bool
spend(struct lw_repeat *r, struct budget *b, uint64_t now_us)
{
	double filled = (double)(now_us - b->filled_us) * r->per_minute / LW_MINUTE_US;

	b->tokens = LW_MIN(b->tokens + filled, (double)r->per_minute);
	b->filled_us = now_us;
	if (b->tokens < 1)
		return false;
	b->tokens -= 1;
	return true;
}

static bool
within_rate(struct lw_repeat *r, const struct lw_repeat_key *key, bool first, uint64_t now_us)
{
	struct budget *b;

	if (r->per_minute == 0)
		return true;
	b = budget_of(r, key, now_us);
	if (spend(r, b, now_us) || (first && key->urgent))
		return true;
	if (b->held_back++ == 0) {
		b->held_since_us = now_us;
		r->waiting++;
	}
	return false;
}

enum lw_repeat_outcome
lw_repeat_check(
	struct lw_repeat *r, const struct lw_repeat_key *key, uint64_t now_us, uint64_t *repeats)
{
	bool first;
	struct told *t = &r->told[lw_lru_touch(r->index, hash_key(r, key), &first)];

	if (first)
		*t = (struct told){.never = true};
	if (!t->never && r->window_us && now_us - t->at_us < r->window_us) {
		t->repeats++;
		r->folded++;
		return LW_REPEAT_FOLDED;
	}
	if (!within_rate(r, key, first, now_us)) {
		t->repeats++;
		return LW_REPEAT_HELD_BACK;
	}
	*repeats = t->repeats;
	*t = (struct told){.at_us = now_us};
	return LW_REPEAT_TELL;
}

bool
lw_repeat_summary(struct lw_repeat *r, uint64_t now_us, struct lw_held_back *out)
{
	uint32_t used = r->waiting ? lw_lru_used(r->containers) : 0;

	for (uint32_t i = 0; i < used; i++) {
		struct budget *b = &r->budgets[i];

		if (b->held_back == 0 || now_us - b->held_since_us < LW_MINUTE_US)
			continue;
		*out = (struct lw_held_back){b->dev_major, b->dev_minor, b->held_back};
		b->held_back = 0;
		r->waiting--;
		return true;
	}
	return false;
}

bool
lw_repeat_waits(const struct lw_repeat *r)
{
	return r->waiting > 0;
}

uint64_t
lw_repeat_folded(const struct lw_repeat *r)
{
	return r->folded;
}
