#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "asked.h"
#include "held.h"

static void
make_folder(const char *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* Packages and modules of a folder of its own. */
static void
make_library(char folder[64])
{
	held_folder(folder);
	make_folder(folder, "pkg");
	make_folder(folder, "both");
	make_folder(folder, "space");
	held_write(folder, "mod.py", "mod\n", 0644);
	held_write(folder, "both.py", "module\n", 0644);
	held_write(folder, "both/__init__.py", "init\n", 0644);
	held_write(folder, "both/__main__.py", "package\n", 0644);
	held_write(folder, "pkg/__init__.py", "", 0644);
	held_write(folder, "pkg/sub.py", "sub\n", 0644);
	held_write(folder, "space/__main__.py", "space\n", 0644);
	held_write(folder, "json.py", "not the library's\n", 0644);
}

static void
expect(struct command *c, const char *text)
{
	struct lw_msg_execution m = {
		.argument_bytes = 32768, .program_path = "/usr/bin/python3.11"};
	struct answer a;
	struct held h;

	assert_int_equal(held_start(&h, run_command, c), 0);
	m.tid = (uint32_t)h.tid;
	ask(&a, &m);
	held_end(&h);
	assert_int_equal(a.e->content_kind, LW_KIND_SCRIPT);
	assert_int_equal(a.e->language, LW_LANGUAGE_PYTHON);
	if (text)
		assert_string_equal(a.content, text);
	else
		assert_int_equal(
			a.e->flags & LW_EXEC_CONTENT_UNRESOLVED, LW_EXEC_CONTENT_UNRESOLVED);
	answer_done(&a);
}

static void
modules_are_found_in_the_working_directory(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"mod", "mod\n"},
		{"both", "package\n"},
		{"pkg.sub", "sub\n"},
		{"space", "space\n"},
		{"none", NULL},
		{"../mod", NULL},
		{"", NULL},
	};
	char folder[64];

	make_library(folder);
	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		struct command c = {.path = "/bin/true",
			.argv = {"python3", "-m", rows[i].name},
			.cwd = folder};

		expect(&c, rows[i].text);
	}
	held_remove(folder);
}

static void
the_environment_counts_unless_it_is_left_out(void **state)
{
	char folder[64], value[128];
	struct command with = {
		.path = "/bin/true", .argv = {"python3", "-m", "mod"}, .envp = {value}, .cwd = "/"};
	struct command without = with;

	make_library(folder);
	snprintf(value, sizeof(value), "PYTHONPATH=/nowhere:%s", folder);
	expect(&with, "mod\n");
	without.argv[1] = "-Im";
	without.argv[2] = "mod";
	expect(&without, NULL);
	held_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_found_in_the_working_directory),
		cmocka_unit_test(the_environment_counts_unless_it_is_left_out),
	};

	return cmocka_run_group_tests(tests, asked_open, asked_close);
}
