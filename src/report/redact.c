#include <errno.h>
#include <regex.h>
#include <string.h>

#include "report/redact.h"
#include "report/secrets.h"

#define MATCHES_MAX 1024 /* of one regular expression in one text */

struct lw_redactor {
	bool enabled;
	size_t count;
	uint64_t deadline_us;
	regex_t patterns[LW_LIST_MAX];
};

/* glibc takes "\1" in extended expressions too, and needs exponential time for it. */
static bool
has_back_reference(const char *pattern)
{
	for (size_t i = 0; pattern[i]; i++) {
		if (pattern[i] != '\\')
			continue;
		i++;
		if (pattern[i] >= '1' && pattern[i] <= '9')
			return true;
		if (!pattern[i])
			break;
	}
	return false;
}

static int
compile(struct lw_redactor *r, const char *pattern, char detail[248])
{
	regex_t *re = &r->patterns[r->count];
	regmatch_t m;
	char why[80];
	int e;

	if (has_back_reference(pattern)) {
		snprintf(detail, 248, "capture.redact_patterns: \"%.120s\": no back-references",
			pattern);
		return -EINVAL;
	}
	e = regcomp(re, pattern, REG_EXTENDED | REG_NEWLINE);
	if (e != 0) {
		regerror(e, re, why, sizeof(why));
		snprintf(detail, 248, "capture.redact_patterns: \"%.120s\": %s", pattern, why);
		return -EINVAL;
	}
	r->count++;
	if (regexec(re, "", 1, &m, 0) == 0) {
		snprintf(detail, 248, "capture.redact_patterns: \"%.120s\": matches the empty text",
			pattern);
		return -EINVAL;
	}
	return 0;
}

int
lw_redactor_new(struct lw_redactor **out, bool enabled, const struct lw_string_list *patterns,
	char detail[248])
{
	_cleanup_(lw_redactor_freep) struct lw_redactor *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->enabled = enabled;
	for (size_t i = 0; enabled && patterns && i < patterns->count && i < LW_LIST_MAX; i++) {
		int e = compile(r, patterns->items[i], detail);

		if (e != 0)
			return e;
	}
	*out = TAKE_PTR(r);
	return 0;
}

struct lw_redactor *
lw_redactor_free(struct lw_redactor *r)
{
	for (size_t i = 0; r && i < r->count; i++)
		regfree(&r->patterns[i]);
	free(r);
	return NULL;
}

void
lw_redactor_freep(struct lw_redactor **r)
{
	*r = lw_redactor_free(*r);
}

void
lw_redactor_begin(struct lw_redactor *r)
{
	r->deadline_us = lw_now_us() + LW_REDACT_BUDGET_US;
}

static bool
late(const struct lw_redactor *r)
{
	return r->deadline_us && lw_now_us() > r->deadline_us;
}

/* The default patterns: copies in to out. */
static bool
redact_known(struct lw_bytes in, struct lw_text *out)
{
	struct lw_range hit;
	size_t at = 0;
	bool changed = false;

	while (lw_secret_find(in.data, in.length, at, &hit)) {
		lw_text_add(out, &in.data[at], hit.start - at);
		lw_text_adds(out, LW_REDACTED);
		at = hit.end;
		changed = true;
	}
	lw_text_add(out, &in.data[at], in.length - at);
	return changed;
}

/* One match of re in [from, end) of s; false when there is none. Never empty. */
static bool
match(const regex_t *re, const char *s, size_t from, size_t end, struct lw_range *hit)
{
	regmatch_t m[1] = {{.rm_so = from, .rm_eo = end}};

	if (regexec(re, s, 1, m, REG_STARTEND) != 0 || m[0].rm_so < 0 || m[0].rm_eo <= m[0].rm_so)
		return false;
	*hit = (struct lw_range){m[0].rm_so, m[0].rm_eo};
	return true;
}

/* The next match at or after `from`, window by window; *stopped when the time was over first. */
static bool
next_match(struct lw_redactor *r, const regex_t *re, struct lw_bytes in, size_t from,
	struct lw_range *hit, bool *stopped)
{
	while (from < in.length) {
		size_t end = LW_MIN(from + LW_REDACT_WINDOW, in.length);

		if (late(r)) {
			*stopped = true;
			return false;
		}
		if (match(re, in.data, from, end, hit)) {
			/* Cut by the window: the rest of the word belongs to it. */
			while (hit->end >= end && hit->end < in.length &&
				(unsigned char)in.data[hit->end] > ' ')
				hit->end++;
			return true;
		}
		if (end == in.length)
			break;
		from = end - LW_REDACT_OVERLAP;
	}
	return false;
}

/* One regular expression: copies in to out; what could not be searched in time is cut off. */
static bool
redact_pattern(struct lw_redactor *r, const regex_t *re, struct lw_bytes in, struct lw_text *out)
{
	struct lw_range hit;
	size_t at = 0;
	unsigned matches = 0;
	bool stopped = false;

	while (next_match(r, re, in, at, &hit, &stopped)) {
		lw_text_add(out, &in.data[at], hit.start - at);
		lw_text_adds(out, LW_REDACTED);
		at = hit.end;
		if (++matches == MATCHES_MAX) {
			stopped = true;
			break;
		}
	}
	if (stopped && at < in.length) {
		lw_text_adds(out, "[REDACTED: not searched in time]");
		return true;
	}
	if (at < in.length)
		lw_text_add(out, &in.data[at], in.length - at);
	return matches > 0;
}

static bool
redact_patterns(struct lw_redactor *r, struct lw_bytes in, struct lw_text *out)
{
	_cleanup_text_ struct lw_text a = {0}, b = {0};
	struct lw_text *from = &a, *to = &b;
	bool changed = false;

	lw_text_init(&a, out->bound);
	lw_text_init(&b, out->bound);
	lw_text_add(from, in.data, in.length);
	for (size_t i = 0; i < r->count; i++) {
		struct lw_text *swap = from;

		lw_text_reset(to);
		if (from->length && redact_pattern(r, &r->patterns[i],
					    (struct lw_bytes){from->data, from->length}, to))
			changed = true;
		from = to;
		to = swap;
	}
	if (from->failed || to->failed)
		out->failed = true;
	else if (from->length)
		lw_text_add(out, from->data, from->length);
	return changed;
}

bool
lw_redact_text(struct lw_redactor *r, struct lw_bytes in, struct lw_text *out)
{
	_cleanup_text_ struct lw_text known = {0};
	bool changed;

	if (!in.data || in.length == 0)
		return false;
	if (!r->enabled) {
		lw_text_add(out, in.data, in.length);
		return false;
	}
	if (r->count == 0)
		return redact_known(in, out);
	lw_text_init(&known, in.length * LW_REDACT_GROWTH + 64);
	changed = redact_known(in, &known);
	if (known.failed)
		out->failed = true;
	return redact_patterns(r, (struct lw_bytes){known.data, known.length}, out) || changed;
}

static void
add_nul(struct lw_text *out)
{
	lw_text_add(out, "", 1);
}

/* Does this flag's value stand in the next argument, and is it secret? */
static bool
hides_next(struct lw_bytes flag)
{
	return flag.length > 1 && flag.data[0] == '-' && !memchr(flag.data, '=', flag.length) &&
	       lw_secret_name(flag.data, flag.length);
}

static bool
takes_credentials(struct lw_bytes flag)
{
	static const char *const flags[] = {"-u", "--user", "--proxy-user"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(flags); i++) {
		if (flag.length == strlen(flags[i]) &&
			memcmp(flag.data, flags[i], flag.length) == 0)
			return true;
	}
	return false;
}

/* "user:password" after curl's -u; "1000:1000" (uid and gid) is none. */
static bool
redact_credentials(struct lw_bytes in, struct lw_text *out)
{
	const char *colon = memchr(in.data, ':', in.length);
	size_t user = colon ? (size_t)(colon - in.data) + 1 : in.length;
	size_t digits = user;

	while (digits < in.length && in.data[digits] >= '0' && in.data[digits] <= '9')
		digits++;
	if (digits == in.length || (digits + 1 < in.length && memcmp(&in.data[user], "//", 2) == 0))
		return false; /* ids, or a URL */
	lw_text_add(out, in.data, user);
	lw_text_adds(out, LW_REDACTED);
	return true;
}

/* The arguments of one command, as far as they were read. */
struct command {
	struct lw_bytes list;
	struct lw_bytes program;
	bool next; /* the flag before says that a password follows */
};

/* What a flag of this program alone says is a password. */
static bool
redact_program_flag(
	struct command *c, struct lw_bytes item, struct lw_bytes before, struct lw_text *out)
{
	bool announced = c->next;
	size_t glued;

	c->next = false;
	if (announced && item.length > 0 && item.data[0] != '-') {
		lw_text_adds(out, LW_REDACTED);
		return true;
	}
	if (!before.data || item.length < 2)
		return false;
	glued = lw_secret_flag(c->program.data, c->program.length, c->list.data,
		item.data - c->list.data, item.data, item.length, &c->next);
	if (glued == 0)
		return false;
	lw_text_add(out, item.data, glued);
	lw_text_adds(out, LW_REDACTED);
	return true;
}

bool
lw_redact_arguments(struct lw_redactor *r, struct lw_bytes list, struct lw_text *out)
{
	struct command command = {.list = list};
	struct lw_bytes item, before = {0};
	bool changed = false;

	for (size_t at = 0; lw_bytes_next(list, &at, &item); before = item) {
		if (!before.data)
			command.program = item;
		if (r->enabled && redact_program_flag(&command, item, before, out)) {
			changed = true;
		} else if (r->enabled && before.data && item.length && item.data[0] != '-' &&
			   hides_next(before)) {
			lw_text_adds(out, LW_REDACTED);
			changed = true;
		} else if (r->enabled && before.data && takes_credentials(before) &&
			   redact_credentials(item, out)) {
			changed = true;
		} else if (lw_redact_text(r, item, out)) {
			changed = true;
		}
		add_nul(out);
	}
	return changed;
}

bool
lw_redact_environment(struct lw_redactor *r, struct lw_bytes list, struct lw_text *out)
{
	struct lw_bytes item;
	bool changed = false;

	for (size_t at = 0; lw_bytes_next(list, &at, &item);) {
		const char *equals = memchr(item.data, '=', item.length);
		size_t name = equals ? (size_t)(equals - item.data) : 0;

		if (r->enabled && name && name + 1 < item.length &&
			lw_secret_name(item.data, name)) {
			lw_text_add(out, item.data, name + 1);
			lw_text_adds(out, LW_REDACTED);
			changed = true;
		} else if (lw_redact_text(r, item, out)) {
			changed = true;
		}
		add_nul(out);
	}
	return changed;
}
