#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "classify/packed.h"

/* Zip archives made by zipfile stand in the fuzzer's corpus. */
static int
open_bytes(const void *bytes, size_t size, enum lw_language language)
{
	_cleanup_close_ int fd = lw_memfd_with("test", bytes, size);
	bool compiled;

	assert_true(fd >= 0);
	return lw_packed_open(fd, size, bytes, size, language, &compiled);
}

static void
text_is_not_packed(void **state)
{
	static const char script[] = "print(1)\n";
	static const char talk[] = "print('PK\5\6')\nprint('an archive ends so')\n";

	assert_int_equal(open_bytes(script, sizeof(script) - 1, LW_LANGUAGE_PYTHON), -1);
	assert_int_equal(open_bytes(talk, sizeof(talk) - 1, LW_LANGUAGE_PYTHON), -1);
	assert_int_equal(open_bytes("", 0, LW_LANGUAGE_PYTHON), -1);
}

static void
compiled_python_gives_its_strings(void **state)
{
	static const char bytes[] =
		"\247\15\r\n\0\0\0\0\0\0\0\0\0\0\0\0"
		"\343\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0s\1\0\0\0c)\1z\4code";
	char text[16] = "";
	_cleanup_close_ int fd = open_bytes(bytes, sizeof(bytes) - 1, LW_LANGUAGE_PYTHON);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
	assert_string_equal(text, "code\n");
	/* For another language the same bytes are what they are. */
	assert_int_equal(open_bytes(bytes, sizeof(bytes) - 1, LW_LANGUAGE_SHELL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_not_packed),
		cmocka_unit_test(compiled_python_gives_its_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
