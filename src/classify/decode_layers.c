#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/xxh.h"
#include "classify/decode_layers.h"

#define PROBE 24 /* bytes that are unpacked to see whether the rest is worth it */
#define SMALL 4096 /* bytes: shorter pieces of one encoding are one layer */
#define STREAMS 4 /* compressed streams inside each other */
#define RAW_LEAST 32 /* bytes of a stream without a header */
#define RAW_STREAMS 256 /* attempts at one in one text */

const char *
lw_decoded_kind_to_str(enum lw_decoded_kind kind)
{
	static const char *const names[] = {"text", "elf", "marshal", "pickle"};

	static_assert(LW_ARRAY_SIZE(names) == LW_DECODED_COUNT, "one name a kind");
	return (size_t)kind < LW_ARRAY_SIZE(names) ? names[kind] : "invalid";
}

const struct lw_words *
lw_layers_words(struct lw_layers *d)
{
	if (d->words.count == 0)
		lw_look_words_init(&d->words);
	return &d->words;
}

void
lw_decoded_excerpt(const struct lw_decoded *decoded, struct lw_layer_excerpt *out)
{
	*out = (struct lw_layer_excerpt){
		.line = decoded->line,
		.size = decoded->length,
		.length = LW_MIN(decoded->length, (size_t)LW_LAYER_TEXT),
	};
	memcpy(out->text, decoded->bytes, out->length);
	lw_copy_string(out->encodings, sizeof(out->encodings), decoded->encodings);
}

bool
lw_layers_has_room(struct lw_layers *d)
{
	if (!d->arena && d->error == 0) {
		d->arena = malloc(d->limits.bytes);
		if (!d->arena)
			d->error = -ENOMEM;
	}
	if (d->used >= d->limits.bytes)
		d->bounded = true;
	return d->arena && d->used < d->limits.bytes;
}

struct lw_out
lw_layers_room_from(const struct lw_layers *d, size_t from)
{
	return (struct lw_out){.bytes = &d->arena[from], .room = d->limits.bytes - from};
}

size_t
lw_layers_origin_of(const struct lw_layer_item *item, size_t at)
{
	size_t low = 0, high = item->origin_count;

	if (!item->origins)
		return item->depth == 0 ? at : item->origin;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (item->origins[middle].out <= at)
			low = middle;
		else
			high = middle;
	}
	return item->origins[low].in;
}

static uint32_t
line_of(struct lw_layers *d, size_t offset)
{
	if (offset < d->line_offset || d->line == 0) {
		d->line_offset = 0;
		d->line = 1;
	}
	while (d->line_offset < offset) {
		const uint8_t *next =
			memchr(&d->bytes[d->line_offset], '\n', offset - d->line_offset);

		if (!next)
			break;
		d->line_offset = next - d->bytes + 1;
		d->line++;
	}
	return d->line;
}

static bool
is_known(const struct lw_layers *d, uint64_t hash, size_t length)
{
	for (size_t i = 1; i < d->count; i++)
		if (d->items[i].hash == hash && d->items[i].length == length)
			return true;
	return false;
}

void
lw_layers_add_name(char names[LW_DECODE_NAMES], const char *name)
{
	size_t length = strlen(names);

	snprintf(&names[length], LW_DECODE_NAMES - length, "%s%s", length ? " > " : "", name);
}

static void
tell(struct lw_layers *d, const struct lw_layer_item *item, enum lw_decoded_kind kind)
{
	const struct lw_decoded decoded = {
		.bytes = item->bytes,
		.length = item->length,
		.encodings = item->names,
		.kind = kind,
		.language = item->language,
		.offset = item->origin,
		.line = line_of(d, item->origin),
		.depth = item->depth,
	};

	d->told++;
	d->layer(d->arg, &decoded);
}

struct lw_layer_item *
lw_layers_push(struct lw_layers *d, const char *names, size_t length, size_t origin,
	enum lw_decoded_kind kind, bool silent)
{
	const struct lw_layer_item *parent = &d->items[d->at];
	struct lw_layer_item *item = &d->items[d->count];
	uint64_t hash = lw_xxh(&d->arena[d->used], length, 0);

	if (is_known(d, hash, length))
		return NULL;
	if (d->count > d->limits.layers) {
		d->bounded = true;
		return NULL;
	}
	*item = (struct lw_layer_item){
		.bytes = &d->arena[d->used],
		.length = length,
		.depth = parent->depth + 1,
		.origin = origin,
		.hash = hash,
	};
	memcpy(item->names, names, sizeof(item->names));
	if (kind != LW_DECODED_ELF)
		item->language = lw_look_language(lw_layers_words(d), item->bytes, length,
			kind == LW_DECODED_TEXT ? parent->language : LW_LANGUAGE_PYTHON);
	d->used += length;
	d->count++;
	if (!silent)
		tell(d, item, kind);
	return item;
}

/* Holds a short piece until its text is done; false when it can't. */
static bool
hold(struct lw_layers *d, const char *names, const uint8_t *bytes, size_t length, size_t origin)
{
	struct lw_layer_small *s = d->small;

	while (s < &d->small[d->small_count] && strcmp(s->names, names) != 0)
		s++;
	if (s == &d->small[LW_LAYERS_SMALLS])
		return false;
	if (s == &d->small[d->small_count]) {
		memcpy(s->names, names, sizeof(s->names));
		lw_text_init(&s->text, LW_DECODE_BYTES);
		s->origin = origin;
		d->small_count++;
	}
	lw_text_add(&s->text, bytes, length);
	lw_text_add(&s->text, "\n", 1);
	return !s->text.failed;
}

void
lw_layers_let_go(struct lw_layers *d)
{
	for (size_t i = 0; i < d->small_count; i++) {
		struct lw_layer_small *s = &d->small[i];

		/* Without the last piece's "\n". */
		if (lw_layers_has_room(d) && s->text.length > 1) {
			struct lw_out out = lw_layers_room_from(d, d->used);

			lw_out_add(&out, s->text.data, s->text.length - 1);
			d->bounded |= out.cut;
			lw_layers_push(d, s->names, out.length, s->origin, LW_DECODED_TEXT, false);
		}
		lw_text_done(&s->text);
	}
	d->small_count = 0;
}

static int
need_inflater(struct lw_layers *d)
{
	int r = d->inflater ? 0 : lw_inflater_new(&d->inflater);

	if (r < 0)
		d->error = r;
	return r;
}

/* A stream without a header could be anything: tried only where the text speaks of it. */
static bool
is_raw_stream(struct lw_layers *d, const uint8_t *bytes, size_t length)
{
	uint8_t probe[PROBE];
	size_t n;

	if (!d->raw_named || length < RAW_LEAST || ++d->raw_streams > RAW_STREAMS ||
		need_inflater(d) < 0)
		return false;
	n = lw_inflate(d->inflater, LW_INFLATE_RAW, bytes, length, probe, sizeof(probe), NULL);
	return n == sizeof(probe) && lw_look_may_begin(probe, n);
}

/*
 * Unpacks the stream that is the last `length` bytes from `start` of the arena to the place after
 * them; returns the length of what came out, 0 when it is no stream.
 */
static size_t
unpack(struct lw_layers *d, enum lw_look look, size_t start, size_t length)
{
	bool raw = look == LW_LOOK_OTHER;
	uint8_t probe[PROBE];
	size_t n, room = d->limits.bytes - start - length;

	if (need_inflater(d) < 0)
		return 0;
	n = lw_inflate(d->inflater, raw ? LW_INFLATE_RAW : LW_INFLATE_WRAPPED, &d->arena[start],
		length, probe, sizeof(probe), NULL);
	if (n == 0 || !lw_look_may_begin(probe, n))
		return 0;
	n = lw_inflate(d->inflater, raw ? LW_INFLATE_RAW : LW_INFLATE_WRAPPED, &d->arena[start],
		length, &d->arena[start + length], room, NULL);
	d->bounded |= n == room;
	return n;
}

static const struct {
	enum lw_look look;
	const char *name;
	enum lw_decoded_kind kind;
	bool strings; /* only the strings in it are a layer */
} ends[] = {
	{LW_LOOK_TEXT, NULL, LW_DECODED_TEXT, false},
	{LW_LOOK_ELF, NULL, LW_DECODED_ELF, false},
	{LW_LOOK_MARSHAL, "marshal", LW_DECODED_MARSHAL, true},
	{LW_LOOK_PICKLE, "pickle", LW_DECODED_PICKLE, true},
};

/* Zeros left out, in place. */
static size_t
narrow(uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length / 2; i++)
		bytes[i] = bytes[2 * i];
	return length / 2;
}

/* What the bytes at the end of the arena are when they are unpacked; they are moved there. */
static enum lw_look
unwrap(struct lw_layers *d, size_t *length, char names[LW_DECODE_NAMES])
{
	static const char *const stream_names[] = {
		[LW_LOOK_OTHER] = "deflate", [LW_LOOK_ZLIB] = "zlib", [LW_LOOK_GZIP] = "gzip"};
	size_t start = d->used;
	enum lw_look look = lw_look_at(&d->arena[start], *length);

	for (int i = 0; i < STREAMS; i++) {
		bool stream =
			look == LW_LOOK_ZLIB || look == LW_LOOK_GZIP ||
			(look == LW_LOOK_OTHER && is_raw_stream(d, &d->arena[start], *length));
		size_t n = stream ? unpack(d, look, start, *length) : 0;

		if (n == 0)
			break;
		lw_layers_add_name(names, stream_names[look]);
		start += *length;
		*length = n;
		look = lw_look_at(&d->arena[start], n);
	}
	memmove(&d->arena[d->used], &d->arena[start], *length);
	if (look == LW_LOOK_WIDE) {
		*length = narrow(&d->arena[d->used], *length);
		lw_layers_add_name(names, "utf-16");
		look = LW_LOOK_TEXT;
	}
	return look;
}

bool
lw_layers_take(struct lw_layers *d, const char *name, size_t at, size_t length)
{
	const struct lw_layer_item *item = &d->items[d->at];
	char names[LW_DECODE_NAMES];
	enum lw_look look;
	size_t i = 0;

	memcpy(names, item->names, sizeof(names));
	if (d->prefix)
		lw_layers_add_name(names, d->prefix);
	lw_layers_add_name(names, name);
	look = unwrap(d, &length, names);
	while (i < LW_ARRAY_SIZE(ends) && ends[i].look != look)
		i++;
	if (i == LW_ARRAY_SIZE(ends))
		return false;
	if (ends[i].strings) {
		struct lw_out out = lw_layers_room_from(d, d->used + length);

		lw_look_strings(&d->arena[d->used], length, &out);
		memmove(&d->arena[d->used], out.bytes, out.length);
		length = out.length;
		lw_layers_add_name(names, ends[i].name);
	}
	if (length < LW_DECODE_LEAST * 3 / 4)
		return false;
	if (ends[i].kind == LW_DECODED_TEXT && length < SMALL &&
		hold(d, names, &d->arena[d->used], length, lw_layers_origin_of(item, at)))
		return true;
	lw_layers_push(d, names, length, lw_layers_origin_of(item, at), ends[i].kind, false);
	return true;
}

void
lw_layers_done(struct lw_layers *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->items[i].origins);
	for (size_t i = 0; i < d->small_count; i++)
		lw_text_done(&d->small[i].text);
	d->inflater = lw_inflater_free(d->inflater);
	free(d->items);
	free(d->arena);
}
