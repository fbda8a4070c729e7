#include "loaded.h"

#include "policy/rule.h"
#include "policy/schema.h"

static struct lw_container_facts
facts(void)
{
	struct lw_container_facts f = {.engine = LW_ENGINE_DOCKER, .complete = 1, .label_count = 2};

	strcpy(f.id, "3f2a");
	strcpy(f.name, "web-1");
	strcpy(f.image, "registry.example/app:1");
	strcpy(f.namespace_, "prod");
	strcpy(f.labels[0], "app=web");
	strcpy(f.labels[1], "team=blue=green");
	return f;
}

static struct lw_subject
subject(enum lw_layer layer, enum lw_kind kind, enum lw_verdict verdict)
{
	return (struct lw_subject){
		.layer = layer,
		.kind = kind,
		.verdict = verdict,
		.verdict_known = true,
		.path = "/usr/bin/tool",
		.path_length = 13,
		.path_exact = true,
		.parent = "/usr/bin/dpkg",
		.parent_length = 13,
		.parent_layer = LW_LAYER_IMAGE,
		.uid = 1000,
	};
}

/* Does a rule with these conditions match? */
static bool
matches(const char *match, const struct lw_subject *s)
{
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_policy_ struct lw_policy *p = NULL;
	struct lw_decision d;

	lw_text_init(&text, 4096);
	lw_text_addf(&text, "rules: [{name: r, match: {%s}, action: deny}]", match);
	p = loaded(text.data);
	lw_policy_eval(p, s, &d);
	assert_int_equal(d.action, *d.rule ? LW_ACTION_DENY : LW_ACTION_ALLOW);
	return *d.rule;
}

static void
the_default_denies_malicious_content_and_tells_drift(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded("");
	struct lw_subject s = subject(LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	struct lw_decision d;

	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALLOW);
	assert_string_equal(d.rule, "");
	s.verdict = LW_VERDICT_MALICIOUS;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_DENY);
	assert_string_equal(d.rule, "malicious content");
	s = subject(LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALERT);
	assert_string_equal(d.rule, "drift");
	s.kind = LW_KIND_INLINE;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALLOW);
	s = subject(LW_LAYER_TOUCHED, LW_KIND_SCRIPT, LW_VERDICT_UNKNOWN);
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALLOW);
}

static void
conditions_match_what_they_name(void **state)
{
	const uint8_t sha256[LW_SHA256_SIZE] = {0xab, [31] = 0x01};
	const struct lw_container_facts f = facts();
	struct lw_subject s = subject(LW_LAYER_IMAGE, LW_KIND_SCRIPT, LW_VERDICT_SUSPICIOUS);
	static const char *const yes[] = {"layer: image", "layer: [added, image]", "kind: script",
		"verdict: [suspicious, malicious]", "language: python", "path: /usr/bin/tool",
		"path: [/x, \"/usr/*\"]", "path: \"*/tool\"", "parent: \"/usr/bin/d?kg\"",
		"parent_layer: image", "uid: 1000", "uid: [0, 900-1100]",
		"sha256: ab00000000000000000000000000000000000000000000000000000000000001",
		"container: {engine: docker}", "container: {id: \"3f*\"}",
		"container: {name: \"web-?\"}", "container: {image: \"registry.example/*\"}",
		"container: {namespace: [dev, prod]}", "container: {label: app=web}",
		"container: {label: \"app=w*\"}", "container: {label: app}",
		"container: {label: \"te*\"}", "container: {label: team=blue=green}", ""};
	static const char *const no[] = {"layer: added", "kind: binary", "verdict: malicious",
		"language: [shell, none]", "path: /usr/bin/too", "path: /usr/bin/tools",
		"parent: /bin/dpkg", "parent_layer: touched", "uid: 0", "uid: 1001-1002",
		"sha256: ab00000000000000000000000000000000000000000000000000000000000002",
		"container: {engine: podman}", "container: {id: 3f2}", "container: {image: app}",
		"container: {pod: \"*\"}", "container: {label: ap}", "container: {label: app=}",
		"container: {label: web}", "container: {label: blue}",
		"layer: image, kind: binary"};

	s.language = LW_LANGUAGE_PYTHON;
	s.sha256 = sha256;
	s.container = &f;
	for (size_t i = 0; i < LW_ARRAY_SIZE(yes); i++)
		if (!matches(yes[i], &s))
			fail_msg("%s does not match", yes[i]);
	for (size_t i = 0; i < LW_ARRAY_SIZE(no); i++)
		if (matches(no[i], &s))
			fail_msg("%s matches", no[i]);
}

static void
what_is_not_known_never_matches(void **state)
{
	struct lw_container_facts f = facts();
	struct lw_subject s = subject(LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);

	assert_false(matches("container: {name: \"*\"}", &s));
	assert_false(matches("container: {engine: [unknown, docker]}", &s));
	s.container = &f;
	assert_true(matches("container: {name: \"*\"}", &s));
	f.complete = 0;
	assert_false(matches("container: {name: \"*\"}", &s));
	assert_false(matches("container: {label: app}", &s));
	assert_false(matches("container: {engine: docker}", &s));
	assert_false(matches(
		"sha256: ab00000000000000000000000000000000000000000000000000000000000001", &s));
	s.path_exact = false;
	assert_false(matches("path: \"*\"", &s));
	assert_false(matches("path: \"*\", layer: image", &s));
	s.path = s.parent = NULL;
	s.path_exact = true;
	assert_false(matches("path: \"*\"", &s));
	assert_false(matches("parent: \"*\"", &s));
}

/* Row 45 of the bypasses: an own file at an excepted path. */
static void
a_path_counts_only_for_files_of_the_image(void **state)
{
	for (int layer = 0; layer < LW_LAYER_COUNT; layer++) {
		const bool pristine = layer == LW_LAYER_IMAGE || layer == LW_LAYER_TOUCHED;
		struct lw_subject s = subject(layer, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);

		assert_int_equal(matches("path: /usr/bin/tool", &s), pristine);
		assert_int_equal(matches("path: /usr/bin/tool, layer: [added, volume]", &s),
			layer == LW_LAYER_ADDED || layer == LW_LAYER_VOLUME);
		assert_true(matches("parent: /usr/bin/dpkg", &s));
		s.parent_layer = layer;
		assert_int_equal(matches("parent: /usr/bin/dpkg", &s), pristine);
		assert_int_equal(matches("parent: /usr/bin/dpkg, parent_layer: memfd", &s),
			layer == LW_LAYER_MEMFD);
	}
}

static void
exceptions_come_first_and_are_silent(void **state)
{
	_cleanup_policy_ struct lw_policy *p =
		loaded("exceptions:\n- {name: e1, match: {uid: 5}}\n- {name: e2, match: {parent: "
		       "/usr/bin/dpkg}}\n"
		       "rules:\n- {name: r, match: {layer: added}, action: deny}\n");
	struct lw_subject s = subject(LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_MALICIOUS);
	struct lw_decision d;

	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALLOW);
	assert_true(d.exception);
	assert_string_equal(d.rule, "e2");
	s.parent_layer = LW_LAYER_ADDED;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_DENY);
	assert_false(d.exception);
	assert_string_equal(d.rule, "r");
}

static struct lw_decision
at_deadline(const char *rules, const char *on_deadline, enum lw_layer layer)
{
	static char rule[LW_RULE_NAME_SIZE];
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_policy_ struct lw_policy *p = NULL;
	struct lw_subject s = subject(layer, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	struct lw_decision d;

	lw_text_init(&text, 4096);
	lw_text_addf(&text, "decision: {on_deadline: %s}\nrules: [%s]\n", on_deadline, rules);
	p = loaded(text.data);
	s.verdict_known = false;
	lw_policy_eval(p, &s, &d);
	lw_copy_string(rule, sizeof(rule), d.rule);
	d.rule = rule;
	return d;
}

#define DENY_BAD "{name: verdict, match: {verdict: malicious}, action: deny}"
#define TRUST "{name: verdict, match: {verdict: trusted}, action: allow}"
#define LAYER(a) "{name: layer, match: {layer: added}, action: " a "}"

static void
at_the_deadline_rules_that_need_no_verdict_decide(void **state)
{
	static const struct {
		const char *rules, *on_deadline;
		enum lw_layer layer;
		enum lw_action action;
		const char *rule;
		bool by_deadline;
	} cases[] = {
		/*
		 * row 41 of the bypasses: slowness does not get round a layer rule behind a content
		 * rule
		 */
		{DENY_BAD "," LAYER("deny"), "allow", LW_LAYER_ADDED, LW_ACTION_DENY, "layer",
			false},
		{DENY_BAD "," LAYER("alert"), "allow", LW_LAYER_ADDED, LW_ACTION_ALERT, "layer",
			false},
		{DENY_BAD "," LAYER("alert"), "deny", LW_LAYER_ADDED, LW_ACTION_DENY, "verdict",
			true},
		{DENY_BAD "," LAYER("deny"), "deny", LW_LAYER_ADDED, LW_ACTION_DENY, "layer",
			false},
		{DENY_BAD "," LAYER("allow"), "deny", LW_LAYER_ADDED, LW_ACTION_DENY, "verdict",
			true},
		{DENY_BAD "," LAYER("allow"), "allow", LW_LAYER_ADDED, LW_ACTION_ALLOW, "verdict",
			true},
		{DENY_BAD "," LAYER("deny"), "allow", LW_LAYER_IMAGE, LW_ACTION_ALLOW, "verdict",
			true},
		{DENY_BAD "," LAYER("deny"), "deny", LW_LAYER_IMAGE, LW_ACTION_DENY, "verdict",
			true},
		{LAYER("allow") "," DENY_BAD, "deny", LW_LAYER_ADDED, LW_ACTION_ALLOW, "layer",
			false},
		/* trust that is not there yet excuses nothing, and waits for nothing */
		{TRUST "," LAYER("deny"), "allow", LW_LAYER_ADDED, LW_ACTION_DENY, "layer", false},
		{TRUST, "deny", LW_LAYER_ADDED, LW_ACTION_ALLOW, "", false},
		/* all verdicts are as good as no condition */
		{"{name: layer, match: {verdict: [unknown, trusted, suspicious, malicious], "
		 "layer: added}, action: kill}",
			"allow", LW_LAYER_ADDED, LW_ACTION_KILL, "layer", false},
		/* "not judged in time" is not the verdict unknown */
		{"{name: verdict, match: {verdict: unknown, layer: added}, action: kill}", "deny",
			LW_LAYER_ADDED, LW_ACTION_DENY, "verdict", true},
		{"{name: verdict, match: {verdict: unknown, layer: added}, action: kill}", "deny",
			LW_LAYER_IMAGE, LW_ACTION_ALLOW, "", false},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++) {
		struct lw_decision d =
			at_deadline(cases[i].rules, cases[i].on_deadline, cases[i].layer);

		if (d.action != cases[i].action || d.by_deadline != cases[i].by_deadline ||
			strcmp(d.rule, cases[i].rule) != 0)
			fail_msg("case %zu: %s by \"%s\"", i, lw_action_to_str(d.action), d.rule);
	}
}

static void
an_exception_that_needs_the_verdict_waits_for_nothing(void **state)
{
	_cleanup_policy_ struct lw_policy *p =
		loaded("exceptions: [{name: e, match: {verdict: trusted}}]\n"
		       "rules: [{name: r, match: {layer: added}, action: deny}]\n");
	struct lw_subject s = subject(LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_TRUSTED);
	struct lw_decision d;

	lw_policy_eval(p, &s, &d);
	assert_true(d.exception);
	s.verdict_known = false;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_DENY);
	assert_false(d.by_deadline);
}

static void
cares_tells_what_could_matter(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded("");
	_cleanup_policy_ struct lw_policy *none = loaded("rules: []");
	_cleanup_policy_ struct lw_policy *paths = loaded(
		"rules: [{name: a, match: {path: /x}, action: alert}, {name: b, match: {layer: "
		"added}, action: "
		"allow}, {name: c, match: {verdict: malicious, kind: script}, action: deny}]\n"
		"exceptions: [{name: e, match: {layer: volume}}]");

	assert_false(lw_policy_cares(p, LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_UNKNOWN));
	assert_true(lw_policy_cares(p, LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_MALICIOUS));
	assert_true(lw_policy_cares(p, LW_LAYER_ADDED, LW_KIND_SCRIPT, LW_VERDICT_TRUSTED));
	assert_false(lw_policy_cares(p, LW_LAYER_ADDED, LW_KIND_INLINE, LW_VERDICT_UNKNOWN));
	assert_false(lw_policy_cares(none, LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_MALICIOUS));
	assert_true(lw_policy_cares(paths, LW_LAYER_TOUCHED, LW_KIND_BINARY, LW_VERDICT_TRUSTED));
	assert_false(lw_policy_cares(paths, LW_LAYER_ADDED, LW_KIND_SCRIPT, LW_VERDICT_MALICIOUS));
	assert_false(lw_policy_cares(paths, LW_LAYER_VOLUME, LW_KIND_SCRIPT, LW_VERDICT_MALICIOUS));
}

static void
explain_tells_the_first_condition_that_failed(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded(
		"rules:\n"
		"- {name: kinds, match: {layer: added, kind: [script, inline]}, action: deny}\n"
		"- {name: content, match: {verdict: malicious}, action: deny}\n"
		"- {name: image, match: {container: {image: [\"ci-*\", x]}}, action: deny}\n"
		"- {name: id, match: {uid: [0, 5-7]}, action: deny}\n"
		"- {name: drift, match: {layer: added}, action: alert}\n"
		"- {name: last, action: deny}\n"
		"exceptions:\n"
		"- {name: tools, match: {path: \"/usr/*\"}}\n"
		"- {name: pod, match: {container: {pod: x}}}\n");
	_cleanup_text_ struct lw_text trace = {0};
	struct lw_container_facts f = facts();
	struct lw_subject s = subject(LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	struct lw_decision d;

	s.container = &f;
	lw_text_init(&trace, 65536);
	lw_policy_explain(p, &s, &d, &trace);
	assert_string_equal(d.rule, "drift");
	assert_string_equal(trace.data,
		"exception 1 \"tools\": match.path: the file is not of layer image or touched, "
		"and the rule names no other layer: it is \"/usr/bin/tool\"\n"
		"exception 2 \"pod\": match.container.pod: there is none\n"
		"rule 1 \"kinds\": match.kind: differs: it is \"binary\", not [script, inline]\n"
		"rule 2 \"content\": match.verdict: differs: it is \"unknown\", not malicious\n"
		"rule 3 \"image\": match.container.image: differs: it is "
		"\"registry.example/app:1\", not [\"ci-*\", x]\n"
		"rule 4 \"id\": match.uid: differs: it is \"1000\", not [0, 5-7]\n"
		"rule 5 \"drift\": matches\n"
		"decision: alert by rule \"drift\"\n");
}

static void
explain_tells_of_deadlines_exceptions_and_missing_facts(void **state)
{
	_cleanup_policy_ struct lw_policy *p =
		loaded("rules:\n"
		       "- {name: content, match: {verdict: malicious}, action: deny}\n"
		       "- {name: image, match: {container: {image: x}}, action: deny}\n"
		       "exceptions:\n- {name: root, match: {uid: 0}}\n");
	_cleanup_text_ struct lw_text trace = {0};
	struct lw_subject s = subject(LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	struct lw_decision d;

	lw_text_init(&trace, 65536);
	s.verdict_known = false;
	lw_policy_explain(p, &s, &d, &trace);
	assert_string_equal(trace.data,
		"exception 1 \"root\": match.uid: differs: it is \"1000\", not 0\n"
		"rule 1 \"content\": matches but for the verdict, which is not known\n"
		"rule 2 \"image\": match.container.image: the container's facts are not known or "
		"not complete\n"
		"decision: allow by decision.on_deadline: rule \"content\" needs the verdict\n");
	lw_text_reset(&trace);
	s.verdict_known = true;
	s.uid = 0;
	lw_policy_explain(p, &s, &d, &trace);
	assert_string_equal(trace.data, "exception 1 \"root\": matches\n"
					"decision: allow, silently, by exception \"root\"\n");
	lw_text_reset(&trace);
	s.uid = 1;
	lw_policy_explain(p, &s, &d, &trace);
	assert_non_null(strstr(trace.data, "\ndecision: allow: no rule matches\n"));
}

/*
 * match.c's conditions are in the order of the schema: each row's wanted value is found by its
 * own key.
 */
static void
conditions_stand_in_the_order_of_the_schema(void **state)
{
	static const struct lw_subject nothing = {.layer = LW_LAYER_IMAGE};

	for (size_t i = lw_match_first; i < lw_match_first + lw_match_count; i++) {
		const struct lw_key *k = &lw_rule_schema[i];
		struct lw_rule rule = {0};
		struct lw_range range = {5, 5};
		uint8_t digest[1][LW_SHA256_SIZE] = {{1}};
		char never[] = "/never", *glob = never;
		size_t failed = 0;

		if (k->type == &lw_type_set)
			*(uint32_t *)lw_field(k, &rule) = 1u << (k->words->count - 1);
		else if (k->type == &lw_type_digests)
			rule.match.sha256 = (struct lw_digest_list){digest, 1};
		else if (k->type == &lw_type_ranges)
			rule.match.uid = (struct lw_range_list){&range, 1};
		else
			*(struct lw_string_list *)lw_field(k, &rule) =
				(struct lw_string_list){&glob, 1};
		if (strcmp(k->key, "match.verdict") == 0)
			assert_int_equal(
				lw_match_test(&rule.match, &nothing, &failed), LW_RESULT_PENDING);
		else
			assert_true(lw_match_test(&rule.match, &nothing, &failed) >
				    LW_RESULT_NOT_ASKED);
		if (strcmp(k->key, "match.verdict") != 0)
			assert_string_equal(lw_rule_schema[failed].key, k->key);
	}
}

/* A rule that names behaviour decides about what is done, and about no content. */
static void
behaviour_is_asked_apart_from_content(void **state)
{
	_cleanup_policy_ struct lw_policy *p =
		loaded("rules:\n"
		       "  - {name: layer, match: {layer: image}, action: deny}\n"
		       "  - {name: shell, match: {behaviour: [REVERSE_*, 3f1c*]}, action: kill}\n");
	const struct lw_met_rule by_module = {"id", "A title", "REVERSE_SHELL", LW_ACTION_ALERT},
				 by_id = {"3f1c-1", "A title", "", LW_ACTION_ALERT},
				 other = {"id", "Other", "OTHER", LW_ACTION_ALERT};
	struct lw_subject s = subject(LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	struct lw_decision d;

	lw_policy_eval(p, &s, &d);
	assert_string_equal(d.rule, "layer");
	s.behaviour = &by_module;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_KILL);
	assert_string_equal(d.rule, "shell");
	s.behaviour = &by_id;
	lw_policy_eval(p, &s, &d);
	assert_string_equal(d.rule, "shell");
	s.behaviour = &other;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALERT);
	assert_string_equal(d.rule, "Other");
	assert_true(lw_policy_denies_behaviour(p));
	assert_false(lw_policy_cares(p, LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_UNKNOWN));
}

/* One that names it silences that; one that does not silences all that its execution does. */
static void
exceptions_silence_behaviour(void **state)
{
	_cleanup_policy_ struct lw_policy *p =
		loaded("rules: [{name: tell, match: {behaviour: ['*']}, action: alert}]\n"
		       "exceptions:\n"
		       "  - {name: known, match: {behaviour: Known}}\n"
		       "  - {name: ours, match: {path: /usr/bin/ours}}\n");
	const struct lw_met_rule known = {"1", "Known", "", LW_ACTION_DENY},
				 other = {"2", "Other", "", LW_ACTION_DENY};
	struct lw_subject s = subject(LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_UNKNOWN);
	struct lw_decision d;

	s.behaviour = &known;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALLOW);
	assert_true(d.exception);
	s.behaviour = &other;
	lw_policy_eval(p, &s, &d);
	assert_int_equal(d.action, LW_ACTION_ALERT);
	s.path = "/usr/bin/ours";
	s.path_length = strlen(s.path);
	lw_policy_eval(p, &s, &d);
	assert_string_equal(d.rule, "ours");
	assert_false(lw_policy_denies_behaviour(p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_denies_malicious_content_and_tells_drift),
		cmocka_unit_test(conditions_match_what_they_name),
		cmocka_unit_test(what_is_not_known_never_matches),
		cmocka_unit_test(a_path_counts_only_for_files_of_the_image),
		cmocka_unit_test(exceptions_come_first_and_are_silent),
		cmocka_unit_test(at_the_deadline_rules_that_need_no_verdict_decide),
		cmocka_unit_test(an_exception_that_needs_the_verdict_waits_for_nothing),
		cmocka_unit_test(cares_tells_what_could_matter),
		cmocka_unit_test(explain_tells_the_first_condition_that_failed),
		cmocka_unit_test(explain_tells_of_deadlines_exceptions_and_missing_facts),
		cmocka_unit_test(conditions_stand_in_the_order_of_the_schema),
		cmocka_unit_test(behaviour_is_asked_apart_from_content),
		cmocka_unit_test(exceptions_silence_behaviour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
