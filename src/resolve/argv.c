#include <string.h>

#include "layerwatch/interpreter.h"
#include "resolve/dialects.h"

/* Where the scan stands. */
struct scan {
	const struct lw_argument *items;
	size_t count;
	size_t at; /* next argument */
	const struct lw_dialect *dialect;
	struct lw_argv_plan *plan;
	bool code_operand; /* the first operand is code */
	bool input; /* read standard input */
	bool stop; /* the rest belongs to the code */
	bool quit; /* nothing runs */
};

/* One word being taken apart. */
struct word {
	const char *text;
	uint32_t length;
	uint32_t at; /* next character */
	uint16_t argument; /* which one it is */
};

static bool
has_letter(const char *letters, char c)
{
	return letters && c && strchr(letters, c);
}

static void
add_part(struct scan *s, enum lw_plan_kind kind, uint16_t argument, uint32_t offset)
{
	struct lw_argv_plan *plan = s->plan;

	/* A file beside code: the file is what the arguments do not show. */
	if (plan->kind == LW_PLAN_FILE && kind == LW_PLAN_INLINE)
		return;
	if (plan->kind != kind)
		plan->part_count = 0;
	plan->kind = kind;
	if (plan->part_count == LW_PLAN_PARTS) {
		plan->parts_dropped = true;
		return;
	}
	plan->parts[plan->part_count++] = (struct lw_part){argument, offset};
}

static void
take_value(struct scan *s, enum lw_option_action action, uint16_t argument, uint32_t offset)
{
	uint32_t traits = s->dialect->traits;

	switch (action) {
	case LW_OPTION_CODE:
		add_part(s, LW_PLAN_INLINE, argument, offset);
		s->stop = traits & LW_TRAIT_CODE_ENDS;
		break;
	case LW_OPTION_FILE:
		add_part(s, LW_PLAN_FILE, argument, offset);
		s->stop = traits & LW_TRAIT_FILE_ENDS;
		break;
	case LW_OPTION_LIBRARY_PATH:
		s->plan->has_library_path = true;
		s->plan->library_path = (struct lw_part){argument, offset};
		break;
	case LW_OPTION_MODULE:
		s->stop = s->quit = true;
		break;
	default:
		break;
	}
}

/* An option's value in the next word. */
static void
take_next(struct scan *s, enum lw_option_action action)
{
	bool code = action == LW_OPTION_CODE && (s->dialect->traits & LW_TRAIT_NO_DASH);

	if (s->at >= s->count || (code && s->items[s->at].text[0] == '-'))
		return;
	take_value(s, action, (uint16_t)s->at, 0);
	s->at++;
}

/* What a letter's argument is, or LW_OPTION_FLAG when it takes none. */
static enum lw_option_action
letter_action(const struct lw_dialect *d, char c)
{
	if (has_letter(d->code, c) && !(d->traits & LW_TRAIT_CODE_OPERAND))
		return LW_OPTION_CODE;
	if (has_letter(d->file, c))
		return LW_OPTION_FILE;
	if (has_letter(d->module, c))
		return LW_OPTION_MODULE;
	if (has_letter(d->argument, c))
		return LW_OPTION_ARGUMENT;
	return LW_OPTION_FLAG;
}

/* Moves past a value that is only ever attached. */
static void
skip_attached(const struct lw_attached *rows, struct word *w, char c)
{
	for (; rows && rows->letter; rows++) {
		bool prefixed = rows->prefix && w->at < w->length && w->text[w->at] == rows->prefix;

		if (rows->letter != c || (rows->prefix && !prefixed))
			continue;
		w->at += prefixed;
		while (w->at < w->length && (!rows->set || has_letter(rows->set, w->text[w->at])))
			w->at++;
		return;
	}
}

static void
take_flag(struct scan *s, struct word *w, char c, bool plus)
{
	const struct lw_dialect *d = s->dialect;

	if (!plus && has_letter(d->code, c))
		s->code_operand = true;
	if (!plus && has_letter(d->input, c))
		s->input = true;
	if (has_letter(d->path, c))
		s->plan->search = LW_SEARCH_CWD_THEN_PATH;
	if (has_letter(d->quit, c))
		s->quit = true;
	skip_attached(d->attached, w, c);
}

/* "-lc", "-Wignore", "-eo pipefail", "+o posix" */
static void
scan_letters(struct scan *s, struct word *w)
{
	bool plus = w->text[0] == '+';

	for (w->at = 1; w->at < w->length && !s->stop;) {
		char c = w->text[w->at++];
		enum lw_option_action action = letter_action(s->dialect, c);

		if (action == LW_OPTION_FLAG) {
			take_flag(s, w, c, plus);
		} else if (w->at < w->length && !(s->dialect->traits & LW_TRAIT_NEXT_ONLY)) {
			take_value(s, action, w->argument, w->at);
			return;
		} else {
			take_next(s, action);
		}
	}
}

static const struct lw_long_option *
find_long(const struct lw_dialect *d, const char *name, size_t length)
{
	for (const struct lw_long_option *o = d->longs; o && o->name; o++)
		if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
			return o;
	return NULL;
}

/* "--rcfile FILE", "--eval=CODE"; false when one dash begins no long option that is known. */
static bool
scan_long(struct scan *s, const struct word *w, uint32_t dashes)
{
	const char *name = &w->text[dashes];
	const char *equals = memchr(name, '=', w->length - dashes);
	size_t length = equals ? (size_t)(equals - name) : w->length - dashes;
	const struct lw_long_option *o = find_long(s->dialect, name, length);

	if (!o)
		return dashes == 2;
	if (o->action == LW_OPTION_QUIT)
		s->quit = true;
	else if (equals)
		take_value(s, o->action, w->argument, (uint32_t)(dashes + length + 1));
	else if (o->action != LW_OPTION_FLAG)
		take_next(s, o->action);
	return true;
}

static bool
is_option(const struct scan *s, const struct lw_argument *a)
{
	if (a->length == 0)
		return false;
	if (a->text[0] == '+')
		return a->length > 1 && (s->dialect->traits & LW_TRAIT_PLUS);
	if (a->text[0] != '-')
		return false;
	/* A loader's short options do not exist: "-x" is a file's name. */
	if (s->dialect->traits & LW_TRAIT_TARGET)
		return a->length > 1 && a->text[1] == '-';
	return a->length > 1 || (s->dialect->traits & LW_TRAIT_DASH_ENDS);
}

static void
scan_word(struct scan *s, struct word *w)
{
	uint32_t traits = s->dialect->traits;
	bool one_dash = traits & (LW_TRAIT_LONG_ONE_DASH | LW_TRAIT_WORDS);

	if (w->text[0] == '-' && w->text[1] == '-') {
		scan_long(s, w, 2);
		return;
	}
	if (w->text[0] == '-' && one_dash && scan_long(s, w, 1))
		return;
	if (!(traits & LW_TRAIT_WORDS))
		scan_letters(s, w);
}

static void
scan_options(struct scan *s)
{
	while (s->at < s->count && !s->stop) {
		const struct lw_argument *a = &s->items[s->at];
		struct word w = {a->text, a->length, 0, (uint16_t)s->at};

		if (!is_option(s, a))
			return;
		s->at++;
		/* "-" and "--" */
		if (a->length == 1 || (a->length == 2 && a->text[1] == '-' && a->text[0] == '-'))
			return;
		scan_word(s, &w);
	}
}

static enum lw_plan_kind
operand_kind(const struct scan *s)
{
	if (s->code_operand || (s->dialect->traits & LW_TRAIT_OPERAND_CODE))
		return LW_PLAN_INLINE;
	return s->dialect->traits & LW_TRAIT_TARGET ? LW_PLAN_TARGET : LW_PLAN_FILE;
}

/* What the first word that is no option means. */
static void
take_operand(struct scan *s)
{
	struct lw_argv_plan *plan = s->plan;
	uint32_t traits = s->dialect->traits;
	bool given = plan->kind == LW_PLAN_FILE || plan->kind == LW_PLAN_INLINE;

	if (given && !(plan->kind == LW_PLAN_INLINE && (traits & LW_TRAIT_FILE_TOO)))
		return;
	if (s->at >= s->count || (s->input && !s->code_operand)) {
		if (!given && !s->code_operand && !(traits & LW_TRAIT_NO_STDIN))
			plan->kind = LW_PLAN_STDIN;
		return;
	}
	const struct lw_argument *a = &s->items[s->at];
	enum lw_plan_kind kind = operand_kind(s);

	if (kind == LW_PLAN_FILE && a->length == 1 && a->text[0] == '-' &&
		!(traits & LW_TRAIT_DASH_ENDS)) {
		plan->kind = LW_PLAN_STDIN;
		return;
	}
	add_part(s, kind, (uint16_t)s->at, 0);
}

static void
scan_command(struct scan *s)
{
	s->plan->search = s->dialect->search;
	s->plan->suffix = s->dialect->suffix;
	if (s->dialect->traits & LW_TRAIT_OPAQUE)
		return;
	scan_options(s);
	if (!s->quit)
		take_operand(s);
	if (s->quit) {
		s->plan->kind = LW_PLAN_NONE;
		s->plan->part_count = 0;
	}
}

/* A name and the argument that gives it: argv[0] of a login shell is "-sh". */
struct identity {
	const char *name;
	size_t length;
};

static struct identity
identity_of(const char *path, size_t length)
{
	struct identity id;

	id.name = lw_interpreter_base_name(path, length, &id.length);
	if (id.length > 1 && id.name[0] == '-')
		id.name = lw_interpreter_base_name(&path[1], length - 1, &id.length);
	return id;
}

static struct identity
argument_identity(const struct scan *s, size_t i)
{
	if (i >= s->count)
		return (struct identity){"", 0};
	return identity_of(s->items[i].text, s->items[i].length);
}

/* "hush" is an applet of busybox that stands in no table of interpreters. */
static enum lw_language
applet_language(struct identity id)
{
	if (id.length == 4 && memcmp(id.name, "hush", 4) == 0)
		return LW_LANGUAGE_SHELL;
	return lw_interpreter_language(id.name, id.length);
}

/* busybox and toybox: argv[0] is the applet, or the program and argv[1] the applet. */
static struct identity
choose_applet(struct scan *s, size_t first)
{
	struct identity id = argument_identity(s, first);

	if (!lw_dialect_is_multicall(id.name, id.length))
		return id;
	s->at = first + 2;
	id = argument_identity(s, first + 1);
	if (lw_dialect_is_multicall(id.name, id.length))
		return (struct identity){"", 0};
	return id;
}

/* What the program `id`, whose own name is argument `first`, is told to run. */
static void
scan_program(struct scan *s, struct identity id, size_t first)
{
	bool known = lw_interpreter_language(id.name, id.length) != LW_LANGUAGE_NONE;
	enum lw_language language;

	s->at = first + 1;
	if (!known)
		id = argument_identity(s, first);
	if (lw_dialect_is_multicall(id.name, id.length))
		id = choose_applet(s, first);
	language = applet_language(id);
	s->plan->language = language;
	s->dialect = lw_dialect_find(language, id.name, id.length);
	if (s->dialect)
		scan_command(s);
}

static void
scan_loader(struct scan *s, bool through)
{
	s->at = 1;
	s->dialect = lw_dialect_loader();
	scan_command(s);
	if (!through || s->plan->kind != LW_PLAN_TARGET)
		return;
	size_t target = s->plan->parts[0].argument;
	struct identity id = argument_identity(s, target);

	*s->plan = (struct lw_argv_plan){0};
	scan_program(s, id, target);
}

void
lw_argv_scan(
	const struct lw_argv *argv, const char *program, unsigned hints, struct lw_argv_plan *plan)
{
	struct identity id = identity_of(program, strlen(program));
	struct scan s = {
		.items = argv->items,
		.count = LW_MIN(argv->count, LW_ARGV_SCAN),
		.plan = plan,
	};
	unsigned loader = hints & (LW_ARGV_LOADER | LW_ARGV_THROUGH_LOADER);

	*plan = (struct lw_argv_plan){0};
	if (loader || lw_dialect_is_loader(id.name, id.length))
		scan_loader(&s, hints & LW_ARGV_THROUGH_LOADER);
	else
		scan_program(&s, id, 0);
}
