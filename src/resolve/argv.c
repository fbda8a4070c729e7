#include <string.h>

#include "resolve/argv.h"

/* Where the scan stands. */
struct scan {
	const struct lw_argument *items;
	size_t count;
	size_t at; /* next argument */
	const struct lw_interpreter *dialect;
	struct lw_argv_plan *plan;
	bool code_operand; /* the first operand is code */
	bool input; /* read standard input */
	bool stop; /* the rest belongs to the code */
	bool quit; /* nothing runs */
	bool letters; /* a word of them was there */
	enum lw_language language; /* of the program's content */
	const struct lw_interpreters *more;
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

uint64_t
lw_letter_bit(char c)
{
	if (c >= 'a' && c <= 'z')
		return 1ull << (c - 'a');
	return c >= 'A' && c <= 'Z' ? 1ull << (26 + c - 'A') : 0;
}

bool
lw_argv_has_letter(const struct lw_argv_plan *plan, const char *letters)
{
	for (; letters && *letters; letters++)
		if (plan->letters & lw_letter_bit(*letters))
			return true;
	return false;
}

/* One more in a list; what finds no room is told. */
static void
append(struct scan *s, struct lw_part *list, uint16_t *count, uint16_t most, struct lw_part part)
{
	if (*count < most)
		list[(*count)++] = part;
	else
		s->plan->parts_dropped = true;
}

static void
append_load(struct scan *s, struct lw_load load)
{
	struct lw_argv_plan *plan = s->plan;

	if (plan->load_count < LW_PLAN_LOADS)
		plan->loads[plan->load_count++] = load;
	else
		plan->parts_dropped = true;
}

static void
set_kind(struct scan *s, enum lw_plan_kind kind)
{
	struct lw_argv_plan *plan = s->plan;

	/* A file beside code: both run. */
	if (plan->kind == LW_PLAN_INLINE && kind == LW_PLAN_FILE) {
		memcpy(plan->beside, plan->parts, sizeof(plan->beside));
		plan->beside_count = plan->part_count;
	}
	if (plan->kind != kind)
		plan->part_count = 0;
	plan->kind = kind;
}

static void
add_part(struct scan *s, enum lw_plan_kind kind, uint16_t argument, uint32_t offset)
{
	struct lw_argv_plan *plan = s->plan;
	const struct lw_part part = {argument, offset};

	if (plan->kind == LW_PLAN_FILE && kind == LW_PLAN_INLINE) {
		append(s, plan->beside, &plan->beside_count, LW_PLAN_PARTS, part);
		return;
	}
	set_kind(s, kind);
	if (kind == LW_PLAN_INLINE && s->dialect->traits & LW_TRAIT_LAST_CODE)
		plan->part_count = 0;
	append(s, plan->parts, &plan->part_count, LW_PLAN_PARTS, part);
}

static bool
is_dash(const struct lw_argument *a, uint32_t offset)
{
	return a->length == offset + 1 && a->text[offset] == '-';
}

/* "awk -f -" reads standard input. */
static void
take_file(struct scan *s, uint16_t argument, uint32_t offset)
{
	if (is_dash(&s->items[argument], offset)) {
		set_kind(s, LW_PLAN_STDIN);
		s->input = true;
	} else {
		add_part(s, LW_PLAN_FILE, argument, offset);
	}
	s->stop = s->dialect->traits & LW_TRAIT_FILE_ENDS;
}

/* "auto_prepend_file=FILE", wherever it stands in the value; the quotes are its reader's. */
static void
take_setting(struct scan *s, uint16_t argument, uint32_t offset)
{
	const struct lw_argument *a = &s->items[argument];
	const char *names = s->dialect->settings ? s->dialect->settings : "";
	size_t n;

	for (const char *name = lw_interpreter_word(&names, &n); n > 0;
		name = lw_interpreter_word(&names, &n)) {
		const char *at = memmem(&a->text[offset], a->length - offset, name, n);

		if (!at)
			continue;
		at = &at[n];
		at = &at[strspn(at, " \t=\"'")];
		append_load(s, (struct lw_load){{argument, (uint32_t)(at - a->text)}, NULL});
	}
}

static bool take_long(struct scan *s, uint16_t argument, uint32_t offset);

static void
take_value(struct scan *s, enum lw_option_action action, uint16_t argument, uint32_t offset)
{
	struct lw_argv_plan *plan = s->plan;
	const struct lw_part part = {argument, offset};

	switch (action) {
	case LW_OPTION_CODE:
		add_part(s, LW_PLAN_INLINE, argument, offset);
		s->stop = s->dialect->traits & LW_TRAIT_CODE_ENDS;
		break;
	case LW_OPTION_FILE:
		take_file(s, argument, offset);
		break;
	case LW_OPTION_LIBRARY_PATH:
		plan->has_library_path = true;
		plan->library_path = part;
		break;
	case LW_OPTION_MODULE:
		add_part(s, LW_PLAN_MODULE, argument, offset);
		s->stop = true;
		break;
	case LW_OPTION_LOAD:
		append_load(s, (struct lw_load){part, NULL});
		break;
	case LW_OPTION_INCLUDE:
		append(s, plan->includes, &plan->include_count, LW_PLAN_INCLUDES, part);
		break;
	case LW_OPTION_SETTING:
		take_setting(s, argument, offset);
		break;
	case LW_OPTION_FOLDER:
		append(s, plan->folders, &plan->folder_count, LW_PLAN_FOLDERS, part);
		break;
	case LW_OPTION_LONG:
		take_long(s, argument, offset);
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
	uint16_t argument = (uint16_t)s->at++;

	take_value(s, action, argument, 0);
}

/* What a letter's argument is, or LW_OPTION_FLAG when it takes none. */
static enum lw_option_action
letter_action(const struct lw_interpreter *d, char c)
{
	if (has_letter(d->code, c) && !(d->traits & LW_TRAIT_CODE_OPERAND))
		return LW_OPTION_CODE;
	if (has_letter(d->file, c))
		return LW_OPTION_FILE;
	if (has_letter(d->module, c))
		return LW_OPTION_MODULE;
	if (has_letter(d->load, c))
		return LW_OPTION_LOAD;
	if (has_letter(d->folder, c))
		return LW_OPTION_FOLDER;
	if (has_letter(d->longer, c))
		return LW_OPTION_LONG;
	if (has_letter(d->include, c))
		return LW_OPTION_INCLUDE;
	if (has_letter(d->setting, c))
		return LW_OPTION_SETTING;
	if (has_letter(d->argument, c))
		return LW_OPTION_ARGUMENT;
	return LW_OPTION_FLAG;
}

/* Moves past a value that is only ever attached. */
static void
take_attached(struct scan *s, struct word *w, char c)
{
	for (const struct lw_attached *rows = s->dialect->attached; rows && rows->letter; rows++) {
		bool prefixed = rows->prefix && w->at < w->length && w->text[w->at] == rows->prefix;

		if (rows->letter != c || (rows->prefix && !prefixed))
			continue;
		w->at += prefixed;
		if (rows->under && w->at < w->length)
			append_load(s, (struct lw_load){{w->argument, w->at}, rows->under});
		while (w->at < w->length && (!rows->set || has_letter(rows->set, w->text[w->at])))
			w->at++;
		return;
	}
}

static void
take_flag(struct scan *s, struct word *w, char c, bool plus)
{
	const struct lw_interpreter *d = s->dialect;

	plus = plus && !has_letter(d->plus, c);
	if (!plus && has_letter(d->code, c))
		s->code_operand = true;
	if (!plus && has_letter(d->input, c))
		s->input = true;
	if (has_letter(d->path, c))
		s->plan->search = LW_SEARCH_PATH_THEN_CWD;
	if (has_letter(d->quit, c))
		s->quit = true;
	if (!plus && has_letter(d->interactive, c))
		s->plan->interactive = true;
	s->plan->stays |= has_letter(d->stays, c);
	take_attached(s, w, c);
}

/* "-lc", "-Wignore", "-eo pipefail", "+o posix" */
static void
scan_letters(struct scan *s, struct word *w)
{
	bool plus = w->text[0] == '+';

	s->letters = true;
	for (w->at = 1; w->at < w->length && !s->stop;) {
		char c = w->text[w->at++];
		enum lw_option_action action = letter_action(s->dialect, c);

		s->plan->letters |= plus ? 0 : lw_letter_bit(c);
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

static bool
is_beginning(const struct lw_interpreter *d, const char *of, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool dash = name[i] == '_' && d->traits & LW_TRAIT_UNDERSCORES;

		if (of[i] == '\0' || (dash ? '-' : name[i]) != of[i])
			return false;
	}
	return true;
}

static const struct lw_long_option *
find_long(const struct lw_interpreter *d, const char *name, size_t length)
{
	const struct lw_long_option *longer = NULL;

	for (const struct lw_long_option *o = d->longs; o && o->name; o++) {
		if (!is_beginning(d, o->name, name, length))
			continue;
		if (o->name[length] == '\0')
			return o;
		longer = longer ? longer : o;
	}
	return d->traits & LW_TRAIT_ABBREVIATED && length > 0 ? longer : NULL;
}

/* NAME or NAME=VALUE at an argument's offset; false when the name is not known. */
static bool
take_long(struct scan *s, uint16_t argument, uint32_t offset)
{
	const struct lw_argument *a = &s->items[argument];
	const char *name = &a->text[offset];
	const char *equals = memchr(name, '=', a->length - offset);
	size_t length = equals ? (size_t)(equals - name) : a->length - offset;
	const struct lw_long_option *o = find_long(s->dialect, name, length);

	if (!o)
		return false;
	if (o->action == LW_OPTION_QUIT)
		s->quit = true;
	else if (o->action == LW_OPTION_STAYS)
		s->plan->stays = true;
	else if (o->action == LW_OPTION_LOGIN)
		s->plan->login = true;
	else if (equals)
		take_value(s, o->action, argument, (uint32_t)(offset + length + 1));
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
	bool one_dash = traits & LW_TRAIT_WORDS || (traits & LW_TRAIT_LONG_ONE_DASH && !s->letters);

	/* "--rcfile FILE", "--eval=CODE" */
	if (w->text[0] == '-' && w->text[1] == '-') {
		take_long(s, w->argument, 2);
		return;
	}
	if (w->text[0] == '-' && one_dash && take_long(s, w->argument, 1))
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

/* Is code, or a file, already given by options? */
static bool
is_given(const struct scan *s)
{
	enum lw_plan_kind kind = s->plan->kind;

	if (kind == LW_PLAN_INLINE)
		return !(s->dialect->traits & LW_TRAIT_FILE_TOO);
	return kind == LW_PLAN_FILE || kind == LW_PLAN_MODULE;
}

/* Is there no word that could be a script's name? */
static bool
is_at_end(const struct scan *s)
{
	const struct lw_argument *last = s->at > 0 ? &s->items[s->at - 1] : NULL;

	return s->at >= s->count || (s->dialect->traits & LW_TRAIT_DASHES_STDIN && last &&
					    strcmp(last->text, "--") == 0);
}

/* "deno run FILE": the word may stand there. */
static void
skip_run(struct scan *s)
{
	static const char word[] = "run";

	if (!(s->dialect->traits & LW_TRAIT_RUN) || s->at >= s->count ||
		strcmp(s->items[s->at].text, word) != 0)
		return;
	s->at++;
	scan_options(s);
}

/* What the first word that is no option means. */
static void
take_operand(struct scan *s)
{
	struct lw_argv_plan *plan = s->plan;
	uint32_t traits = s->dialect->traits;

	if (is_given(s))
		return;
	skip_run(s);
	if (is_at_end(s) || (s->input && !s->code_operand)) {
		if (plan->kind == LW_PLAN_NONE && !s->code_operand && !(traits & LW_TRAIT_NO_STDIN))
			plan->kind = LW_PLAN_STDIN;
		return;
	}
	enum lw_plan_kind kind = operand_kind(s);

	if (kind == LW_PLAN_FILE && is_dash(&s->items[s->at], 0) && !(traits & LW_TRAIT_DASH_ENDS))
		set_kind(s, LW_PLAN_STDIN);
	else
		add_part(s, kind, (uint16_t)s->at, 0);
}

static void
scan_command(struct scan *s)
{
	struct lw_argv_plan *plan = s->plan;

	plan->interpreter = s->dialect;
	plan->search = s->dialect->search;
	if (s->dialect->traits & LW_TRAIT_OPAQUE)
		return;
	scan_options(s);
	plan->unfinished = s->at >= s->count && !s->stop && !s->quit;
	if (!s->quit)
		take_operand(s);
	if (s->quit) {
		plan->kind = LW_PLAN_NONE;
		plan->part_count = plan->beside_count = plan->load_count = 0;
		plan->folder_count = plan->include_count = 0;
		plan->stays = false;
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

static const struct lw_interpreter *
find(const struct scan *s, struct identity id)
{
	return lw_interpreter_find(s->more, id.name, id.length);
}

static bool
is_multicall(const struct lw_interpreter *i)
{
	return i && i->traits & LW_TRAIT_MULTICALL;
}

/* busybox and toybox: argv[0] is the applet, or one of them, and then the next word is. */
static const struct lw_interpreter *
choose_applet(struct scan *s, size_t first)
{
	const struct lw_interpreter *i = find(s, argument_identity(s, first));

	while (is_multicall(i) && first < s->count) {
		s->at = ++first + 1;
		i = find(s, argument_identity(s, first));
	}
	return is_multicall(i) ? NULL : i;
}

/* What the program `id`, whose own name is argument `first`, is told to run. */
static void
scan_program(struct scan *s, struct identity id, size_t first)
{
	const struct lw_interpreter *i = find(s, id);

	s->at = first + 1;
	if (!i)
		i = find(s, argument_identity(s, first));
	/* Its content counts for more than what it is called. */
	if (s->language != LW_LANGUAGE_NONE && (!i || i->language != s->language))
		i = lw_interpreter_of(s->language);
	else if (is_multicall(i))
		i = choose_applet(s, first);
	s->dialect = i;
	s->plan->language = i ? i->language : LW_LANGUAGE_NONE;
	s->plan->login = first < s->count && s->items[first].text[0] == '-';
	if (i)
		scan_command(s);
}

static void
scan_loader(struct scan *s, bool through)
{
	s->at = 1;
	s->dialect = &lw_interpreter_loader;
	scan_command(s);
	if (!through || s->plan->kind != LW_PLAN_TARGET)
		return;
	size_t target = s->plan->parts[0].argument;
	struct identity id = argument_identity(s, target);

	*s->plan = (struct lw_argv_plan){0};
	scan_program(s, id, target);
}

void
lw_argv_scan(const struct lw_argv *argv, const struct lw_argv_program *program,
	struct lw_argv_plan *plan)
{
	struct identity id = identity_of(program->name, strlen(program->name));
	struct scan s = {
		.items = argv->items,
		.count = LW_MIN(argv->count, LW_ARGV_SCAN),
		.plan = plan,
		.language = program->language,
		.more = program->more,
	};
	unsigned loader = program->hints & (LW_ARGV_LOADER | LW_ARGV_THROUGH_LOADER);

	*plan = (struct lw_argv_plan){0};
	if (loader || lw_interpreter_is_loader(id.name, id.length))
		scan_loader(&s, program->hints & LW_ARGV_THROUGH_LOADER);
	else
		scan_program(&s, id, 0);
}

void
lw_argv_scan_options(const struct lw_argv *argv, const struct lw_interpreter *interpreter,
	struct lw_argv_plan *plan)
{
	struct scan s = {
		.items = argv->items,
		.count = LW_MIN(argv->count, LW_ARGV_SCAN),
		.plan = plan,
		.dialect = interpreter,
	};

	*plan = (struct lw_argv_plan){.interpreter = interpreter};
	scan_options(&s);
}
