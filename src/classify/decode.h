/*
 * decode: finds code that a script carries in encoded form, and decodes it: what an interpreter
 * would only see after base64 -d, b64decode(), "\x63\x75", chr(99) + chr(117) or zlib.
 *
 * It goes by what the bytes are, not by the calls around them, so a renamed function hides
 * nothing: runs of base64 (both alphabets, wrapped over lines or not), base32 and hex; lists of
 * numbers; %-encoding; string literals that are joined or written with escapes; zlib and gzip
 * inside of these; rot13, reversed text and base85 where the text names them. What comes out is
 * looked through again.
 *
 * Pure, over hostile bytes: time and memory are linear in n and limits->bytes. Nothing is ever
 * run. Called by whoever judges a script; the fuzzer is tests/fuzz/fuzz_decode.c.
 */
#ifndef LW_CLASSIFY_DECODE_H
#define LW_CLASSIFY_DECODE_H

#include "base/util.h"
#include "layerwatch/facts.h"

#define LW_DECODE_DEPTH 4 /* layers of text inside each other; "base64 > zlib" is one */
#define LW_DECODE_LAYERS 64
#define LW_DECODE_BYTES (1024u * 1024) /* of all layers together */
#define LW_DECODE_LEAST 16 /* bytes of encoded or decoded text; less is not worth it */
#define LW_DECODE_NAMES 96 /* bytes of the encodings' names with the NUL */

#define LW_DECODE_BOUNDED 1 /* positive outcome: a limit left something out */

/* What a layer is. */
enum lw_decoded_kind {
	LW_DECODED_TEXT, /* code, or other text */
	LW_DECODED_ELF, /* a program for the kernel, whole or its beginning */
	LW_DECODED_MARSHAL, /* Python's compiled code: its strings, one a line */
	LW_DECODED_PICKLE, /* a pickle: its strings, one a line */
	LW_DECODED_COUNT
};

struct lw_decode_limits {
	unsigned depth, layers; /* 0 = the default; at most the defaults of layers and bytes */
	size_t bytes;
};

struct lw_decoded {
	const uint8_t *bytes; /* valid until the callback returns */
	size_t length;
	const char *encodings; /* from the outside in: "base64 > zlib" */
	enum lw_decoded_kind kind;
	enum lw_language language; /* that it looks like; else that of what held it */
	size_t offset; /* in the bytes given: where the outermost encoded text begins */
	uint32_t line; /* of offset, from 1 */
	unsigned depth; /* from 1 */
};

/*
 * Calls `layer` for each layer found, outer ones before what is inside of them. Short pieces of one
 * encoding in one text are one layer, a line each, at the place of the first. The same bytes come
 * once. limits may be NULL. Returns 0, LW_DECODE_BOUNDED or -ENOMEM (what was found until then has
 * been told).
 */
int lw_decode(const uint8_t *bytes, size_t n, enum lw_language language,
	const struct lw_decode_limits *limits,
	void (*layer)(void *arg, const struct lw_decoded *decoded), void *arg);

/* What a finding can show of a layer. */
void lw_decoded_excerpt(const struct lw_decoded *decoded, struct lw_layer_excerpt *out);

/* "text", "elf", "marshal", "pickle". */
const char *lw_decoded_kind_to_str(enum lw_decoded_kind kind);

#endif
