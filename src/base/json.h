/*
 * json: a writer of one-line JSON into a lw_text. Output is always valid UTF-8 and one line: each
 * invalid byte becomes U+FFFD; control characters (C0, C1, those of direction, U+2028/2029), "<",
 * ">" and "&" are escaped as \uXXXX, the usual short forms for newline, return and tab. A byte
 * grows to six at most. Commas are the writer's business. Depth <= LW_JSON_DEPTH; deeper, or an
 * end without a beginning, sets text->failed.
 */
#ifndef LW_BASE_JSON_H
#define LW_BASE_JSON_H

#include "base/text.h"

#define LW_JSON_DEPTH 16

struct lw_json {
	struct lw_text *text;
	unsigned depth;
	bool first[LW_JSON_DEPTH + 1];
	bool after_key;
};

void lw_json_init(struct lw_json *j, struct lw_text *text);
void lw_json_object(struct lw_json *j);
void lw_json_object_end(struct lw_json *j);
void lw_json_array(struct lw_json *j);
void lw_json_array_end(struct lw_json *j);
void lw_json_key(struct lw_json *j, const char *key);
void lw_json_bytes(struct lw_json *j, const void *bytes, size_t length);	/* as a string */
void lw_json_string(struct lw_json *j, const char *s);
void lw_json_i64(struct lw_json *j, int64_t v);		/* as a number */
void lw_json_i64s(struct lw_json *j, int64_t v);	/* as a string: proto3 JSON's int64 */
/* Decimals, 0-17; NaN and infinity become null */
void lw_json_double(struct lw_json *j, double v, int digits);
void lw_json_bool(struct lw_json *j, bool v);
void lw_json_null(struct lw_json *j);
/* key and value in one; the string form leaves the pair out when s is NULL or "". */
void lw_json_pair_string(struct lw_json *j, const char *key, const char *s);
void lw_json_pair_i64(struct lw_json *j, const char *key, int64_t v);
void lw_json_pair_i64s(struct lw_json *j, const char *key, int64_t v);
void lw_json_pair_bool(struct lw_json *j, const char *key, bool v);
/*
 * RFC 3339 UTC with microseconds: "2026-11-21T20:00:00.000000Z"; left out before 1970 and after
 * the year 9999.
 */
void lw_json_pair_time(struct lw_json *j, const char *key, int64_t realtime_us);

#endif
