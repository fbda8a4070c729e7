#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "asked.h"
#include "held.h"

/* The question for one of the contents, of a child that is held. */
static void
ask_content(struct answer *a, struct command *c, const char *program, uint32_t content)
{
	struct lw_msg_execution m = {.argument_bytes = 32768, .content = content, .wait_us = 50000};
	struct held h;

	assert_int_equal(held_start(&h, run_command, c), 0);
	m.tid = (uint32_t)h.tid;
	lw_copy_string(m.program_path, sizeof(m.program_path), program);
	ask(a, &m);
	held_end(&h);
}

static void
expect(struct command *c, const char *program, uint32_t content, const char *text, bool more)
{
	struct answer a;

	ask_content(&a, c, program, content);
	if (text)
		assert_string_equal(a.content, text);
	else
		assert_null(a.content);
	assert_int_equal(!!(a.e->flags & LW_EXEC_MORE_CONTENT), more);
	answer_done(&a);
}

static void
variables_bring_code_in(void **state)
{
	char folder[64], value[128];
	struct command bash = {
		.path = "/bin/bash", .argv = {"bash", "-c", "true"}, .envp = {value}};
	struct command private = {
		.path = "/bin/bash", .argv = {"bash", "-pc", "true"}, .envp = {value}};

	held_folder(folder);
	held_write(folder, "rc", "id\n", 0644);
	snprintf(value, sizeof(value), "BASH_ENV=%s/rc", folder);
	expect(&bash, "/bin/bash", 0, "true", true);
	expect(&bash, "/bin/bash", 1, "id\n", false);
	expect(&bash, "/bin/bash", 2, NULL, false);
	expect(&private, "/bin/bash", 0, "true", false);
	snprintf(value, sizeof(value), "BASH_ENV=%s/none", folder);
	expect(&bash, "/bin/bash", 0, "true", false);
	held_remove(folder);
}

/* The bug: most shells take the last one; all that was looked at was the first. */
static void
a_variable_that_is_there_twice_hides_nothing(void **state)
{
	char folder[64], first[128], second[128];
	struct command bash = {.path = "/bin/bash",
		.argv = {"bash", "-c", "true"},
		.envp = {first, "BASH_ENV=/none", second}};
	struct command sh = {
		.path = "/bin/sh", .argv = {"sh", "x.sh"}, .envp = {first, second}, .cwd = "/"};

	held_folder(folder);
	held_write(folder, "a", "a\n", 0644);
	held_write(folder, "b", "b\n", 0644);
	held_write(folder, "x.sh", "id\n", 0644);
	snprintf(first, sizeof(first), "BASH_ENV=%s/a", folder);
	snprintf(second, sizeof(second), "BASH_ENV=%s/b", folder);
	expect(&bash, "/bin/bash", 1, "b\n", true);
	expect(&bash, "/bin/bash", 2, "a\n", false);
	snprintf(first, sizeof(first), "PATH=/none");
	snprintf(second, sizeof(second), "PATH=%s", folder);
	expect(&sh, "/bin/sh", 0, "id\n", false);
	held_remove(folder);
}

static char *
long_variable(const char *name)
{
	char *text = malloc(100000);

	memset(text, '#', 99999);
	text[99999] = '\0';
	memcpy(text, name, strlen(name));
	return text;
}

/* The bug: all variables shared some room, and those of other interpreters could fill it. */
static void
long_variables_crowd_none_out(void **state)
{
	char folder[64], value[128];
	struct command bash = {.path = "/bin/bash",
		.argv = {"bash", "-c", "true"},
		.envp = {long_variable("PATH="), long_variable("PERL5LIB="),
			long_variable("PYTHONPATH="), long_variable("RUBYLIB="),
			long_variable("NODE_PATH="), value}};

	held_folder(folder);
	held_write(folder, "rc", "id\n", 0644);
	snprintf(value, sizeof(value), "BASH_ENV=%s/rc", folder);
	expect(&bash, "/bin/bash", 1, "id\n", false);
	for (size_t i = 0; i < 5; i++)
		free((char *)bash.envp[i]);
	held_remove(folder);
}

static void
long_code_in_a_variable_is_taken_whole(void **state)
{
	char *code = long_variable("LUA_INIT=");
	struct command lua = {.path = "/bin/true", .argv = {"lua", "-e", "x=1"}, .envp = {code}};
	struct answer a;

	ask_content(&a, &lua, "/usr/bin/lua", 1);
	assert_int_equal(a.content_length, 99999 - strlen("LUA_INIT="));
	assert_false(a.e->flags & LW_EXEC_CONTENT_PARTIAL);
	answer_done(&a);
	free(code);
}

/* What shells expand, functions, and files of a home that only some of them read. */
static void
shells_take_code_from_more_variables(void **state)
{
	char folder[64], home[96], first[128];
	struct command bash = {.path = "/bin/true", .argv = {"bash", "-c", "true"}};
	struct command login = {.path = "/bin/true", .argv = {"-dash"}, .envp = {home}};

	held_folder(folder);
	held_write(folder, "rc", "id\n", 0644);
	held_write(folder, ".profile", "ls\n", 0644);
	snprintf(home, sizeof(home), "HOME=%s", folder);
	bash.envp[0] = "BASH_ENV=~/${NAME}";
	bash.envp[1] = "NAME=rc";
	bash.envp[2] = home;
	expect(&bash, "/bin/bash", 1, "id\n", false);
	bash.envp[0] = "BASH_ENV=$(id)";
	expect(&bash, "/bin/bash", 1, "$(id)", false);
	bash.envp[0] = "PS4=+ ";
	expect(&bash, "/bin/bash", 0, "true", false);
	bash.envp[0] = "BASH_FUNC_a%%=() { id; }";
	bash.envp[1] = "BASH_FUNC_b%%=() { ls; }";
	expect(&bash, "/bin/bash", 1, "() { id; }\n() { ls; }\n", false);
	expect(&login, "/bin/dash", 1, "ls\n", false);
	snprintf(first, sizeof(first), "ENV=%s/rc", folder);
	login.envp[1] = first;
	expect(&login, "/bin/dash", 1, "ls\n", false);
	held_remove(folder);
}

/* The bug: each name was looked for in all of the environment, however many there were. */
static void
names_in_a_variable_are_replaced_up_to_a_bound(void **state)
{
	char folder[64], value[160];
	struct command bash = {
		.path = "/bin/true", .argv = {"bash", "-c", "true"}, .envp = {value, "A=b"}};

	held_folder(folder);
	held_write(folder, "$A", "ninth\n", 0644);
	snprintf(value, sizeof(value), "BASH_ENV=$Z$Z$Z$Z$Z$Z$Z$Z%s/$A", folder);
	expect(&bash, "/bin/bash", 1, "ninth\n", false);
	held_remove(folder);
}

static void
options_in_a_variable_are_followed(void **state)
{
	char folder[64], first[128], second[128];
	struct command node = {
		.path = "/bin/true", .argv = {"node", "-r", second, "-e", "x"}, .envp = {first}};
	struct command lua = {
		.path = "/bin/true", .argv = {"lua", "-e", "x=1"}, .envp = {"LUA_INIT=y=2"}};

	held_folder(folder);
	held_write(folder, "a.js", "a\n", 0644);
	held_write(folder, "b.js", "b\n", 0644);
	snprintf(first, sizeof(first), "NODE_OPTIONS=--no-warnings --require=%s/a.js", folder);
	snprintf(second, sizeof(second), "%s/b", folder);
	expect(&node, "/usr/bin/node", 0, "x", true);
	expect(&node, "/usr/bin/node", 1, "a\n", true);
	expect(&node, "/usr/bin/node", 2, "b\n", false);
	expect(&lua, "/usr/bin/lua", 1, "y=2", false);
	held_remove(folder);
}

static void
files_and_code_beside_the_first_are_told(void **state)
{
	char folder[64], a[128], b[128];
	struct command awk = {
		.path = "/bin/true", .argv = {"gawk", "-f", a, "-e", "BEGIN{}", "-f", b}};

	held_folder(folder);
	held_write(folder, "a", "1\n", 0644);
	held_write(folder, "b", "2\n", 0644);
	snprintf(a, sizeof(a), "%s/a", folder);
	snprintf(b, sizeof(b), "%s/b", folder);
	expect(&awk, "/usr/bin/gawk", 0, "1\n", true);
	expect(&awk, "/usr/bin/gawk", 1, "BEGIN{}", true);
	expect(&awk, "/usr/bin/gawk", 2, "2\n", false);
	held_remove(folder);
}

/* "-I" of all, a name with dashes, the debugger's, and options that need no dash. */
static void
modules_are_looked_for_where_the_options_say(void **state)
{
	char folder[64], include[128], value[160];
	struct command of_include = {
		.path = "/bin/true", .argv = {"perl", include, "-M-Evil", "-e1"}};
	struct command debugger = {
		.path = "/bin/true", .argv = {"perl", include, "-dt:Evil", "-e1"}};
	struct command bare = {.path = "/bin/true", .argv = {"perl", "-e1"}, .envp = {value}};
	struct command renamed = {
		.path = "/bin/true", .argv = {"lua", "-lx=evil", "-e", "y=1"}, .cwd = folder};

	held_folder(folder);
	held_write(folder, "Evil.pm", "1;\n", 0644);
	snprintf(include, sizeof(include), "%s/Devel", folder);
	assert_int_equal(mkdir(include, 0755), 0);
	held_write(folder, "Devel/Evil.pm", "2;\n", 0644);
	held_write(folder, "evil.lua", "x=1\n", 0644);
	snprintf(include, sizeof(include), "-I%s", folder);
	snprintf(value, sizeof(value), "PERL5OPT=- MEvil I%s", folder);
	expect(&of_include, "/usr/bin/perl", 1, "1;\n", false);
	expect(&debugger, "/usr/bin/perl", 1, "2;\n", false);
	expect(&bare, "/usr/bin/perl", 1, "1;\n", false);
	expect(&renamed, "/usr/bin/lua", 1, "x=1\n", false);
	held_remove(folder);
}

static void
what_a_setting_or_an_address_names_is_told(void **state)
{
	char folder[64], setting[128], options[128];
	struct command php = {.path = "/bin/true", .argv = {"php", "-d", setting, "-r", "1;"}};
	struct command node = {.path = "/bin/true",
		.argv = {"node", "--import", "data:text/javascript,id()", "-e", "x"},
		.envp = {options}};

	held_folder(folder);
	held_write(folder, "a b.php", "<?php\n", 0644);
	snprintf(setting, sizeof(setting), "auto_prepend_file = \"%s/a b.php\"", folder);
	snprintf(options, sizeof(options), "NODE_OPTIONS=--require \"%s/a\\ b.php\"", folder);
	expect(&php, "/usr/bin/php", 1, "<?php\n", false);
	expect(&node, "/usr/bin/node", 1, "<?php\n", true);
	expect(&node, "/usr/bin/node", 2, "id()", false);
	held_remove(folder);
}

static void
standard_input_is_told_where_it_is_run_in_the_end(void **state)
{
	char folder[64], path[128];
	struct command python = {
		.path = "/bin/true", .argv = {"python3", "-i", "-c", "1"}, .stdin_path = path};

	held_folder(folder);
	held_write(folder, "in", "2\n", 0644);
	snprintf(path, sizeof(path), "%s/in", folder);
	expect(&python, "/usr/bin/python3", 1, "2\n", false);
	held_remove(folder);
}

/* Of more pieces than are looked at, the rest is told to be there. */
static void
code_that_is_left_is_told(void **state)
{
	struct command awk = {.path = "/bin/true", .argv = {"gawk"}};
	struct answer a;

	for (unsigned i = 1; i <= LW_CONTENTS_MAX; i++)
		awk.argv[i] = "-f/etc/passwd";
	ask_content(&a, &awk, "/usr/bin/gawk", LW_CONTENTS_MAX - 1);
	assert_non_null(a.content);
	assert_false(a.e->flags & LW_EXEC_CODE_LEFT);
	answer_done(&a);
	awk.argv[LW_CONTENTS_MAX + 1] = "-f/etc/passwd";
	ask_content(&a, &awk, "/usr/bin/gawk", LW_CONTENTS_MAX - 1);
	assert_true(a.e->flags & LW_EXEC_CODE_LEFT);
	answer_done(&a);
}

static void
the_source_of_compiled_code_is_told(void **state)
{
	char folder[64], path[128];
	struct command python = {.path = "/bin/true", .argv = {"python3", path}};

	held_folder(folder);
	held_write(folder, "m.pyc", "compiled", 0644);
	held_write(folder, "m.py", "source\n", 0644);
	snprintf(path, sizeof(path), "%s/m.pyc", folder);
	expect(&python, "/usr/bin/python3", 0, "compiled", true);
	expect(&python, "/usr/bin/python3", 1, "source\n", false);
	held_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_bring_code_in),
		cmocka_unit_test(a_variable_that_is_there_twice_hides_nothing),
		cmocka_unit_test(long_variables_crowd_none_out),
		cmocka_unit_test(long_code_in_a_variable_is_taken_whole),
		cmocka_unit_test(shells_take_code_from_more_variables),
		cmocka_unit_test(names_in_a_variable_are_replaced_up_to_a_bound),
		cmocka_unit_test(options_in_a_variable_are_followed),
		cmocka_unit_test(files_and_code_beside_the_first_are_told),
		cmocka_unit_test(modules_are_looked_for_where_the_options_say),
		cmocka_unit_test(what_a_setting_or_an_address_names_is_told),
		cmocka_unit_test(standard_input_is_told_where_it_is_run_in_the_end),
		cmocka_unit_test(code_that_is_left_is_told),
		cmocka_unit_test(the_source_of_compiled_code_is_told),
	};

	return cmocka_run_group_tests(tests, asked_open, asked_close);
}
