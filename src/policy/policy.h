/*
 * policy: what an administrator wants, compiled. Loaded from YAML by one schema table
 * (src/policy/schema.c) that also drives defaults, bounds, --dump-config and the completeness tests
 * of man page and conf/layerwatch.yaml.
 *
 * lw_policy_eval is pure: the same subject meets the same rule. Rules: first match wins; exceptions
 * are asked first, and one that matches allows silently. A rule or exception that names a path
 * (path, parent) matches only where the file at that path is of layer image or touched, unless it
 * says which layers it means (layer, parent_layer).
 *
 * While the verdict is not known (deadline), a rule that doesn't need it decides as ever. Where a
 * rule before it needs the verdict, otherwise matches and asks for more than allow,
 * decision.on_deadline decides, unless what the later rule asks for is as strong.
 */
#ifndef LW_POLICY_POLICY_H
#define LW_POLICY_POLICY_H

#include "base/text.h"
#include "layerwatch/facts.h"

#define LW_POLICY_PATH LW_SYSCONFDIR "/layerwatch/layerwatch.yaml"	/* if no other is given */
#define LW_POLICY_BYTES_MAX (1024u * 1024)	/* of all YAML files of a policy together */
/* bytes of the dump of such a policy, and of what lw_policy_load takes */
#define LW_POLICY_DUMP_MAX (4u * 1024 * 1024)
#define LW_POLICY_FILES_MAX 64			/* of policy.d */
#define LW_POLICY_RULES_MAX 1024			/* rules, and again exceptions */
#define LW_LIST_MAX 256				/* values of one list */
#define LW_SINKS_MAX 8
#define LW_HASH_LISTS_MAX 16
#define LW_INTERPRETERS_MAX 32
#define LW_INTERPRETER_LIST_MAX 16		/* names, or options of a kind, of one */
#define LW_RULE_NAME_SIZE 64

struct lw_string_list {
	char **items;
	size_t count;
};

enum lw_sink_type { LW_SINK_STDOUT, LW_SINK_FILE };

struct lw_sink_settings {
	enum lw_sink_type type;
	char *path;		/* file */
	uint64_t max_bytes;	/* rotate when larger; 0 = never */
	uint32_t keep;		/* rotated files kept */
	uint64_t spool_bytes;	/* kept in memory while the sink can't be written */
};

struct lw_hash_list_settings {
	char *name;
	char *path;		/* of a file made by `layerwatch hashset build` */
	enum lw_verdict verdict;	/* malicious or trusted */
};

/* A further interpreter: options as they are written, "-e" or "--eval". */
struct lw_interpreter_settings {
	struct lw_string_list names;	/* base names, with '*' */
	enum lw_language language;
	struct lw_string_list code;	/* options that take code */
	struct lw_string_list file;	/* ... a script file */
	struct lw_string_list module;	/* ... the name of a Python module */
	struct lw_string_list argument;	/* ... anything else */
};

/* Every key has its default, bound and doc line in src/policy/schema.c. */
struct lw_settings {
	enum lw_mode mode;
	struct {
		/* globs over the mount point of an overlay: not marked */
		struct lw_string_list exclude;
		/* further runtime binaries for the barrier, absolute paths */
		struct lw_string_list runtimes;
		bool opens; /* coverage: open; false = exec */
		/* overlays mounted in a user namespace (rootless) */
		bool user_namespaces;
		uint32_t rescan_ms;		/* period of the full rescan of mount namespaces */
	} watch;
	struct {
		uint32_t deadline_ms;		/* 10..10000, default 500 */
		enum lw_action on_deadline;	/* allow | deny */
		/* allow | deny: layer or content could not be read */
		enum lw_action on_error;
		/* detect mode: longest hold to secure evidence, default 10 */
		uint32_t evidence_ms;
		uint32_t in_flight;		/* most events held at once, default 256 */
		/* of them, percent one container may have, default 50 */
		uint32_t share;
		/* a gate silent for so long is killed, default 2000 */
		uint32_t stall_ms;
		uint32_t cache_entries;		/* default 8192 */
	} decision;
	struct {
		uint32_t script_bytes;		/* default 65536 */
		uint32_t argument_bytes;	/* default 32768 */
		struct lw_string_list environment;	/* names captured */
		bool redact;			/* secrets in args, environment and contents */
		/* further ones: POSIX extended regular expressions */
		struct lw_string_list redact_patterns;
		struct lw_interpreter_settings interpreters[LW_INTERPRETERS_MAX];
		size_t interpreter_count;
	} capture;
	struct {
		struct lw_hash_list_settings hash_lists[LW_HASH_LISTS_MAX];
		size_t hash_list_count;
		/* files and folders of YARA rules, absolute; "default" = our own */
		struct lw_string_list yara;
		/* the same of Sigma rules */
		struct lw_string_list rules;
		uint64_t hash_bytes;		/* largest file hashed whole, default 256 MiB */
		char *model;			/* "default", "none" or a path */
	} content;
	struct {
		uint64_t repeat_window_us;	/* default 1 h; 0 = no folding */
		uint32_t alerts_per_minute;	/* per container, default 60; 0 = no limit */
	} noise;
	struct lw_sink_settings sinks[LW_SINKS_MAX];
	size_t sink_count;
	struct {
		uint32_t classify;		/* processes, default 2 */
		uint32_t resolve;		/* processes, default 2 */
		/* of report, classify; default "layerwatch", else nobody */
		char *user;
		char *control;			/* path of the control socket */
	} processes;
	struct {				/* resource.* of findings; absent = from the host */
		char *project;
		char *location;
		char *display_name;
	} resource;
};

struct lw_policy;

/* One text of YAML with the name that errors show. */
struct lw_policy_source {
	const char *name;
	const char *text;
	size_t length;
};

/*
 * "file:line:column: key: reason", one line each, into errors. Returns 0, -EINVAL when there were
 * errors, -ENOMEM.
 */
int lw_policy_load(const struct lw_policy_source *sources, size_t count, struct lw_policy **out,
	struct lw_text *errors);
/*
 * Reads path and the *.yaml files of the folder "policy.d" beside it, in name order. A later file
 * replaces the values and the sinks of an earlier one, and adds to its rules, exceptions and hash
 * lists. Returns as lw_policy_load, or the negative errno of a file that can't be read (errors says
 * which); a missing path is such an error.
 */
int lw_policy_load_file(const char *path, struct lw_policy **out, struct lw_text *errors);
/* What holds where there is no file: the defaults. Returns as lw_policy_load. */
int lw_policy_load_built_in(struct lw_policy **out, struct lw_text *errors);
struct lw_policy *lw_policy_free(struct lw_policy *p);	/* always NULL */
void lw_policy_freep(struct lw_policy **p);

const struct lw_settings *lw_policy_settings(const struct lw_policy *p);

/*
 * The whole effective policy as YAML, each key with its doc line; loading it gives the same policy
 * again.
 */
void lw_policy_dump(const struct lw_policy *p, struct lw_text *out, bool comments);

/* What the policy is asked about. Absent text is NULL. */
struct lw_subject {
	enum lw_layer layer;
	enum lw_kind kind;
	enum lw_verdict verdict;
	bool verdict_known;		/* false: not judged in time */
	enum lw_language language;
	const char *path;		/* inside the container */
	size_t path_length;
	/* false: truncated or resolved by guess; no path condition matches */
	bool path_exact;
	const char *parent;		/* exe of the parent */
	size_t parent_length;
	enum lw_layer parent_layer;
	uint32_t uid;
	const uint8_t *sha256;		/* NULL = not known */
	/* NULL = not known: no container condition matches */
	const struct lw_container_facts *container;
	/* NULL = the content is in question, not what is done with it */
	const struct lw_met_rule *behaviour;
};

/* A rule of content.rules that an execution meets, as policies can name it. */
struct lw_met_rule {
	const char *id, *title, *module;
	enum lw_action action;		/* that it asks for itself */
};

struct lw_decision {
	enum lw_action action;
	const char *rule;		/* its name; "" = no rule matched; owned by the policy */
	bool exception;			/* an exception matched: allow silently */
	bool by_deadline;		/* decision.on_deadline decided */
};

/*
 * With s->behaviour, only exceptions and the rules that name behaviour are asked; where none
 * matches, the action is that of the met rule itself, and the decision names it by its title.
 */
void lw_policy_eval(const struct lw_policy *p, const struct lw_subject *s, struct lw_decision *out);

/*
 * Could any rule answer something else than a silent allow for this layer, kind and verdict,
 * whatever the rest is? False lets the gate answer without looking at argv, parents or the
 * container. O(1): a table made at load.
 */
bool lw_policy_cares(
	const struct lw_policy *p, enum lw_layer layer, enum lw_kind kind, enum lw_verdict verdict);

/* Could a rule deny because of what content.rules are met? */
bool lw_policy_denies_behaviour(const struct lw_policy *p);

/* As eval, telling for each rule asked why it did or did not match; one line each. */
void lw_policy_explain(const struct lw_policy *p, const struct lw_subject *s,
	struct lw_decision *out, struct lw_text *trace);

#endif
