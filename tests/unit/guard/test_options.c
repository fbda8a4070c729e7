#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "guard/options.h"

#define ARGS_MAX 8

/* What is said to stderr is for people; here it would stand between lines of TAP. */
static int
parse(struct lw_options *o, const char *first, ...)
{
	const char *argv[ARGS_MAX] = {"layerwatchd", first};
	int argc = first ? 2 : 1, r, silent, before;
	va_list ap;

	va_start(ap, first);
	while (first && argc < ARGS_MAX - 1 && (argv[argc] = va_arg(ap, const char *)))
		argc++;
	va_end(ap);
	before = dup(STDERR_FILENO);
	silent = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_true(before >= 0 && silent >= 0 && dup2(silent, STDERR_FILENO) >= 0);
	r = lw_options_parse(o, argc, (char **)argv);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	close(silent);
	return r;
}

static void
without_options_it_runs(void **state)
{
	struct lw_options o;

	assert_int_equal(parse(&o, NULL), 0);
	assert_int_equal(o.command, LW_COMMAND_RUN);
	assert_null(o.config);
	assert_null(o.libexec);
	assert_int_equal(o.level, LW_LOG_INFO);
}

static void
each_option_does_its_thing(void **state)
{
	struct lw_options o;

	assert_int_equal(parse(&o, "-v", "-c", "a.yaml", "-L", "/x", NULL), 0);
	assert_string_equal(o.config, "a.yaml");
	assert_string_equal(o.libexec, "/x");
	assert_int_equal(o.level, LW_LOG_DEBUG);
	assert_int_equal(parse(&o, "--config", "b.yaml", "--check-config", NULL), 0);
	assert_string_equal(o.config, "b.yaml");
	assert_int_equal(o.command, LW_COMMAND_CHECK);
	assert_int_equal(parse(&o, "--dump-config", NULL), 0);
	assert_int_equal(o.command, LW_COMMAND_DUMP);
	assert_int_equal(parse(&o, "--version", NULL), 0);
	assert_int_equal(o.command, LW_COMMAND_VERSION);
	assert_int_equal(parse(&o, "-h", NULL), 0);
	assert_int_equal(o.command, LW_COMMAND_HELP);
}

static void
what_it_does_not_know_is_wrong_usage(void **state)
{
	struct lw_options o = {.config = "kept"};

	assert_int_equal(parse(&o, "--nonsense", NULL), -EINVAL);
	assert_int_equal(parse(&o, "-z", NULL), -EINVAL);
	assert_int_equal(parse(&o, "-c", NULL), -EINVAL);
	assert_int_equal(parse(&o, "operand", NULL), -EINVAL);
	assert_int_equal(parse(&o, "--check-config=yes", NULL), -EINVAL);
	assert_string_equal(o.config, "kept");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_it_runs),
		cmocka_unit_test(each_option_does_its_thing),
		cmocka_unit_test(what_it_does_not_know_is_wrong_usage),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
