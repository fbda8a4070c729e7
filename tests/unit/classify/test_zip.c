#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/zip.h"

/* Two members of the same name, stored: "old" and "new"; "#!x" and a newline stand in front. */
#define LOCAL(text) "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\3\0\0\0\1\0\0\0a" text
#define ENTRY(flags, packed, offset)                                                               \
	"PK\1\2\24\0\24\0" flags "\0\0\0\0\0\0\0\0\0\0" packed                                     \
	"\3\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0" offset "a"
#define END "PK\5\6\0\0\0\0\2\0\2\0\136\0\0\0\104\0\0\0\0\0"

#define WHOLE                                                                                      \
	LOCAL("old")                                                                               \
	LOCAL("new")                                                                               \
	ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0") ENTRY("\0\0", "\3\0\0\0", "\42\0\0\0") END

static void
expect(const void *archive, size_t size, const char *name, const char *content)
{
	_cleanup_(lw_inflater_freep) struct lw_inflater *z = NULL;
	uint8_t out[16];
	size_t length;
	int r;

	assert_int_equal(lw_inflater_new(&z), 0);
	r = lw_zip_read(archive, size, name, z, out, sizeof(out), &length);
	assert_int_equal(r, content ? 0 : LW_ZIP_NONE);
	if (!content)
		return;
	assert_int_equal(length, strlen(content));
	assert_memory_equal(out, content, length);
}

static void
the_last_member_of_a_name_counts(void **state)
{
	static const char archive[] = WHOLE;

	expect(archive, sizeof(archive) - 1, "a", "new");
	expect(archive, sizeof(archive) - 1, "b", NULL);
}

static void
what_stands_in_front_is_left_out(void **state)
{
	static const char archive[] = "#!x\n" WHOLE;

	expect(archive, sizeof(archive) - 1, "a", "new");
}

static void
what_is_encrypted_is_not_read(void **state)
{
	static const char archive[] = LOCAL("old") LOCAL("new")
		ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0") ENTRY("\1\0", "\3\0\0\0", "\42\0\0\0") END;

	expect(archive, sizeof(archive) - 1, "a", NULL);
}

static void
lies_about_sizes_stay_within_the_file(void **state)
{
	static const char large[] = LOCAL("old") LOCAL("new") ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0")
		ENTRY("\0\0", "\377\377\377\377", "\42\0\0\0") END;
	static const char far[] = LOCAL("old") LOCAL("new") ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0")
		ENTRY("\0\0", "\3\0\0\0", "\377\377\377\377") END;
	_cleanup_(lw_inflater_freep) struct lw_inflater *z = NULL;
	uint8_t out[8];
	size_t length;

	assert_int_equal(lw_inflater_new(&z), 0);
	assert_int_equal(
		lw_zip_read(large, sizeof(large) - 1, "a", z, out, sizeof(out), &length), 0);
	assert_int_equal(length, sizeof(out));
	expect(far, sizeof(far) - 1, "a", NULL);
	for (size_t n = 0; n < sizeof(large); n++)
		expect(large, n < sizeof(large) - 1 ? n : 0, "b", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_member_of_a_name_counts),
		cmocka_unit_test(what_stands_in_front_is_left_out),
		cmocka_unit_test(what_is_encrypted_is_not_read),
		cmocka_unit_test(lies_about_sizes_stay_within_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
