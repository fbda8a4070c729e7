/*
 * Every key of the policy stands here, once: the rows drive parsing, defaults, bounds, the dump,
 * what `layerwatch policy` tells, and the tests that the man page and the sample file are
 * complete.
 */
#include <assert.h>
#include <string.h>

#include "layerwatch/control.h"
#include "layerwatch/messages.h"
#include "policy/load.h"
#include "policy/rule.h"
#include "policy/schema.h"
#include "policy/rule_files.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define MS_US 1000ull
#define S_US (1000 * MS_US)
#define DAY_US (86400 * S_US)

static const struct lw_unit byte_units[] = {{"GiB", GIB}, {"MiB", MIB}, {"KiB", KIB}, {"", 1}};
static const struct lw_unit ms_units[] = {
	{"", 1}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct lw_unit time_units[] = {
	{"d", DAY_US}, {"h", 3600 * S_US}, {"m", 60 * S_US}, {"s", S_US}, {"ms", MS_US}};
static const struct lw_unit plain_units[] = {{"", 1}};

/* clang-format off */
#define UNITS(n, u, b) {.name = n, .units = u, .count = LW_ARRAY_SIZE(u), .bare = b}
/* clang-format on */
static const struct lw_units numbers = UNITS("number", plain_units, true);
static const struct lw_units bytes = UNITS("size in bytes", byte_units, true);
static const struct lw_units milliseconds = UNITS("time in milliseconds", ms_units, true);
static const struct lw_units durations = UNITS("duration", time_units, false);

/* The enums' words behind one signature. */
#define WORDS(name, n)                                                                             \
	static const char *name##_word(int v)                                                      \
	{                                                                                          \
		return lw_##name##_to_str((enum lw_##name)v);                                      \
	}                                                                                          \
	static const struct lw_words name##_words = {.word = name##_word, .count = n}
WORDS(mode, LW_MODE_COUNT);
WORDS(action, LW_ACTION_COUNT);
WORDS(layer, LW_LAYER_COUNT);
WORDS(kind, LW_KIND_COUNT);
WORDS(verdict, LW_VERDICT_COUNT);
WORDS(language, LW_LANGUAGE_COUNT);
WORDS(engine, LW_ENGINE_COUNT);

static const char *
bool_word(int v)
{
	return v ? "true" : "false";
}
static const struct lw_words bool_words = {.word = bool_word, .count = 2};

static const char *
coverage_word(int v)
{
	return v ? "open" : "exec";
}
static const struct lw_words coverage_words = {.word = coverage_word, .count = 2};

static const char *
redact_word(int v)
{
	return v ? "default" : "none";
}
static const struct lw_words redact_words = {.word = redact_word, .count = 2};

static const char *
sink_word(int v)
{
	return v == LW_SINK_FILE ? "file" : "stdout";
}
static const struct lw_words sink_words = {.word = sink_word, .count = 2};

/* Checks of texts: NULL, or what is wrong */

static const char *
check_absolute(const char *text)
{
	return text[0] == '/' ? NULL : "is no absolute path";
}

static const char *
check_rules_path(const char *text)
{
	return strcmp(text, LW_RULE_FILES_DEFAULT) == 0 ? NULL : check_absolute(text);
}

static const char *
check_model(const char *text)
{
	bool word = strcmp(text, "default") == 0 || strcmp(text, "none") == 0;

	return word || text[0] == '/' ? NULL : "is neither default nor none nor an absolute path";
}

static const char *
check_socket(const char *text)
{
	if (strlen(text) > 107) /* unix(7): sun_path holds 108 bytes */
		return "is too long for a socket: 107 bytes at most";
	return check_absolute(text);
}

static const char *
check_name(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "has a control character";
	return NULL;
}

static const char *
check_variable(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	const bool digit = text[0] >= '0' && text[0] <= '9';

	return digit || text[strspn(text, allowed)] ? "is no name of an environment variable"
						    : NULL;
}

static const char *
check_user(const char *text)
{
	return strpbrk(text, ":/ \t\n") ? "is no user name" : check_name(text);
}

/* A path in a container is absolute, so a pattern that starts otherwise can match none. */
static const char *
check_path_glob(const char *text)
{
	return strchr("/*?\\", text[0]) ? NULL
					: "can match no path: it starts neither with / nor with *";
}

/* A base name: '*' alone would make an interpreter of every program. */
static const char *
check_interpreter(const char *text)
{
	if (strpbrk(text, "/ \t\n"))
		return "is no base name of a program";
	return text[strspn(text, "*")] ? check_name(text) : "would match every program";
}

static const char *
check_option(const char *text)
{
	if (text[0] != '-' || !text[strspn(text, "-")] || strpbrk(text, "= \t\n"))
		return "is no option, such as -e or --eval";
	return check_name(text);
}

static bool
sink_is_file(const void *sink)
{
	return ((const struct lw_sink_settings *)sink)->type == LW_SINK_FILE;
}

#define SINK(f) offsetof(struct lw_sink_settings, f)
static const struct lw_key sink_keys[] = {
	{"type", &lw_type_enum, SINK(type), NULL, "Where findings go: standard output, or a file.",
		.words = &sink_words, .required = true},
	{"path", &lw_type_string, SINK(path), NULL,
		"The file: findings are appended to it as JSON lines.", 1, LW_STRING_MAX - 1,
		.check = check_absolute, .applies = sink_is_file},
	{"max_bytes", &lw_type_u64, SINK(max_bytes), "100MiB",
		"The file is rotated when it has grown to this size; 0: never.", 0, 1024 * GIB,
		.units = &bytes, .applies = sink_is_file},
	{"keep", &lw_type_u32, SINK(keep), "5",
		"Rotated files that are kept, as path.1, path.2 and so on.", 0, 100,
		.units = &numbers, .applies = sink_is_file},
	{"spool_bytes", &lw_type_u64, SINK(spool_bytes), "4MiB",
		"Findings kept in memory while the sink cannot be written.", 64 * KIB, 256 * MIB,
		.units = &bytes},
};
static const struct lw_objects sinks = {
	.keys = sink_keys,
	.key_count = LW_ARRAY_SIZE(sink_keys),
	.size = sizeof(struct lw_sink_settings),
	.count_offset = offsetof(struct lw_policy, settings.sink_count),
	.embedded = true,
	.finish = lw_finish_sink,
};

#define HASH_LIST(f) offsetof(struct lw_hash_list_settings, f)
static const struct lw_key hash_list_keys[] = {
	{"name", &lw_type_string, HASH_LIST(name), NULL,
		"The name that findings show; the file's own name without its ending if not given.",
		1, LW_REASON_SIZE - 16, .check = check_name},
	{"path", &lw_type_string, HASH_LIST(path), NULL, "A file made by layerwatch hashset build.",
		1, LW_STRING_MAX - 1, .check = check_absolute, .required = true},
	{"verdict", &lw_type_enum, HASH_LIST(verdict), "malicious",
		"What is thought of a content whose SHA-256 is on the list.",
		.words = &verdict_words,
		.allowed = 1 << LW_VERDICT_MALICIOUS | 1 << LW_VERDICT_TRUSTED},
};
static const struct lw_objects hash_lists = {
	.keys = hash_list_keys,
	.key_count = LW_ARRAY_SIZE(hash_list_keys),
	.size = sizeof(struct lw_hash_list_settings),
	.count_offset = offsetof(struct lw_policy, settings.content.hash_list_count),
	.scalar = "path",
	.embedded = true,
	.append = true,
	.finish = lw_finish_hash_list,
};

/* clang-format off */
#define INTERPRETER(f) offsetof(struct lw_interpreter_settings, f)
#define OPTIONS(k, f, d) {k, &lw_type_strings, INTERPRETER(f), "[]", d, 0, \
	LW_INTERPRETER_LIST_MAX, .check = check_option}
/* clang-format on */
static const struct lw_key interpreter_keys[] = {
	{"names", &lw_type_strings, INTERPRETER(names), NULL,
		"Base names of the program; * stands for any characters.", 1,
		LW_INTERPRETER_LIST_MAX, .check = check_interpreter, .required = true},
	{"language", &lw_type_enum, INTERPRETER(language), NULL, "The language that it runs.",
		.words = &language_words,
		.allowed = ((1 << LW_LANGUAGE_COUNT) - 1) & ~(1 << LW_LANGUAGE_NONE),
		.required = true},
	OPTIONS("code", code, "Options whose value is code."),
	OPTIONS("file", file, "Options whose value is a script file."),
	OPTIONS("module", module, "Options whose value is the name of a module to run."),
	OPTIONS("argument", argument, "Other options that take a value."),
};
static const struct lw_objects interpreters = {
	.keys = interpreter_keys,
	.key_count = LW_ARRAY_SIZE(interpreter_keys),
	.size = sizeof(struct lw_interpreter_settings),
	.count_offset = offsetof(struct lw_policy, settings.capture.interpreter_count),
	.embedded = true,
	.append = true,
};

/* clang-format off */
#define RULE(f) offsetof(struct lw_rule, f)
#define MATCH(f) offsetof(struct lw_rule, match.f)
#define SET(k, f, w, d) {"match." k, &lw_type_set, MATCH(f), NULL, d, .words = &w}
#define GLOBS(k, f, d, c) \
	{"match." k, &lw_type_strings, MATCH(f), NULL, d, 1, LW_LIST_MAX, .check = c}
/* clang-format on */
const struct lw_key lw_rule_schema[] = {
	{"name", &lw_type_string, RULE(name), NULL,
		"The name that findings and errors show; no two are the same.", 1,
		LW_RULE_NAME_SIZE - 1, .check = check_name, .required = true},
	SET("layer", layer, layer_words, "Where the file comes from."),
	SET("kind", kind, kind_words, "What is being executed."),
	SET("verdict", verdict, verdict_words, "What is thought of the content."),
	SET("language", language, language_words, "The language of the script."),
	GLOBS("path", path,
		"Path of the file in the container; only of layer image or touched unless layer is "
		"given.",
		check_path_glob),
	GLOBS("parent", parent,
		"Program of the parent process; only of layer image or touched unless parent_layer "
		"is given.",
		check_path_glob),
	SET("parent_layer", parent_layer, layer_words, "Where the parent's program comes from."),
	{"match.sha256", &lw_type_digests, MATCH(sha256), NULL, "SHA-256 of the content.", 1,
		LW_LIST_MAX},
	{"match.uid", &lw_type_ranges, MATCH(uid), NULL,
		"Real user id, of the initial user namespace, before the execution.", 1,
		LW_LIST_MAX},
	SET("container.engine", container.engine, engine_words,
		"The engine that runs the container."),
	GLOBS("container.id", container.id, "Id of the container, 64 hex digits.", NULL),
	GLOBS("container.name", container.name, "Name of the container.", NULL),
	GLOBS("container.image", container.image, "Image as it is configured.", NULL),
	GLOBS("container.namespace", container.namespace_, "Kubernetes namespace.", NULL),
	GLOBS("container.pod", container.pod, "Kubernetes pod.", NULL),
	GLOBS("container.label", container.label,
		"A label as key=value; without a = the key of a label with any value.", NULL),
	GLOBS("behaviour", behaviour,
		"A rule of content.rules that is met, by its id, title or module.", NULL),
	{"action", &lw_type_enum, RULE(action), NULL,
		"What is done with an execution that matches.", .words = &action_words,
		.required = true},
};
const size_t lw_rule_schema_count = LW_ARRAY_SIZE(lw_rule_schema);
const size_t lw_match_first = 1;
const size_t lw_match_count = LW_ARRAY_SIZE(lw_rule_schema) - 2;

static const struct lw_objects rules = {
	.keys = lw_rule_schema,
	.key_count = LW_ARRAY_SIZE(lw_rule_schema),
	.size = sizeof(struct lw_rule),
	.count_offset = offsetof(struct lw_policy, rule_count),
	.append = true,
	.finish = lw_finish_rule,
};
static const struct lw_objects exceptions = {
	.keys = lw_rule_schema,
	.key_count = LW_ARRAY_SIZE(lw_rule_schema) - 1,
	.size = sizeof(struct lw_rule),
	.count_offset = offsetof(struct lw_policy, exception_count),
	.append = true,
	.finish = lw_finish_rule,
};

/* clang-format off */
#define AT(f) offsetof(struct lw_policy, settings.f)
#define ALLOW_OR_DENY (1 << LW_ACTION_ALLOW | 1 << LW_ACTION_DENY)
#define FIXED(k, value, more, d) {k, &lw_type_fixed, 0, value, d, .fixed = value, .later = more}
#define BOOL(k, f, v, d) {k, &lw_type_bool, AT(f), v, d, .words = &bool_words}
#define COUNT(k, f, v, lo, hi, d) {k, &lw_type_u32, AT(f), v, d, lo, hi, .units = &numbers}
#define MS(k, f, v, lo, hi, d) {k, &lw_type_u32, AT(f), v, d, lo, hi, .units = &milliseconds}
#define BYTES(k, f, v, lo, hi, d) {k, &lw_type_u32, AT(f), v, d, lo, hi, .units = &bytes}
#define TEXT(k, f, v, lo, hi, c, d) {k, &lw_type_string, AT(f), v, d, lo, hi, .check = c}
#define TEXTS(k, f, v, hi, c, d) {k, &lw_type_strings, AT(f), v, d, 0, hi, .check = c}
/* clang-format on */

const struct lw_key lw_schema[] = {
	FIXED("version", "1", NULL, "Version of this format."),
	{"mode", &lw_type_enum, AT(mode), "detect",
		"detect answers first and judges after, and deny becomes would_deny; enforce "
		"judges, then answers.",
		.words = &mode_words},

	FIXED("watch.containers", "all", "none",
		"Which containers are watched: all; what is left out, watch.exclude says."),
	{"watch.coverage", &lw_type_bool, AT(watch.opens), "exec",
		"What is held until it is answered: exec, executions; open, also files that are "
		"opened: libraries, imported and sourced code.",
		.words = &coverage_words},
	FIXED("watch.volumes", "false", "true",
		"Watch executions from volumes and bind mounts too."),
	FIXED("watch.process_events", "false", "true",
		"Watch executions that no mark can hold (static memfd programs), after the fact."),
	TEXTS("watch.exclude", watch.exclude, "[]", LW_LIST_MAX, check_path_glob,
		"Globs over the mount points of overlays that are not watched."),
	TEXTS("watch.runtimes", watch.runtimes, "[]", LW_LIST_MAX, check_absolute,
		"Further container runtimes (programs) whose start is held until new containers "
		"are watched."),
	BOOL("watch.user_namespaces", watch.user_namespaces, "true",
		"Watch overlays that are mounted in a user namespace (rootless containers)."),
	MS("watch.rescan_ms", watch.rescan_ms, "2000", 100, 3600000,
		"Period of the full search for overlays in all mount namespaces."),

	MS("decision.deadline_ms", decision.deadline_ms, "500", 10, 10000,
		"An execution is answered after this time, judged or not."),
	{"decision.on_deadline", &lw_type_enum, AT(decision.on_deadline), "allow",
		"The answer at the deadline where the matching rule needs the verdict.",
		.words = &action_words, .allowed = ALLOW_OR_DENY},
	{"decision.on_error", &lw_type_enum, AT(decision.on_error), "allow",
		"The answer when the layer or the content could not be read.",
		.words = &action_words, .allowed = ALLOW_OR_DENY},
	MS("decision.evidence_ms", decision.evidence_ms, "10", 0, 1000,
		"In mode detect an execution is held for this time at most, to secure the script's "
		"bytes."),
	COUNT("decision.in_flight", decision.in_flight, "256", 1, 4096,
		"Executions held at the same time, at most."),
	COUNT("decision.share", decision.share, "50", 1, 100,
		"Percent of them that one container may have."),
	MS("decision.stall_ms", decision.stall_ms, "2000", 100, 60000,
		"A gate that is silent for this time is killed and replaced."),
	COUNT("decision.cache_entries", decision.cache_entries, "8192", 64, 1048576,
		"Verdicts kept in memory."),

	BYTES("capture.script_bytes", capture.script_bytes, "64KiB", 0, MIB,
		"Bytes of a script kept for its finding."),
	BYTES("capture.argument_bytes", capture.argument_bytes, "32KiB", KIB, 128 * KIB,
		"Bytes of arguments kept for a finding."),
	TEXTS("capture.environment", capture.environment,
		"[LD_PRELOAD, LD_AUDIT, PYTHONPATH, PYTHONSTARTUP, BASH_ENV, ENV, ZDOTDIR, "
		"PERL5OPT, RUBYOPT, NODE_OPTIONS, LUA_INIT, GCONV_PATH, PATH, HTTP_PROXY, "
		"HTTPS_PROXY, ALL_PROXY, http_proxy, https_proxy, all_proxy]",
		64, check_variable, "Environment variables kept for a finding."),
	{"capture.redact", &lw_type_bool, AT(capture.redact), "default",
		"Redact what looks like a secret in arguments, environment and scripts.",
		.words = &redact_words},
	TEXTS("capture.redact_patterns", capture.redact_patterns, "[]", 64, lw_pattern_check,
		"Further secrets: POSIX extended regular expressions."),
	{"capture.interpreters", &lw_type_objects, AT(capture.interpreters), "[]",
		"Further interpreters whose scripts and code are captured.", 0, LW_INTERPRETERS_MAX,
		.objects = &interpreters},

	{"content.hash_lists", &lw_type_objects, AT(content.hash_lists), "[]", "Lists of SHA-256.",
		0, LW_HASH_LISTS_MAX, .objects = &hash_lists},
	{"content.hash_bytes", &lw_type_u64, AT(content.hash_bytes), "256MiB",
		"The largest file that is hashed whole.", MIB, 64 * GIB, .units = &bytes},
	TEXTS("content.yara", content.yara, "[default]", 64, check_rules_path,
		"YARA rules that judge content: files, and folders of them; default: our own."),
	TEXTS("content.rules", content.rules, "[default]", 64, check_rules_path,
		"Sigma rules over what an execution does: files, and folders of them; default: "
		"our own."),
	TEXT("content.model", content.model, "default", 1, LW_STRING_MAX - 1, check_model,
		"Model that judges scripts: the installed one, a file, or none."),

	{"rules", &lw_type_objects, offsetof(struct lw_policy, rules),
		"[{name: malicious content, match: {verdict: malicious}, action: deny},"
		" {name: drift, match: {layer: [added, modified, memfd], kind: [binary, script]},"
		" action: alert}]",
		"What is done with an execution: the first rule that matches decides; none: allow.",
		0, LW_POLICY_RULES_MAX, .objects = &rules},
	{"exceptions", &lw_type_objects, offsetof(struct lw_policy, exceptions), "[]",
		"Executions that are allowed silently; asked before the rules.", 0,
		LW_POLICY_RULES_MAX, .objects = &exceptions},

	{"noise.repeat_window", &lw_type_u64, AT(noise.repeat_window_us), "1h",
		"The same finding again in this time is folded and counted; 0: never.", 0,
		30 * DAY_US, .units = &durations},
	COUNT("noise.alerts_per_minute", noise.alerts_per_minute, "60", 0, 100000,
		"Findings of one container in a minute; more are only counted; 0: no limit."),

	{"sinks", &lw_type_objects, AT(sinks), "[{type: stdout}]", "Where findings go.", 0,
		LW_SINKS_MAX, .objects = &sinks},

	COUNT("processes.classify", processes.classify, "2", 1, LW_INSTANCES_MAX,
		"Processes that judge content."),
	COUNT("processes.resolve", processes.resolve, "2", 1, LW_INSTANCES_MAX,
		"Processes that read what a task executes and what its container is."),
	TEXT("processes.user", processes.user, "layerwatch", 1, 32, check_user,
		"User of the processes that need no privilege; nobody if there is no such user."),
	TEXT("processes.control", processes.control, LW_CONTROL_PATH, 1, 107, check_socket,
		"Path of the control socket."),

	TEXT("resource.project", resource.project, "\"\"", 0, 255, check_name,
		"Project that findings name; empty: none."),
	TEXT("resource.location", resource.location, "\"\"", 0, 255, check_name,
		"Location that findings name; empty: none."),
	TEXT("resource.display_name", resource.display_name, "\"\"", 0, 255, check_name,
		"Name of this host in findings; empty: the host's own name."),
};
const size_t lw_schema_count = LW_ARRAY_SIZE(lw_schema);

static_assert(LW_ARRAY_SIZE(lw_schema) <= 64, "lw_loader.given has a bit for each row");
static_assert(offsetof(struct lw_policy, settings) == 0, "settings come first");
