#include "report/hit.h"

#include <assert.h>
#include <string.h>

#include "base/util.h"
#include "report/evidence.h"

static bool
ends(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

/* Of Finding.Severity in Security Command Center's API v2. */
static bool
is_severity(const char *s)
{
	static const char *const words[] = {"CRITICAL", "HIGH", "MEDIUM", "LOW"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(words); i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

bool
lw_hit_ok(const struct lw_rule_hit *hit)
{
	const struct {
		const char *text;
		size_t size;
	} strings[] = {
		{hit->id, sizeof(hit->id)},
		{hit->title, sizeof(hit->title)},
		{hit->category, sizeof(hit->category)},
		{hit->module, sizeof(hit->module)},
		{hit->severity, sizeof(hit->severity)},
		{hit->description, sizeof(hit->description)},
		{hit->next_steps, sizeof(hit->next_steps)},
		{hit->false_positives, sizeof(hit->false_positives)},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(strings); i++)
		if (!ends(strings[i].text, strings[i].size))
			return false;
	for (size_t i = 0; i < LW_RULE_HIT_TACTICS; i++)
		if (!ends(hit->tactics[i], sizeof(hit->tactics[i])))
			return false;
	for (size_t i = 0; i < LW_RULE_HIT_TECHNIQUES; i++)
		if (!ends(hit->techniques[i], sizeof(hit->techniques[i])))
			return false;
	return hit->action < LW_ACTION_COUNT && hit->category[0] && is_severity(hit->severity);
}

static const char *
or_null(const char *text)
{
	return text[0] ? text : NULL;
}

void
lw_hit_detector(const struct lw_rule_hit *hit, struct lw_detector *out)
{
	static_assert(LW_TECHNIQUES_MAX >= LW_RULE_HIT_TECHNIQUES, "a row has room for them");

	*out = (struct lw_detector){
		.category = hit->category,
		.module = hit->module[0] ? hit->module : "DETECTION_RULE_MET",
		.severity = hit->severity,
		.finding_class = "THREAT",
		.tactic = or_null(hit->tactics[0]),
		.more_tactic = or_null(hit->tactics[1]),
		.next_steps = hit->next_steps[0]
				      ? hit->next_steps
				      : "Look at the arguments and at the parent processes. When "
					"this is known to you, make an exception for it; else "
					"isolate the container.",
	};
	for (size_t i = 0; i < LW_RULE_HIT_TECHNIQUES; i++)
		out->techniques[i] = or_null(hit->techniques[i]);
}

unsigned
lw_hit_object(const struct lw_observation *seen)
{
	return lw_object_is_script(&seen->objects[1]) && seen->objects[1].present;
}
