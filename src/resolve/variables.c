#include "resolve/variables.h"

#include <stdio.h>
#include <string.h>

#include "resolve/loads.h"
#include "resolve/offer.h"
#include "resolve/python.h"

#define NAMES_MAX 8 /* replaced in one value: each is looked for in all of the environment */
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* A shell expands it, and so runs the commands that stand in it. */
static void
offer_commands(struct lw_job *job, const char *text)
{
	if (strstr(text, "$(") || strchr(text, '`'))
		lw_offer_code(job, text, strlen(text), true);
}

/* "$NAME" or "${NAME}" at the beginning of text: its value. Returns how much of text it takes. */
static size_t
expand_name(struct lw_job *job, const char *text, char *out, size_t size)
{
	bool braces = text[1] == '{';
	const char *from = &text[1 + braces];
	size_t n = strspn(from, NAME_CHARS);
	char name[LW_ENVIRONMENT_NAME + 1];

	out[0] = '\0';
	if (n == 0 || n >= sizeof(name) || (braces && from[n] != '}'))
		return 0;
	memcpy(name, from, n);
	name[n] = '\0';
	lw_environment_find(&job->x->environment, job->x->memory, name, out, size);
	return 1 + n + 2 * (size_t)braces;
}

/* The names of variables in a path, and its "~/", as a shell replaces them; no other expansion. */
static void
expand(struct lw_job *job, const char *text, char *out, size_t size)
{
	size_t used = 0;
	unsigned names = 0;

	if (text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
		lw_copy_string(out, size, lw_environment_get(&job->x->environment, "HOME"));
		used = strlen(out);
		text = &text[1];
	}
	while (*text && used + 1 < size) {
		bool name = *text == '$' && names++ < NAMES_MAX;
		size_t n = name ? expand_name(job, text, &out[used], size - used) : 0;

		if (n > 0) {
			used += strlen(&out[used]);
			text = &text[n];
		} else {
			out[used++] = *text;
			text = &text[1];
		}
	}
	out[used] = '\0';
}

static void
offer_expanded(struct lw_job *job, const char *text)
{
	char path[LW_PLACE_PATH];

	offer_commands(job, text);
	expand(job, text, path, sizeof(path));
	lw_offer_file(job, path);
}

/* Code, or the name of its file behind a '@'. */
static void
offer_code_value(struct lw_job *job, const struct lw_value *value)
{
	struct lw_execution_reader *x = job->x;
	const char *code = value->text;
	size_t length = strlen(code);
	bool whole = true;

	if (code[0] == '@') {
		lw_offer_file(job, &code[1]);
		return;
	}
	if (value->cut) {
		whole = lw_memory_string(
				x->memory, value->address, x->code, sizeof(x->code), &length) == 0;
		code = x->code;
	}
	lw_offer_code(job, code, length, whole);
}

static void
offer_value(struct lw_job *job, const struct lw_interpreter *i, const struct lw_injection *j,
	const struct lw_value *value)
{
	const char *text = value->text;

	switch (j->kind) {
	case LW_INJECT_FILE:
		offer_expanded(job, text);
		break;
	case LW_INJECT_FOLDER:
		lw_offer_names(job, text, strlen(text), j->names);
		break;
	case LW_INJECT_FOLDERS:
		lw_python_offer_folders(job, text, j->names);
		break;
	case LW_INJECT_CODE:
		offer_code_value(job, value);
		break;
	case LW_INJECT_OPTIONS:
		lw_loads_offer_options(job, i, text);
		break;
	case LW_INJECT_TEXT:
		offer_commands(job, text);
		break;
	case LW_INJECT_FUNCTIONS:
		break;
	}
}

/* A shell without anything to run reads a terminal; a test or a service may fake one. */
static bool
is_interactive(const struct lw_job *job)
{
	const struct lw_argv_plan *plan = &job->x->plan;

	return plan->interactive ||
	       (plan->kind == LW_PLAN_STDIN && job->x->input.type == LW_STDIN_TTY);
}

static bool
is_in_force(const struct lw_job *job, const struct lw_injection *j)
{
	if (lw_argv_has_letter(&job->x->plan, j->ignored))
		return false;
	if (j->when == LW_INJECT_LOGIN)
		return job->x->plan.login || lw_argv_has_letter(&job->x->plan, "l");
	return j->when == LW_INJECT_ALWAYS ||
	       (j->when == LW_INJECT_INTERACTIVE) == is_interactive(job);
}

/* All of them together. */
static void
offer_functions(struct lw_job *job)
{
	const struct lw_environment *e = &job->x->environment;

	lw_offer_code(job, e->functions, e->functions_length, !e->functions_cut);
}

/* Of a variable that is there twice, either can be the one that counts. */
static void
offer_variable(struct lw_job *job, const struct lw_interpreter *i, const struct lw_injection *j)
{
	const struct lw_environment *e = &job->x->environment;
	const struct lw_value *first = lw_environment_first(e, j->variable);
	const struct lw_value *last = lw_environment_last(e, j->variable);

	if (last->text[0])
		offer_value(job, i, j, last);
	if (first != last && first->text[0] && strcmp(first->text, last->text) != 0)
		offer_value(job, i, j, first);
}

void
lw_variables_offer(struct lw_job *job, const struct lw_interpreter *i)
{
	const struct lw_injection *j = i->injections;

	for (; j && j->variable && !lw_offer_is_done(job); j++) {
		if (!is_in_force(job, j))
			continue;
		if (j->kind == LW_INJECT_FUNCTIONS)
			offer_functions(job);
		else
			offer_variable(job, i, j);
	}
}
