/*
 * decode_layers: the layers that decode has found so far: their bytes, one after the other in one
 * arena; where each comes from; which are to be looked through; and what is told of them. For
 * decode alone.
 */
#ifndef LW_CLASSIFY_DECODE_LAYERS_H
#define LW_CLASSIFY_DECODE_LAYERS_H

#include "base/inflate.h"
#include "base/text.h"
#include "classify/decode.h"
#include "classify/decode_fold.h"
#include "classify/decode_look.h"

#define LW_LAYERS_SMALLS 8 /* encodings whose short pieces are held at a time */

/* One text to look through. */
struct lw_layer_item {
	const uint8_t *bytes;
	size_t length;
	enum lw_language language;
	unsigned depth;
	size_t origin; /* in the first text */
	struct lw_fold_origin *origins; /* of folded text, by place; NULL = all from `origin` */
	size_t origin_count;
	uint64_t hash;
	char names[LW_DECODE_NAMES];
};

/* Short pieces of one encoding, held until the text they are in is done. */
struct lw_layer_small {
	char names[LW_DECODE_NAMES];
	struct lw_text text;
	size_t origin;
};

struct lw_layers {
	const uint8_t *bytes;
	struct lw_decode_limits limits;
	void (*layer)(void *arg, const struct lw_decoded *decoded);
	void *arg;
	uint8_t *arena;
	size_t used;
	struct lw_inflater *inflater;
	bool bounded;
	int error;
	struct lw_layer_item *items; /* the first is the text given */
	size_t count, told;
	size_t at; /* the item that is being looked through */
	unsigned raw_streams; /* tried in it */
	bool raw_named; /* it speaks of streams without a header */
	const char *prefix; /* what was done to the bytes before the codec; NULL = nothing */
	struct lw_words hints, words;
	struct lw_layer_small small[LW_LAYERS_SMALLS];
	size_t small_count;
	size_t line_offset; /* where the last count of lines ended */
	uint32_t line;
};

void lw_layers_done(struct lw_layers *d);

/* The words by which code is known; made when they are first asked for. */
const struct lw_words *lw_layers_words(struct lw_layers *d);
/* Is there any of the arena left? Takes it when it is first needed. */
bool lw_layers_has_room(struct lw_layers *d);
/* The rest of the arena, from the place `from` of it on. */
struct lw_out lw_layers_room_from(const struct lw_layers *d, size_t from);
/* Where in the first text something at `at` of the item comes from. */
size_t lw_layers_origin_of(const struct lw_layer_item *item, size_t at);
/* "OUTER > NAME". Names that don't fit any more are left out. */
void lw_layers_add_name(char names[LW_DECODE_NAMES], const char *name);

/*
 * Takes the `length` bytes at the end of the arena as a layer of the item that is being looked
 * through. Silent: it is looked through, but not told. NULL when it is known, or one too many.
 */
struct lw_layer_item *lw_layers_push(struct lw_layers *d, const char *names, size_t length,
	size_t origin, enum lw_decoded_kind kind, bool silent);
/*
 * Takes the `length` bytes at the end of the arena, decoded by `name` from the place `at` of that
 * item, for what they are, streams unpacked; false when they are nothing. Short ones are held.
 */
bool lw_layers_take(struct lw_layers *d, const char *name, size_t at, size_t length);
/* The pieces held are layers now: the item is done. */
void lw_layers_let_go(struct lw_layers *d);

#endif
