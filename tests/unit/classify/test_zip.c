#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
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

/* All members, each with a '/' behind it; NULL = no archive. */
static void
expect(const void *archive, size_t size, const char *contents)
{
	_cleanup_(lw_inflater_freep) struct lw_inflater *inflater = NULL;
	_cleanup_close_ int fd = lw_memfd_with("zip", archive, size);
	char all[64] = "";
	struct lw_zip_member m;
	struct lw_zip z;

	assert_true(fd >= 0);
	assert_int_equal(lw_inflater_new(&inflater), 0);
	assert_int_equal(lw_zip_open(&z, fd, size), contents ? 0 : LW_ZIP_NONE);
	while (contents && lw_zip_next(&z, &m)) {
		size_t n = 0, used = strlen(all);

		assert_int_equal(m.name_length, 1);
		if (lw_zip_read(&z, &m, inflater, (uint8_t *)&all[used], 8, &n) == 0)
			strcpy(&all[used + n], "/");
	}
	lw_zip_done(&z);
	if (contents)
		assert_string_equal(all, contents);
}

static void
all_members_are_found(void **state)
{
	static const char archive[] = WHOLE;

	expect(archive, sizeof(archive) - 1, "old/new/");
}

static void
what_stands_in_front_is_left_out(void **state)
{
	static const char archive[] = "#!x\n" WHOLE;

	expect(archive, sizeof(archive) - 1, "old/new/");
}

/* zipimport asks for neither. */
static void
the_length_of_the_comment_and_encryption_mean_nothing(void **state)
{
	static const char encrypted[] = LOCAL("old") LOCAL("new")
		ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0") ENTRY("\1\0", "\3\0\0\0", "\42\0\0\0") END;
	char archive[] = WHOLE "more";

	expect(encrypted, sizeof(encrypted) - 1, "old/new/");
	expect(archive, sizeof(archive) - 1, "old/new/");
	archive[sizeof(archive) - 6] = archive[sizeof(archive) - 7] = '\377';
	expect(archive, sizeof(archive) - 1, "old/new/");
}

static void
lies_about_sizes_stay_within_the_file(void **state)
{
	static const char large[] = LOCAL("old") LOCAL("new") ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0")
		ENTRY("\0\0", "\377\377\377\377", "\42\0\0\0") END;
	static const char far[] = LOCAL("old") LOCAL("new") ENTRY("\0\0", "\3\0\0\0", "\0\0\0\0")
		ENTRY("\0\0", "\3\0\0\0", "\377\377\377\377") END;

	expect(large, sizeof(large) - 1, "old/newPK\1\2\24/");
	expect(far, sizeof(far) - 1, "old/");
	for (size_t n = 0; n < sizeof(large) - 1; n++)
		expect(large, n, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_members_are_found),
		cmocka_unit_test(what_stands_in_front_is_left_out),
		cmocka_unit_test(the_length_of_the_comment_and_encryption_mean_nothing),
		cmocka_unit_test(lies_about_sizes_stay_within_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
