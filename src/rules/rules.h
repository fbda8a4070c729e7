/*
 * rules: detection rules in the Sigma format (https://sigmahq.io, specification 2.1), compiled to
 * one flat set, and the question which of them an execution meets.
 *
 * Loading turns YAML into the set; a rule that is wrong or asks for what is not there is refused
 * with its place and the reason, the others load. Evaluating looks at one execution: each text
 * goes once through the automaton of its field, which sets the atoms (one bit for each test that
 * rules make), then each rule's condition is a walk over a few atoms. No I/O and no allocation;
 * time is bounded by the bytes of the event and the number of rules. A set belongs to one thread:
 * it holds the scratch memory.
 *
 * Text is compared without case unless |cased says otherwise: ASCII, and the letters of two bytes
 * in UTF-8 (Latin-1, Latin Extended-A, Greek, Cyrillic, Armenian). Regular expressions know the
 * case of ASCII only, unless they hold other characters themselves.
 */
#ifndef LW_RULES_RULES_H
#define LW_RULES_RULES_H

#include "base/text.h"
#include "layerwatch/mitre.h"
#include "layerwatch/words.h"

#define LW_RULES_MAX 8192u
#define LW_RULES_SOURCES_MAX 8192u
#define LW_RULES_BYTES_MAX (16u * 1024 * 1024) /* of all texts */
#define LW_RULES_DOCUMENTS_MAX 4096u /* in one text */
#define LW_RULES_STEPS_MAX (1u << 20) /* of all conditions */
#define LW_RULES_COLUMNS_MAX 1024u /* fields, with each variable and label by its name */
#define LW_RULES_LITERALS_MAX (1u << 19)
#define LW_RULES_EXPRESSIONS_MAX 2048u /* regular ones sought in one pass; more one by one */
#define LW_RULE_SELECTIONS_MAX 128u
#define LW_RULE_VALUES_MAX 8192u /* of one rule, after modifiers made more of them */
#define LW_RULE_PATTERN_MAX 2048u /* bytes of one value, as it is looked for */
#define LW_RULE_CONDITION_MAX 4096u /* bytes */
#define LW_RULE_DEPTH_MAX 32u /* parentheses and "not" of a condition */
#define LW_RULE_NODES_MAX 65536u /* of one rule's expressions */
#define LW_RULE_TEXT_MAX 8192u /* bytes of a description and the like; the rest is cut */
#define LW_RULE_NAME_MAX 255u /* bytes of a title, a category */
#define LW_RULE_TAGS_MAX 16u /* tactics, and techniques, that are kept */
#define LW_RULE_REASON_SIZE 256 /* why a rule was refused */

#define LW_RULE_VALUE_MAX (64u * 1024) /* bytes of one value that are looked at */
#define LW_RULE_EVENT_MAX (512u * 1024) /* bytes of all values */
#define LW_RULE_ELEMENTS_MAX 2048u /* values of one event */
#define LW_RULE_MATCHES_MAX 16

/* What a condition can ask about; src/rules/field.c has their names and types. */
enum lw_rule_field {
	LW_RULE_IMAGE,
	LW_RULE_ORIGINAL_FILE_NAME,
	LW_RULE_COMMAND_LINE,
	LW_RULE_PARENT_IMAGE,
	LW_RULE_PARENT_COMMAND_LINE,
	LW_RULE_CURRENT_DIRECTORY,
	LW_RULE_USER,
	LW_RULE_LOGON_ID, /* never present here */
	LW_RULE_HASHES, /* "SHA256=...,MD5=..."; made of the four below where it is absent */
	LW_RULE_MD5,
	LW_RULE_SHA1,
	LW_RULE_SHA256,
	LW_RULE_IMPHASH,
	LW_RULE_LAYER,
	LW_RULE_KIND,
	LW_RULE_VERDICT,
	LW_RULE_SCRIPT, /* its path */
	LW_RULE_SCRIPT_CONTENTS,
	LW_RULE_STDIN, /* file, pipe, socket, tty, none */
	LW_RULE_STDIN_PEER, /* "address:port", or who is at the other end of the pipe */
	LW_RULE_STDOUT,
	LW_RULE_STDOUT_PEER,
	LW_RULE_CONTAINER_NAME,
	LW_RULE_CONTAINER_IMAGE,
	LW_RULE_CONTAINER_NAMESPACE,
	LW_RULE_TEXT_COUNT, /* those above are texts */

	LW_RULE_PROCESS_ID = LW_RULE_TEXT_COUNT,
	LW_RULE_PARENT_PROCESS_ID,
	LW_RULE_UID,
	LW_RULE_CONTAINER_AGE, /* seconds */
	LW_RULE_NUMBERS_END,

	LW_RULE_ANCESTORS = LW_RULE_NUMBERS_END, /* images; a test holds if one of them meets it */
	LW_RULE_ENVIRONMENT, /* Environment.NAME */
	LW_RULE_LABEL, /* Container.Label.NAME */
	LW_RULE_FIELD_COUNT
};

/* A part of a text that the caller owns; data NULL = absent, length 0 = empty. */
struct lw_rule_text {
	const char *data;
	size_t length;
};

struct lw_rule_pair {
	struct lw_rule_text name, value;
};

struct lw_rule_event {
	struct lw_rule_text text[LW_RULE_TEXT_COUNT];
	int64_t number[LW_RULE_NUMBERS_END]; /* only from LW_RULE_TEXT_COUNT on */
	uint64_t numbers; /* bit 1 << field: this number is known */
	const struct lw_rule_text *ancestors; /* parent first */
	size_t ancestor_count;
	/* a name may come twice: a test holds if one of them meets it */
	const struct lw_rule_pair *environment, *labels;
	size_t environment_count, label_count;
};

struct lw_rule_matches {
	unsigned count;
	uint32_t rules[LW_RULE_MATCHES_MAX]; /* indexes, in the order of loading */
	uint32_t more; /* what did not fit above: those with the weakest actions */
	uint32_t strongest; /* the first rule with the strongest action, where one matched */
	/* tests that were given up: PCRE2's limits (regex.h), and 20 ms of CPU for one event */
	unsigned limited;
	unsigned limited_count;
	uint32_t limited_rules[LW_RULE_MATCHES_MAX]; /* rules that such a test belongs to */
	bool cut; /* a value was longer than it is looked at, or there were too many */
};

struct lw_rule_info {
	const char *source; /* the text's name */
	uint32_t line; /* where the rule begins */
	const char *title, *id, *status, *description, *author, *date; /* "" = not given */
	const char *references, *false_positives, *fields; /* lists as one text: "a; b" */
	const char *category, *module, *severity, *next_steps;
	enum lw_action action;
	bool enabled;
	unsigned tactic_count, technique_count;
	const struct lw_tactic *tactics[LW_RULE_TAGS_MAX];
	/* as the tag has it: "T1059.004"; mitre: NULL where findings have no name for it */
	struct {
		char id[12];
		const struct lw_technique *mitre;
	} techniques[LW_RULE_TAGS_MAX];
};

/* One text to load: rules, or with `lists` the named lists for |expand. */
struct lw_rules_source {
	const char *name; /* for messages */
	const char *text;
	size_t length;
	bool lists;
};

struct lw_rules_refusal {
	const char *source;
	uint32_t line, column;
	const char *reason;
};

struct lw_rules;

/*
 * Loads all texts, the lists first. Refused rules are no error: they are in lw_rules_refusal.
 * Returns 0, -E2BIG beyond the bounds of the whole, -ENOTSUP on a CPU that Hyperscan is not for (it
 * asks for SSSE3), or -ENOMEM. The texts are not needed afterwards.
 */
int lw_rules_load(const struct lw_rules_source *sources, size_t count, struct lw_rules **out);
struct lw_rules *lw_rules_free(struct lw_rules *s); /* always NULL */
void lw_rules_freep(struct lw_rules **s);
/* By a file's name: lists.yaml, lists.yml and what ends in .lists.yaml or .lists.yml. */
bool lw_rules_is_lists(const char *name);

size_t lw_rules_count(const struct lw_rules *s);
const struct lw_rule_info *lw_rules_info(const struct lw_rules *s, size_t rule);
/* By id or, failing that, by title. Returns the index or -ENOENT. */
ssize_t lw_rules_find(const struct lw_rules *s, const char *name);
size_t lw_rules_refused(const struct lw_rules *s);
void lw_rules_refusal(const struct lw_rules *s, size_t i, struct lw_rules_refusal *out);
/* Adds "source:line:column: reason" lines, one a refusal. */
void lw_rules_add_refusals(const struct lw_rules *s, struct lw_text *out);

/* Rules that are not enabled are not evaluated. */
void lw_rules_enable(struct lw_rules *s, size_t rule, bool enabled);
void lw_rules_set_action(struct lw_rules *s, size_t rule, enum lw_action action);
/* Of the enabled rules: does one deny or kill; 1 << field for each field that one reads. */
bool lw_rules_has_deny(const struct lw_rules *s);
uint64_t lw_rules_fields(const struct lw_rules *s);
/* The i-th name that a rule reads of LW_RULE_ENVIRONMENT or LW_RULE_LABEL; NULL after the last. */
const char *lw_rules_name(const struct lw_rules *s, enum lw_rule_field field, size_t i);

/* Which enabled rules the event meets. */
void lw_rules_evaluate(
	struct lw_rules *s, const struct lw_rule_event *event, struct lw_rule_matches *out);

/*
 * For `rules test`: does this rule match, enabled or not; and then, for the same event, the name
 * of each selection (NULL after the last) and whether it held.
 */
bool lw_rules_test(struct lw_rules *s, size_t rule, const struct lw_rule_event *event);
const char *lw_rules_selection(struct lw_rules *s, size_t rule, size_t i, bool *held);

/* What the literal search was built with: "Hyperscan 5.4.0" or "built in". */
const char *lw_rules_engine(void);

#endif
