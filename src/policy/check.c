/*
 * check: what must hold for a sink, a hash list or a rule as a whole, and between them.
 */
#include <errno.h>
#include <string.h>

#include "policy/load.h"

/* Refuses at the key of a map where it has it, else at the map. */
static int
refuse_key(struct lw_loader *l, const struct lw_yaml_node *map, const char *key, const char *reason)
{
	const struct lw_yaml_node *n = lw_yaml_child(map, key);

	return lw_loader_refuse(l, &(const struct lw_key){.key = key}, n ? n : map, "%s", reason);
}

/* Sinks */

static int
check_stdout(struct lw_loader *l, const struct lw_yaml_node *n, const struct lw_settings *settings)
{
	for (size_t i = 0; i < settings->sink_count; i++)
		if (settings->sinks[i].type == LW_SINK_STDOUT)
			return refuse_key(l, n, "type", "there is a sink of type stdout already");
	return 0;
}

static int
check_file(struct lw_loader *l, const struct lw_yaml_node *n, const struct lw_settings *settings,
	const struct lw_sink_settings *sink)
{
	if (!sink->path)
		return refuse_key(l, n, "path", "is missing");
	for (size_t i = 0; i < settings->sink_count; i++)
		if (settings->sinks[i].path && strcmp(settings->sinks[i].path, sink->path) == 0)
			return refuse_key(l, n, "path", "another sink has the same file");
	if (sink->max_bytes != 0 && sink->max_bytes < 64 * 1024)
		return refuse_key(l, n, "max_bytes", "is less than 64KiB, and not 0");
	return 0;
}

int
lw_finish_sink(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *object)
{
	const struct lw_sink_settings *sink = object;
	const struct lw_settings *settings = &l->policy->settings;

	return sink->type == LW_SINK_FILE ? check_file(l, n, settings, sink)
					  : check_stdout(l, n, settings);
}

/* Hash lists */

/* "/etc/lists/mining.hashset" is called "mining". */
static char *
name_of_path(const char *path, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t length = dot && dot != base ? (size_t)(dot - base) : strlen(base);

	return strndup(base, LW_MIN(length, size));
}

/*
 * Bytes of a path that cannot stand in a name become "_", and so does a UTF-8 sequence that was
 * cut.
 */
static void
name_clean(char *name)
{
	size_t length = strlen(name), n;

	for (size_t i = 0; i < length; i += n) {
		n = lw_utf8_sequence((const unsigned char *)&name[i], length - i);
		if (n == 0 || (unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			name[i] = '_';
		n = LW_MAX(n, 1);
	}
}

static int
hash_list_name(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	struct lw_hash_list_settings *list)
{
	if (list->name)
		return 0;
	list->name = name_of_path(list->path, LW_REASON_SIZE - 16);
	if (!list->name)
		return -ENOMEM;
	name_clean(list->name);
	if (!*list->name)
		return refuse_key(l, n, "path", "names no file");
	return 0;
}

int
lw_finish_hash_list(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *object)
{
	struct lw_hash_list_settings *list = object;
	const struct lw_settings *settings = &l->policy->settings;
	int r = hash_list_name(l, k, n, list);

	if (r != 0)
		return r;
	for (size_t i = 0; i < settings->content.hash_list_count; i++) {
		/* One that was refused is there too, and may have none. */
		const char *other = settings->content.hash_lists[i].name;

		if (other && strcmp(other, list->name) == 0)
			return refuse_key(l, n, "name", "another hash list has the same name");
	}
	return 0;
}

/* Rules */

int
lw_finish_rule(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *object)
{
	struct lw_rule *rule = object;

	rule->source = l->source;
	rule->line = n->line;
	rule->column = n->column;
	return 0;
}

static int
refuse_rule(struct lw_loader *l, const struct lw_rule *rule, const char *list, const char *reason,
	const struct lw_rule *other)
{
	const char *source = other && other->source < l->source_count
				     ? l->sources[other->source].name
				     : "default";

	if (!other)
		return lw_loader_refuse_at(
			l, rule->source, rule->line, rule->column, list, "%s", reason);
	return lw_loader_refuse_at(l, rule->source, rule->line, rule->column, list,
		"\"%s\" %s \"%s\" (%s:%u)", rule->name, reason, other->name, source, other->line);
}

/* Does set a hold whatever set b does? An empty set is not asked, so it holds all. */
static bool
set_covers(uint32_t a, uint32_t b, int count)
{
	if (a == 0 || a == LW_SET_ALL(count))
		return true;
	return b != 0 && (b & ~a) == 0;
}

/*
 * Does a match whatever b matches? Told only where a has nothing but sets; true is certain,
 * false may be wrong.
 */
static bool
match_covers(const struct lw_match *a, const struct lw_match *b)
{
	return !lw_match_has_texts(a) && set_covers(a->verdict, b->verdict, LW_VERDICT_COUNT) &&
	       set_covers(a->layer, lw_match_layers(b), LW_LAYER_COUNT) &&
	       set_covers(a->kind, b->kind, LW_KIND_COUNT) &&
	       set_covers(a->language, b->language, LW_LANGUAGE_COUNT) &&
	       set_covers(a->parent_layer, lw_match_parent_layers(b), LW_LAYER_COUNT);
}

static int
check_shadowed(struct lw_loader *l, const struct lw_rule *rule, const char *list,
	const struct lw_rule *before, size_t count, const char *reason)
{
	for (size_t i = 0; i < count; i++)
		if (match_covers(&before[i].match, &rule->match))
			return refuse_rule(l, rule, list, reason, &before[i]);
	return 0;
}

static int
check_name_once(struct lw_loader *l, const struct lw_rule *rules, size_t i, const char *list)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(rules[j].name, rules[i].name) == 0)
			return refuse_rule(l, &rules[i], list, "has the same name as", &rules[j]);
	return 0;
}

static void
check_exceptions(struct lw_loader *l, const struct lw_policy *p)
{
	static const char list[] = "exceptions[].match";
	const struct lw_rule *e = p->exceptions;

	for (size_t i = 0; i < p->exception_count; i++) {
		check_name_once(l, e, i, "exceptions[].name");
		if (lw_match_is_empty(&e[i].match))
			refuse_rule(
				l, &e[i], list, "has no condition: no rule could ever match", NULL);
		else
			check_shadowed(
				l, &e[i], list, e, i, "can never match: all of it is excepted by");
	}
}

int
lw_loader_check_rules(struct lw_loader *l)
{
	static const char list[] = "rules[].match";
	const struct lw_policy *p = l->policy;

	check_exceptions(l, p);
	for (size_t i = 0; i < p->rule_count && l->error_count < LW_ERRORS_MAX; i++) {
		check_name_once(l, p->rules, i, "rules[].name");
		if (check_shadowed(l, &p->rules[i], list, p->rules, i,
			    "can never match: all of it is met before by") == 0)
			check_shadowed(l, &p->rules[i], list, p->exceptions, p->exception_count,
				"can never match: all of it is excepted by");
	}
	return l->error_count ? LW_REFUSED : 0;
}
