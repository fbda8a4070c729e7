#include <errno.h>
#include <string.h>

#include "policy/custom.h"

#define KINDS 4 /* lists of options */
#define LONGS_MAX (KINDS * LW_INTERPRETER_LIST_MAX)

/* The texts that a row points to. */
struct texts {
	char *names;
	char letters[KINDS][LW_INTERPRETER_LIST_MAX + 1];
	struct lw_long_option longs[LONGS_MAX + 1];
	char *long_names[LONGS_MAX]; /* owned */
	unsigned long_count;
};

struct lw_custom {
	struct lw_interpreter rows[LW_INTERPRETERS_MAX];
	struct texts texts[LW_INTERPRETERS_MAX];
	size_t count;
};

/* With blanks between them. */
static char *
join(const struct lw_string_list *list)
{
	size_t length = 1, at = 0;
	char *text;

	for (size_t i = 0; i < list->count; i++)
		length += strlen(list->items[i]) + 1;
	text = malloc(length);
	for (size_t i = 0; text && i < list->count; i++) {
		size_t n = strlen(list->items[i]);

		memcpy(&text[at], list->items[i], n);
		text[at + n] = ' ';
		at += n + 1;
	}
	if (text)
		text[at] = '\0';
	return text;
}

/* "-e" is a letter; "--eval" and "-eval" are long. */
static int
add_option(struct lw_interpreter *row, struct texts *t, unsigned kind, const char *option,
	enum lw_option_action action)
{
	const char *name = &option[strspn(option, "-")];

	if (option[1] != '-' && name[0] && !name[1]) {
		t->letters[kind][strlen(t->letters[kind])] = name[0];
		return 0;
	}
	if (option[1] != '-')
		row->traits |= LW_TRAIT_LONG_ONE_DASH;
	t->long_names[t->long_count] = strdup(name);
	if (!t->long_names[t->long_count])
		return -ENOMEM;
	t->longs[t->long_count] = (struct lw_long_option){t->long_names[t->long_count], action};
	t->long_count++;
	return 0;
}

static int
add_options(struct lw_interpreter *row, struct texts *t, const struct lw_interpreter_settings *s)
{
	const struct {
		const struct lw_string_list *list;
		enum lw_option_action action;
		const char **letters;
	} kinds[KINDS] = {
		{&s->code, LW_OPTION_CODE, &row->code},
		{&s->file, LW_OPTION_FILE, &row->file},
		{&s->module, LW_OPTION_MODULE, &row->module},
		{&s->argument, LW_OPTION_ARGUMENT, &row->argument},
	};
	int r = 0;

	for (unsigned k = 0; k < KINDS; k++) {
		*kinds[k].letters = t->letters[k];
		for (size_t i = 0; i < kinds[k].list->count && r == 0; i++)
			r = add_option(row, t, k, kinds[k].list->items[i], kinds[k].action);
	}
	row->longs = t->longs;
	return r;
}

static int
make_row(struct lw_interpreter *row, struct texts *t, const struct lw_interpreter_settings *s)
{
	const struct lw_interpreter *own = lw_interpreter_of(s->language);
	bool given = s->code.count || s->file.count || s->module.count || s->argument.count;

	if (own)
		*row = *own;
	if (given)
		*row = (struct lw_interpreter){
			.index = own ? own->index : NULL,
			.injections = own ? own->injections : NULL,
		};
	row->language = s->language;
	t->names = join(&s->names);
	row->names = t->names;
	if (!t->names)
		return -ENOMEM;
	return given ? add_options(row, t, s) : 0;
}

int
lw_custom_new(struct lw_custom **out, const struct lw_interpreter_settings *settings, size_t count)
{
	_cleanup_(lw_custom_freep) struct lw_custom *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	for (; c->count < LW_MIN(count, (size_t)LW_INTERPRETERS_MAX); c->count++) {
		int r = make_row(&c->rows[c->count], &c->texts[c->count], &settings[c->count]);

		if (r < 0)
			return r;
	}
	*out = TAKE_PTR(c);
	return 0;
}

struct lw_custom *
lw_custom_free(struct lw_custom *c)
{
	for (size_t i = 0; c && i < LW_INTERPRETERS_MAX; i++) {
		free(c->texts[i].names);
		for (unsigned n = 0; n < c->texts[i].long_count; n++)
			free(c->texts[i].long_names[n]);
	}
	free(c);
	return NULL;
}

void
lw_custom_freep(struct lw_custom **c)
{
	*c = lw_custom_free(*c);
}

struct lw_interpreters
lw_custom_rows(const struct lw_custom *c)
{
	return (struct lw_interpreters){c->rows, c->count};
}
