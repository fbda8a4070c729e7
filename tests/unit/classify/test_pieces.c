#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "classify/pieces.h"

#define LINE "0123456789abcde\n" /* 16 bytes */
#define LINES (LW_FEATURE_TEXT_MAX / 16 * 2)

static struct lw_pieces pieces;

/* Lines of 16 bytes, two of which are long: number 20000 and number 40000. */
static void
make(struct lw_text *t, size_t length)
{
	lw_text_init(t, 4 * LW_FEATURE_TEXT_MAX);
	for (size_t i = 1; i <= LINES; i++) {
		if (i == 20000 || i == 40000)
			for (size_t k = 0; k < length; k++)
				lw_text_adds(t, i == 20000 ? "a" : "b");
		lw_text_adds(t, LINE);
	}
	assert_false(t->failed);
}

/* The first line among the pieces that begins so. */
static uint32_t
line_with(const char *beginning)
{
	uint32_t line = 1;

	for (size_t at = 0; at < pieces.length; at++) {
		if (memcmp(&pieces.bytes[at], beginning, strlen(beginning)) == 0)
			return line;
		const uint8_t *end = memchr(&pieces.bytes[at], '\n', pieces.length - at);
		at = end ? (size_t)(end - pieces.bytes) : pieces.length;
		line++;
	}
	fail_msg("there is no line %s", beginning);
	return 0;
}

static void
beginning_longest_lines_and_end_are_chosen(void **state)
{
	struct lw_text t;

	make(&t, 1000);
	lw_pieces_choose(&pieces, (const uint8_t *)t.data, t.length);
	assert_true(pieces.length <= LW_FEATURE_TEXT_MAX);
	assert_memory_equal(pieces.bytes, t.data, LW_PIECES_HEAD);
	assert_int_equal(pieces.bytes[pieces.length - 1], '\n');
	assert_memory_equal(&pieces.bytes[pieces.length - 1 - LW_PIECES_TAIL],
		&t.data[t.length - LW_PIECES_TAIL], LW_PIECES_TAIL);
	assert_true(
		line_with("aaaa") < line_with("bbbb")); /* of one length the first comes first */
	lw_text_done(&t);
}

/* The bug: findings named the line among the pieces. */
static void
lines_are_those_of_the_text(void **state)
{
	struct lw_text t;

	make(&t, 1000);
	lw_pieces_choose(&pieces, (const uint8_t *)t.data, t.length);
	assert_int_equal(lw_pieces_line(&pieces, 1), 1);
	assert_int_equal(lw_pieces_line(&pieces, 100), 100);
	assert_int_equal(lw_pieces_line(&pieces, line_with("aaaa")), 20000);
	assert_int_equal(lw_pieces_line(&pieces, line_with("bbbb")), 40000);
	/* A newline ends the last piece, and another one its last line. */
	uint32_t last = 0;
	for (size_t i = 0; i < pieces.length; i++)
		last += pieces.bytes[i] == '\n';
	assert_int_equal(lw_pieces_line(&pieces, last - 1), LINES);
	lw_text_done(&t);
}

static void
the_longest_lines_leave_room_for_the_end(void **state)
{
	struct lw_text t;

	lw_text_init(&t, 4 * LW_FEATURE_TEXT_MAX);
	while (t.length < 2 * LW_FEATURE_TEXT_MAX)
		lw_text_addf(&t, "%20000u\n", (unsigned)t.length);
	lw_text_adds(&t, "the end");
	lw_pieces_choose(&pieces, (const uint8_t *)t.data, t.length);
	assert_int_equal(pieces.count, LW_PIECES_LINES + 2);
	assert_memory_equal(&pieces.bytes[pieces.length - 8], "the end\n", 8);
	lw_text_done(&t);
}

static void
a_text_without_lines_has_pieces(void **state)
{
	size_t length = LW_FEATURE_TEXT_MAX + 1;
	_cleanup_free_ uint8_t *text = malloc(length);

	assert_non_null(text);
	memset(text, 'x', length);
	lw_pieces_choose(&pieces, text, length);
	assert_int_equal(pieces.count, 3);
	for (uint32_t line = 1; line <= 3; line++)
		assert_int_equal(lw_pieces_line(&pieces, line), 1);
	memset(text, '\n', length);
	lw_pieces_choose(&pieces, text, length);
	assert_int_equal(pieces.count, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beginning_longest_lines_and_end_are_chosen),
		cmocka_unit_test(lines_are_those_of_the_text),
		cmocka_unit_test(the_longest_lines_leave_room_for_the_end),
		cmocka_unit_test(a_text_without_lines_has_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
