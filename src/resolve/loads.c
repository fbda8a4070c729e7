#include "resolve/loads.h"

#include <stdio.h>
#include <string.h>

#include "resolve/offer.h"

#define WORDS_MAX 64u /* of a variable that holds options */

/* Puts a folder behind those that are there. */
static void
add_include(struct lw_job *job, const char *folder)
{
	char *all = job->x->includes;
	size_t used = strlen(all), room = sizeof(job->x->includes) - used;

	if (snprintf(&all[used], room, "%s%s", used ? ":" : "", folder) >= (int)room)
		all[used] = '\0';
}

void
lw_loads_begin(struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;
	char text[LW_PLACE_PATH];

	job->x->includes[0] = '\0';
	for (unsigned i = 0; i < plan->include_count; i++)
		if (lw_job_part_text(job, plan->includes[i], text))
			add_include(job, text);
}

/* In the folders of a list, with and without the suffix; the first one found. */
static bool
offer_among(struct lw_job *job, const char *folders, const char *name, const char *suffix)
{
	size_t n = strlen(name);

	for (unsigned i = 0; i < LW_OPEN_SEARCH && folders[0]; i++) {
		size_t length = strcspn(folders, ":");

		if (lw_offer_in(job, folders, length, name, n, suffix) ||
			lw_offer_in(job, folders, length, name, n, NULL))
			return true;
		folders = &folders[length + (folders[length] == ':')];
	}
	return false;
}

/* In the folders of each variable; a name that is there twice has two values. */
static bool
offer_by_variables(struct lw_job *job, const struct lw_modules *m, const char *name)
{
	const struct lw_environment *e = &job->x->environment;
	const char *names = m->folders ? m->folders : "";
	char variable[LW_VARIABLE_NAME];
	size_t n;

	for (const char *word = lw_interpreter_word(&names, &n); n > 0;
		word = lw_interpreter_word(&names, &n)) {
		snprintf(variable, sizeof(variable), "%.*s", (int)n, word);
		if (offer_among(job, lw_environment_get(e, variable), name, m->suffix))
			return true;
	}
	return false;
}

/* "Foo::Bar" becomes "Foo/Bar". */
static void
replace_separators(char *name, const char *separator)
{
	size_t n = separator ? strlen(separator) : 0;

	for (char *at = n ? strstr(name, separator) : NULL; at; at = strstr(&at[1], separator)) {
		*at = '/';
		memmove(&at[1], &at[n], strlen(&at[n]) + 1);
	}
}

/* The module's path beneath one of the folders: "perl -MFoo::Bar=x", "-d:Foo", "lua -l x=foo". */
static void
read_name(const struct lw_modules *m, const char *under, const char *text, char *out, size_t size)
{
	const char *equals = m->renamed ? strchr(text, '=') : NULL;

	snprintf(out, size, "%s%s", under ? under : "", equals ? &equals[1] : text);
	/* Names of what to import stand behind it. */
	out[strcspn(out, "=;({ \n")] = '\0';
	replace_separators(out, m->separator);
}

/* "--import data:text/javascript,CODE" and "--import file:///x.mjs". True when it was one. */
static bool
offer_url(struct lw_job *job, const char *text)
{
	static const char data[] = "data:", file[] = "file://";
	const char *comma = strchr(text, ',');

	if (strncmp(text, file, sizeof(file) - 1) == 0)
		return lw_offer_file(job, &text[sizeof(file) - 1]);
	if (strncmp(text, data, sizeof(data) - 1) != 0 || !comma)
		return false;
	lw_offer_code(job, &comma[1], strlen(&comma[1]), true);
	return true;
}

/* A file's path, as it stands there or with the suffix; quotes end it in a setting. */
static bool
offer_path(struct lw_job *job, const struct lw_interpreter *i, const char *text)
{
	size_t n = i->settings ? strcspn(text, "\"';\n") : strlen(text);

	return lw_offer_in(job, "", 0, text, n, i->modules.suffix) ||
	       lw_offer_in(job, "", 0, text, n, NULL);
}

static void
offer_module(
	struct lw_job *job, const struct lw_interpreter *i, const char *under, const char *text)
{
	const struct lw_modules *m = &i->modules;
	char name[LW_PLACE_PATH];

	/* "-M-Foo" loads it, too; the ':' is that of "-dt:Foo". */
	text = &text[m->separator ? strspn(text, "-:") : 0];
	/* perl -M"Foo;code" runs the code. */
	if (m->separator && strpbrk(text, ";({}\"'`<\n"))
		lw_offer_code(job, text, strlen(text), true);
	if (offer_url(job, text))
		return;
	bool path = strchr(text, '/') != NULL;

	if ((path || !m->folders || m->in_cwd) && offer_path(job, i, text))
		return;
	if (path && !m->separator)
		return;
	lw_copy_string(name, sizeof(name), text);
	if (m->separator)
		read_name(m, under, text, name, sizeof(name));
	if ((m->in_cwd && lw_offer_in(job, "", 0, name, strlen(name), m->suffix)) ||
		offer_among(job, job->x->includes, name, m->suffix))
		return;
	offer_by_variables(job, m, name);
}

void
lw_loads_offer(struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;
	char text[LW_PLACE_PATH];

	for (unsigned i = 0; i < plan->load_count && !lw_offer_is_done(job); i++)
		if (lw_job_part_text(job, plan->loads[i].part, text))
			offer_module(job, plan->interpreter, plan->loads[i].under, text);
}

static const char blanks[] = " \t\n";

/* Copies a word and ends it. Returns its length in the value; *length is that of the copy. */
static size_t
copy_word(const char *value, bool quotes, char *out, size_t *length)
{
	bool inside = false;
	size_t at = 0, n = 0;

	for (; value[at] && (inside || !strchr(blanks, value[at])); at++) {
		if (quotes && value[at] == '"') {
			inside = !inside;
			continue;
		}
		at += inside && value[at] == '\\' && value[at + 1];
		out[n++] = value[at];
	}
	out[n] = '\0';
	*length = n;
	return at;
}

/* The words, each with its dash: perl takes "Mstrict" and "- Mstrict", too. */
static size_t
split(const char *value, const struct lw_interpreter *i, char *out, struct lw_argument *words)
{
	bool bare = i->traits & LW_TRAIT_BARE_OPTIONS;
	size_t count = 0, used = 0, at = strspn(value, blanks), n;

	while (value[at] && count < WORDS_MAX) {
		char *word = &out[used];
		bool dash = bare && value[at] != '-';

		word[0] = '-';
		at += copy_word(&value[at], i->traits & LW_TRAIT_QUOTES, &word[dash], &n);
		at += strspn(&value[at], blanks);
		if (bare && strcmp(word, "-") == 0)
			continue;
		words[count++] = (struct lw_argument){word, (uint32_t)(n + dash), false};
		used += n + dash + 1;
	}
	return count;
}

static const char *
text_of(const struct lw_argument *words, struct lw_part part)
{
	return &words[part.argument].text[part.offset];
}

void
lw_loads_offer_options(struct lw_job *job, const struct lw_interpreter *i, const char *value)
{
	char text[LW_ENVIRONMENT_KEPT + 2 * WORDS_MAX];
	struct lw_argument words[WORDS_MAX];
	const struct lw_argv argv = {words, split(value, i, text, words)};
	struct lw_argv_plan plan;

	lw_argv_scan_options(&argv, i, &plan);
	for (unsigned n = 0; n < plan.include_count; n++)
		add_include(job, text_of(words, plan.includes[n]));
	for (unsigned n = 0; n < plan.load_count; n++)
		offer_module(job, i, plan.loads[n].under, text_of(words, plan.loads[n].part));
	if (plan.kind == LW_PLAN_INLINE)
		lw_offer_code(job, value, strlen(value), true);
}
