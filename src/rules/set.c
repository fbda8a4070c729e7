#include "rules/set.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct lw_string {
	struct lw_string *next;
	char text[];
};

const char *
lw_rules_keep(struct lw_rules *s, const char *text, size_t length)
{
	struct lw_string *kept = malloc(sizeof(*kept) + length + 1);

	if (!kept)
		return NULL;
	memcpy(kept->text, text, length);
	kept->text[length] = '\0';
	kept->next = s->strings;
	s->strings = kept;
	return kept->text;
}

static void
free_strings(struct lw_rules *s)
{
	while (s->strings) {
		struct lw_string *next = s->strings->next;

		free(s->strings);
		s->strings = next;
	}
}

void
lw_atom_done(struct lw_atom *a)
{
	if (a->kind == LW_ATOM_WILDCARD)
		lw_wildcard_free(a->wildcard);
	if (a->kind == LW_ATOM_REGEX)
		lw_regex_free(a->regex);
}

static void
scope_done(struct lw_scope *scope)
{
	lw_search_free(scope->search);
	free(scope->lengths);
	free(scope->first);
	free(scope->targets);
}

struct lw_rules *
lw_rules_free(struct lw_rules *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; s->scopes && i < s->column_count * LW_SCOPES_PER_COLUMN; i++)
		scope_done(&s->scopes[i]);
	for (size_t i = 0; i < s->atom_count; i++)
		lw_atom_done(&s->atoms[i]);
	for (size_t i = 0; i < s->column_count; i++)
		free(s->columns[i].name);
	lw_scratch_done(&s->scratch);
	free_strings(s);
	free(s->rules);
	free(s->refused);
	free(s->columns);
	free(s->by_name);
	free(s->scopes);
	free(s->atoms);
	free(s->selections);
	free(s->steps.rows);
	free(s->active);
	free(s);
	return NULL;
}

void
lw_rules_freep(struct lw_rules **s)
{
	*s = lw_rules_free(*s);
}

size_t
lw_rules_count(const struct lw_rules *s)
{
	return s->count;
}

const struct lw_rule_info *
lw_rules_info(const struct lw_rules *s, size_t rule)
{
	return rule < s->count ? &s->rules[rule].info : NULL;
}

ssize_t
lw_rules_find(const struct lw_rules *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->rules[i].info.id[0] && strcasecmp(s->rules[i].info.id, name) == 0)
			return i;
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->rules[i].info.title, name) == 0)
			return i;
	return -ENOENT;
}

size_t
lw_rules_refused(const struct lw_rules *s)
{
	return s->refused_count;
}

void
lw_rules_refusal(const struct lw_rules *s, size_t i, struct lw_rules_refusal *out)
{
	const struct lw_refused *r = &s->refused[i];

	*out = (struct lw_rules_refusal){
		.source = r->source, .line = r->line, .column = r->column, .reason = r->reason};
}

void
lw_rules_add_refusals(const struct lw_rules *s, struct lw_text *out)
{
	for (size_t i = 0; i < s->refused_count; i++) {
		const struct lw_refused *r = &s->refused[i];

		lw_text_add_visible(out, r->source, strlen(r->source));
		lw_text_addf(out, ":%u:%u: ", r->line, r->column);
		lw_text_add_visible(out, r->reason, strlen(r->reason));
		lw_text_adds(out, "\n");
	}
}

void
lw_rules_list_active(struct lw_rules *s)
{
	s->active_count = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->rules[i].info.enabled)
			s->active[s->active_count++] =
				(struct lw_active){.rule = i, .entry = s->rules[i].entry};
}

void
lw_rules_enable(struct lw_rules *s, size_t rule, bool enabled)
{
	if (rule >= s->count || s->rules[rule].info.enabled == enabled)
		return;
	s->rules[rule].info.enabled = enabled;
	lw_rules_list_active(s);
}

void
lw_rules_set_action(struct lw_rules *s, size_t rule, enum lw_action action)
{
	if (rule < s->count)
		s->rules[rule].info.action = action;
}

bool
lw_rules_has_deny(const struct lw_rules *s)
{
	for (size_t i = 0; i < s->active_count; i++)
		if (s->rules[s->active[i].rule].info.action >= LW_ACTION_DENY)
			return true;
	return false;
}

uint64_t
lw_rules_fields(const struct lw_rules *s)
{
	uint64_t fields = 0;

	for (size_t i = 0; i < s->active_count; i++)
		fields |= s->rules[s->active[i].rule].fields;
	return fields;
}

const char *
lw_rules_name(const struct lw_rules *s, enum lw_rule_field field, size_t i)
{
	for (size_t n = 0; n < s->named_count; n++) {
		const struct lw_column *c = &s->columns[s->by_name[n]];

		if (c->field == field && i-- == 0)
			return c->name;
	}
	return NULL;
}

const char *
lw_rules_engine(void)
{
	return lw_search_engine();
}
