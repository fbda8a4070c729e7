#include <fcntl.h>
#include <sys/stat.h>

#include "loaded.h"
#include "policy/load.h"

static void
an_empty_document_gives_the_defaults(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded("");
	const struct lw_settings *s = lw_policy_settings(p);

	assert_int_equal(s->mode, LW_MODE_DETECT);
	assert_int_equal(s->decision.deadline_ms, 500);
	assert_int_equal(s->decision.on_deadline, LW_ACTION_ALLOW);
	assert_int_equal(s->decision.evidence_ms, 10);
	assert_int_equal(s->decision.in_flight, 256);
	assert_int_equal(s->decision.share, 50);
	assert_int_equal(s->decision.stall_ms, 2000);
	assert_int_equal(s->decision.cache_entries, 8192);
	assert_int_equal(s->capture.script_bytes, 65536);
	assert_int_equal(s->capture.argument_bytes, 32768);
	assert_int_equal(s->capture.environment.count, 19);
	assert_string_equal(s->capture.environment.items[4], "BASH_ENV");
	assert_true(s->capture.redact);
	assert_int_equal(s->content.hash_bytes, 256ull << 20);
	assert_int_equal(s->content.hash_list_count, 0);
	assert_int_equal(s->noise.repeat_window_us, 3600000000ull);
	assert_int_equal(s->noise.alerts_per_minute, 60);
	assert_int_equal(s->sink_count, 1);
	assert_int_equal(s->sinks[0].type, LW_SINK_STDOUT);
	assert_int_equal(s->processes.classify, 2);
	assert_string_equal(s->processes.user, "layerwatch");
	assert_string_equal(s->processes.control, "/run/layerwatch/control.sock");
	assert_true(s->watch.user_namespaces);
	assert_null(s->resource.project);
}

/* The example of the design, less what names features that this version doesn't have. */
static void
the_example_loads(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded(
		"version: 1\n"
		"mode: detect\n"
		"watch:    {containers: all, coverage: exec}\n"
		"decision: {deadline_ms: 500, on_deadline: allow, on_error: allow}\n"
		"capture:  {script_bytes: 65536, argument_bytes: 32768, environment: [LD_PRELOAD, "
		"LD_AUDIT, PYTHONPATH, BASH_ENV], redact: default}\n"
		"content:  {hash_lists: [/etc/layerwatch/malware.hashset]}\n"
		"rules:\n"
		"  - name: malicious content\n"
		"    match: {verdict: malicious}\n"
		"    action: deny\n"
		"  - name: nothing new may run in production\n"
		"    match: {layer: [added, modified, volume, tmpfs, memfd], kind: [binary, "
		"script], container: {namespace: prod, image: \"registry.example/*\"}}\n"
		"    action: deny\n"
		"  - name: drift\n"
		"    match: {layer: [added, modified, memfd], kind: [binary, script]}\n"
		"    action: alert\n"
		"exceptions:\n"
		"  - name: package managers in CI images\n"
		"    match: {container: {image: \"ci-*\"}, parent: [\"/usr/bin/dpkg\", "
		"\"/usr/bin/pip*\"]}\n"
		"noise:    {repeat_window: 1h, alerts_per_minute: 60}\n"
		"sinks:    [{type: stdout}, {type: file, path: "
		"/var/log/layerwatch/findings.jsonl}]\n");
	const struct lw_settings *s = lw_policy_settings(p);

	assert_string_equal(s->content.hash_lists[0].name, "malware");
	assert_int_equal(s->content.hash_lists[0].verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(s->sink_count, 2);
	assert_string_equal(s->sinks[1].path, "/var/log/layerwatch/findings.jsonl");
	assert_int_equal(s->sinks[1].max_bytes, 100ull << 20);
	assert_int_equal(s->sinks[1].keep, 5);
}

static void
what_promises_a_later_feature_is_refused(void **state)
{
	refused("watch: {volumes: true, process_events: true}\n",
		"p.yaml:1:18: watch.volumes: true: not available in this version; only false is\n"
		"p.yaml:1:40: watch.process_events: true: not available in this version; only "
		"false is\n");
	_cleanup_policy_ struct lw_policy *p = loaded(
		"watch: {containers: all, coverage: exec, volumes: false, process_events: false}\n"
		"content: {yara: [], rules: [], model: none}\n");
}

static void
errors_name_the_place_the_key_and_what_was_meant(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"mode: enforc\n", "p.yaml:1:7: mode: \"enforc\" is none of: detect | enforce; did "
				   "you mean \"enforce\"?\n"},
		{"mdoe: detect\n", "p.yaml:1:1: mdoe: unknown key; did you mean \"mode\"?\n"},
		{"decision:\n  deadlin_ms: 5\n",
			"p.yaml:2:3: decision.deadlin_ms: unknown key; did you mean "
			"\"deadline_ms\"?\n"},
		{"deadline_ms: 5\n", "p.yaml:1:1: deadline_ms: unknown key; did you mean "
				     "\"decision.deadline_ms\"?\n"},
		{"decision.share: 5\n", "p.yaml:1:1: decision.share: unknown key\n"},
		{"something_else: 1\n", "p.yaml:1:1: something_else: unknown key\n"},
		{"version: 2\n", "p.yaml:1:10: version: only 1 can stand here\n"},
		{"decision: 5\n", "p.yaml:1:11: decision: a map of keys is expected\n"},
		{"decision:\n", "p.yaml:1:10: decision: a map of keys is expected\n"},
		{"mode:\n", "p.yaml:1:6: mode: has no value; leave the key out for its default\n"},
		{"mode: [detect]\n", "p.yaml:1:7: mode: one value is expected, not a list\n"},
		{"- a\n", "p.yaml:1:1: a map of keys is expected\n"},
		{"a: [\n", "p.yaml:2:1: did not find expected node content\n"},
		{"mode: detect\nmode: enforce\n", "p.yaml:2:1: the same key twice\n"},
		{"rules: [{name: a, match: {layr: added}, action: deny}]\n",
			"p.yaml:1:27: rules[].match.layr: unknown key; did you mean \"layer\"?\n"},
		{"rules: [{name: a, action: denny}]\n",
			"p.yaml:1:27: rules[].action: \"denny\" is none of: allow | alert | deny | "
			"kill; did you mean \"deny\"?\n"},
		{"rules: [{match: {layer: added}}]\n", "p.yaml:1:9: rules[].name: is missing\n"
						       "p.yaml:1:9: rules[].action: is missing\n"},
		{"rules: [a]\n", "p.yaml:1:9: rules: a map of keys is expected\n"},
		{"rules: {}\n", "p.yaml:1:8: rules: a list is expected\n"},
		{"exceptions: [{name: a, match: {uid: 0}, action: allow}]\n",
			"p.yaml:1:41: exceptions[].action: unknown key\n"},
		{"a\x1b[2J: 1\n", "p.yaml:1:2: control characters are not allowed\n"},
		{"\"a\\e[2J\": 1\n", "p.yaml:1:1: a\\x1b[2J: unknown key\n"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		refused(cases[i].text, cases[i].expected);
}

static void
numbers_have_units_and_bounds(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"decision: {deadline_ms: 9}\n", "p.yaml:1:25: decision.deadline_ms: \"9\" is out "
						 "of bounds: 10 to 10000\n"},
		{"decision: {deadline_ms: 1h}\n", "p.yaml:1:25: decision.deadline_ms: \"1h\" is "
						  "out of bounds: 10 to 10000\n"},
		{"decision: {share: 101}\n",
			"p.yaml:1:19: decision.share: \"101\" is out of bounds: 1 to 100\n"},
		{"decision: {share: 5ms}\n", "p.yaml:1:19: decision.share: \"5ms\" is no number\n"},
		{"decision: {share: -1}\n", "p.yaml:1:19: decision.share: \"-1\" is no number\n"},
		{"decision: {share: 010}\n", "p.yaml:1:19: decision.share: \"010\" is no number\n"},
		{"noise: {repeat_window: 5}\n", "p.yaml:1:24: noise.repeat_window: \"5\" is no "
						"duration (with ms, s, m, h, d)\n"},
		{"noise: {repeat_window: 31d}\n", "p.yaml:1:24: noise.repeat_window: \"31d\" is "
						  "out of bounds: 0 to 30d\n"},
		{"content: {hash_bytes: 64KB}\n", "p.yaml:1:23: content.hash_bytes: \"64KB\" is no "
						  "size in bytes (with KiB, MiB, GiB)\n"},
		{"content: {hash_bytes: 18446744073709551615GiB}\n",
			"p.yaml:1:23: content.hash_bytes: \"18446744073709551615GiB\" is out of "
			"bounds: 1MiB to 64GiB\n"},
		{"content: {hash_bytes: 99999999999999999999999999}\n",
			"p.yaml:1:23: content.hash_bytes: \"99999999999999999999999999\" is no "
			"size in bytes (with KiB, MiB, GiB)\n"},
	};
	_cleanup_policy_ struct lw_policy *p =
		loaded("decision: {deadline_ms: 2s, stall_ms: 100ms}\n"
		       "noise: {repeat_window: 0}\n"
		       "content: {hash_bytes: 1GiB}\n"
		       "capture: {script_bytes: 1000}\n");
	const struct lw_settings *s = lw_policy_settings(p);

	assert_int_equal(s->decision.deadline_ms, 2000);
	assert_int_equal(s->decision.stall_ms, 100);
	assert_int_equal(s->noise.repeat_window_us, 0);
	assert_int_equal(s->content.hash_bytes, 1ull << 30);
	assert_int_equal(s->capture.script_bytes, 1000);
	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		refused(cases[i].text, cases[i].expected);
}

static void
texts_are_checked(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"processes: {control: run.sock}\n",
			"p.yaml:1:22: processes.control: \"run.sock\" is no absolute path\n"},
		{"processes: {user: \"\"}\n", "p.yaml:1:19: processes.user: empty text\n"},
		{"capture: {environment: [A, \"B=C\"]}\n",
			"p.yaml:1:28: capture.environment: \"B=C\" is no name of an environment "
			"variable\n"},
		{"capture: {environment: {A: B}}\n", "p.yaml:1:24: capture.environment: a value or "
						     "a list is expected, not a map\n"},
		{"watch: {exclude: [a]}\n", "p.yaml:1:19: watch.exclude: \"a\" can match no path: "
					    "it starts neither with / nor with *\n"},
		{"watch: {exclude: [~]}\n", "p.yaml:1:19: watch.exclude: has no value\n"},
		{"rules: [{name: \"a\\nb\", action: deny}]\n",
			"p.yaml:1:16: rules[].name: \"a\\x0ab\" has a control character\n"},
		{"rules: [{name: a, match: {sha256: 12}, action: deny}]\n",
			"p.yaml:1:35: rules[].match.sha256: \"12\" is no SHA-256: 64 hex digits "
			"are expected\n"},
		{"rules: [{name: a, match: {uid: [1, 9-3]}, action: deny}]\n",
			"p.yaml:1:36: rules[].match.uid: \"9-3\" is neither a number nor a range "
			"such as 1000-1999\n"},
		{"rules: [{name: a, match: {uid: 4294967296}, action: deny}]\n",
			"p.yaml:1:32: rules[].match.uid: \"4294967296\" is neither a number nor a "
			"range such as 1000-1999\n"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		refused(cases[i].text, cases[i].expected);
}

static void
sinks_are_checked_as_a_whole(void **state)
{
	refused("sinks: [{type: file}]\n", "p.yaml:1:9: sinks[].path: is missing\n");
	refused("sinks: [{path: /a}]\n", "p.yaml:1:9: sinks[].type: is missing\n");
	refused("sinks: [{type: stdout, path: /a}]\n",
		"p.yaml:1:30: sinks[].path: is not for this type\n");
	refused("sinks: [{type: stdout, keep: 3}]\n",
		"p.yaml:1:30: sinks[].keep: is not for this type\n");
	refused("sinks: [{type: stdout}, {type: stdout}]\n",
		"p.yaml:1:32: sinks[].type: there is a sink of type stdout already\n");
	refused("sinks: [{type: file, path: /a}, {type: file, path: /a}]\n",
		"p.yaml:1:52: sinks[].path: another sink has the same file\n");
	refused("sinks: [{type: file, path: /a, max_bytes: 1}]\n",
		"p.yaml:1:43: sinks[].max_bytes: is less than 64KiB, and not 0\n");
}

static void
hash_lists_are_a_path_or_an_object(void **state)
{
	_cleanup_policy_ struct lw_policy *p =
		loaded("content:\n  hash_lists:\n    - /a/bad.hashset\n    - {name: good, path: "
		       "/a/good, verdict: trusted}\n    - \"/a/\\u2028\\x07.x\"\n");
	const struct lw_hash_list_settings *lists = lw_policy_settings(p)->content.hash_lists;

	assert_int_equal(lw_policy_settings(p)->content.hash_list_count, 3);
	assert_string_equal(lists[0].name, "bad");
	assert_string_equal(lists[1].name, "good");
	assert_int_equal(lists[1].verdict, LW_VERDICT_TRUSTED);
	assert_string_equal(lists[2].name, "\u2028_");
	refused("content: {hash_lists: [/a/x, /b/x.hashset]}\n",
		"p.yaml:1:30: content.hash_lists[].name: another hash list has the same name\n");
	refused("content: {hash_lists: [{path: /a, verdict: unknown}]}\n",
		"p.yaml:1:44: content.hash_lists[].verdict: \"unknown\" is none of: trusted | "
		"malicious\n");
	refused("content: {hash_lists: [a, /b]}\n",
		"p.yaml:1:24: content.hash_lists[].path: \"a\" is no absolute path\n");
}

static void
a_rule_that_can_never_match_is_an_error(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"rules: [{name: a, match: {layer: []}, action: deny}]\n",
			"p.yaml:1:34: rules[].match.layer: the list is empty: this could never "
			"match\n"},
		{"rules: [{name: a, match: {path: []}, action: deny}]\n",
			"p.yaml:1:33: rules[].match.path: the list is empty: this could never "
			"match\n"},
		{"rules: [{name: a, action: allow}, {name: b, match: {uid: 0}, action: deny}]\n",
			"p.yaml:1:35: rules[].match: \"b\" can never match: all of it is met "
			"before by \"a\" (p.yaml:1)\n"},
		{"rules:\n- {name: a, match: {layer: [added, image]}, action: deny}\n"
		 "- {name: b, match: {layer: added, kind: script, uid: 3}, action: alert}\n",
			"p.yaml:3:3: rules[].match: \"b\" can never match: all of it is met before "
			"by \"a\" (p.yaml:2)\n"},
		/* a path means image or touched */
		{"rules:\n- {name: a, match: {layer: [image, touched]}, action: deny}\n"
		 "- {name: b, match: {path: /x}, action: alert}\n",
			"p.yaml:3:3: rules[].match: \"b\" can never match: all of it is met before "
			"by \"a\" (p.yaml:2)\n"},
		/* all words of a set are as good as none */
		{"rules:\n- {name: a, match: {kind: [binary, library, script, inline, stdin]}, "
		 "action: deny}\n- {name: b, match: {layer: added}, action: alert}\n",
			"p.yaml:3:3: rules[].match: \"b\" can never match: all of it is met before "
			"by \"a\" (p.yaml:2)\n"},
		{"exceptions: [{name: a, match: {layer: added}}]\n"
		 "rules: [{name: b, match: {layer: added, uid: 0}, action: alert}]\n",
			"p.yaml:2:9: rules[].match: \"b\" can never match: all of it is excepted "
			"by \"a\" (p.yaml:1)\n"},
		{"rules: []\nexceptions: [{name: a}]\n",
			"p.yaml:2:14: exceptions[].match: has no condition: no rule could ever "
			"match\n"},
		{"exceptions: [{name: a, match: {layer: added}}, {name: b, match: {layer: added, "
		 "uid: 1}}]\nrules: []\n",
			"p.yaml:1:48: exceptions[].match: \"b\" can never match: all of it is "
			"excepted by \"a\" (p.yaml:1)\n"},
		{"rules: [{name: a, match: {layer: [added, added]}, action: deny}]\n",
			"p.yaml:1:42: rules[].match.layer: \"added\" stands twice\n"},
		{"rules: [{name: a, match: {uid: 1}, action: deny}, {name: a, match: {uid: 2}, "
		 "action: deny}]\n",
			"p.yaml:1:51: rules[].name: \"a\" has the same name as \"a\" (p.yaml:1)\n"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		refused(cases[i].text, cases[i].expected);
}

static void
rules_that_only_look_alike_are_no_error(void **state)
{
	static const char *const texts[] = {
		/* the first asks more */
		"rules: [{name: a, match: {layer: added, uid: 0}, action: deny}, {name: b, match: "
		"{layer: added}, action: alert}]",
		"rules: [{name: a, match: {layer: added, kind: script}, action: deny}, {name: b, "
		"match: {layer: added}, action: alert}]",
		/* engine docker needs facts, and an unknown container has none */
		"rules: [{name: a, match: {container: {engine: [unknown, docker, podman, "
		"containerd, cri-o]}}, action: deny}, {name: b, match: {layer: added}, "
		"action: alert}]",
		/* a path with layers of its own */
		"rules: [{name: a, match: {layer: [image, touched]}, action: deny}, {name: b, "
		"match: {path: /x, layer: added}, action: alert}]",
		/* a catch-all at the end */
		"rules: [{name: a, match: {uid: 0}, action: allow}, {name: b, action: alert}]",
		"rules: [{name: a, match: {verdict: malicious}, action: deny}, {name: b, match: "
		"{parent: /x}, action: alert}, {name: c, match: {parent_layer: image}, "
		"action: deny}]",
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(texts); i++)
		lw_policy_free(loaded(texts[i]));
}

static void
later_sources_override_values_and_add_rules(void **state)
{
	const struct lw_policy_source sources[] = {
		{"a.yaml",
			"mode: enforce\nsinks: [{type: stdout}]\n"
			"decision: {share: 10}\n"
			"content: {hash_lists: [/l/a]}\n"
			"rules: [{name: a, match: {uid: 1}, action: deny}]\n",
			0},
		{"b.yaml",
			"mode: detect\nsinks: [{type: file, path: /f}]\n"
			"content: {hash_lists: [/l/b]}\ncapture: {environment: [X]}\n"
			"rules: [{name: b, match: {uid: 2}, action: alert}]\n",
			0},
		{"c.yaml", "rules: [{name: a, match: {uid: 3}, action: alert}]\n", 0},
	};
	struct lw_policy_source s[3];
	_cleanup_text_ struct lw_text errors = {0};
	_cleanup_policy_ struct lw_policy *p = NULL;

	lw_text_init(&errors, 65536);
	for (size_t i = 0; i < 3; i++)
		s[i] = (struct lw_policy_source){
			sources[i].name, sources[i].text, strlen(sources[i].text)};
	assert_int_equal(lw_policy_load(s, 2, &p, &errors), 0);
	assert_int_equal(lw_policy_settings(p)->mode, LW_MODE_DETECT);
	assert_int_equal(lw_policy_settings(p)->decision.share, 10);
	assert_int_equal(lw_policy_settings(p)->sink_count, 1);
	assert_int_equal(lw_policy_settings(p)->sinks[0].type, LW_SINK_FILE);
	assert_int_equal(lw_policy_settings(p)->content.hash_list_count, 2);
	assert_int_equal(lw_policy_settings(p)->capture.environment.count, 1);
	assert_int_equal(p->rule_count, 2);
	assert_string_equal(p->rules[0].name, "a");
	assert_string_equal(p->rules[1].name, "b");
	p = lw_policy_free(p);
	assert_int_equal(lw_policy_load(s, 3, &p, &errors), -EINVAL);
	assert_string_equal(errors.data,
		"c.yaml:1:9: rules[].name: \"a\" has the same name as \"a\" (a.yaml:5)\n");
}

static void
errors_are_bounded(void **state)
{
	_cleanup_text_ struct lw_text text = {0}, errors = {0};
	size_t lines = 0;

	lw_text_init(&text, 1024 * 1024);
	lw_text_init(&errors, 65536);
	for (int i = 0; i < 200; i++)
		lw_text_addf(&text, "unknown_key_%d: 1\n", i);
	assert_int_equal(load_text(text.data, NULL, &errors), -EINVAL);
	for (size_t i = 0; i < errors.length; i++)
		lines += errors.data[i] == '\n';
	assert_int_equal(lines, LW_ERRORS_MAX);
	assert_non_null(strstr(errors.data, "\nmore errors\n"));
}

static void
rules_and_lists_are_bounded(void **state)
{
	_cleanup_text_ struct lw_text text = {0}, errors = {0};

	lw_text_init(&text, 1024 * 1024);
	lw_text_init(&errors, 65536);
	lw_text_adds(&text, "rules:\n");
	for (int i = 0; i < LW_POLICY_RULES_MAX; i++)
		lw_text_addf(&text, "- {name: r%d, match: {uid: %d}, action: deny}\n", i, i);
	lw_policy_free(loaded(text.data));
	lw_text_adds(&text, "- {name: last, match: {uid: 5}, action: deny}\n");
	assert_int_equal(load_text(text.data, NULL, &errors), -EINVAL);
	assert_string_equal(errors.data, "p.yaml:1026:3: rules: more than 1024 in all files\n");
	lw_text_reset(&text);
	lw_text_reset(&errors);
	lw_text_adds(&text, "watch: {exclude: [");
	for (int i = 0; i <= LW_LIST_MAX; i++)
		lw_text_addf(&text, "/a%d, ", i);
	lw_text_adds(&text, "]}\n");
	assert_int_equal(load_text(text.data, NULL, &errors), -EINVAL);
	assert_string_equal(errors.data, "p.yaml:1:18: watch.exclude: more than 256 in the list\n");
}

static void
patterns_that_cost_too_much_are_refused(void **state)
{
	static const char *const good[] = {"AKIA[0-9A-Z]{16}", "[]a]", "(a|b)+c{2,}",
		"ghp_[A-Za-z0-9]{36}", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
		"[[:alnum:]]{20}", "x\\{1"};
	static const struct {
		const char *pattern, *wrong;
	} bad[] = {
		{"(a{100}){100}", "repeats too much"},
		{"(a?){600}x", "repeats too much"},
		{"a{5000}", "repeats too much"},
		{"(((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+", "repeats too much"},
		{"a+++++++++++++++", "repeats too much"},
		{"(aaaaaaaaaa){100}*{1000}", "repeats too much"},
		{"a{4294967295,}", "repeats too much"},
		{"((((((((((((((((((a))))))))))))))))))", "nests too many groups"},
		{"(a)\\1", "has a back-reference"},
		{"a(", "is no POSIX extended regular expression"},
		{"a*", "matches the empty text"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(good); i++)
		if (lw_pattern_check(good[i]))
			fail_msg("%s: %s", good[i], lw_pattern_check(good[i]));
	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++)
		assert_string_equal(lw_pattern_check(bad[i].pattern), bad[i].wrong);
}

static void
near_words_are_suggested_and_far_ones_not(void **state)
{
	static const char *const words[] = {"mode", NULL, "watch", "decision"};

	assert_string_equal(lw_suggest("mod", words, 4), "mode");
	assert_string_equal(lw_suggest("descision", words, 4), "decision");
	assert_string_equal(lw_suggest("wtach", words, 4), "watch");
	assert_null(lw_suggest("rules", words, 4));
	assert_null(lw_suggest("", words, 4));
}

/* Files */

static char folder[] = "/tmp/lw-policy-XXXXXX";

static void
put(const char *name, const char *text)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_fclose_ FILE *f = NULL;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void
drop(const char *name)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	remove(path);
}

static int
load_from_folder(struct lw_policy **out, struct lw_text *errors)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/p.yaml", folder) > 0);
	return lw_policy_load_file(path, out, errors);
}

static int
make_folder(void **state)
{
	_cleanup_free_ char *path = NULL;

	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder) || asprintf(&path, "%s/policy.d", folder) < 0)
		return -1;
	return mkdir(path, 0700);
}

static int
drop_folder(void **state)
{
	static const char *const names[] = {"policy.d/20-b.yaml", "policy.d/10-a.yaml",
		"policy.d/.c.yaml", "policy.d/readme", "policy.d/fifo.yaml", "policy.d", "p.yaml"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		drop(names[i]);
	return rmdir(folder);
}

static void
files_of_the_folder_come_after_in_name_order(void **state)
{
	_cleanup_text_ struct lw_text errors = {0};
	_cleanup_policy_ struct lw_policy *p = NULL;

	lw_text_init(&errors, 65536);
	put("p.yaml", "decision: {share: 10, in_flight: 11}\n");
	put("policy.d/20-b.yaml", "decision: {share: 30}\n");
	put("policy.d/10-a.yaml", "decision: {share: 20, in_flight: 21}\n");
	put("policy.d/.c.yaml", "nonsense: 1\n");
	put("policy.d/readme", "nonsense: 1\n");
	assert_int_equal(load_from_folder(&p, &errors), 0);
	assert_int_equal(lw_policy_settings(p)->decision.share, 30);
	assert_int_equal(lw_policy_settings(p)->decision.in_flight, 21);
}

static void
files_that_cannot_be_read_are_errors(void **state)
{
	_cleanup_text_ struct lw_text errors = {0};
	_cleanup_free_ char *fifo = NULL;
	_cleanup_policy_ struct lw_policy *p = NULL;

	lw_text_init(&errors, 65536);
	assert_int_equal(load_from_folder(&p, &errors), -ENOENT);
	assert_non_null(strstr(errors.data, "/p.yaml: No such file or directory\n"));
	lw_text_reset(&errors);
	put("p.yaml", "mode: detect\n");
	assert_true(asprintf(&fifo, "%s/policy.d/fifo.yaml", folder) > 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(load_from_folder(&p, &errors), -EINVAL);
	assert_non_null(strstr(errors.data, "/policy.d/fifo.yaml: is no regular file\n"));
	assert_null(p);
}

static void
files_are_bounded_together(void **state)
{
	_cleanup_text_ struct lw_text errors = {0}, half = {0};
	_cleanup_policy_ struct lw_policy *p = NULL;

	lw_text_init(&errors, 65536);
	lw_text_init(&half, LW_POLICY_BYTES_MAX);
	lw_text_adds(&half, "#");
	while (half.length < LW_POLICY_BYTES_MAX / 2)
		lw_text_adds(
			&half, "                                                               ");
	lw_text_adds(&half, "\n");
	put("p.yaml", half.data);
	assert_int_equal(load_from_folder(&p, &errors), 0);
	p = lw_policy_free(p);
	put("policy.d/10-a.yaml", half.data);
	assert_int_equal(load_from_folder(&p, &errors), -EINVAL);
	assert_non_null(
		strstr(errors.data, "10-a.yaml:1:1: too many bytes in all files together\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_document_gives_the_defaults),
		cmocka_unit_test(the_example_loads),
		cmocka_unit_test(what_promises_a_later_feature_is_refused),
		cmocka_unit_test(errors_name_the_place_the_key_and_what_was_meant),
		cmocka_unit_test(numbers_have_units_and_bounds),
		cmocka_unit_test(texts_are_checked),
		cmocka_unit_test(sinks_are_checked_as_a_whole),
		cmocka_unit_test(hash_lists_are_a_path_or_an_object),
		cmocka_unit_test(a_rule_that_can_never_match_is_an_error),
		cmocka_unit_test(rules_that_only_look_alike_are_no_error),
		cmocka_unit_test(later_sources_override_values_and_add_rules),
		cmocka_unit_test(errors_are_bounded),
		cmocka_unit_test(rules_and_lists_are_bounded),
		cmocka_unit_test(patterns_that_cost_too_much_are_refused),
		cmocka_unit_test(near_words_are_suggested_and_far_ones_not),
		cmocka_unit_test_setup_teardown(
			files_of_the_folder_come_after_in_name_order, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(
			files_that_cannot_be_read_are_errors, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(
			files_are_bounded_together, make_folder, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
