/*
 * layerwatch rules check, list and test on files in a folder of the test's own.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "ctl/command.h"

#define HEAD "logsource: {product: linux, category: process_creation}\n"
#define GOOD(id)                                                                                   \
	"title: Good\nid: " id "\nlevel: high\n" HEAD                                              \
	"detection: {sel: {Image|expand|endswith: '/%tools%'}, other: {User: x}, condition: sel}\n"
#define BAD "title: Bad\n" HEAD "detection: {sel: {Imag: x}, condition: sel}\n"
#define OFF                                                                                        \
	"title: Off\n" HEAD "detection: {sel: {Uid: 0}, condition: sel}\n"                         \
	"layerwatch: {enabled: false, action: deny, module: M}\n"
#define LISTS "tools: [nc, ncat]\n"

static char folder[] = "/tmp/test-ctl-rules.XXXXXX";
static char *out, *err;
static size_t out_length, err_length;

static void
write_file(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	_cleanup_fclose_ FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
}

static int
make_folder(void **state)
{
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("more", 0700), 0);
	write_file("b.yml", BAD "---\n" OFF);
	write_file("lists.yaml", LISTS);
	write_file("more/a.yaml", GOOD("1-1"));
	write_file("more/ignored.txt", "x");
	write_file(".hidden.yml", "x");
	write_file("only.yml", GOOD("1-2"));
	write_file("elsewhere", LISTS);
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = {"b.yml", "lists.yaml", "more/a.yaml",
		"more/ignored.txt", ".hidden.yml", "only.yml", "elsewhere", "in"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		unlink(names[i]);
	rmdir("more");
	return rmdir(folder);
}

static int
end_test(void **state)
{
	free(TAKE_PTR(out));
	free(TAKE_PTR(err));
	return 0;
}

/* Runs `layerwatch rules` with these words, up to a NULL. */
static int
run(const char *first, ...)
{
	char *argv[12] = {(char *)"layerwatch", (char *)"rules"};
	struct lw_ctl ctl = {0};
	int argc = 2, code;
	va_list ap;

	end_test(NULL);
	va_start(ap, first);
	for (const char *word = first; word && argc < 11; word = va_arg(ap, char *))
		argv[argc++] = (char *)word;
	va_end(ap);
	ctl.out = open_memstream(&out, &out_length);
	ctl.err = open_memstream(&err, &err_length);
	code = lw_ctl_run(&ctl, argc, argv);
	fclose(ctl.out);
	fclose(ctl.err);
	return code;
}

/* The same with this on standard input. */
static int
run_with(const char *input, const char *rule, const char *lists)
{
	int saved = dup(STDIN_FILENO), code;

	write_file("in", input);
	_cleanup_close_ int fd = open("in", O_RDONLY | O_CLOEXEC);
	assert_true(saved >= 0 && fd >= 0 && dup2(fd, STDIN_FILENO) >= 0);
	code = lists ? run("test", "--lists", lists, rule, NULL) : run("test", rule, NULL);
	assert_true(dup2(saved, STDIN_FILENO) >= 0);
	close(saved);
	return code;
}

static void
check_says_a_line_for_each_rule_in_the_order_of_files(void **state)
{
	assert_int_equal(run("check", "b.yml", "more", NULL), LW_EXIT_FAILED);
	assert_string_equal(out, "refused  b.yml:3:19: there is no field \"Imag\"\n"
				 "ok       b.yml:5: Off\n"
				 "ok       more/a.yaml:1: Good\n"
				 "2 rules loaded, 1 refused\n");
	assert_int_equal(run("check", "only.yml", NULL), LW_EXIT_OK);
}

static void
a_folder_is_read_with_those_in_it(void **state)
{
	assert_int_equal(run("check", ".", NULL), LW_EXIT_FAILED);
	assert_non_null(strstr(out, "./more/a.yaml:1: Good"));
	assert_non_null(strstr(out, "3 rules loaded, 1 refused"));
	assert_null(strstr(out, "hidden"));
	assert_null(strstr(out, "ignored"));
}

static void
what_is_not_there_is_said(void **state)
{
	assert_int_equal(run("check", "nowhere", NULL), LW_EXIT_FAILED);
	assert_non_null(strstr(err, "nowhere: No such file"));
	assert_int_equal(run("check", "--nothing", NULL), LW_EXIT_USAGE);
	assert_int_equal(run("test", NULL), LW_EXIT_USAGE);
}

static void
list_shows_what_becomes_of_a_match(void **state)
{
	assert_int_equal(run("list", "b.yml", "only.yml", NULL), LW_EXIT_OK);
	assert_string_equal(out, "Off\tM\tMEDIUM\tdeny\toff\t-\tb.yml\n"
				 "Good\tSIGMA_RULE_MATCHED\tHIGH\talert\ton\t1-2\tonly.yml\n");
	assert_non_null(strstr(err, "1 refused"));
}

static void
test_says_which_selections_held(void **state)
{
	assert_int_equal(run_with("{\"Image\": \"/bin/nc\"}\n\n{\"Image\": \"/bin/ncat\"}",
				 "only.yml", NULL),
		LW_EXIT_OK);
	assert_string_equal(out, "1: matched: Good (sel, not other)\n"
				 "3: matched: Good (sel, not other)\n");
	assert_int_equal(
		run_with("{\"Image\": \"/bin/nc\"}\n{\"User\": \"x\"}\n", "only.yml", NULL),
		LW_EXIT_FAILED);
	assert_non_null(strstr(out, "2: not matched: Good (not sel, other)\n"));
	assert_int_equal(
		run_with("{\"Image\": \"/bin/nc\"}", "more/a.yaml", "elsewhere"), LW_EXIT_OK);
}

static void
test_tells_what_could_not_be_read(void **state)
{
	assert_int_equal(run_with("{\"Image\": \"/bin/nc\"}", "b.yml", NULL), LW_EXIT_USAGE);
	assert_non_null(strstr(err, "b.yml:3:19: there is no field"));
	assert_int_equal(run_with("{\"Image\": 1}", "only.yml", NULL), LW_EXIT_USAGE);
	assert_non_null(strstr(err, "line 1: Image: a text belongs here"));
	assert_int_equal(run_with("{\"Imag\": \"x\"}", "only.yml", NULL), LW_EXIT_USAGE);
	assert_non_null(strstr(err, "there is no field \"Imag\""));
	assert_int_equal(run_with("\n{\"Uid\": \"x\"}", "only.yml", NULL), LW_EXIT_USAGE);
	assert_non_null(strstr(err, "line 2: Uid: a whole number"));
	assert_int_equal(run_with("{\"Ancestors\": \"x\"}", "only.yml", NULL), LW_EXIT_USAGE);
	assert_int_equal(run_with("[]", "only.yml", NULL), LW_EXIT_USAGE);
	assert_int_equal(run_with("{", "only.yml", NULL), LW_EXIT_USAGE);
	assert_int_equal(run_with("", "only.yml", NULL), LW_EXIT_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			check_says_a_line_for_each_rule_in_the_order_of_files, end_test),
		cmocka_unit_test_teardown(a_folder_is_read_with_those_in_it, end_test),
		cmocka_unit_test_teardown(what_is_not_there_is_said, end_test),
		cmocka_unit_test_teardown(list_shows_what_becomes_of_a_match, end_test),
		cmocka_unit_test_teardown(test_says_which_selections_held, end_test),
		cmocka_unit_test_teardown(test_tells_what_could_not_be_read, end_test),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
