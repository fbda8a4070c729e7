/*
 * set: the compiled rules, as the loader builds them and the evaluation reads them. For src/rules
 * alone.
 *
 * A column is what values are taken from: a field, a variable or label by its name, or all texts
 * (keywords). Each column has three scopes: for values without case, for values as they are, and
 * for regular expressions; a scope has one search over all that any rule looks for there. A hit
 * sets the atoms of its targets. Atoms of other kinds are worked out when a condition first asks,
 * once for an event, and only if what they need (their guard) was found.
 */
#ifndef LW_RULES_SET_H
#define LW_RULES_SET_H

#include "rules/cidr.h"
#include "rules/expr.h"
#include "rules/regex.h"
#include "rules/search.h"
#include "rules/wildcard.h"

#define LW_COLUMN_KEYWORDS LW_RULE_FIELD_COUNT
#define LW_COLUMNS_FIXED (LW_RULE_FIELD_COUNT + 1u) /* one a field, though named ones stay empty */
#define LW_ATOM_NONE UINT32_MAX

struct lw_column {
	enum lw_rule_field field;
	char *name; /* of a variable or label; else NULL */
};

/* The scopes of a column: what is sought in its values folded, as they are, and by expressions. */
enum { LW_SCOPE_FOLDED, LW_SCOPE_CASED, LW_SCOPE_REGEX, LW_SCOPES_PER_COLUMN };

enum lw_atom_kind {
	LW_ATOM_SCANNED, /* set by hits */
	LW_ATOM_PRESENT, /* the column has a value */
	LW_ATOM_EMPTY, /* one of its values is empty */
	LW_ATOM_NUMBER,
	LW_ATOM_WILDCARD,
	LW_ATOM_REGEX,
	LW_ATOM_CIDR,
	LW_ATOM_SAME, /* as another column */
	LW_ATOM_KINDS
};

enum lw_compare {
	LW_COMPARE_EQUAL,
	LW_COMPARE_LESS,
	LW_COMPARE_LESS_EQUAL,
	LW_COMPARE_GREATER,
	LW_COMPARE_GREATER_EQUAL,
	LW_COMPARE_COUNT
};

/* Where in the value a text must be; both: the whole value. */
enum { LW_AT_START = 1 << 0, LW_AT_END = 1 << 1 };

struct lw_atom {
	uint8_t kind; /* enum lw_atom_kind */
	uint8_t cased;
	uint8_t compare; /* enum lw_compare */
	uint8_t can; /* enum lw_search_can, of LW_ATOM_REGEX: what hits of its guard say */
	uint8_t at; /* LW_AT_*, of LW_ATOM_SAME */
	uint32_t column;
	uint32_t guard; /* an atom of hits without which this one is false; or LW_ATOM_NONE */
	uint32_t other; /* column */
	union {
		int64_t number;
		struct lw_wildcard *wildcard;
		struct lw_regex *regex;
		struct lw_cidr cidr;
	};
};

struct lw_target {
	uint32_t atom;
	uint32_t at; /* LW_AT_* */
};

struct lw_scope {
	struct lw_search *search; /* NULL: nothing is looked for */
	uint32_t *lengths; /* of each row */
	uint32_t *first; /* target of each row, and one more for the end */
	struct lw_target *targets;
};

struct lw_selection {
	const char *name;
	uint32_t entry;
};

struct lw_rule {
	struct lw_rule_info info;
	uint32_t entry; /* of its condition */
	uint32_t first_selection, selection_count;
	uint64_t fields;
};

struct lw_refused {
	const char *source, *reason;
	uint32_t line, column;
};

/* One value of the event. */
struct lw_element {
	const uint8_t *raw, *folded;
	uint32_t length;
	uint32_t next; /* of the same column, or LW_ATOM_NONE */
};

struct lw_active {
	uint32_t rule, entry;
};

/* Memory of one evaluation. */
struct lw_scratch {
	struct lw_search_scratch *search;
	uint8_t *truth; /* of each atom: false, true, or not asked yet */
	uint8_t *initial; /* what it begins with */
	uint32_t *head; /* first element of each column */
	uint8_t *crowd; /* elements of each column */
	struct lw_element *elements;
	size_t element_count;
	uint8_t *bytes; /* folded values */
	size_t used;
	char hashes[256];
	uint64_t regex_until_us; /* of CPU time; 0 = PCRE2 was not asked yet */
	unsigned limited; /* tests given up */
	bool rule_limited; /* ... by the rule at hand */
	bool cut;
	const struct lw_rule_event *event;
};

struct lw_string;

struct lw_rules {
	struct lw_string *strings;
	struct lw_rule *rules;
	size_t count, capacity;
	struct lw_refused *refused;
	size_t refused_count, refused_capacity;
	struct lw_column *columns;
	size_t column_count, column_capacity;
	uint32_t *by_name; /* named columns in the order of field and name */
	size_t named_count;
	bool has_keywords; /* a rule asks about all texts, whatever they are of */
	struct lw_scope *scopes; /* LW_SCOPES_PER_COLUMN a column */
	struct lw_atom *atoms;
	size_t atom_count, atom_capacity;
	struct lw_selection *selections;
	size_t selection_count, selection_capacity;
	struct lw_steps steps;
	struct lw_active *active; /* the enabled rules */
	size_t active_count;
	struct lw_scratch scratch;
};

/* Copies a text for as long as the set lives; NULL when memory is out. */
const char *lw_rules_keep(struct lw_rules *s, const char *text, size_t length);
/* Frees what an atom owns. */
void lw_atom_done(struct lw_atom *a);
/* Lists the enabled rules anew. */
void lw_rules_list_active(struct lw_rules *s);
/* Allocates the scratch, once everything else is there. 0 or -ENOMEM. */
int lw_scratch_init(struct lw_rules *s);
void lw_scratch_done(struct lw_scratch *c);

#endif
