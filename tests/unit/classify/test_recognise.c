#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <fcntl.h>

#include <cmocka.h>

#include "classify/recognise.h"

static const struct lw_interpreter *
recognise(const char *path)
{
	static struct lw_window w;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct lw_elf elf;

	if (fd < 0)
		skip();
	lw_window_init(&w, fd, (uint64_t)lseek(fd, 0, SEEK_END), NULL, 0);
	assert_int_equal(lw_elf_read(&w, &elf), 0);
	return lw_recognise(fd, &elf);
}

static void
expect(const char *path, enum lw_language language)
{
	const struct lw_interpreter *i = recognise(path);

	assert_non_null(i);
	assert_int_equal(i->language, language);
}

static void
shells_are_recognised(void **state)
{
	expect("/bin/sh", LW_LANGUAGE_SHELL);
	expect("/bin/bash", LW_LANGUAGE_SHELL);
}

static void
python_is_recognised(void **state)
{
	expect("/usr/bin/python3", LW_LANGUAGE_PYTHON);
}

static void
perl_is_recognised(void **state)
{
	expect("/usr/bin/perl", LW_LANGUAGE_PERL);
}

static void
other_programs_are_not(void **state)
{
	static const char *const paths[] = {"/bin/ls", "/bin/cat", "/usr/bin/env", "/bin/sleep"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(paths); i++)
		assert_null(recognise(paths[i]));
}

static void
parts_that_lie_are_survived(void **state)
{
	_cleanup_close_ int fd = lw_memfd_with("test", "x", 1);
	const struct lw_elf elf = {
		.names = {UINT64_MAX - 8, UINT64_MAX},
		.constants = {{5, UINT64_MAX}, {0, 1}},
		.constant_count = 2,
	};

	assert_null(lw_recognise(fd, &elf));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shells_are_recognised),
		cmocka_unit_test(python_is_recognised),
		cmocka_unit_test(perl_is_recognised),
		cmocka_unit_test(other_programs_are_not),
		cmocka_unit_test(parts_that_lie_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
