#include <string.h>
#include <strings.h>

#include "report/secrets.h"

#define NAME_MAX_LENGTH 64 /* of a key before "=" or ":" */
#define URL_USER_MAX 512 /* bytes of "user:password@" */
#define JWT_MIN 32
#define BEARER_MIN 16
#define SCHEME_MAX 16 /* "Basic", "Bearer", "AWS4-HMAC-SHA256" has no plain value */

struct text {
	const char *s;
	size_t length;
};

/* What may stand in a token, by ASCII. Not isalnum: that follows the locale. */
static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_word(unsigned char c)
{
	return is_alnum(c) || c == '_' || c == '-';
}

static bool
is_base64(unsigned char c)
{
	return is_word(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

static bool
is_name(unsigned char c)
{
	return is_word(c) || c == '.';
}

/* Ends a value that has no quotes. */
static bool
ends_value(unsigned char c)
{
	return c <= ' ' || c == 0x7f || strchr("\"'`;,&|<>()", c) != NULL;
}

static size_t
run_of(struct text t, size_t at, bool (*is)(unsigned char))
{
	size_t end = at;

	while (end < t.length && is(t.s[end]))
		end++;
	return end;
}

static bool
has_at(struct text t, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= t.length && n <= t.length - at && strncasecmp(&t.s[at], word, n) == 0;
}

static bool
has_exactly_at(struct text t, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= t.length && n <= t.length - at && memcmp(&t.s[at], word, n) == 0;
}

static bool
starts_word(struct text t, size_t at)
{
	return at == 0 || !is_word(t.s[at - 1]);
}

static size_t
skip_blanks(struct text t, size_t at)
{
	while (at < t.length && (t.s[at] == ' ' || t.s[at] == '\t'))
		at++;
	return at;
}

bool
lw_secret_name(const char *name, size_t length)
{
	static const char *const words[] = {
		"password",
		"passwd",
		"passphrase",
		"passcode",
		"secret",
		"token",
		"apikey",
		"api_key",
		"api-key",
		"accesskey",
		"access_key",
		"access-key",
		"privatekey",
		"private_key",
		"private-key",
		"credential",
		"auth_key",
		"encryption_key",
		"signing_key",
		"sessionid",
		"session_id",
	};
	struct text t = {name, LW_MIN(length, (size_t)NAME_MAX_LENGTH)};

	for (size_t at = 0; at < t.length; at++) {
		for (size_t w = 0; w < LW_ARRAY_SIZE(words); w++) {
			if (has_at(t, at, words[w]) && !has_at(t, at, "tokeniz") &&
				!has_at(t, at, "secretar"))
				return true;
		}
	}
	return (t.length >= 3 && has_at(t, t.length - 3, "pwd") && t.length > 3) ||
	       (t.length >= 5 && has_at(t, t.length - 5, "_pass"));
}

/* Tokens that their issuers gave a prefix, so that they can be found. */
struct issued {
	const char *prefix;
	uint8_t least; /* characters after the prefix */
	bool fixed; /* exactly `least`: more means something else */
};

static const struct issued issued_tokens[] = {
	{"AKIA", 16, true},
	{"ASIA", 16, true},
	{"ABIA", 16, true},
	{"ACCA", 16, true},
	{"ghp_", 36, false},
	{"gho_", 36, false},
	{"ghu_", 36, false},
	{"ghs_", 36, false},
	{"ghr_", 36, false},
	{"github_pat_", 22, false},
	{"glpat-", 20, false},
	{"glptt-", 20, false},
	{"gldt-", 20, false},
	{"xoxb-", 10, false},
	{"xoxa-", 10, false},
	{"xoxp-", 10, false},
	{"xoxr-", 10, false},
	{"xoxs-", 10, false},
	{"xoxe-", 10, false},
	{"xapp-", 10, false},
	{"AIza", 35, true},
	{"sk_live_", 16, false},
	{"rk_live_", 16, false},
	{"npm_", 36, false},
	{"dop_v1_", 40, false},
	{"pypi-AgE", 40, false},
};

static bool
find_issued(struct text t, size_t at, struct lw_range *out)
{
	if (!starts_word(t, at))
		return false;
	for (size_t i = 0; i < LW_ARRAY_SIZE(issued_tokens); i++) {
		const struct issued *k = &issued_tokens[i];
		size_t from = at + strlen(k->prefix), end;

		if (!has_exactly_at(t, at, k->prefix))
			continue;
		end = run_of(t, from, is_word);
		if (end - from < k->least || (k->fixed && end - from != k->least))
			return false;
		*out = (struct lw_range){at, end};
		return true;
	}
	return false;
}

/* Three base64url parts; the first is JSON, so it begins with "eyJ". */
static bool
find_jwt(struct text t, size_t at, struct lw_range *out)
{
	size_t end;

	if (!starts_word(t, at) || !has_exactly_at(t, at, "eyJ"))
		return false;
	end = run_of(t, at, is_word);
	if (end >= t.length || t.s[end] != '.' || end + 1 >= t.length || !is_word(t.s[end + 1]))
		return false;
	end = run_of(t, end + 1, is_word);
	if (end < t.length && t.s[end] == '.')
		end = run_of(t, end + 1, is_word);
	if (end - at < JWT_MIN)
		return false;
	*out = (struct lw_range){at, end};
	return true;
}

/* "Bearer TOKEN" wherever it stands. */
static bool
find_bearer(struct text t, size_t at, struct lw_range *out)
{
	size_t from, end;

	if (!starts_word(t, at) || !has_at(t, at, "bearer "))
		return false;
	from = skip_blanks(t, at + strlen("bearer "));
	end = run_of(t, from, is_base64);
	if (end - from < BEARER_MIN)
		return false;
	*out = (struct lw_range){from, end};
	return true;
}

/* "Authorization: SCHEME VALUE", also as "Authorization": "SCHEME VALUE". */
static bool
find_authorization(struct text t, size_t at, struct lw_range *out)
{
	size_t from, end;

	if (!has_at(t, at, "authorization"))
		return false;
	from = at + strlen("authorization");
	while (from < t.length && t.s[from] && strchr("\"' :=\t", t.s[from]))
		from++;
	for (end = from; end < t.length && end - from < SCHEME_MAX && is_alnum(t.s[end]); end++)
		;
	if (end == from || end >= t.length || t.s[end] != ' ')
		return false;
	from = skip_blanks(t, end);
	end = run_of(t, from, is_base64);
	if (end == from)
		return false;
	*out = (struct lw_range){from, end};
	return true;
}

/* A private key block; one without an end reaches to the end of the text. */
static bool
find_private_key(struct text t, size_t at, struct lw_range *out)
{
	static const char tail[] = "PRIVATE KEY-----";
	size_t head = at + strlen("-----BEGIN "), end;
	const char *stop;

	if (!has_exactly_at(t, at, "-----BEGIN "))
		return false;
	end = head;
	while (end < t.length && end - head < 32 && !has_exactly_at(t, end, tail) &&
		t.s[end] >= ' ' && t.s[end] != '-')
		end++;
	if (!has_exactly_at(t, end, tail))
		return false;
	end += strlen(tail);
	stop = end < t.length ? memmem(&t.s[end], t.length - end, tail, strlen(tail)) : NULL;
	*out = (struct lw_range){at, stop ? (size_t)(stop - t.s) + strlen(tail) : t.length};
	return true;
}

/* scheme://user:PASSWORD@host */
static bool
find_url_password(struct text t, size_t at, struct lw_range *out)
{
	size_t from = 0, i;

	if (!has_exactly_at(t, at, "://"))
		return false;
	at += 3;
	for (i = at; i < t.length && i - at < URL_USER_MAX; i++) {
		unsigned char c = t.s[i];

		if (c == '@')
			break;
		if (c <= ' ' || c == '/' || c == '"' || c == '\'' || c == '<' || c == '>')
			return false;
		if (c == ':' && from == 0)
			from = i + 1;
	}
	if (i >= t.length || t.s[i] != '@' || from == 0 || from == i)
		return false;
	*out = (struct lw_range){from, i};
	return true;
}

/* Start of the name that ends right before `end`: its quote and blanks are stepped over. */
static bool
name_before(struct text t, size_t end, struct lw_range *name)
{
	size_t start, least = end > NAME_MAX_LENGTH ? end - NAME_MAX_LENGTH : 0;

	while (end > least && (t.s[end - 1] == ' ' || t.s[end - 1] == '\t'))
		end--;
	if (end > least && (t.s[end - 1] == '"' || t.s[end - 1] == '\'' || t.s[end - 1] == ']'))
		end--;
	if (end > least && (t.s[end - 1] == '"' || t.s[end - 1] == '\''))
		end--;
	for (start = end; start > least && is_name(t.s[start - 1]); start--)
		;
	*name = (struct lw_range){start, end};
	return start < end;
}

/* The value between quotes; one that is not closed ends with the line. A reference ("$X", "${X}")
 * is no secret. */
static bool
quoted_value(struct text t, size_t at, struct lw_range *out)
{
	char quote = t.s[at];
	size_t end = at + 1;

	if (end < t.length && t.s[end] == '$')
		return false;
	while (end < t.length && t.s[end] != quote && t.s[end] != '\n') {
		if (t.s[end] == '\\' && end + 1 < t.length && t.s[end + 1] != '\n')
			end++;
		end++;
	}
	*out = (struct lw_range){at + 1, LW_MIN(end, t.length)};
	return out->end > out->start;
}

static bool
bare_value(struct text t, size_t at, size_t least, struct lw_range *out)
{
	size_t end = at;

	if (at >= t.length || t.s[at] == '$' || t.s[at] == '{' || t.s[at] == '[')
		return false;
	while (end < t.length && !ends_value(t.s[end]))
		end++;
	*out = (struct lw_range){at, end};
	return end - at >= least;
}

/*
 * NAME=value, NAME = "value", "NAME": "value", NAME: value. A bare value after " = " is code in
 * most languages (token = get()), and stays.
 */
static bool
find_assignment(struct text t, size_t at, struct lw_range *out)
{
	struct lw_range name;
	size_t value = skip_blanks(t, at + 1);
	bool blanks = value != at + 1 || (at > 0 && (t.s[at - 1] == ' ' || t.s[at - 1] == '\t'));

	if (value >= t.length || t.s[value] == '=' || !name_before(t, at, &name))
		return false;
	if (!lw_secret_name(&t.s[name.start], name.end - name.start))
		return false;
	if (t.s[value] == '"' || t.s[value] == '\'')
		return quoted_value(t, value, out);
	if (t.s[at] == '=')
		return !blanks && bare_value(t, value, 1, out);
	return t.s[value] != '/' && bare_value(t, value, 6, out);
}

/* "--password VALUE" within a text. */
static bool
find_flag(struct text t, size_t at, struct lw_range *out)
{
	size_t name = at + 2, end;

	if (!has_exactly_at(t, at, "--") || !starts_word(t, at))
		return false;
	end = LW_MIN(run_of(t, name, is_name), name + NAME_MAX_LENGTH);
	if (end >= t.length || t.s[end] != ' ' || !lw_secret_name(&t.s[name], end - name))
		return false;
	end = skip_blanks(t, end);
	if (end >= t.length || t.s[end] == '-')
		return false;
	return t.s[end] == '"' || t.s[end] == '\'' ? quoted_value(t, end, out)
						   : bare_value(t, end, 1, out);
}

struct scanner {
	const char *triggers; /* bytes at which it can begin */
	bool (*find)(struct text t, size_t at, struct lw_range *out);
};

static const struct scanner scanners[] = {
	{"-", find_private_key},
	{"AagxsrndpG", find_issued},
	{"e", find_jwt},
	{"bB", find_bearer},
	{"aA", find_authorization},
	{":", find_url_password},
	{"=:", find_assignment},
	{"-", find_flag},
};

bool
lw_secret_find(const char *s, size_t length, size_t from, struct lw_range *out)
{
	struct text t = {s, length};

	for (size_t at = from; at < length; at++) {
		for (size_t i = 0; i < LW_ARRAY_SIZE(scanners); i++) {
			if (s[at] && strchr(scanners[i].triggers, s[at]) &&
				scanners[i].find(t, at, out) && out->start >= from)
				return true;
		}
	}
	return false;
}
