/*
 * Any bytes as a policy: no crash, bounded; and what loads has a dump that loads as the same
 * policy.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lw_policy *
load(const char *text, size_t length, struct lw_text *errors)
{
	const struct lw_policy_source source = {"fuzz", text, length};
	struct lw_policy *p = NULL;
	int r = lw_policy_load(&source, 1, &p, errors);

	assert((r == 0) == (p != NULL));
	assert(r == 0 || errors->length > 0 || errors->failed);
	return p;
}

static void
evaluate(const struct lw_policy *p, struct lw_text *trace)
{
	struct lw_container_facts facts = {
		.complete = 1, .label_count = 1, .labels[0] = "a=b", .name = "c"};
	struct lw_subject s = {.path = "/usr/bin/tool",
		.path_length = 13,
		.path_exact = true,
		.container = &facts};
	struct lw_decision eval, explained;

	for (int i = 0; i < LW_LAYER_COUNT * LW_KIND_COUNT * LW_VERDICT_COUNT; i++) {
		s.layer = i % LW_LAYER_COUNT;
		s.kind = i / LW_LAYER_COUNT % LW_KIND_COUNT;
		s.verdict = i / LW_LAYER_COUNT / LW_KIND_COUNT;
		s.verdict_known = true;
		lw_policy_eval(p, &s, &eval);
		assert(eval.action == LW_ACTION_ALLOW ||
			lw_policy_cares(p, s.layer, s.kind, s.verdict));
		s.verdict_known = false;
		lw_policy_eval(p, &s, &eval);
		lw_text_reset(trace);
		lw_policy_explain(p, &s, &explained, trace);
		assert(eval.action == explained.action && eval.rule == explained.rule);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct lw_text errors = {0}, first = {0}, second = {0};
	_cleanup_(lw_policy_freep) struct lw_policy *p = NULL, *again = NULL;

	lw_text_init(&errors, 256 * 1024);
	lw_text_init(&first, LW_POLICY_DUMP_MAX);
	lw_text_init(&second, LW_POLICY_DUMP_MAX);
	p = load((const char *)data, size, &errors);
	if (!p)
		return 0;
	evaluate(p, &errors);
	lw_policy_dump(p, &first, size % 2);
	assert(!first.failed);
	lw_text_reset(&errors);
	again = load(first.data, first.length, &errors);
	assert(again);
	lw_policy_dump(again, &second, size % 2);
	assert(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
	return 0;
}
