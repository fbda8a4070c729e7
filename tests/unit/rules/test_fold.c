#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "rules/fold.h"

static void
folds(const char *from, const char *to)
{
	uint8_t out[64];

	assert_int_equal(strlen(from), strlen(to));
	lw_rule_fold(out, (const uint8_t *)from, strlen(from));
	assert_memory_equal(out, to, strlen(to));
}

static void
letters_of_two_bytes_become_small(void **state)
{
	folds("AbZ[@`{", "abz[@`{");
	folds("ÀÖ×ØÞß", "àö×øþß");
	folds("ĀĮĲŁŊŶŸŽ", "āįĳłŋŷÿž");
	folds("ΆΈΌΎΑΡΣΫ", "άέόύαρσϋ");
	folds("ЀЏАЯѠҀӐԮ", "ѐџаяѡҁӑԯ");
	folds("ԱՖ", "աֆ");
	folds("İıſ€", "İıſ€");
}

static void
folding_twice_is_folding_once_and_no_length_changes(void **state)
{
	for (uint32_t code = 0x80; code < 0x800; code++) {
		uint8_t c[2] = {0xc0 | code >> 6, 0x80 | (code & 0x3f)}, once[2], twice[2];

		lw_rule_fold(once, c, 2);
		lw_rule_fold(twice, once, 2);
		assert_memory_equal(once, twice, 2);
		assert_int_equal(lw_utf8_sequence(once, 2), 2);
	}
}

static void
bytes_that_are_no_letters_stay(void **state)
{
	folds("\xc3", "\xc3");
	folds("\xc3"
	      "A",
		"\xc3"
		"a");
	folds("\x80\xff\xfe", "\x80\xff\xfe");
	folds("\xc0\x81", "\xc0\x81");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_of_two_bytes_become_small),
		cmocka_unit_test(folding_twice_is_folding_once_and_no_length_changes),
		cmocka_unit_test(bytes_that_are_no_letters_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
