#include "loaded.h"

#include "policy/describe.h"
#include "policy/rule.h"
#include "policy/schema.h"

#define POLICIES 400
#define SUBJECTS 60

/*
 * A generator of policies and subjects: always the same sequence, so that a failure can be
 * repeated.
 */
static uint64_t sequence = 88172645463325252ull;

static unsigned
random_below(unsigned n)
{
	sequence ^= sequence << 13;
	sequence ^= sequence >> 7;
	sequence ^= sequence << 17;
	return (sequence >> 20) % n;
}

static const char *const texts[] = {"/usr/bin/x*", "/a/b", "ABC", "*", "/tmp/?\\\\*",
	"/\\u00e9 \\\"q\\\" \\U0001F600", "registry.example/app:1", "/true",
	"/\\u2028\\u0085\\ufeff\\ue000", "x=y", "/a\\tb\\e", "[0-9]{4}x"};

/* A text that the row takes: in YAML's double quotes, and as it will be. */
static const char *
random_text(const struct lw_key *k)
{
	for (;;) {
		const char *text = texts[random_below(LW_ARRAY_SIZE(texts))];

		/* The check will see the tab, not the escape. */
		if (!k->check || (!k->check(text) && !(strstr(text, "\\t") && k->check("/a\tb"))))
			return text;
	}
}

static void
add_words(struct lw_text *t, const struct lw_key *k)
{
	const char *separator = "[";

	for (int v = 0; v < k->words->count; v++) {
		if (random_below(3) == 0 || (v == k->words->count - 1 && *separator == '[')) {
			lw_text_addf(t, "%s%s", separator, k->words->word(v));
			separator = ", ";
		}
	}
	lw_text_adds(t, "]");
}

static void
add_word(struct lw_text *t, const struct lw_key *k)
{
	int v;

	do
		v = random_below(k->words->count);
	while (k->allowed && !LW_IN_SET(k->allowed, v));
	lw_text_adds(t, k->words->word(v));
}

static void
add_texts(struct lw_text *t, const struct lw_key *k)
{
	const unsigned count = k->min + random_below(4);

	lw_text_adds(t, "[");
	for (unsigned i = 0; i < count; i++)
		lw_text_addf(t, "\"%s\", ", random_text(k));
	lw_text_adds(t, "]");
}

static void
add_number(struct lw_text *t, const struct lw_key *k)
{
	const struct lw_unit *unit = &k->units->units[random_below(k->units->count)];
	const uint64_t low = (k->min + unit->factor - 1) / unit->factor,
		       high = k->max / unit->factor;
	const uint64_t span = high - low + 1;

	if (high < low)
		lw_text_adds(t, k->fallback);
	else
		lw_text_addf(t, "%llu%s",
			(unsigned long long)(low + random_below(LW_MIN(span, 100000))),
			unit->suffix);
}

static void
add_digests(struct lw_text *t)
{
	const unsigned count = 1 + random_below(3);

	lw_text_adds(t, "[");
	for (unsigned i = 0; i < count; i++)
		lw_text_addf(t, "%064x, ", random_below(4));
	lw_text_adds(t, "]");
}

static void
add_value(struct lw_text *t, const struct lw_key *k)
{
	if (k->type == &lw_type_set)
		add_words(t, k);
	else if (k->type == &lw_type_enum || k->type == &lw_type_bool)
		add_word(t, k);
	else if (k->type == &lw_type_strings)
		add_texts(t, k);
	else if (k->type == &lw_type_string)
		lw_text_addf(t, "\"%s\"", random_text(k));
	else if (k->type == &lw_type_digests)
		add_digests(t);
	else if (k->type == &lw_type_ranges)
		lw_text_addf(
			t, "[%u, %u-%u]", random_below(3), random_below(3), 3 + random_below(9));
	else if (k->type == &lw_type_fixed)
		lw_text_adds(t, k->fixed);
	else
		add_number(t, k);
}

/* The conditions of a rule; each with the chance of one in `rarity`. */
static void
add_match(struct lw_text *t, unsigned rarity)
{
	for (size_t i = lw_match_first; i < lw_match_first + lw_match_count; i++) {
		const struct lw_key *k = &lw_rule_schema[i];
		const char *name = k->key + strlen("match.");
		const bool nested = strchr(name, '.');

		if (nested || random_below(rarity) != 0)
			continue;
		lw_text_addf(t, "%s: ", name);
		add_value(t, k);
		lw_text_adds(t, ", ");
	}
}

static void
add_container(struct lw_text *t, unsigned rarity)
{
	lw_text_adds(t, "container: {");
	for (size_t i = lw_match_first; i < lw_match_first + lw_match_count; i++) {
		const struct lw_key *k = &lw_rule_schema[i];
		const char *dot = strrchr(k->key, '.');

		if (!strstr(k->key, ".container.") || random_below(rarity) != 0)
			continue;
		lw_text_addf(t, "%s: ", dot + 1);
		add_value(t, k);
		lw_text_adds(t, ", ");
	}
	lw_text_adds(t, "}");
}

static void
add_rules(struct lw_text *t, const char *list, bool actions)
{
	const unsigned count = random_below(6);

	lw_text_addf(t, "%s:%s\n", list, count ? "" : " []");
	for (unsigned i = 0; i < count; i++) {
		lw_text_addf(t, "- name: \"r %u \\u00fc\"\n  match: {", i);
		add_match(t, actions ? 4 : 3);
		add_container(t, 6);
		lw_text_adds(t, "}\n");
		if (actions)
			lw_text_addf(t, "  action: %s\n",
				lw_action_to_str(random_below(LW_ACTION_COUNT)));
	}
}

/* Groups of dotted keys, each key with the chance of one in two. */
static void
add_settings(struct lw_text *t)
{
	char group[LW_KEY_MAX] = "";

	for (size_t i = 0; i < lw_schema_count; i++) {
		const struct lw_key *k = &lw_schema[i];
		const char *dot = strchr(k->key, '.');

		if (k->objects || random_below(2) == 0)
			continue;
		if (dot && strncmp(group, k->key, dot - k->key + 1) != 0) {
			snprintf(group, sizeof(group), "%.*s.", (int)(dot - k->key), k->key);
			lw_text_addf(t, "%.*s:\n", (int)(dot - k->key), k->key);
		}
		lw_text_addf(t, "%s%s: ", dot ? "  " : "", dot ? dot + 1 : k->key);
		if (strcmp(k->key, "processes.user") == 0)
			lw_text_adds(t, "somebody");
		else
			add_value(t, k);
		lw_text_adds(t, "\n");
	}
}

static void
add_policy(struct lw_text *t)
{
	add_settings(t);
	add_rules(t, "rules", true);
	add_rules(t, "exceptions", false);
	if (random_below(2))
		lw_text_adds(t,
			"sinks: [{type: file, path: \"/a b\", max_bytes: 0, keep: 3}, {type: "
			"stdout}]\n");
}

static void
assert_dump_loads_back(const struct lw_policy *p, struct lw_policy **again)
{
	_cleanup_text_ struct lw_text first = {0}, second = {0}, commented = {0};
	_cleanup_policy_ struct lw_policy *from_comments = NULL;

	lw_text_init(&first, LW_POLICY_DUMP_MAX);
	lw_text_init(&second, LW_POLICY_DUMP_MAX);
	lw_text_init(&commented, LW_POLICY_DUMP_MAX);
	lw_policy_dump(p, &first, false);
	assert_false(first.failed);
	*again = loaded(first.data);
	lw_policy_dump(*again, &second, false);
	assert_string_equal(first.data, second.data);
	lw_policy_dump(p, &commented, true);
	from_comments = loaded(commented.data);
	lw_text_reset(&second);
	lw_policy_dump(from_comments, &second, false);
	assert_string_equal(first.data, second.data);
}

static struct lw_container_facts random_facts;
static uint8_t random_digest[LW_SHA256_SIZE];

static struct lw_subject
random_subject(void)
{
	static const char *const paths[] = {"/usr/bin/xyz", "/a/b", "/tmp/a*", NULL};
	struct lw_subject s = {
		.layer = random_below(LW_LAYER_COUNT),
		.kind = random_below(LW_KIND_COUNT),
		.verdict = random_below(LW_VERDICT_COUNT),
		.verdict_known = true,
		.language = random_below(LW_LANGUAGE_COUNT),
		.path = paths[random_below(LW_ARRAY_SIZE(paths))],
		.path_exact = random_below(4),
		.parent = paths[random_below(LW_ARRAY_SIZE(paths))],
		.parent_layer = random_below(LW_LAYER_COUNT),
		.uid = random_below(12),
	};

	s.path_length = s.path ? strlen(s.path) : 0;
	s.parent_length = s.parent ? strlen(s.parent) : 0;
	random_digest[31] = random_below(4);
	s.sha256 = random_below(2) ? random_digest : NULL;
	random_facts = (struct lw_container_facts){
		.engine = random_below(LW_ENGINE_COUNT), .complete = random_below(3)};
	strcpy(random_facts.image, "registry.example/app:1");
	s.container = random_below(4) ? &random_facts : NULL;
	return s;
}

static bool
same(const struct lw_decision *a, const struct lw_decision *b)
{
	return a->action == b->action && strcmp(a->rule, b->rule) == 0 &&
	       a->exception == b->exception && a->by_deadline == b->by_deadline;
}

static void
assert_decides_alike(const struct lw_policy *p, const struct lw_policy *again)
{
	for (int i = 0; i < SUBJECTS; i++) {
		struct lw_subject s = random_subject();
		struct lw_decision one, two;

		lw_policy_eval(p, &s, &one);
		if (one.action != LW_ACTION_ALLOW)
			assert_true(lw_policy_cares(p, s.layer, s.kind, s.verdict));
		s.verdict_known = random_below(2);
		lw_policy_eval(p, &s, &one);
		lw_policy_eval(again, &s, &two);
		assert_true(same(&one, &two));
	}
}

static void
the_dump_of_any_policy_is_that_policy(void **state)
{
	_cleanup_text_ struct lw_text text = {0}, errors = {0};
	unsigned good = 0;

	lw_text_init(&text, 1024 * 1024);
	lw_text_init(&errors, 65536);
	for (int i = 0; i < POLICIES; i++) {
		_cleanup_policy_ struct lw_policy *p = NULL, *again = NULL;

		lw_text_reset(&text);
		lw_text_reset(&errors);
		add_policy(&text);
		if (load_text(text.data, &p, &errors) != 0) {
			/* The only thing that a random policy may have wrong. */
			if (!strstr(errors.data, "can never match") &&
				!strstr(errors.data, "no condition"))
				fail_msg("%s\n%s", errors.data, text.data);
			continue;
		}
		good++;
		assert_dump_loads_back(p, &again);
		assert_decides_alike(p, again);
	}
	assert_true(good > POLICIES / 3);
}

static void
the_default_dump_is_readable(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded("");
	_cleanup_text_ struct lw_text dump = {0};

	lw_text_init(&dump, LW_POLICY_DUMP_MAX);
	lw_policy_dump(p, &dump, false);
	assert_non_null(strstr(dump.data, "rules:\n"
					  "  - name: \"malicious content\"\n"
					  "    match:\n"
					  "      verdict: malicious\n"
					  "    action: deny\n"
					  "  - name: drift\n"
					  "    match:\n"
					  "      layer: [modified, added, memfd]\n"
					  "      kind: [binary, script]\n"
					  "    action: alert\n"
					  "exceptions: []\n"));
	assert_non_null(strstr(dump.data, "\n  hash_bytes: 256MiB\n"));
	assert_non_null(strstr(dump.data, "\n  repeat_window: 1h\n"));
}

static void
a_small_bound_fails_the_dump(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded("");
	_cleanup_text_ struct lw_text dump = {0};

	lw_text_init(&dump, 100);
	lw_policy_dump(p, &dump, false);
	assert_true(dump.failed);
}

/* The worst that a file within its bound can become. */
static void
the_dump_of_the_longest_policy_fits_its_bound(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_policy_ struct lw_policy *p = NULL, *again = NULL;

	lw_text_init(&text, LW_POLICY_BYTES_MAX);
	lw_text_adds(&text, "rules:\n");
	for (int i = 0; i < LW_POLICY_RULES_MAX && text.length < LW_POLICY_BYTES_MAX - 1100; i++) {
		lw_text_addf(&text, "- {name: r%d,action: deny,match: {container: {id: [", i);
		for (int j = 0; j < 36; j++)
			lw_text_adds(&text, "\"\\L\\L\\L\\L\\L\\L\\L\\L\\L\\L\\L\\L\",");
		lw_text_adds(&text, "]}}}\n");
	}
	assert_false(text.failed);
	p = loaded(text.data);
	assert_dump_loads_back(p, &again);
}

struct seen {
	size_t count;
};

static void
see(void *arg, const struct lw_policy_key *k)
{
	struct seen *seen = arg;

	assert_true(strlen(k->key) > 0 && strlen(k->key) < LW_KEY_MAX);
	assert_true(strlen(k->type) > 0);
	assert_int_equal(k->doc[strlen(k->doc) - 1], '.');
	seen->count++;
}

static void
every_key_is_described(void **state)
{
	struct seen seen = {0};

	lw_policy_schema_each(see, &seen);
	/* sinks, hash lists, interpreters, rules and exceptions have keys of their own */
	assert_int_equal(seen.count, lw_schema_count + 5 + 3 + 6 + 2 * lw_rule_schema_count - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dump_of_any_policy_is_that_policy),
		cmocka_unit_test(the_default_dump_is_readable),
		cmocka_unit_test(a_small_bound_fails_the_dump),
		cmocka_unit_test(the_dump_of_the_longest_policy_fits_its_bound),
		cmocka_unit_test(every_key_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
