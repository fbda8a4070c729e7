/*
 * eval: which rule decides, and the tables that tell beforehand whether any could.
 */
#include "policy/rule.h"
#include "policy/schema.h"

/* Told of every rule that is asked; may be NULL. */
struct witness {
	void (*fn)(struct witness *w, const char *list, size_t index, const struct lw_rule *rule,
		enum lw_result result, size_t failed);
	struct lw_text *trace;
	const struct lw_subject *subject;
};

static enum lw_result
ask(const struct lw_rule *rule, const char *list, size_t index, const struct lw_subject *s,
	struct witness *w)
{
	size_t failed = 0;
	enum lw_result r = lw_match_test(&rule->match, s, &failed);

	if (w)
		w->fn(w, list, index, rule, r, failed);
	return r;
}

/*
 * A rule that decides whatever the verdict, or none; and the first before it that would need the
 * verdict and asks for more than allow.
 */
static const struct lw_rule *
rule_that_decides(const struct lw_policy *p, const struct lw_subject *s,
	const struct lw_rule **pending, struct witness *w)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct lw_rule *rule = &p->rules[i];

		if (s->behaviour && rule->match.behaviour.count == 0)
			continue;
		enum lw_result r = ask(rule, "rule", i, s, w);

		if (r == LW_RESULT_MATCH)
			return rule;
		if (r == LW_RESULT_PENDING && !*pending && rule->action > LW_ACTION_ALLOW)
			*pending = rule;
	}
	return NULL;
}

static const struct lw_rule *
exception_for(const struct lw_policy *p, const struct lw_subject *s, struct witness *w)
{
	for (size_t i = 0; i < p->exception_count; i++)
		if (ask(&p->exceptions[i], "exception", i, s, w) == LW_RESULT_MATCH)
			return &p->exceptions[i];
	return NULL;
}

static struct lw_decision
decide(const struct lw_policy *p, const struct lw_subject *s, struct witness *w)
{
	const enum lw_action on_deadline = p->settings.decision.on_deadline;
	const struct lw_rule *pending = NULL;
	const struct lw_rule *rule = exception_for(p, s, w);

	if (rule)
		return (struct lw_decision){
			.action = LW_ACTION_ALLOW, .rule = rule->name, .exception = true};
	rule = rule_that_decides(p, s, &pending, w);
	if (rule && (!pending || (rule->action > LW_ACTION_ALLOW && rule->action >= on_deadline)))
		return (struct lw_decision){.action = rule->action, .rule = rule->name};
	if (pending)
		return (struct lw_decision){
			.action = on_deadline, .rule = pending->name, .by_deadline = true};
	if (s->behaviour)
		return (struct lw_decision){
			.action = s->behaviour->action, .rule = s->behaviour->title};
	return (struct lw_decision){.action = LW_ACTION_ALLOW, .rule = ""};
}

void
lw_policy_eval(const struct lw_policy *p, const struct lw_subject *s, struct lw_decision *out)
{
	*out = decide(p, s, NULL);
}

/* Could this rule match something of that layer and kind, and with that verdict (-1: with any)? */
static bool
possible(const struct lw_rule *rule, int layer, int kind, int verdict)
{
	const struct lw_match *m = &rule->match;

	return m->behaviour.count == 0 && LW_IN_SET(lw_match_layers(m), layer) &&
	       (!m->kind || LW_IN_SET(m->kind, kind)) &&
	       (verdict < 0 || !m->verdict || LW_IN_SET(m->verdict, verdict));
}

static bool
cares(const struct lw_policy *p, int layer, int kind, int verdict)
{
	for (size_t i = 0; i < p->exception_count; i++)
		if (possible(&p->exceptions[i], layer, kind, verdict) &&
			!lw_match_has_more(&p->exceptions[i].match))
			return false;
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct lw_rule *rule = &p->rules[i];

		if (!possible(rule, layer, kind, verdict))
			continue;
		if (rule->action > LW_ACTION_ALLOW)
			return true;
		if (!lw_match_has_more(&rule->match))
			return false;
	}
	return false;
}

void
lw_policy_compile(struct lw_policy *p)
{
	for (int layer = 0; layer < LW_LAYER_COUNT; layer++) {
		for (int kind = 0; kind < LW_KIND_COUNT; kind++) {
			for (int v = 0; v < LW_VERDICT_COUNT; v++)
				p->cares[layer][kind][v] = cares(p, layer, kind, v);
		}
	}
}

bool
lw_policy_cares(
	const struct lw_policy *p, enum lw_layer layer, enum lw_kind kind, enum lw_verdict verdict)
{
	return p->cares[layer][kind][verdict];
}

bool
lw_policy_denies_behaviour(const struct lw_policy *p)
{
	for (size_t i = 0; i < p->rule_count; i++)
		if (p->rules[i].match.behaviour.count && p->rules[i].action >= LW_ACTION_DENY)
			return true;
	return false;
}

/* Explaining */

static const char *const result_words[] = {
	[LW_RESULT_MATCH] = "matches",
	[LW_RESULT_PENDING] = "matches but for the verdict, which is not known",
	[LW_RESULT_NOT_ASKED] = "is not asked",
	[LW_RESULT_DIFFERS] = "differs",
	[LW_RESULT_ABSENT] = "there is none",
	[LW_RESULT_NO_FACTS] = "the container's facts are not known or not complete",
	[LW_RESULT_NOT_EXACT] = "the path is truncated or guessed",
	[LW_RESULT_LAYER] =
		"the file is not of layer image or touched, and the rule names no other layer",
};
_Static_assert(LW_ARRAY_SIZE(result_words) == LW_RESULT_COUNT, "a word for each result");

static void
explain_failed(struct witness *w, const struct lw_rule *rule, enum lw_result result, size_t failed)
{
	const struct lw_key *k = &lw_rule_schema[failed];
	const char *value;
	char buffer[80];
	size_t length = 0;

	lw_text_addf(w->trace, "%s: %s", k->key, result_words[result]);
	value = lw_match_value(failed, w->subject, buffer, &length);
	if (value) {
		lw_text_adds(w->trace, ": it is \"");
		lw_text_add_visible(w->trace, value, length);
		lw_text_adds(w->trace, "\"");
	}
	if (result == LW_RESULT_DIFFERS) {
		lw_text_adds(w->trace, ", not ");
		k->type->print(k, lw_field_const(k, rule), w->trace);
	}
}

static void
explain_rule(struct witness *w, const char *list, size_t index, const struct lw_rule *rule,
	enum lw_result result, size_t failed)
{
	lw_text_addf(w->trace, "%s %zu \"%s\": ", list, index + 1, rule->name);
	if (result <= LW_RESULT_NOT_ASKED)
		lw_text_adds(w->trace, result_words[result]);
	else
		explain_failed(w, rule, result, failed);
	lw_text_adds(w->trace, "\n");
}

void
lw_policy_explain(const struct lw_policy *p, const struct lw_subject *s, struct lw_decision *out,
	struct lw_text *trace)
{
	struct witness w = {.fn = explain_rule, .trace = trace, .subject = s};

	*out = decide(p, s, &w);
	lw_text_addf(trace, "decision: %s", lw_action_to_str(out->action));
	if (out->exception)
		lw_text_addf(trace, ", silently, by exception \"%s\"\n", out->rule);
	else if (out->by_deadline)
		lw_text_addf(trace, " by decision.on_deadline: rule \"%s\" needs the verdict\n",
			out->rule);
	else if (*out->rule)
		lw_text_addf(trace, " by rule \"%s\"\n", out->rule);
	else
		lw_text_adds(trace, ": no rule matches\n");
}
