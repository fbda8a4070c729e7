/*
 * text: a bounded growing writer, and UTF-8 that is safe to show.
 */
#ifndef LW_BASE_TEXT_H
#define LW_BASE_TEXT_H

#include "base/util.h"

/*
 * A byte buffer that grows up to `bound`. Once something did not fit, or memory ran out, `failed`
 * is set, nothing more is added, and the content stays what it was before: callers check once, at
 * the end.
 */
struct lw_text {
	char *data;		/* NUL-terminated when not NULL */
	size_t length;
	size_t capacity;
	size_t bound;
	bool failed;
};

void lw_text_init(struct lw_text *t, size_t bound);
void lw_text_done(struct lw_text *t);
void lw_text_reset(struct lw_text *t);	/* empty and not failed, memory kept */
void lw_text_cut(struct lw_text *t, size_t length);	/* to at most so many bytes */
void lw_text_add(struct lw_text *t, const void *bytes, size_t length);
void lw_text_adds(struct lw_text *t, const char *s);
void lw_text_addf(struct lw_text *t, const char *fmt, ...) _printf_(2, 3);
#define _cleanup_text_ _cleanup_(lw_text_done)

/*
 * Length in bytes of the valid UTF-8 sequence at p (1-4), 0 when there is none (overlong,
 * surrogate, > U+10FFFF, cut).
 */
size_t lw_utf8_sequence(const unsigned char *p, size_t length);
/* The same, and its code point in *code (untouched when 0 is returned). */
size_t lw_utf8_decode(const unsigned char *p, size_t length, uint32_t *code);
/*
 * C0, DEL, C1, line and paragraph separators, and what changes the direction of text: never shown
 * raw. All are < U+10000.
 */
bool lw_utf8_control(uint32_t code);
bool lw_utf8_valid(const void *bytes, size_t length);
/*
 * Adds bytes for a terminal, all or nothing: valid UTF-8 stays; the bytes of controls and invalid
 * ones become \xNN.
 */
void lw_text_add_visible(struct lw_text *t, const void *bytes, size_t length);
/* Lower-case hex. */
void lw_hex(char *out, const void *bytes, size_t length);	/* out: 2 * length + 1 bytes */
/* Exactly 2 * length digits, either case: 0 or -EINVAL */
int lw_unhex(void *out, size_t length, const char *hex);
void lw_text_add_base64(struct lw_text *t, const void *bytes, size_t length);

/*
 * Shell-style match: * (any run, '/' included), ? (one byte), \x (literal x; a last \ is itself).
 * No classes. Linear in time: at most length(pattern) * length(text) steps.
 */
bool lw_glob_match(const char *pattern, const char *text, size_t text_length);

#endif
