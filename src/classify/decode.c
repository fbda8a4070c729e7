/*
 * The work list: the text given, then every layer that was found. Each is folded (decode_fold) and
 * scanned (decode_scan) once; what decodes to text is a layer of its own. All layers lie one after
 * the other in one arena of limits->bytes, whose rest is the room for the next attempt.
 */
#include <errno.h>
#include <string.h>

#include "classify/decode_codec.h"
#include "classify/decode_layers.h"
#include "classify/decode_scan.h"
#include "classify/decode_words.h"

#define PROBE 24 /* bytes that are decoded to see whether the rest is worth it */
#define JOINS_TELLING 2 /* joined words that make a layer; one is only looked through */

static const struct codec {
	const char *name;
	bool (*decode)(const uint8_t *in, size_t n, struct lw_out *out);
	size_t probe; /* bytes of input whose output shows what it is */
} hex = {"hex", lw_codec_hex, 2 * PROBE}, base32 = {"base32", lw_codec_base32, 8 * PROBE / 5},
  base64 = {"base64", lw_codec_base64, 4 * PROBE / 3},
  base85 = {"base85", lw_codec_base85, 5 * PROBE / 4},
  ascii85 = {"ascii85", lw_codec_ascii85, 5 * PROBE / 4};

/* A stream without a header begins like anything. */
static bool
may_begin(const struct lw_layers *d, const uint8_t *bytes, size_t n)
{
	return d->raw_named || lw_look_may_begin(bytes, n);
}

/* Decodes what the range holds by one codec, if its beginning looks like something. */
static bool
try_codec(struct lw_layers *d, const struct codec *codec, const uint8_t *in, size_t n, size_t at)
{
	uint8_t probe[PROBE];
	struct lw_out first = {.bytes = probe, .room = 6}, out;

	/* Six bytes tell most from noise; the rest of the probe from what is left. */
	codec->decode(in, LW_MIN(n, codec->probe / 4 + 1), &first);
	if (first.length == 0 || !may_begin(d, probe, first.length))
		return false;
	first = (struct lw_out){.bytes = probe, .room = sizeof(probe)};
	codec->decode(in, LW_MIN(n, codec->probe), &first);
	if (!may_begin(d, probe, first.length) || !lw_layers_has_room(d))
		return false;
	out = lw_layers_room_from(d, d->used);
	codec->decode(in, n, &out);
	d->bounded |= out.cut;
	return lw_layers_take(d, codec->name, at, out.length);
}

/* Which digits a word is made of. */
static void
look_at_digits(const uint8_t *in, size_t n, bool *all_hex, bool *all_base32)
{
	*all_hex = *all_base32 = true;
	for (size_t i = 0; i < n && (*all_hex || *all_base32); i++) {
		uint8_t c = in[i];

		if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '\\' || c == '=')
			continue;
		*all_hex &= lw_codec_hex_digit(c) >= 0;
		*all_base32 &= (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
	}
}

static void
try_word(struct lw_layers *d, const uint8_t *in, size_t n, size_t at)
{
	bool all_hex, all_base32;

	if (n < LW_DECODE_LEAST)
		return;
	if (n > 2 && in[0] == '0' && in[1] == 'x') {
		in += 2;
		n -= 2;
	}
	look_at_digits(in, n, &all_hex, &all_base32);
	if (all_hex && try_codec(d, &hex, in, n, at))
		return;
	if (all_base32 && try_codec(d, &base32, in, n, at))
		return;
	try_codec(d, &base64, in, n, at);
}

static void
try_pairs(struct lw_layers *d, const uint8_t *in, size_t n, size_t at)
{
	struct lw_out out;

	if (!lw_layers_has_room(d))
		return;
	out = lw_layers_room_from(d, d->used);
	if (lw_codec_numbers(in, n, &out) >= LW_DECODE_LEAST) {
		d->bounded |= out.cut;
		lw_layers_take(d, "numbers", at, out.length);
		return;
	}
	try_codec(d, &hex, in, n, at);
}

static void
try_percent(struct lw_layers *d, const uint8_t *in, size_t n, size_t at)
{
	struct lw_out out;
	size_t letters;

	if (!lw_layers_has_room(d))
		return;
	out = lw_layers_room_from(d, d->used);
	letters = lw_codec_percent(in, n, &out);
	d->bounded |= out.cut;
	if (letters >= 4)
		lw_layers_take(d, "percent", at, out.length);
}

static void
on_range(void *arg, enum lw_shape shape, size_t from, size_t to)
{
	static void (*const tries[])(struct lw_layers *, const uint8_t *, size_t, size_t) = {
		[LW_SHAPE_WORD] = try_word,
		[LW_SHAPE_PAIRS] = try_pairs,
		[LW_SHAPE_PERCENT] = try_percent,
	};
	struct lw_layers *d = arg;

	tries[shape](d, &d->items[d->at].bytes[from], to - from, from);
}

/* A literal that its escapes make binary. */
static void
on_binary(void *arg, size_t at, const uint8_t *bytes, size_t n)
{
	struct lw_layers *d = arg;
	struct lw_out out;

	if (!lw_layers_has_room(d))
		return;
	out = lw_layers_room_from(d, d->used);
	lw_out_add(&out, bytes, n);
	d->bounded |= out.cut;
	lw_layers_take(d, "escape", at, out.length);
}

/* What a text has to name before its literals are turned about. */
enum {
	NAMES_ROT13 = 1 << 0,
	NAMES_REVERSE = 1 << 1,
	NAMES_BASE85 = 1 << 2,
	NAMES_DEFLATE = 1 << 3,
};

#define HINTS(X)                                                                                   \
	X(NAMES_ROT13, "rot13")                                                                    \
	X(NAMES_ROT13, "rot_13")                                                                   \
	X(NAMES_ROT13, "rot-13")                                                                   \
	X(NAMES_ROT13, "N-ZA-M")                                                                   \
	X(NAMES_ROT13, "n-za-m")                                                                   \
	X(NAMES_REVERSE, "::-1]")                                                                  \
	X(NAMES_REVERSE, "(reversed(")                                                             \
	X(NAMES_REVERSE, ".reverse()")                                                             \
	X(NAMES_REVERSE, "strrev")                                                                 \
	X(NAMES_REVERSE, "|rev)")                                                                  \
	X(NAMES_REVERSE, "|rev\n")                                                                 \
	X(NAMES_REVERSE, "|rev|")                                                                  \
	X(NAMES_REVERSE, "| rev")                                                                  \
	X(NAMES_REVERSE, "|rev ")                                                                  \
	X(NAMES_REVERSE, "rev<<")                                                                  \
	X(NAMES_REVERSE, "rev <")                                                                  \
	X(NAMES_BASE85, "85decode")                                                                \
	X(NAMES_BASE85, "base85")                                                                  \
	X(NAMES_DEFLATE, "gzinflate")                                                              \
	X(NAMES_DEFLATE, "wbits")                                                                  \
	X(NAMES_DEFLATE, ", -15")                                                                  \
	X(NAMES_DEFLATE, ",-15)")                                                                  \
	X(NAMES_DEFLATE, "=-15)")                                                                  \
	X(NAMES_DEFLATE, "MAX_WBITS")                                                              \
	X(NAMES_DEFLATE, "inflateRaw")

#define HINT_NAMES(names, text) names,
#define HINT_TEXT(names, text) text,
static const uint8_t hint_names[] = {HINTS(HINT_NAMES)};
static const char *const hint_texts[] = {HINTS(HINT_TEXT)};

static unsigned
find_hints(const struct lw_layers *d, const uint8_t *bytes, size_t n)
{
	uint64_t found = lw_words_find(&d->hints, bytes, n);
	unsigned names = 0;

	for (; found; found &= found - 1)
		names |= hint_names[__builtin_ctzll(found)];
	return names;
}

struct turning {
	struct lw_layers *d;
	unsigned names;
	uint8_t *room; /* for a literal that is turned about */
	size_t room_length;
};

/*
 * A literal turned about is a layer when that makes more code of it than it was; one without blanks
 * may be encoded once more.
 */
static void
try_turned(const struct turning *t, const char *name,
	void (*turn)(const uint8_t *in, size_t n, struct lw_out *out), size_t at,
	const uint8_t *bytes, size_t n)
{
	struct lw_layers *d = t->d;
	struct lw_out turned = {.bytes = t->room, .room = t->room_length}, out;

	turn(bytes, n, &turned);
	if (!lw_layers_has_room(d) || turned.cut)
		return;
	if (!memchr(bytes, ' ', n)) {
		d->prefix = name;
		try_word(d, turned.bytes, n, at);
		d->prefix = NULL;
	}
	if (lw_look_code_words(lw_layers_words(d), turned.bytes, n) <=
		lw_look_code_words(lw_layers_words(d), bytes, n))
		return;
	out = lw_layers_room_from(d, d->used);
	lw_out_add(&out, turned.bytes, n);
	d->bounded |= out.cut;
	lw_layers_take(d, name, at, out.length);
}

static void
on_literal(void *arg, size_t at, const uint8_t *bytes, size_t n)
{
	struct turning *t = arg;

	if (t->names & NAMES_ROT13)
		try_turned(t, "rot13", lw_codec_rot13, at, bytes, n);
	if (t->names & NAMES_REVERSE)
		try_turned(t, "reverse", lw_codec_reverse, at, bytes, n);
	if ((t->names & NAMES_BASE85) && !try_codec(t->d, &base85, bytes, n, at))
		try_codec(t->d, &ascii85, bytes, n, at);
}

/* The literals of a text that says how they are turned about; in a shell also its lines. */
static void
turn_literals(struct lw_layers *d, uint8_t *room, unsigned names)
{
	const struct lw_layer_item *item = &d->items[d->at];
	struct turning t = {d, names, &room[item->length], item->length};
	struct lw_fold f = {
		.in = item->bytes,
		.length = item->length,
		.value = {.bytes = room, .room = item->length},
		.literal = on_literal,
		.arg = &t,
	};
	int r = lw_fold(&f, item->language);

	free(f.origins);
	if (r < 0)
		d->error = r;
	if (item->language != LW_LANGUAGE_SHELL)
		return;
	for (size_t at = 0; at < item->length;) {
		const uint8_t *line = &item->bytes[at];
		const uint8_t *end = memchr(line, '\n', item->length - at);
		size_t n = end ? (size_t)(end - line) : item->length - at;

		if (n >= LW_DECODE_LEAST)
			on_literal(&t, at, line, n);
		at += n + 1;
	}
}

static const char *
fold_name(const struct lw_fold *f)
{
	if (f->characters > 0)
		return "chr";
	return f->escapes > 0 ? "escape" : "concat";
}

/* Puts literals together: the lines that this changed are a layer. */
static void
fold(struct lw_layers *d, uint8_t *room)
{
	struct lw_layer_item *item = &d->items[d->at], *folded = NULL;
	char names[LW_DECODE_NAMES];
	struct lw_fold f = {
		.in = item->bytes,
		.length = item->length,
		.out = {.bytes = &room[item->length], .room = 2 * item->length},
		.value = {.bytes = room, .room = item->length},
		.binary = on_binary,
		.arg = d,
	};
	int r = lw_fold(&f, item->language);
	bool silent = f.escapes + f.characters == 0 && f.joins < JOINS_TELLING;

	if (r < 0)
		d->error = r;
	if (f.out.length > 0 && lw_layers_has_room(d)) {
		struct lw_out out = lw_layers_room_from(d, d->used);

		lw_out_add(&out, f.out.bytes, f.out.length);
		d->bounded |= out.cut || f.out.cut;
		memcpy(names, item->names, sizeof(names));
		lw_layers_add_name(names, fold_name(&f));
		folded = lw_layers_push(d, names, out.length,
			lw_layers_origin_of(item, f.origins[0].in), LW_DECODED_TEXT, silent);
	}
	/* Only what was folded out of the first text knows its places one by one. */
	if (folded && item->depth == 0) {
		folded->origins = TAKE_PTR(f.origins);
		folded->origin_count = f.origin_count;
	}
	free(f.origins);
}

/* Looks through one text. */
static void
look_through(struct lw_layers *d)
{
	const struct lw_layer_item *item = &d->items[d->at];
	/* One literal, and the folded lines with what surrounds them. */
	_cleanup_free_ uint8_t *room = malloc(3 * item->length + 1);
	unsigned names;

	if (!room) {
		d->error = -ENOMEM;
		return;
	}
	names = find_hints(d, item->bytes, item->length);
	d->raw_named = names & NAMES_DEFLATE;
	d->raw_streams = 0;
	fold(d, room);
	lw_scan(item->bytes, item->length, on_range, d);
	if (names & ~NAMES_DEFLATE)
		turn_literals(d, room, names);
	lw_layers_let_go(d);
}

static void
set_limits(struct lw_layers *d, const struct lw_decode_limits *wanted)
{
	static const struct lw_decode_limits none = {0};
	const struct lw_decode_limits *l = wanted ? wanted : &none;

	d->limits.depth = l->depth ? l->depth : LW_DECODE_DEPTH;
	d->limits.layers = LW_MIN(l->layers ? l->layers : LW_DECODE_LAYERS, LW_DECODE_LAYERS);
	d->limits.bytes = LW_MIN(l->bytes ? l->bytes : LW_DECODE_BYTES, LW_DECODE_BYTES);
}

int
lw_decode(const uint8_t *bytes, size_t n, enum lw_language language,
	const struct lw_decode_limits *limits,
	void (*layer)(void *arg, const struct lw_decoded *decoded), void *arg)
{
	_cleanup_(lw_layers_done) struct lw_layers d = {.bytes = bytes, .layer = layer, .arg = arg};

	if (n < LW_DECODE_LEAST)
		return 0;
	set_limits(&d, limits);
	lw_words_init(&d.hints, hint_texts, LW_ARRAY_SIZE(hint_texts));
	/* The text given, and one more than the layers: the place that finds the bound. */
	d.items = calloc(d.limits.layers + 2, sizeof(*d.items));
	if (!d.items)
		return -ENOMEM;
	d.items[0] = (struct lw_layer_item){.bytes = bytes, .length = n, .language = language};
	d.count = 1;
	for (; d.at < d.count && d.error == 0; d.at++) {
		if (d.items[d.at].depth < d.limits.depth)
			look_through(&d);
		else
			d.bounded = true;
	}
	return d.error < 0 ? d.error : d.bounded;
}
