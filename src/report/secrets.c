#include <assert.h>
#include <string.h>
#include <strings.h>

#include "report/secrets.h"

#define NAME_MAX_LENGTH 64 /* of a key before "=" or ":" */
#define URL_USER_MAX 512 /* bytes of "user:password@" */
#define JWT_MIN 32
#define BEARER_MIN 16
#define CRYPT_MIN 20
#define WEBHOOK_MIN 16
#define NETRC_BACK 96 /* bytes before "password" in which "login" stands */
#define COMMAND_BACK 256 /* bytes of a command before its flag */
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
is_dash(unsigned char c)
{
	return c == '-';
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

static bool
find_issued(struct text t, size_t at, struct lw_range *out)
{
	size_t n = starts_word(t, at) ? lw_secret_token(&t.s[at], t.length - at) : 0;

	*out = (struct lw_range){at, at + n};
	return n > 0;
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
	if (end < t.length && end > from && t.s[end] == ' ') {
		from = skip_blanks(t, end);
		end = run_of(t, from, is_base64);
		if (end == from)
			return false;
	} else {
		/* No scheme: a bare token, of some length. */
		end = run_of(t, from, is_base64);
		if (end - from < BEARER_MIN)
			return false;
	}
	*out = (struct lw_range){from, end};
	return true;
}

/* "Cookie: NAME=...", "Set-Cookie: ...": sessions are in them, up to the end of line or quote. */
static bool
find_cookie(struct text t, size_t at, struct lw_range *out)
{
	size_t from, end;

	if (!has_at(t, at, "cookie: "))
		return false;
	from = end = at + strlen("cookie: ");
	while (end < t.length && end - from < NAME_MAX_LENGTH && is_name(t.s[end]))
		end++;
	if (end == from || end >= t.length || t.s[end] != '=')
		return false;
	while (end < t.length && t.s[end] >= ' ' && t.s[end] != '"' && t.s[end] != '\'')
		end++;
	*out = (struct lw_range){from, end};
	return true;
}

/* The hash of a password, as crypt(5) has it: "$6$salt$hash". */
static bool
find_crypt(struct text t, size_t at, struct lw_range *out)
{
	static const char *const methods[] = {"$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$",
		"$7$", "$gy$", "$argon2i$", "$argon2id$", "$apr1$"};
	size_t end = at;

	for (size_t i = 0; i < LW_ARRAY_SIZE(methods) && end == at; i++)
		if (has_exactly_at(t, at, methods[i]))
			end += strlen(methods[i]);
	if (end == at)
		return false;
	while (end < t.length && (is_base64(t.s[end]) || t.s[end] == '$' || t.s[end] == ','))
		end++;
	*out = (struct lw_range){at, end};
	return end - at >= CRYPT_MIN;
}

/* What comes behind these is a secret by itself. */
static bool
find_webhook(struct text t, size_t at, struct lw_range *out)
{
	static const char *const places[] = {"/hooks.slack.com/services/",
		"/discord.com/api/webhooks/", "/discordapp.com/api/webhooks/",
		"/api.telegram.org/bot", ".webhook.office.com/webhookb2/"};
	size_t from = 0, end;

	for (size_t i = 0; i < LW_ARRAY_SIZE(places) && from == 0; i++)
		if (has_at(t, at, places[i]))
			from = at + strlen(places[i]);
	if (from == 0)
		return false;
	for (end = from;
		end < t.length && (is_base64(t.s[end]) || t.s[end] == ':' || t.s[end] == '@');
		end++)
		;
	/* Of a bot's address the method behind the token says what was done. */
	if (has_at(t, at, "/api.telegram.org/bot")) {
		const char *slash = memchr(&t.s[from], '/', end - from);

		end = slash ? (size_t)(slash - t.s) : end;
	}
	*out = (struct lw_range){from, end};
	return end - from >= WEBHOOK_MIN;
}

/* "login NAME password VALUE" of netrc(5). */
static bool
find_netrc(struct text t, size_t at, struct lw_range *out)
{
	size_t back = at > NETRC_BACK ? at - NETRC_BACK : 0, from;

	if (!starts_word(t, at) || !has_exactly_at(t, at, "password") ||
		!memmem(&t.s[back], at - back, "login ", strlen("login ")))
		return false;
	from = skip_blanks(t, at + strlen("password"));
	return from > at + strlen("password") && bare_value(t, from, 1, out);
}

/* A private key block; one without an end reaches to the end of the text. */
static bool
find_private_key(struct text t, size_t at, struct lw_range *out)
{
	static const char tail[] = "PRIVATE KEY";
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
	end += has_exactly_at(t, end, " BLOCK") ? strlen(" BLOCK") : 0;
	if (!has_exactly_at(t, end, "-----"))
		return false;
	end += strlen("-----");
	stop = end < t.length ? memmem(&t.s[end], t.length - end, tail, strlen(tail)) : NULL;
	*out = (struct lw_range){at, t.length};
	if (stop) {
		end = (size_t)(stop - t.s) + strlen(tail);
		end += has_exactly_at(t, end, " BLOCK") ? strlen(" BLOCK") : 0;
		out->end = run_of(t, end, is_dash);
	}
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

static bool
is_command_end(unsigned char c)
{
	return c && strchr(";|&\n(){}`\"'", c);
}

/* The beginning of the command that the place is in, no further back than COMMAND_BACK. */
static size_t
command_start(struct text t, size_t at)
{
	size_t least = at > COMMAND_BACK ? at - COMMAND_BACK : 0;

	while (at > least && !is_command_end(t.s[at - 1]))
		at--;
	while (at < t.length && (t.s[at] == ' ' || t.s[at] == '\t'))
		at++;
	return at;
}

static size_t
word_end(struct text t, size_t at)
{
	while (at < t.length && t.s[at] > ' ' && !is_command_end(t.s[at]))
		at++;
	return at;
}

static bool
is_wrapper(const char *word, size_t length)
{
	static const char *const wrappers[] = {"sudo", "exec", "env", "nohup", "time", "command"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(wrappers); i++)
		if (length == strlen(wrappers[i]) && memcmp(word, wrappers[i], length) == 0)
			return true;
	return false;
}

/* "mysql -uroot -pVALUE" within a text: the flag's meaning is the program's. */
static bool
find_program_flag(struct text t, size_t at, struct lw_range *out)
{
	size_t start, program, end, glued;
	bool next;

	if (at == 0 || (t.s[at - 1] != ' ' && t.s[at - 1] != '\t'))
		return false;
	start = command_start(t, at);
	program = word_end(t, start);
	while (program < at && is_wrapper(&t.s[start], program - start)) {
		start = skip_blanks(t, program);
		program = word_end(t, start);
	}
	if (program >= at)
		return false;
	end = word_end(t, at);
	glued = lw_secret_flag(
		&t.s[start], program - start, &t.s[start], at - start, &t.s[at], end - at, &next);
	if (glued > 0) {
		*out = (struct lw_range){at + glued, end};
		return t.s[out->start] != '$';
	}
	if (!next)
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
	{"AGHNPSadfghklnprswxy1c", find_issued},
	{"e", find_jwt},
	{"bB", find_bearer},
	{"aA", find_authorization},
	{":", find_url_password},
	{"=:", find_assignment},
	{"-", find_flag},
	{"-/", find_program_flag},
	{"cC", find_cookie},
	{"$", find_crypt},
	{"/.", find_webhook},
	{"p", find_netrc},
};

/* By byte: the scanners that can begin there, a bit each. */
static void
mark_triggers(uint16_t triggers[256])
{
	static_assert(LW_ARRAY_SIZE(scanners) <= 16, "a bit for each scanner");
	memset(triggers, 0, 256 * sizeof(*triggers));
	for (size_t i = 0; i < LW_ARRAY_SIZE(scanners); i++)
		for (const char *c = scanners[i].triggers; *c; c++)
			triggers[(unsigned char)*c] |= 1 << i;
}

bool
lw_secret_find(const char *s, size_t length, size_t from, struct lw_range *out)
{
	struct text t = {s, length};
	uint16_t triggers[256];

	mark_triggers(triggers);
	for (size_t at = from; at < length; at++) {
		unsigned bits = triggers[(unsigned char)s[at]];

		for (; bits; bits &= bits - 1)
			if (scanners[__builtin_ctz(bits)].find(t, at, out) && out->start >= from)
				return true;
	}
	return false;
}
