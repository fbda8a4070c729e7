#include "rules/regex_literal.h"

#include <string.h>

struct search {
	const char *text;
	size_t length, at;
	uint8_t run[LW_REGEX_LITERAL_MAX], best[LW_REGEX_LITERAL_MAX];
	size_t run_length, best_length;
	bool unknown;
};

static void
end_run(struct search *s)
{
	if (s->run_length > s->best_length) {
		memcpy(s->best, s->run, s->run_length);
		s->best_length = s->run_length;
	}
	s->run_length = 0;
}

static char
peek(const struct search *s, size_t ahead)
{
	return s->at + ahead < s->length ? s->text[s->at + ahead] : '\0';
}

/* Past a class, "]" as its first member is one. */
static void
skip_class(struct search *s)
{
	size_t begin = ++s->at;

	if (peek(s, 0) == '^')
		begin = ++s->at;
	while (s->at < s->length && (s->text[s->at] != ']' || s->at == begin)) {
		/* "[[:alpha:]]" and its kind have brackets within */
		if (s->text[s->at] == '[' && strchr(":.=", peek(s, 1)) && peek(s, 1) != '\0')
			s->unknown = true;
		if (s->text[s->at] == '\\' && peek(s, 1) == 'Q')
			s->unknown = true;
		s->at += s->text[s->at] == '\\' ? 2 : 1;
	}
	s->at++;
}

/* A group that only groups. */
static bool
is_group(const struct search *s)
{
	return peek(s, 1) != '*' && (peek(s, 1) != '?' || peek(s, 2) == ':');
}

/* Past a group with all that is in it. */
static void
skip_group(struct search *s)
{
	unsigned depth = 0;

	while (s->at < s->length && !s->unknown) {
		char c = s->text[s->at];

		if (c == '[') {
			skip_class(s);
			continue;
		}
		if (c == '\\') {
			s->unknown = peek(s, 1) == 'Q';
			s->at += 2;
			continue;
		}
		if (c == '(')
			s->unknown = s->unknown || !is_group(s);
		depth += c == '(';
		depth -= c == ')';
		s->at++;
		if (depth == 0)
			return;
	}
}

/* "?", "*", "+", "{n,m}" after an element. Returns whether it may be missing. */
static bool
quantified(struct search *s, bool *any)
{
	char c = peek(s, 0);

	*any = c == '?' || c == '*' || c == '+' || c == '{';
	return c == '?' || c == '*' || c == '{';
}

/* Past quantifiers; also the lazy and possessive second sign. */
static void
skip_quantifier(struct search *s)
{
	while (s->at < s->length && strchr("?*+", s->text[s->at]))
		s->at++;
	if (peek(s, 0) != '{')
		return;
	s->at++;
	while (s->at < s->length && strchr("0123456789,", s->text[s->at]))
		s->at++;
	s->unknown = s->unknown || peek(s, 0) != '}';
	s->at++;
	while (s->at < s->length && strchr("?+", s->text[s->at]))
		s->at++;
}

static void
take_character(struct search *s, char c)
{
	bool any, optional = quantified(s, &any);

	if (!optional) {
		if (s->run_length == LW_REGEX_LITERAL_MAX)
			end_run(s);
		s->run[s->run_length++] = c;
	}
	if (any)
		end_run(s);
	skip_quantifier(s);
}

static void
take_escape(struct search *s)
{
	char c = peek(s, 1);

	s->at += 2;
	if (c == '\0' || strchr("QExocpPNgkK0123456789", c)) {
		s->unknown = true;
	} else if (((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
		end_run(s);
		skip_quantifier(s);
	} else {
		take_character(s, c);
	}
}

static void
take_element(struct search *s)
{
	char c = s->text[s->at];

	if (c == '\\') {
		take_escape(s);
		return;
	}
	if (c == '|' || (c == '(' && !is_group(s))) {
		s->unknown = true;
		return;
	}
	if (!strchr("([.^$", c)) {
		s->at++;
		take_character(s, c);
		return;
	}
	end_run(s);
	if (c == '(')
		skip_group(s);
	else if (c == '[')
		skip_class(s);
	else
		s->at++;
	skip_quantifier(s);
}

size_t
lw_regex_literal_of(const char *text, size_t length, uint8_t out[LW_REGEX_LITERAL_MAX])
{
	struct search s = {.text = text, .length = length};

	for (size_t i = 0; i < length; i++)
		s.unknown = s.unknown || (unsigned char)text[i] >= 0x80 || text[i] == '\0';
	while (s.at < s.length && !s.unknown)
		take_element(&s);
	end_run(&s);
	if (s.unknown)
		return 0;
	memcpy(out, s.best, s.best_length);
	return s.best_length;
}
