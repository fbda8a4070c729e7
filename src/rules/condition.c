#include "rules/condition.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#define WORD_SIZE 128

struct parser {
	const char *at;
	char word[WORD_SIZE]; /* the token in hand: "(", ")", "|" or a word; "" = the end */
	bool refused;
	unsigned depth;
	const struct lw_selection_name *selections;
	size_t count;
	struct lw_exprs *exprs;
	char *reason;
};

static int _printf_(2, 3) refuse(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->reason, LW_RULE_REASON_SIZE, fmt, ap);
	va_end(ap);
	return 1;
}

#define SPACES " \t\r\n"
#define SIGNS "()|"

static int
next(struct parser *p)
{
	size_t length;

	p->at += strspn(p->at, SPACES);
	length = *p->at && strchr(SIGNS, *p->at) ? 1 : strcspn(p->at, SPACES SIGNS);
	if (length >= WORD_SIZE)
		return refuse(p, "a word of more than %d bytes", WORD_SIZE - 1);
	memcpy(p->word, p->at, length);
	p->word[length] = '\0';
	p->at += length;
	if (p->word[0] == '|')
		return refuse(p, "\"|\": aggregations are not supported");
	return 0;
}

static bool
is_word(const struct parser *p, const char *word)
{
	return strcasecmp(p->word, word) == 0;
}

/* "selection*": "*" is any run; linear, as lw_glob_match, but without its "?" and "\". */
static bool
matches(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++resume;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static int
refer(struct parser *p, uint32_t node, uint32_t *out)
{
	return lw_expr_add(p->exprs, LW_EXPR_REF, node, out);
}

static int
parse_name(struct parser *p, uint32_t *out)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->selections[i].name, p->word) != 0)
			continue;
		int r = refer(p, p->selections[i].node, out);

		return r == 0 ? next(p) : r;
	}
	return p->word[0] ? refuse(p, "\"%s\" is no selection of this rule", p->word)
			  : refuse(p, "a selection is missing at the end");
}

/* Behind "of". */
static int
parse_what(struct parser *p, enum lw_expr_kind kind, uint32_t *out)
{
	bool them = is_word(p, "them");
	size_t found = 0;
	int r = lw_expr_add(p->exprs, kind, 0, out);

	for (size_t i = 0; r == 0 && i < p->count; i++) {
		const char *name = p->selections[i].name;
		uint32_t child;

		if (them ? name[0] == '_' : !matches(p->word, name))
			continue;
		r = refer(p, p->selections[i].node, &child);
		if (r == 0)
			lw_expr_attach(p->exprs, *out, child);
		found++;
	}
	if (r == 0 && found == 0)
		return refuse(p, "\"of %s\" means no selection of this rule", p->word);
	return r == 0 ? next(p) : r;
}

/* Is the word in hand followed by "of"? A selection may be called "all". */
static bool
before_of(const struct parser *p)
{
	const char *rest = p->at + strspn(p->at, SPACES);

	return strncasecmp(rest, "of", 2) == 0 && rest[2] && strchr(SPACES, rest[2]);
}

static int
parse_quantifier(struct parser *p, uint32_t *out)
{
	bool all = is_word(p, "all");
	int r;

	if (!all && !is_word(p, "1") && !is_word(p, "any"))
		return refuse(p, "\"%s of\": only \"1 of\" and \"all of\" are supported", p->word);
	r = next(p);
	if (r == 0)
		r = next(p);
	return r == 0 ? parse_what(p, all ? LW_EXPR_AND : LW_EXPR_OR, out) : r;
}

static int parse_or(struct parser *p, uint32_t *out);

static int
parse_group(struct parser *p, uint32_t *out)
{
	int r = next(p);

	if (r == 0)
		r = parse_or(p, out);
	if (r == 0 && p->word[0] != ')')
		return refuse(p, "\")\" is missing before \"%s\"", p->word);
	return r == 0 ? next(p) : r;
}

static int
parse_primary(struct parser *p, uint32_t *out)
{
	if (p->word[0] == '(')
		return parse_group(p, out);
	if (before_of(p))
		return parse_quantifier(p, out);
	return parse_name(p, out);
}

static int
parse_negation(struct parser *p, uint32_t *out)
{
	uint32_t child;
	int r;

	if (++p->depth > LW_RULE_DEPTH_MAX)
		return refuse(p, "nested more than %u deep", LW_RULE_DEPTH_MAX);
	if (!is_word(p, "not")) {
		r = parse_primary(p, out);
	} else {
		r = next(p);
		if (r == 0)
			r = parse_negation(p, &child);
		if (r == 0)
			r = lw_expr_add(p->exprs, LW_EXPR_NOT, 0, out);
		if (r == 0)
			lw_expr_attach(p->exprs, *out, child);
	}
	p->depth--;
	return r;
}

/* Operands with one operator between them; a single one stands for itself. */
static int
parse_chain(struct parser *p, const char *word, enum lw_expr_kind kind,
	int (*operand)(struct parser *p, uint32_t *out), uint32_t *out)
{
	uint32_t child;
	int r = operand(p, out);

	if (r != 0 || !is_word(p, word))
		return r;
	child = *out;
	r = lw_expr_add(p->exprs, kind, 0, out);
	if (r == 0)
		lw_expr_attach(p->exprs, *out, child);
	while (r == 0 && is_word(p, word)) {
		r = next(p);
		if (r == 0)
			r = operand(p, &child);
		if (r == 0)
			lw_expr_attach(p->exprs, *out, child);
	}
	return r;
}

static int
parse_and(struct parser *p, uint32_t *out)
{
	return parse_chain(p, "and", LW_EXPR_AND, parse_negation, out);
}

static int
parse_or(struct parser *p, uint32_t *out)
{
	return parse_chain(p, "or", LW_EXPR_OR, parse_and, out);
}

int
lw_condition_parse(const char *text, const struct lw_selection_name *selections, size_t count,
	struct lw_exprs *exprs, uint32_t *out, char reason[LW_RULE_REASON_SIZE])
{
	struct parser p = {.at = text,
		.selections = selections,
		.count = count,
		.exprs = exprs,
		.reason = reason};
	int r;

	if (strlen(text) > LW_RULE_CONDITION_MAX)
		return refuse(&p, "more than %u bytes", LW_RULE_CONDITION_MAX);
	r = next(&p);
	if (r == 0)
		r = parse_or(&p, out);
	if (r == 0 && p.word[0])
		return refuse(&p, "\"and\" or \"or\" is missing before \"%s\"", p.word);
	return r;
}
