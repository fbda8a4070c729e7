/*
 * pattern: is a regular expression one that report can run over hostile text at a bounded cost?
 *
 * glibc's regcomp(3) unrolls counted repetitions, nested ones by their product, and matches
 * back-references by trying; so the unrolled size is computed first and bounded, and
 * back-references are refused.
 */
#include <regex.h>
#include <string.h>

#include "policy/load.h"

#define PATTERN_MAX 512 /* bytes */
#define UNROLLED_MAX 512 /* atoms: "(x?){n}" costs regexec(3) memory by their square */
#define GROUPS_MAX 16 /* depth */

struct walk {
	const char *at;
	size_t sums[GROUPS_MAX + 1]; /* atoms so far, of each open group */
	size_t depth;
	size_t last; /* atoms of what a repetition would repeat */
	const char *wrong;
};

static void
walk_add(struct walk *w, size_t atoms)
{
	w->last = atoms;
	w->sums[w->depth] += atoms;
	if (w->sums[w->depth] > UNROLLED_MAX)
		w->wrong = "repeats too much";
}

/* The glibc way of "x+" is "xx*": it doubles, as "{n,}" adds one. */
static void
walk_repeat(struct walk *w, size_t times)
{
	if (times > UNROLLED_MAX)
		w->wrong = "repeats too much";
	else if (times > 1)
		walk_add(w, w->last * times);
}

/*
 * "[...]": a "]" right behind "[" or "[^" is one of the set, and so is one in [:class:], [.x.],
 * [=x=].
 */
static const char *
class_end(const char *at)
{
	const char end[] = {at[1], ']', 0};

	return at[0] == '[' && at[1] && strchr(":.=", at[1]) ? strstr(at + 2, end) : NULL;
}

static void
walk_bracket(struct walk *w)
{
	w->at++;
	w->at += *w->at == '^';
	w->at += *w->at == ']';
	while (*w->at && *w->at != ']') {
		const char *close = class_end(w->at);

		w->at = close ? close + 2 : w->at + 1;
	}
	w->at += *w->at == ']';
	walk_add(w, 1);
}

static void
walk_count(struct walk *w)
{
	unsigned long low = 0, high = 0;
	char *end;

	low = strtoul(w->at + 1, &end, 10);
	high = *end == ',' ? strtoul(end + 1, &end, 10) : low;
	w->at = *end == '}' ? end + 1 : w->at + 1;
	walk_repeat(w, LW_MAX(high, LW_MIN(low, UNROLLED_MAX) + 1));
}

static void
walk_group(struct walk *w, bool open)
{
	size_t sum = w->sums[w->depth];

	w->at++;
	if (open && w->depth == GROUPS_MAX) {
		w->wrong = "nests too many groups";
	} else if (open) {
		w->sums[++w->depth] = 0;
		w->last = 0;
	} else if (w->depth > 0) {
		w->depth--;
		walk_add(w, sum + 1);
	}
}

static void
walk_escape(struct walk *w)
{
	if (w->at[1] >= '1' && w->at[1] <= '9')
		w->wrong = "has a back-reference";
	w->at += w->at[1] ? 2 : 1;
	walk_add(w, 1);
}

static void
walk_step(struct walk *w)
{
	switch (*w->at) {
	case '[':
		walk_bracket(w);
		break;
	case '*':
	case '?':
		w->at++;
		break;
	case '+':
		w->at++;
		walk_repeat(w, 2);
		break;
	case '{':
		walk_count(w);
		break;
	case '(':
	case ')':
		walk_group(w, *w->at == '(');
		break;
	case '\\':
		walk_escape(w);
		break;
	default:
		w->at++;
		walk_add(w, 1);
	}
}

const char *
lw_pattern_check(const char *pattern)
{
	struct walk w = {.at = pattern};
	regex_t compiled;

	if (strlen(pattern) > PATTERN_MAX)
		return "is longer than 512 bytes";
	while (*w.at && !w.wrong)
		walk_step(&w);
	if (w.wrong)
		return w.wrong;
	if (regcomp(&compiled, pattern, REG_EXTENDED) != 0)
		return "is no POSIX extended regular expression";
	if (regexec(&compiled, "", 0, NULL, 0) == 0)
		w.wrong = "matches the empty text";
	regfree(&compiled);
	return w.wrong;
}
