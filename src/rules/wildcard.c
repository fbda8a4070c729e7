#include "rules/wildcard.h"

#include <errno.h>
#include <string.h>

struct piece {
	uint32_t start, length; /* of items */
	bool plain; /* no "?" */
};

struct lw_wildcard {
	uint16_t *items;
	uint8_t *bytes; /* the same, for plain pieces */
	struct piece *pieces;
	size_t count;
	bool from_start, to_end; /* the first piece is not behind a star, the last not before one */
};

struct lw_wildcard *
lw_wildcard_free(struct lw_wildcard *w)
{
	if (w) {
		free(w->items);
		free(w->bytes);
		free(w->pieces);
		free(w);
	}
	return NULL;
}

static void
lw_wildcard_freep(struct lw_wildcard **w)
{
	*w = lw_wildcard_free(*w);
}

static int
add_piece(struct lw_wildcard *w, size_t start, size_t end)
{
	struct piece *piece = &w->pieces[w->count];
	bool anchored = start == 0 && w->from_start;

	if (start == end)
		return 0;
	*piece = (struct piece){.start = start, .length = end - start, .plain = true};
	for (size_t i = start; i < end; i++)
		piece->plain = piece->plain && w->items[i] != LW_PATTERN_ONE;
	w->count++;
	return !piece->plain && !anchored && piece->length > LW_WILDCARD_PIECE_MAX ? -E2BIG : 0;
}

static int
split(struct lw_wildcard *w, size_t length)
{
	size_t start = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i <= length; i++) {
		if (i < length && w->items[i] != LW_PATTERN_ANY)
			continue;
		r = add_piece(w, start, i);
		start = i + 1;
	}
	return r;
}

int
lw_wildcard_new(const struct lw_pattern *p, struct lw_wildcard **out)
{
	_cleanup_(lw_wildcard_freep) struct lw_wildcard *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->items = calloc(p->length + 1, sizeof(*w->items));
	w->bytes = malloc(p->length + 1);
	w->pieces = calloc(p->length / 2 + 1, sizeof(*w->pieces));
	if (!w->items || !w->bytes || !w->pieces)
		return -ENOMEM;
	for (size_t i = 0; i < p->length; i++) {
		w->items[i] = p->items[i];
		w->bytes[i] = p->items[i];
	}
	w->from_start = p->length > 0 && p->items[0] != LW_PATTERN_ANY;
	w->to_end = p->length > 0 && p->items[p->length - 1] != LW_PATTERN_ANY;
	r = split(w, p->length);
	if (r == 0)
		*out = TAKE_PTR(w);
	return r;
}

/* Does the piece stand at text[at]? Returns where it ends, or SIZE_MAX. */
static size_t
piece_at(const struct lw_wildcard *w, const struct piece *p, const uint8_t *text, size_t length,
	size_t at)
{
	for (size_t i = p->start; i < p->start + p->length; i++) {
		if (at >= length)
			return SIZE_MAX;
		if (w->items[i] == LW_PATTERN_ONE)
			at += LW_MAX(lw_utf8_sequence(&text[at], length - at), 1u);
		else if (text[at++] != w->items[i])
			return SIZE_MAX;
	}
	return at;
}

/* Not within a character: "?" begins where one does. */
static bool
begins_character(const struct lw_wildcard *w, const struct piece *p, uint8_t byte)
{
	return w->items[p->start] != LW_PATTERN_ONE || (byte & 0xc0) != 0x80;
}

/* The first place from `at` on; returns where it ends, or SIZE_MAX. */
static size_t
piece_find(const struct lw_wildcard *w, const struct piece *p, const uint8_t *text, size_t length,
	size_t at)
{
	if (p->plain) {
		const uint8_t *found =
			memmem(&text[at], length - at, &w->bytes[p->start], p->length);

		return found ? (size_t)(found - text) + p->length : SIZE_MAX;
	}
	for (; at < length; at++) {
		size_t end = begins_character(w, p, text[at]) ? piece_at(w, p, text, length, at)
							      : SIZE_MAX;

		if (end != SIZE_MAX)
			return end;
	}
	return SIZE_MAX;
}

/* The last place that ends where the text does, and does not begin before `at`. */
static bool
piece_ends(const struct lw_wildcard *w, const struct piece *p, const uint8_t *text, size_t length,
	size_t at)
{
	size_t most = p->plain ? p->length : 4 * (size_t)p->length;

	if (p->plain && length - at < p->length)
		return false;
	for (size_t i = length - LW_MIN(length - at, most); i < length; i++)
		if (begins_character(w, p, text[i]) && piece_at(w, p, text, length, i) == length)
			return true;
	return false;
}

bool
lw_wildcard_match(const struct lw_wildcard *w, const uint8_t *text, size_t length)
{
	size_t at = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct piece *p = &w->pieces[i];
		bool first = i == 0 && w->from_start, last = i + 1 == w->count && w->to_end;

		if (first)
			at = piece_at(w, p, text, length, 0);
		else if (last)
			return piece_ends(w, p, text, length, at);
		else
			at = piece_find(w, p, text, length, at);
		if (at == SIZE_MAX || (first && last && at != length))
			return false;
	}
	return true;
}

bool
lw_wildcard_literal(const struct lw_pattern *p, size_t *start, size_t *length)
{
	size_t begin = 0;

	*length = 0;
	for (size_t i = 0; i <= p->length; i++) {
		if (i < p->length && p->items[i] < LW_PATTERN_ANY)
			continue;
		if (i - begin > *length) {
			*start = begin;
			*length = i - begin;
		}
		begin = i + 1;
	}
	return *length > 0;
}
