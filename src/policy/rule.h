/*
 * rule: rules and exceptions as they are kept, and the question whether one matches. Private to
 * src/policy.
 */
#ifndef LW_POLICY_RULE_H
#define LW_POLICY_RULE_H

#include "policy/policy.h"

struct lw_digest_list {
	uint8_t (*items)[LW_SHA256_SIZE];
	size_t count;
};

struct lw_range {
	uint32_t low, high;	/* both included */
};

struct lw_range_list {
	struct lw_range *items;
	size_t count;
};

/*
 * Conditions; an empty one is not asked. Sets are bit masks over the enum. Texts are globs
 * (lw_glob_match).
 */
struct lw_match {
	uint32_t verdict, layer, kind, language, parent_layer;
	struct lw_string_list path, parent;
	struct lw_digest_list sha256;
	struct lw_range_list uid;
	struct {
		uint32_t engine;
		struct lw_string_list id, name, image, namespace_, pod, label;
	} container;
	struct lw_string_list behaviour;
};

struct lw_rule {
	char *name;
	struct lw_match match;
	enum lw_action action;
	/* where it stands, for errors */
	uint32_t source, line, column;
};

struct lw_policy {
	struct lw_settings settings;
	struct lw_rule *rules;
	size_t rule_count;
	struct lw_rule *exceptions;
	size_t exception_count;
	bool cares[LW_LAYER_COUNT][LW_KIND_COUNT][LW_VERDICT_COUNT];
};

/* How one condition, or all of a rule, stands to a subject. */
enum lw_result {
	LW_RESULT_MATCH,
	LW_RESULT_PENDING,	/* matches but for the verdict, which is not there yet */
	LW_RESULT_NOT_ASKED,	/* the rule has no such condition */
	LW_RESULT_DIFFERS,
	LW_RESULT_ABSENT,	/* the subject has no such text */
	LW_RESULT_NO_FACTS,	/* the container's facts are not known, or not complete */
	LW_RESULT_NOT_EXACT,	/* the path is truncated or guessed */
	LW_RESULT_LAYER,	/* the path's file is not the image's, and no layer is named */
	LW_RESULT_COUNT
};

/*
 * MATCH, PENDING, or why not; then *failed (if not NULL) is the row of lw_rule_schema that failed.
 */
enum lw_result lw_match_test(const struct lw_match *m, const struct lw_subject *s, size_t *failed);
/* What the subject has where the condition of this row asks; NULL when nothing. */
const char *lw_match_value(size_t row, const struct lw_subject *s, char buffer[80], size_t *length);

/* The layers in which it can match at all: its own, or those that a path is trusted in. */
uint32_t lw_match_layers(const struct lw_match *m);
uint32_t lw_match_parent_layers(const struct lw_match *m);
/* Are there conditions beside layer, kind and verdict? */
bool lw_match_has_more(const struct lw_match *m);
/* Are there conditions beside the sets (verdict, layer, kind, language, parent_layer)? */
bool lw_match_has_texts(const struct lw_match *m);
bool lw_match_is_empty(const struct lw_match *m);
/* Does the rule need the verdict? */
bool lw_match_needs_verdict(const struct lw_match *m);

/* Fills the tables of lw_policy_cares*. */
void lw_policy_compile(struct lw_policy *p);

#define LW_SET_ALL(count) ((1u << (count)) - 1)
#define LW_IN_SET(set, v) ((set) & (1u << (v)))

#endif
