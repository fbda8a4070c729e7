#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/util.h"
#include "layerwatch/mitre.h"
#include "report/detector.h"

struct row {
	enum lw_layer layer;
	enum lw_kind kind;
	enum lw_verdict verdict;
	enum lw_language language;
	const char *module;
	const char *severity;
};

static const struct row rows[] = {
	{LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_UNKNOWN, 0, "ADDED_BINARY_EXECUTED", "LOW"},
	{LW_LAYER_MODIFIED, LW_KIND_BINARY, LW_VERDICT_UNKNOWN, 0, "ADDED_BINARY_EXECUTED", "LOW"},
	{LW_LAYER_UNKNOWN, LW_KIND_BINARY, LW_VERDICT_UNKNOWN, 0, "ADDED_BINARY_EXECUTED", "LOW"},
	{LW_LAYER_ADDED, LW_KIND_SCRIPT, LW_VERDICT_UNKNOWN, LW_LANGUAGE_SHELL,
		"ADDED_BINARY_EXECUTED", "LOW"},
	{LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_SUSPICIOUS, 0, "ADDED_BINARY_EXECUTED", "LOW"},
	{LW_LAYER_ADDED, LW_KIND_LIBRARY, LW_VERDICT_UNKNOWN, 0, "ADDED_LIBRARY_LOADED", "LOW"},
	{LW_LAYER_ADDED, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0, "ADDED_MALICIOUS_BINARY_EXECUTED",
		"CRITICAL"},
	{LW_LAYER_TMPFS, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0, "ADDED_MALICIOUS_BINARY_EXECUTED",
		"CRITICAL"},
	{LW_LAYER_VOLUME, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0,
		"ADDED_MALICIOUS_BINARY_EXECUTED", "CRITICAL"},
	{LW_LAYER_UNKNOWN, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0,
		"ADDED_MALICIOUS_BINARY_EXECUTED", "CRITICAL"},
	{LW_LAYER_MODIFIED, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0,
		"MODIFIED_MALICIOUS_BINARY_EXECUTED", "CRITICAL"},
	{LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0,
		"BUILT_IN_MALICIOUS_BINARY_EXECUTED", "CRITICAL"},
	{LW_LAYER_TOUCHED, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0,
		"BUILT_IN_MALICIOUS_BINARY_EXECUTED", "CRITICAL"},
	{LW_LAYER_ADDED, LW_KIND_LIBRARY, LW_VERDICT_MALICIOUS, 0, "ADDED_MALICIOUS_LIBRARY_LOADED",
		"CRITICAL"},
	{LW_LAYER_MODIFIED, LW_KIND_LIBRARY, LW_VERDICT_MALICIOUS, 0,
		"MODIFIED_MALICIOUS_LIBRARY_LOADED", "CRITICAL"},
	{LW_LAYER_ADDED, LW_KIND_SCRIPT, LW_VERDICT_MALICIOUS, LW_LANGUAGE_PYTHON,
		"MALICIOUS_PYTHON_EXECUTED", "CRITICAL"},
	{LW_LAYER_IMAGE, LW_KIND_INLINE, LW_VERDICT_MALICIOUS, LW_LANGUAGE_PYTHON,
		"MALICIOUS_PYTHON_EXECUTED", "CRITICAL"},
	{LW_LAYER_MEMFD, LW_KIND_STDIN, LW_VERDICT_MALICIOUS, LW_LANGUAGE_PYTHON,
		"MALICIOUS_PYTHON_EXECUTED", "CRITICAL"},
	{LW_LAYER_ADDED, LW_KIND_SCRIPT, LW_VERDICT_MALICIOUS, LW_LANGUAGE_SHELL,
		"MALICIOUS_SCRIPT_EXECUTED", "CRITICAL"},
	{LW_LAYER_ADDED, LW_KIND_SCRIPT, LW_VERDICT_MALICIOUS, LW_LANGUAGE_NONE,
		"MALICIOUS_SCRIPT_EXECUTED", "CRITICAL"},
	{LW_LAYER_MEMFD, LW_KIND_BINARY, LW_VERDICT_UNKNOWN, 0,
		"FILELESS_EXECUTION_DETECTION_MEMFD", "HIGH"},
	{LW_LAYER_MEMFD, LW_KIND_BINARY, LW_VERDICT_MALICIOUS, 0,
		"FILELESS_EXECUTION_DETECTION_MEMFD", "HIGH"},
	{LW_LAYER_MEMFD, LW_KIND_SCRIPT, LW_VERDICT_MALICIOUS, LW_LANGUAGE_PYTHON,
		"FILELESS_EXECUTION_DETECTION_MEMFD", "HIGH"},
	/* The image's own file, or code in an argument, is not "added": a rule asked for it. */
	{LW_LAYER_IMAGE, LW_KIND_BINARY, LW_VERDICT_UNKNOWN, 0, "POLICY_RULE_MATCHED", "MEDIUM"},
	{LW_LAYER_UNKNOWN, LW_KIND_INLINE, LW_VERDICT_UNKNOWN, LW_LANGUAGE_SHELL,
		"POLICY_RULE_MATCHED", "MEDIUM"},
};

static void
each_object_meets_its_row(void **state)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		struct lw_object o = {.present = 1, .layer = rows[i].layer, .kind = rows[i].kind};
		const struct lw_detector *d;

		o.assessment.verdict = rows[i].verdict;
		d = lw_detector_for(&o, rows[i].language);
		assert_string_equal(d->module, rows[i].module);
		assert_string_equal(d->severity, rows[i].severity);
		assert_string_equal(d->finding_class, "THREAT");
	}
}

static void
every_combination_has_a_row(void **state)
{
	for (unsigned layer = 0; layer < LW_LAYER_COUNT; layer++) {
		for (unsigned kind = 0; kind < LW_KIND_COUNT; kind++) {
			for (unsigned verdict = 0; verdict < LW_VERDICT_COUNT; verdict++) {
				struct lw_object o = {.layer = layer, .kind = kind};
				const struct lw_detector *d;

				o.assessment.verdict = verdict;
				d = lw_detector_for(&o, LW_LANGUAGE_NONE);
				assert_non_null(d->category);
				assert_non_null(d->tactic);
				assert_non_null(d->techniques[0]);
			}
		}
	}
}

/* Other people's rules match these strings: they are an interface. */
static void
categories_are_exact(void **state)
{
	static const char *const exact[][2] = {
		{"Added Binary Executed", "ADDED_BINARY_EXECUTED"},
		{"Execution: Added Malicious Binary Executed", "ADDED_MALICIOUS_BINARY_EXECUTED"},
		{"Execution: Modified Malicious Binary Executed",
			"MODIFIED_MALICIOUS_BINARY_EXECUTED"},
		{"Execution: Built in Malicious Binary Executed",
			"BUILT_IN_MALICIOUS_BINARY_EXECUTED"},
		{"Malicious Script Executed", "MALICIOUS_SCRIPT_EXECUTED"},
		{"Execution: Malicious Python executed", "MALICIOUS_PYTHON_EXECUTED"},
		{"Execution: Fileless Execution in /memfd:", "FILELESS_EXECUTION_DETECTION_MEMFD"},
	};
	for (size_t i = 0; i < LW_ARRAY_SIZE(exact); i++) {
		const struct lw_detector *d = NULL;

		for (unsigned n = 0; (d = lw_detector_at(n)); n++) {
			if (strcmp(d->module, exact[i][1]) == 0)
				break;
		}
		assert_non_null(d);
		assert_string_equal(d->category, exact[i][0]);
	}
}

static void
rows_are_complete_and_unique(void **state)
{
	const struct lw_detector *d, *other;

	for (unsigned i = 0; (d = lw_detector_at(i)); i++) {
		assert_non_null(d->category);
		assert_non_null(d->module);
		assert_non_null(d->severity);
		assert_non_null(d->next_steps);
		for (unsigned k = 0; k < i && (other = lw_detector_at(k)); k++) {
			assert_string_not_equal(d->category, other->category);
			assert_string_not_equal(d->module, other->module);
		}
	}
}

static void
health_has_rows_but_for_what_is_well(void **state)
{
	assert_null(lw_detector_for_health(LW_HEALTH_NONE));
	assert_null(lw_detector_for_health(LW_HEALTH_COUNT));
	assert_string_equal(
		lw_detector_for_health(LW_HEALTH_GATE_RESTARTED)->finding_class, "SCC_ERROR");
}

static void
assert_technique(const char *name)
{
	const struct lw_technique *t;

	for (size_t i = 0; (t = lw_technique_at(i)); i++)
		if (strcmp(t->mitre, name) == 0)
			return;
	fail_msg("%s is no technique that findings have a name for", name);
}

static void
techniques_are_those_of_the_table(void **state)
{
	const struct lw_detector *d;

	for (unsigned i = 0; (d = lw_detector_at(i)); i++)
		for (unsigned n = 0; n < LW_TECHNIQUES_MAX; n++) {
			if (d->techniques[n])
				assert_technique(d->techniques[n]);
			if (d->more_techniques[n])
				assert_technique(d->more_techniques[n]);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_object_meets_its_row),
		cmocka_unit_test(every_combination_has_a_row),
		cmocka_unit_test(categories_are_exact),
		cmocka_unit_test(rows_are_complete_and_unique),
		cmocka_unit_test(health_has_rows_but_for_what_is_well),
		cmocka_unit_test(techniques_are_those_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
