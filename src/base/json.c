#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define JSON_DIGITS_MAX 17 /* decimals of a double */

void
lw_json_init(struct lw_json *j, struct lw_text *text)
{
	*j = (struct lw_json){.text = text};
	j->first[0] = true;
}

/*
 * What stands before a value or key: nothing after a key, a comma where something came before in
 * this level.
 */
static void
json_separate(struct lw_json *j)
{
	if (!j->after_key && !j->first[j->depth] && j->depth > 0)
		lw_text_adds(j->text, ",");
	j->after_key = false;
	j->first[j->depth] = false;
}

static void
json_open(struct lw_json *j, const char *bracket)
{
	json_separate(j);
	if (j->depth == LW_JSON_DEPTH) {
		j->text->failed = true;
		return;
	}
	lw_text_adds(j->text, bracket);
	j->first[++j->depth] = true;
}

static void
json_close(struct lw_json *j, const char *bracket)
{
	if (j->depth == 0) {
		j->text->failed = true;
		return;
	}
	j->depth--;
	lw_text_adds(j->text, bracket);
}

void
lw_json_object(struct lw_json *j)
{
	json_open(j, "{");
}

void
lw_json_object_end(struct lw_json *j)
{
	json_close(j, "}");
}

void
lw_json_array(struct lw_json *j)
{
	json_open(j, "[");
}

void
lw_json_array_end(struct lw_json *j)
{
	json_close(j, "]");
}

static bool
json_plain(uint32_t code)
{
	return code != '"' && code != '\\' && code != '<' && code != '>' && code != '&' &&
	       !lw_utf8_control(code);
}

/* Every code that is not plain is below U+10000: one \uXXXX does. */
static void
json_escape(struct lw_text *t, uint32_t code)
{
	static const char *const short_forms[128] = {
		['\n'] = "\\n",
		['\r'] = "\\r",
		['\t'] = "\\t",
		['"'] = "\\\"",
		['\\'] = "\\\\",
	};

	if (code < LW_ARRAY_SIZE(short_forms) && short_forms[code])
		lw_text_adds(t, short_forms[code]);
	else
		lw_text_addf(t, "\\u%04x", code);
}

void
lw_json_bytes(struct lw_json *j, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	struct lw_text *t = j->text;

	json_separate(j);
	lw_text_adds(t, "\"");
	for (size_t i = 0; i < length && !t->failed;) {
		uint32_t code = 0;
		size_t start = i, n = 0;

		while (i < length && (n = lw_utf8_decode(&p[i], length - i, &code)) > 0 &&
			json_plain(code))
			i += n;
		lw_text_add(t, &p[start], i - start);
		if (i == length)
			break;
		if (n > 0)
			json_escape(t, code);
		else
			lw_text_adds(t, "\xef\xbf\xbd");
		i += LW_MAX(n, 1);
	}
	lw_text_adds(t, "\"");
}

void
lw_json_string(struct lw_json *j, const char *s)
{
	lw_json_bytes(j, s, strlen(s));
}

void
lw_json_key(struct lw_json *j, const char *key)
{
	lw_json_string(j, key);
	lw_text_adds(j->text, ":");
	j->after_key = true;
}

void
lw_json_i64(struct lw_json *j, int64_t v)
{
	json_separate(j);
	lw_text_addf(j->text, "%" PRId64, v);
}

void
lw_json_i64s(struct lw_json *j, int64_t v)
{
	json_separate(j);
	lw_text_addf(j->text, "\"%" PRId64 "\"", v);
}

void
lw_json_double(struct lw_json *j, double v, int digits)
{
	if (!isfinite(v)) {
		lw_json_null(j);
		return;
	}
	json_separate(j);
	lw_text_addf(j->text, "%.*f", LW_MAX(LW_MIN(digits, JSON_DIGITS_MAX), 0), v);
}

void
lw_json_bool(struct lw_json *j, bool v)
{
	json_separate(j);
	lw_text_adds(j->text, v ? "true" : "false");
}

void
lw_json_null(struct lw_json *j)
{
	json_separate(j);
	lw_text_adds(j->text, "null");
}

void
lw_json_pair_string(struct lw_json *j, const char *key, const char *s)
{
	if (!s || !*s)
		return;
	lw_json_key(j, key);
	lw_json_string(j, s);
}

void
lw_json_pair_i64(struct lw_json *j, const char *key, int64_t v)
{
	lw_json_key(j, key);
	lw_json_i64(j, v);
}

void
lw_json_pair_i64s(struct lw_json *j, const char *key, int64_t v)
{
	lw_json_key(j, key);
	lw_json_i64s(j, v);
}

void
lw_json_pair_bool(struct lw_json *j, const char *key, bool v)
{
	lw_json_key(j, key);
	lw_json_bool(j, v);
}

void
lw_json_pair_time(struct lw_json *j, const char *key, int64_t realtime_us)
{
	time_t seconds = realtime_us / 1000000;
	char date[sizeof("2026-11-21T20:00:00")];
	struct tm tm;

	/* RFC 3339 has four digits for the year. */
	if (realtime_us < 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900)
		return;
	strftime(date, sizeof(date), "%FT%T", &tm);
	lw_json_key(j, key);
	json_separate(j);
	lw_text_addf(j->text, "\"%s.%06" PRId64 "Z\"", date, realtime_us % 1000000);
}
