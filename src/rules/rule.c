#include "rules/rule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "rules/detection.h"

/* A text of the rule that is kept as it is, and where. */
struct text_row {
	const char *key;
	size_t at; /* of struct lw_rule_info */
	size_t most; /* bytes; 0 = what is longer is cut, else refused */
};

#define TEXT(key, member, most)                                                                    \
	{                                                                                          \
		key, offsetof(struct lw_rule_info, member), most                                   \
	}

static const struct text_row texts[] = {
	TEXT("title", title, LW_RULE_NAME_MAX),
	TEXT("id", id, 64),
	TEXT("status", status, 32),
	TEXT("description", description, 0),
	TEXT("author", author, 0),
	TEXT("date", date, 32),
	TEXT("references", references, 0),
	TEXT("falsepositives", false_positives, 0),
	TEXT("fields", fields, 0),
};

static const char **
member(struct lw_rule_info *info, size_t at)
{
	return (const char **)((char *)info + at);
}

static void
add_part(struct lw_text *out, const struct lw_yaml_node *n)
{
	size_t room = out->bound - out->length - 1;
	size_t length = LW_MIN(n->length, room > 2 ? room - 2 : 0);

	/* Not within a character. */
	while (length > 0 && length < n->length && ((uint8_t)n->text[length] & 0xc0) == 0x80)
		length--;
	if (out->length > 0 && length > 0)
		lw_text_adds(out, "; ");
	lw_text_add(out, n->text, length);
}

/* A text or a list of texts as one text; what is no text is left out. */
static int
keep_text(struct lw_build *b, const struct lw_yaml_node *n, const char **out)
{
	const struct lw_yaml_node *part = n && n->type == LW_YAML_LIST ? n->first : n;
	_cleanup_text_ struct lw_text text = {0};

	lw_text_init(&text, LW_RULE_TEXT_MAX);
	for (; part; part = n->type == LW_YAML_LIST ? part->next : NULL)
		if (part->type == LW_YAML_SCALAR && !lw_yaml_is_null(part))
			add_part(&text, part);
	*out = lw_rules_keep(b->set, text.data ? text.data : "", text.length);
	return *out ? 0 : -ENOMEM;
}

static int
take_texts(struct lw_build *b, const struct lw_yaml_node *root, struct lw_rule_info *info)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LW_ARRAY_SIZE(texts); i++) {
		const struct lw_yaml_node *n = lw_yaml_child(root, texts[i].key);

		if (n && texts[i].most > 0 && n->type != LW_YAML_SCALAR)
			return lw_refuse(b, n, "%s: a text belongs here", texts[i].key);
		if (n && texts[i].most > 0 && n->length > texts[i].most)
			return lw_refuse(
				b, n, "%s: more than %zu bytes", texts[i].key, texts[i].most);
		r = keep_text(b, n, member(info, texts[i].at));
	}
	if (r == 0 && !info->title[0])
		return lw_refuse(b, root, "the title is missing");
	return r;
}

struct level {
	const char *word, *severity;
};

static const struct level levels[] = {
	{"informational", "LOW"},
	{"low", "LOW"},
	{"medium", "MEDIUM"},
	{"high", "HIGH"},
	{"critical", "CRITICAL"},
};

static int
take_level(struct lw_build *b, const struct lw_yaml_node *root, struct lw_rule_info *info)
{
	const struct lw_yaml_node *n = lw_yaml_child(root, "level");

	info->severity = "MEDIUM";
	if (!n)
		return 0;
	for (size_t i = 0; n->text && i < LW_ARRAY_SIZE(levels); i++) {
		if (strcmp(n->text, levels[i].word) != 0)
			continue;
		info->severity = levels[i].severity;
		return 0;
	}
	return lw_refuse(b, n, "level: one of informational, low, medium, high, critical");
}

/* "t1059" or "t1059.004" */
static bool
is_technique(const char *s)
{
	size_t length = strlen(s);

	for (size_t i = 1; i < length; i++)
		if (i == 5 ? s[i] != '.' : !isdigit((unsigned char)s[i]))
			return false;
	return s[0] == 't' && (length == 5 || length == 9);
}

/* Each name once: two tags may have the same. */
static void
take_tactic(struct lw_rule_info *info, const struct lw_tactic *tactic)
{
	for (unsigned i = 0; i < info->tactic_count; i++)
		if (strcmp(info->tactics[i]->mitre, tactic->mitre) == 0)
			return;
	if (info->tactic_count < LW_RULE_TAGS_MAX)
		info->tactics[info->tactic_count++] = tactic;
}

static void
take_technique(struct lw_rule_info *info, const char *tag)
{
	char *id = info->techniques[info->technique_count].id;

	lw_copy_string(id, sizeof(info->techniques[0].id), tag);
	id[0] = 'T';
	info->techniques[info->technique_count++].mitre = lw_technique_find(id);
}

/* attack.TACTIC, attack.tNNNN; other tags are not ours. */
static void
take_tag(struct lw_rule_info *info, const char *tag)
{
	const struct lw_tactic *tactic;

	if (strncmp(tag, "attack.", 7) != 0)
		return;
	tag += 7;
	tactic = lw_tactic_find(tag);
	if (tactic)
		take_tactic(info, tactic);
	else if (is_technique(tag) && info->technique_count < LW_RULE_TAGS_MAX)
		take_technique(info, tag);
}

static int
take_tags(struct lw_build *b, const struct lw_yaml_node *root, struct lw_rule_info *info)
{
	const struct lw_yaml_node *tags = lw_yaml_child(root, "tags");

	if (!tags || lw_yaml_is_null(tags))
		return 0;
	if (tags->type != LW_YAML_LIST)
		return lw_refuse(b, tags, "tags: a list belongs here");
	for (const struct lw_yaml_node *n = tags->first; n; n = n->next)
		if (n->type == LW_YAML_SCALAR)
			take_tag(info, n->text);
	return 0;
}

static bool
is(const struct lw_yaml_node *n, const char *word)
{
	return n && n->type == LW_YAML_SCALAR && strcmp(n->text, word) == 0;
}

static int
check_logsource(struct lw_build *b, const struct lw_yaml_node *root)
{
	const struct lw_yaml_node *source = lw_yaml_child(root, "logsource");
	const struct lw_yaml_node *product, *category, *service;

	if (!source || source->type != LW_YAML_MAP)
		return lw_refuse(b, source ? source : root, "the logsource is missing");
	product = lw_yaml_child(source, "product");
	category = lw_yaml_child(source, "category");
	service = lw_yaml_child(source, "service");
	if (!is(product, "linux") && !is(product, "layerwatch"))
		return lw_refuse(b, product ? product : source,
			"logsource.product: only linux and layerwatch are supported");
	if (!is(category, "process_creation"))
		return lw_refuse(b, category ? category : source,
			"logsource.category: only process_creation is supported");
	if (service)
		return lw_refuse(b, service, "logsource.service: executions come from no service");
	return 0;
}

/* Our own key: what becomes of a match. */
static int
take_module(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	size_t length = n->text ? strspn(n->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") : 0;

	if (length == 0 || length > 128 || n->text[length] != '\0')
		return lw_refuse(b, n, "module: capital letters, digits and _ belong here");
	return keep_text(b, n, &info->module);
}

static int
take_category(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	if (n->type != LW_YAML_SCALAR || n->length == 0 || n->length > LW_RULE_NAME_MAX)
		return lw_refuse(b, n, "category: a text of at most %u bytes", LW_RULE_NAME_MAX);
	return keep_text(b, n, &info->category);
}

static int
take_severity(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(levels); i++) {
		if (!is(n, levels[i].severity))
			continue;
		info->severity = levels[i].severity;
		return 0;
	}
	return lw_refuse(b, n, "severity: one of LOW, MEDIUM, HIGH, CRITICAL");
}

static int
take_action(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	int action = lw_action_from_str(n->text);

	if (action < LW_ACTION_ALERT)
		return lw_refuse(b, n, "action: one of alert, deny, kill");
	info->action = action;
	return 0;
}

static int
take_enabled(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	if (!is(n, "true") && !is(n, "false"))
		return lw_refuse(b, n, "enabled: true or false");
	info->enabled = is(n, "true");
	return 0;
}

static int
take_next_steps(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	return keep_text(b, n, &info->next_steps);
}

static const struct {
	const char *key;
	int (*take)(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info);
} own_keys[] = {
	{"module", take_module},
	{"category", take_category},
	{"severity", take_severity},
	{"action", take_action},
	{"enabled", take_enabled},
	{"next_steps", take_next_steps},
};

static int
take_own_key(struct lw_build *b, const struct lw_yaml_node *n, struct lw_rule_info *info)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(own_keys); i++)
		if (strcmp(n->key, own_keys[i].key) == 0)
			return own_keys[i].take(b, n, info);
	struct lw_yaml_node key = lw_key_place(n);

	return lw_refuse(b, &key,
		"layerwatch: \"%.64s\" is none of module, category, severity, action, enabled, "
		"next_steps",
		n->key);
}

static int
take_own(struct lw_build *b, const struct lw_yaml_node *root, struct lw_rule_info *info)
{
	const struct lw_yaml_node *own = lw_yaml_child(root, "layerwatch");
	int r = 0;

	/* A rule that its author withdrew waits to be asked for. */
	info->enabled =
		strcmp(info->status, "deprecated") != 0 && strcmp(info->status, "unsupported") != 0;
	info->action = LW_ACTION_ALERT;
	info->category = info->title;
	info->module = LW_RULE_MODULE_DEFAULT;
	info->next_steps = "";
	if (own && own->type != LW_YAML_MAP)
		return lw_refuse(b, own, "layerwatch: a map belongs here");
	for (const struct lw_yaml_node *n = own ? own->first : NULL; r == 0 && n; n = n->next)
		r = take_own_key(b, n, info);
	return r;
}

/* Documents of other kinds that Sigma has. */
static const struct {
	const char *key, *reason;
} others[] = {
	{"correlation", "correlation rules are not supported: one execution is looked at"},
	{"filter", "filters are not supported"},
	{"action", "collections of rules (action) are not supported"},
};

static int
check_kind(struct lw_build *b, const struct lw_yaml_node *root)
{
	if (root->type != LW_YAML_MAP)
		return lw_refuse(b, root, "a rule is a map");
	for (size_t i = 0; i < LW_ARRAY_SIZE(others); i++) {
		const struct lw_yaml_node *n = lw_yaml_child(root, others[i].key);

		if (n)
			return lw_refuse(b, n, "%s", others[i].reason);
	}
	return 0;
}

int
lw_rule_compile(struct lw_build *b, const struct lw_yaml_node *root, const char *source,
	struct lw_rule *out)
{
	const struct lw_yaml_node *detection;
	int r = check_kind(b, root);

	*out = (struct lw_rule){.info.source = source, .info.line = root->line + b->line_offset};
	if (r == 0)
		r = take_texts(b, root, &out->info);
	if (r == 0)
		r = take_level(b, root, &out->info);
	if (r == 0)
		r = take_tags(b, root, &out->info);
	if (r == 0)
		r = take_own(b, root, &out->info);
	if (r == 0)
		r = check_logsource(b, root);
	if (r != 0)
		return r;
	detection = lw_yaml_child(root, "detection");
	return detection ? lw_detection_compile(b, detection, out)
			 : lw_refuse(b, root, "the detection is missing");
}
