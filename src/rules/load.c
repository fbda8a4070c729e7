/*
 * A text is split where a line says "---" or "...": YAML allows no such line within a document, and
 * so one that is broken does not take the next ones with it.
 */
#include <errno.h>
#include <string.h>

#include "rules/build.h"
#include "rules/grow.h"
#include "rules/rule.h"

static int
add_refusal(
	struct lw_rules *s, const char *source, uint32_t line, uint32_t column, const char *reason)
{
	struct lw_refused row = {.source = source,
		.line = line,
		.column = column,
		.reason = lw_rules_keep(s, reason, strlen(reason))};

	if (!row.reason || !lw_grow(&s->refused, &s->refused_capacity, s->refused_count + 1,
				   sizeof(*s->refused)))
		return -ENOMEM;
	s->refused[s->refused_count++] = row;
	return 0;
}

static int
add_rule(struct lw_rules *s, const struct lw_rule *rule)
{
	if (!lw_grow(&s->rules, &s->capacity, s->count + 1, sizeof(*s->rules)))
		return -ENOMEM;
	s->rules[s->count++] = *rule;
	return 0;
}

/* Two rules of one id are one rule twice: whatever names it would mean the first alone. */
static int
check_id(struct lw_build *b, const struct lw_yaml_node *root, const struct lw_rule *rule)
{
	const struct lw_yaml_node *n = lw_yaml_child(root, "id");

	for (size_t i = 0; n && rule->info.id[0] && i < b->set->count; i++) {
		const struct lw_rule_info *other = &b->set->rules[i].info;

		if (strcmp(other->id, rule->info.id) == 0)
			return lw_refuse(b, n, "the rule at %.100s:%u has this id, too",
				other->source, other->line);
	}
	return 0;
}

static int
take_rule(struct lw_build *b, const struct lw_yaml_node *root, const char *source)
{
	struct lw_rule rule;
	int r = lw_rule_compile(b, root, source, &rule);

	if (r == 0)
		r = check_id(b, root, &rule);
	if (r == 0 && b->set->count == LW_RULES_MAX)
		r = lw_refuse(b, root, "more than %u rules", LW_RULES_MAX);
	if (r == 0)
		r = add_rule(b->set, &rule);
	if (r != 0)
		lw_build_undo(b);
	return r == 1 ? add_refusal(b->set, source, b->error.line, b->error.column, b->reason) : r;
}

static int
take_document(struct lw_build *b, const char *source, const char *text, size_t length,
	uint32_t line_offset)
{
	_cleanup_(lw_yaml_freep) struct lw_yaml *yaml = NULL;
	struct lw_yaml_error error = {0};
	int r = lw_yaml_parse(text, length, &yaml, &error);

	if (r == -EINVAL)
		return add_refusal(
			b->set, source, error.line + line_offset, error.column, error.reason);
	if (r < 0 || !lw_yaml_root(yaml) || lw_yaml_is_null(lw_yaml_root(yaml)))
		return r;
	lw_build_begin(b, line_offset);
	return take_rule(b, lw_yaml_root(yaml), source);
}

/* "---" or "..." and nothing, or a space, behind it */
static bool
is_marker(const char *line, size_t length)
{
	return length >= 3 && (memcmp(line, "---", 3) == 0 || memcmp(line, "...", 3) == 0) &&
	       (length == 3 || strchr(" \t\r\n", line[3]));
}

/* Bytes up to the marker that begins the next document, and the lines in them. */
static size_t
document_length(const char *text, size_t length, uint32_t *lines)
{
	size_t at = 0;

	*lines = 0;
	while (at < length) {
		const char *newline = memchr(&text[at], '\n', length - at);

		if (at > 0 && is_marker(&text[at], length - at))
			break;
		at = newline ? (size_t)(newline - text) + 1 : length;
		++*lines;
	}
	return at;
}

/* The line that ends a document begins none: its length, or 0. */
static size_t
end_marker_length(const char *text, size_t length)
{
	const char *newline = memchr(text, '\n', length);

	if (!is_marker(text, length) || text[0] != '.')
		return 0;
	return newline ? (size_t)(newline - text) + 1 : length;
}

static int
take_text(struct lw_build *b, const struct lw_rules_source *source, const char *name)
{
	uint32_t line = 0, lines, documents = 0;
	int r = 0;

	for (size_t at = 0, n; r == 0 && at < source->length; at += n, line += lines) {
		const char *text = &source->text[at];
		size_t skip;

		n = document_length(text, source->length - at, &lines);
		if (++documents > LW_RULES_DOCUMENTS_MAX)
			return add_refusal(b->set, name, line + 1, 1, "too many documents");
		skip = end_marker_length(text, n);
		r = take_document(b, name, &text[skip], n - skip, line + (skip > 0));
	}
	return r;
}

static int
take_lists(struct lw_rules *s, const struct lw_rules_source *source, const char *name,
	struct lw_rule_lists *lists)
{
	struct lw_yaml_error error = {0};
	int r = lw_rule_lists_add(lists, source->text, source->length, &error);

	return r == 1 ? add_refusal(s, name, error.line, error.column, error.reason) : r;
}

static int
take_sources(struct lw_build *b, struct lw_rule_lists *lists, const struct lw_rules_source *sources,
	size_t count, bool of_lists)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const char *name;

		if (sources[i].lists != of_lists)
			continue;
		name = lw_rules_keep(b->set, sources[i].name, strlen(sources[i].name));
		if (!name)
			return -ENOMEM;
		r = of_lists ? take_lists(b->set, &sources[i], name, lists)
			     : take_text(b, &sources[i], name);
	}
	return r;
}

static int
check_bounds(const struct lw_rules_source *sources, size_t count)
{
	size_t bytes = 0;

	if (count > LW_RULES_SOURCES_MAX)
		return -E2BIG;
	for (size_t i = 0; i < count; i++) {
		if (sources[i].length > LW_RULES_BYTES_MAX - bytes)
			return -E2BIG;
		bytes += sources[i].length;
	}
	return 0;
}

int
lw_rules_load(const struct lw_rules_source *sources, size_t count, struct lw_rules **out)
{
	_cleanup_(lw_rule_lists_done) struct lw_rule_lists lists = {0};
	_cleanup_(lw_rules_freep) struct lw_rules *set = calloc(1, sizeof(*set));
	_cleanup_(lw_build_done) struct lw_build b = {0};
	int r = check_bounds(sources, count);

	if (!set)
		return -ENOMEM;
	if (r == 0)
		r = lw_build_init(&b, set, &lists);
	if (r == 0)
		r = take_sources(&b, &lists, sources, count, true);
	if (r == 0)
		r = take_sources(&b, &lists, sources, count, false);
	if (r == 0)
		r = lw_build_finish(&b);
	if (r == 0)
		*out = TAKE_PTR(set);
	return r;
}

static bool
ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), n = strlen(end);

	return length >= n && strcmp(&name[length - n], end) == 0 &&
	       (length == n || end[0] == '.' || name[length - n - 1] == '/');
}

bool
lw_rules_is_lists(const char *name)
{
	return ends_in(name, "lists.yaml") || ends_in(name, "lists.yml") ||
	       ends_in(name, ".lists.yaml") || ends_in(name, ".lists.yml");
}
