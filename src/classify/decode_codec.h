/*
 * decode_codec: the encodings that decode knows, as pure functions over hostile bytes. Each reads
 * its input once and stops at the room of its output.
 */
#ifndef LW_CLASSIFY_DECODE_CODEC_H
#define LW_CLASSIFY_DECODE_CODEC_H

#include "base/util.h"

/* Bytes that are being decoded into a fixed room; cut says that there was more. */
struct lw_out {
	uint8_t *bytes;
	size_t length, room;
	bool cut;
};

static inline void
lw_out_put(struct lw_out *o, uint8_t c)
{
	if (o->length < o->room)
		o->bytes[o->length++] = c;
	else
		o->cut = true;
}

void lw_out_add(struct lw_out *o, const void *bytes, size_t length);

/*
 * Each adds what `in` decodes to. False when a byte is not of the encoding; what came before it is
 * there. All step over blanks, line ends and a backslash before a line end or an "n" or "r".
 */
bool lw_codec_base64(const uint8_t *in, size_t n, struct lw_out *out); /* both alphabets */
bool lw_codec_base32(const uint8_t *in, size_t n, struct lw_out *out);
bool lw_codec_base85(const uint8_t *in, size_t n, struct lw_out *out); /* Python's b85encode */
bool lw_codec_ascii85(const uint8_t *in, size_t n, struct lw_out *out);
bool lw_codec_hex(const uint8_t *in, size_t n, struct lw_out *out); /* colons too */

/* "99, 117, 0x72": numbers below 256, decimal or with 0x. Returns how many; 0 = not of that shape.
 */
size_t lw_codec_numbers(const uint8_t *in, size_t n, struct lw_out *out);
/* %XX -> byte. Returns how many of them were letters or digits, which no one needs to encode. */
size_t lw_codec_percent(const uint8_t *in, size_t n, struct lw_out *out);
void lw_codec_rot13(const uint8_t *in, size_t n, struct lw_out *out);
void lw_codec_reverse(const uint8_t *in, size_t n, struct lw_out *out);

/* The value of one digit, -1 when it is none. */
int lw_codec_hex_digit(uint8_t c);

static inline bool
lw_codec_is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

#endif
