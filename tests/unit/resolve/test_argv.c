#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resolve/argv.h"

#define MOST 16

struct expectation {
	const char *program;
	const char *argv[MOST];
	enum lw_language language;
	enum lw_plan_kind kind;
	const char *part; /* of parts[0] */
};

#define SH LW_LANGUAGE_SHELL
#define PY LW_LANGUAGE_PYTHON
#define FILE_ LW_PLAN_FILE
#define CODE LW_PLAN_INLINE
#define INPUT LW_PLAN_STDIN
#define NONE LW_PLAN_NONE
#define TARGET LW_PLAN_TARGET
#define MODULE LW_PLAN_MODULE

static const struct expectation shells[] = {
	{"dash", {"sh"}, SH, INPUT, NULL},
	{"dash", {"sh", "x.sh", "-c", "no"}, SH, FILE_, "x.sh"},
	{"dash", {"sh", "-c", "echo hi", "name", "arg"}, SH, CODE, "echo hi"},
	{"dash", {"sh", "-c"}, SH, NONE, NULL},
	{"dash", {"sh", "-ec", "id"}, SH, CODE, "id"},
	{"dash", {"sh", "-c", "-e", "id"}, SH, CODE, "id"},
	{"dash", {"sh", "-c", "--", "-id"}, SH, CODE, "-id"},
	{"dash", {"sh", "-eo", "noglob", "x.sh"}, SH, FILE_, "x.sh"},
	{"dash", {"sh", "-oc", "noglob", "id"}, SH, CODE, "id"},
	{"dash", {"sh", "+e", "+o", "noglob", "x.sh"}, SH, FILE_, "x.sh"},
	{"dash", {"sh", "-s", "arg"}, SH, INPUT, NULL},
	{"dash", {"sh", "-", "x.sh"}, SH, FILE_, "x.sh"},
	{"dash", {"sh", "--", "-x.sh"}, SH, FILE_, "-x.sh"},
	{"dash", {"-sh"}, SH, INPUT, NULL},
	{"dash", {NULL}, SH, INPUT, NULL},
	{"dash", {"sh", ""}, SH, FILE_, ""},
	{"bash", {"bash", "-lc", "id"}, SH, CODE, "id"},
	{"bash", {"bash", "--norc", "-O", "extglob", "x.sh"}, SH, FILE_, "x.sh"},
	{"bash", {"bash", "--rcfile", "rc", "-i", "-c", "id"}, SH, CODE, "id"},
	{"bash", {"bash", "-rcfile", "rc", "x.sh"}, SH, FILE_, "x.sh"},
	{"bash", {"bash", "--version"}, SH, NONE, NULL},
	{"bash", {"bash", "+O", "extglob", "-ceu", "id"}, SH, CODE, "id"},
	{"zsh-5.9", {"zsh", "-oextendedglob", "x.zsh"}, SH, FILE_, "x.zsh"},
	{"zsh", {"zsh", "-fc", "id"}, SH, CODE, "id"},
	{"fish", {"fish", "-c", "id"}, SH, CODE, "id"},
	{"fish", {"fish", "--command=id"}, SH, CODE, "id"},
	{"fish", {"fish", "-N", "x.fish"}, SH, FILE_, "x.fish"},
	{"tcsh", {"csh", "-fc", "id"}, SH, CODE, "id"},
	{"ksh93", {"ksh", "-o", "posix", "x.ksh"}, SH, FILE_, "x.ksh"},
	{"mksh", {"sh", "-c", "id"}, SH, CODE, "id"},
	{"bash", {"bash", "+c", "id"}, SH, CODE, "id"},
	{"bash", {"bash", "+s", "x.sh"}, SH, INPUT, NULL},
	{"bash", {"bash", "-posix", "-c", "id"}, SH, CODE, "id"},
	{"bash", {"bash", "-login", "x.sh"}, SH, FILE_, "x.sh"},
	{"bash", {"bash", "-x", "-posix", "noglob", "-c", "id"}, SH, CODE, "id"},
	{"dash", {"sh", "+c", "id"}, SH, CODE, "id"},
	{"dash", {"sh", "+s", "x.sh"}, SH, FILE_, "x.sh"},
	{"ash", {"ash", "+s", "x.sh"}, SH, INPUT, NULL},
	{"zsh", {"zsh", "+c", "id"}, SH, CODE, "id"},
	{"ksh93", {"ksh", "+c", "id"}, SH, CODE, "id"},
	{"mksh", {"mksh", "+c", "x.sh"}, SH, FILE_, "x.sh"},
};

static const struct expectation pythons[] = {
	{"python3.11", {"python3"}, PY, INPUT, NULL},
	{"python3.11", {"python3", "x.py", "-c", "no"}, PY, FILE_, "x.py"},
	{"python3.11", {"python3", "-c", "print(1)", "x"}, PY, CODE, "print(1)"},
	{"python3.11", {"python3", "-cprint(1)"}, PY, CODE, "print(1)"},
	{"python3.11", {"python3", "-Bsuc", "print(1)"}, PY, CODE, "print(1)"},
	{"python3.11", {"python3", "-m", "http.server", "8000"}, PY, MODULE, "http.server"},
	{"python3.11", {"python3", "-mhttp.server"}, PY, MODULE, "http.server"},
	{"python3.11", {"python3", "-Bm", "pkg", "-c", "no"}, PY, MODULE, "pkg"},
	{"pypy3", {"pypy3", "-c", "1"}, PY, CODE, "1"},
	{"python3.11", {"python3", "-W", "ignore", "-X", "dev", "x.py"}, PY, FILE_, "x.py"},
	{"python3.11", {"python3", "-Wignore", "-Xdev", "-u", "x.py"}, PY, FILE_, "x.py"},
	{"python3.11", {"python3", "-", "arg"}, PY, INPUT, NULL},
	{"python3.11", {"python3", "--", "x.py"}, PY, FILE_, "x.py"},
	{"python3.11", {"python3", "--check-hash-based-pycs", "never", "x.py"}, PY, FILE_, "x.py"},
	{"python3.11", {"python3", "-V"}, PY, NONE, NULL},
	{"python3.11", {"python3", "-W"}, PY, INPUT, NULL},
	{"evil", {"python3", "x.py"}, PY, FILE_, "x.py"},
};

static const struct expectation others[] = {
	{"perl", {"perl", "x.pl"}, LW_LANGUAGE_PERL, FILE_, "x.pl"},
	{"perl", {"perl", "-e", "print 1", "x"}, LW_LANGUAGE_PERL, CODE, "print 1"},
	{"perl", {"perl", "-lane", "print", "f"}, LW_LANGUAGE_PERL, CODE, "print"},
	{"perl", {"perl", "-0777ne", "print"}, LW_LANGUAGE_PERL, CODE, "print"},
	{"perl", {"perl", "-0x1Fne", "print"}, LW_LANGUAGE_PERL, CODE, "print"},
	{"perl", {"perl", "-CSDe", "print"}, LW_LANGUAGE_PERL, CODE, "print"},
	{"perl", {"perl", "-i.bak", "-pe", "s/a/b/", "f"}, LW_LANGUAGE_PERL, CODE, "s/a/b/"},
	{"perl", {"perl", "-MSocket", "-Ilib", "-I", "lib", "x.pl"}, LW_LANGUAGE_PERL, FILE_,
		"x.pl"},
	{"perl", {"perl", "-de1"}, LW_LANGUAGE_PERL, CODE, "1"},
	{"perl", {"perl", "-V:osname", "-e", "1"}, LW_LANGUAGE_PERL, CODE, "1"},
	{"perl", {"perl", "-v", "-e", "1"}, LW_LANGUAGE_PERL, NONE, NULL},
	{"perl5.36.0", {"perl", "-"}, LW_LANGUAGE_PERL, INPUT, NULL},
	{"ruby3.1", {"ruby", "-rsocket", "-e", "puts"}, LW_LANGUAGE_RUBY, CODE, "puts"},
	{"ruby3.1", {"ruby", "-W0", "-r", "set", "x.rb"}, LW_LANGUAGE_RUBY, FILE_, "x.rb"},
	{"ruby3.1", {"ruby", "--disable", "gems", "-e", "puts"}, LW_LANGUAGE_RUBY, CODE, "puts"},
	{"ruby3.1", {"ruby", "--disable-gems", "x.rb"}, LW_LANGUAGE_RUBY, FILE_, "x.rb"},
	{"node", {"node", "-e", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"node", {"node", "--title", "t", "-e", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"node", {"node", "--dns-result-order", "ipv4first", "-e", "x()"}, LW_LANGUAGE_NODE, CODE,
		"x()"},
	{"node", {"node", "--input_type", "module", "-e", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"node", {"node", "-pe", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"node", {"node", "-p", "-e", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"node", {"node", "--eval=x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"node", {"node", "--require", "m", "-r", "n", "f.js", "a"}, LW_LANGUAGE_NODE, FILE_,
		"f.js"},
	{"node", {"node", "--inspect", "f.js"}, LW_LANGUAGE_NODE, FILE_, "f.js"},
	{"node", {"node", "-"}, LW_LANGUAGE_NODE, INPUT, NULL},
	{"node", {"node", "-e", "a", "-e", "b"}, LW_LANGUAGE_NODE, CODE, "b"},
	{"nodejs", {"nodejs", "--print", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"bun", {"bun", "run", "f.js"}, LW_LANGUAGE_NODE, FILE_, "f.js"},
	{"deno", {"deno", "run", "--allow-net", "f.ts"}, LW_LANGUAGE_NODE, FILE_, "f.ts"},
	{"bun", {"bun", "-e", "x()"}, LW_LANGUAGE_NODE, CODE, "x()"},
	{"php8.2", {"php", "f.php"}, LW_LANGUAGE_PHP, FILE_, "f.php"},
	{"php8.2", {"php", "-r", "f();"}, LW_LANGUAGE_PHP, CODE, "f();"},
	{"php8.2", {"php", "-d", "a=b", "-f", "f.php", "-r", "no"}, LW_LANGUAGE_PHP, FILE_,
		"f.php"},
	{"php8.2", {"php", "-v"}, LW_LANGUAGE_PHP, NONE, NULL},
	{"php8.2", {"php", "--", "f.php"}, LW_LANGUAGE_PHP, INPUT, NULL},
	{"php8.2", {"php", "-f", "f.php", "--", "a"}, LW_LANGUAGE_PHP, FILE_, "f.php"},
	{"lua5.4", {"lua", "-l", "m", "-e", "f()"}, LW_LANGUAGE_LUA, CODE, "f()"},
	{"lua5.4", {"lua", "-e", "f()", "x.lua"}, LW_LANGUAGE_LUA, FILE_, "x.lua"},
	{"mawk", {"awk", "BEGIN{f()}", "file"}, LW_LANGUAGE_AWK, CODE, "BEGIN{f()}"},
	{"gawk", {"awk", "-F:", "-v", "a=b", "-f", "x.awk", "file"}, LW_LANGUAGE_AWK, FILE_,
		"x.awk"},
	{"gawk", {"gawk", "-f", "-", "file"}, LW_LANGUAGE_AWK, INPUT, NULL},
	{"gawk", {"gawk", "-i", "inplace", "-e", "BEGIN{}", "file"}, LW_LANGUAGE_AWK, CODE,
		"BEGIN{}"},
	{"mawk", {"mawk", "-W", "interactive", "BEGIN{}"}, LW_LANGUAGE_AWK, CODE, "BEGIN{}"},
	{"mawk", {"mawk", "-W", "exec", "x.awk"}, LW_LANGUAGE_AWK, FILE_, "x.awk"},
	{"mawk", {"mawk", "-We", "x.awk"}, LW_LANGUAGE_AWK, FILE_, "x.awk"},
	{"gawk", {"gawk", "-W", "exec", "x.awk"}, LW_LANGUAGE_AWK, FILE_, "x.awk"},
	{"gawk", {"gawk", "-Wsource=BEGIN{}"}, LW_LANGUAGE_AWK, CODE, "BEGIN{}"},
	{"gawk", {"gawk", "--sour=BEGIN{}"}, LW_LANGUAGE_AWK, CODE, "BEGIN{}"},
	{"gawk", {"gawk", "--fil", "x.awk"}, LW_LANGUAGE_AWK, FILE_, "x.awk"},
	{"gawk", {"gawk", "--field", ":", "BEGIN{}"}, LW_LANGUAGE_AWK, CODE, "BEGIN{}"},
	{"java", {"java", "-Xmx1g", "-cp", "a.jar", "-jar", "x.jar", "-c"}, LW_LANGUAGE_OTHER,
		FILE_, "x.jar"},
	{"java", {"java", "Main.java"}, LW_LANGUAGE_OTHER, FILE_, "Main.java"},
	{"java", {"java"}, LW_LANGUAGE_OTHER, NONE, NULL},
	{"expect", {"expect", "-c", "spawn sh"}, LW_LANGUAGE_OTHER, CODE, "spawn sh"},
	{"tclsh8.6", {"tclsh", "x.tcl"}, LW_LANGUAGE_OTHER, FILE_, "x.tcl"},
	{"Rscript", {"Rscript", "-e", "1"}, LW_LANGUAGE_OTHER, CODE, "1"},
	{"R", {"R", "--no-save", "--file=x.R"}, LW_LANGUAGE_OTHER, FILE_, "x.R"},
	{"gawk", {"awk"}, LW_LANGUAGE_AWK, NONE, NULL},
	{"ls", {"ls", "-c", "x"}, LW_LANGUAGE_NONE, NONE, NULL},
};

static const struct expectation applets[] = {
	{"busybox", {"sh", "-c", "id"}, SH, CODE, "id"},
	{"busybox", {"-sh"}, SH, INPUT, NULL},
	{"busybox", {"/bin/busybox", "sh", "x.sh"}, SH, FILE_, "x.sh"},
	{"busybox.static", {"busybox", "ash", "-c", "id"}, SH, CODE, "id"},
	{"busybox", {"busybox", "hush", "-c", "id"}, SH, CODE, "id"},
	{"busybox", {"busybox", "awk", "BEGIN{}"}, LW_LANGUAGE_AWK, CODE, "BEGIN{}"},
	{"busybox", {"busybox", "wget", "-c", "x"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"busybox", {"busybox", "busybox", "sh"}, SH, INPUT, NULL},
	{"busybox", {"busybox", "busybox.x", "sh", "-c", "id"}, SH, CODE, "id"},
	{"busyboxes", {"busyboxes", "sh", "-c", "id"}, SH, CODE, "id"},
	{"busybox", {"busybox", "busybox"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"busybox", {"ls", "-c"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"busybox", {"busybox"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"busybox", {NULL}, LW_LANGUAGE_NONE, NONE, NULL},
	{"evil", {"busybox", "sh", "-c", "id"}, SH, CODE, "id"},
	{"toybox", {"toybox", "sh", "x.sh"}, SH, FILE_, "x.sh"},
};

static const struct expectation loaders[] = {
	{"ld-linux-x86-64.so.2", {"ld.so", "/tmp/x", "-c"}, LW_LANGUAGE_NONE, TARGET, "/tmp/x"},
	{"ld-2.31.so", {"ld.so", "--library-path", "/l", "--argv0", "ls", "./x"}, LW_LANGUAGE_NONE,
		TARGET, "./x"},
	{"ld-linux-x86-64.so.2", {"ld.so", "--preload", "a.so", "--inhibit-cache", "x"},
		LW_LANGUAGE_NONE, TARGET, "x"},
	{"ld-musl-x86_64.so.1", {"ld", "--preload=a.so", "--", "--x"}, LW_LANGUAGE_NONE, TARGET,
		"--x"},
	{"ld-linux-x86-64.so.2", {"ld.so", "--list", "x"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"ld-linux-x86-64.so.2", {"ld.so", "--verify", "x"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"ld-linux-x86-64.so.2", {"ld.so", "-x"}, LW_LANGUAGE_NONE, TARGET, "-x"},
	{"ld-linux-x86-64.so.2", {"ld.so"}, LW_LANGUAGE_NONE, NONE, NULL},
	{"ld-linux-x86-64.so.2", {"ld.so", "/usr/bin/python3", "x.py"}, LW_LANGUAGE_NONE, TARGET,
		"/usr/bin/python3"},
	{"ld-notes", {"ld-notes", "x"}, LW_LANGUAGE_NONE, NONE, NULL},
};

static void
scan(const struct expectation *e, unsigned hints, struct lw_argument items[MOST],
	struct lw_argv_plan *plan)
{
	struct lw_argv argv = {items, 0};

	for (; argv.count < MOST && e->argv[argv.count]; argv.count++)
		items[argv.count] = (struct lw_argument){
			e->argv[argv.count], (uint32_t)strlen(e->argv[argv.count]), false};
	lw_argv_scan(&argv, &(struct lw_argv_program){.name = e->program, .hints = hints}, plan);
}

static void
expect(const struct expectation *rows, size_t count, unsigned hints)
{
	for (size_t i = 0; i < count; i++) {
		struct lw_argument items[MOST];
		struct lw_argv_plan plan;

		scan(&rows[i], hints, items, &plan);
		if (plan.kind != rows[i].kind || plan.language != rows[i].language)
			print_message("# row %zu: %s %s %s\n", i, rows[i].program,
				rows[i].argv[0] ? rows[i].argv[0] : "",
				rows[i].argv[0] && rows[i].argv[1] ? rows[i].argv[1] : "");
		assert_int_equal(plan.language, rows[i].language);
		assert_int_equal(plan.kind, rows[i].kind);
		if (!rows[i].part)
			continue;
		assert_true(plan.part_count >= 1);
		assert_string_equal(
			&items[plan.parts[0].argument].text[plan.parts[0].offset], rows[i].part);
	}
}

static void
shells_say_where_their_code_is(void **state)
{
	expect(shells, LW_ARRAY_SIZE(shells), 0);
}

static void
python_says_where_its_code_is(void **state)
{
	expect(pythons, LW_ARRAY_SIZE(pythons), 0);
}

static void
other_interpreters_say_where_their_code_is(void **state)
{
	expect(others, LW_ARRAY_SIZE(others), 0);
}

static void
multicall_programs_are_known_by_their_applet(void **state)
{
	expect(applets, LW_ARRAY_SIZE(applets), 0);
}

static void
a_loader_runs_its_target(void **state)
{
	expect(loaders, LW_ARRAY_SIZE(loaders), 0);
}

static void
a_renamed_loader_is_taken_by_the_hint(void **state)
{
	static const struct expectation renamed = {
		"notes", {"notes", "--argv0", "a", "/tmp/x"}, LW_LANGUAGE_NONE, TARGET, "/tmp/x"};

	expect(&renamed, 1, LW_ARGV_LOADER);
}

static void
what_the_target_runs_can_be_asked(void **state)
{
	static const struct expectation through[] = {
		{"ld-linux-x86-64.so.2", {"ld.so", "/usr/bin/python3", "-u", "x.py"}, PY, FILE_,
			"x.py"},
		{"ld-linux-x86-64.so.2", {"ld.so", "--argv0", "a", "/bin/sh", "-c", "id"}, SH, CODE,
			"id"},
		{"ld-linux-x86-64.so.2", {"ld.so", "/bin/busybox", "sh", "x.sh"}, SH, FILE_,
			"x.sh"},
		{"ld-linux-x86-64.so.2", {"ld.so", "/bin/ls", "x.sh"}, LW_LANGUAGE_NONE, NONE,
			NULL},
	};

	expect(through, LW_ARRAY_SIZE(through), LW_ARGV_THROUGH_LOADER);
}

static void
several_pieces_of_code_are_all_named(void **state)
{
	static const struct expectation row = {"perl",
		{"perl", "-e", "a;", "-nleb;", "-e", "c;", "file"}, LW_LANGUAGE_PERL, CODE, "a;"};
	struct lw_argument items[MOST];
	struct lw_argv_plan plan;

	scan(&row, 0, items, &plan);
	assert_int_equal(plan.part_count, 3);
	assert_int_equal(plan.parts[1].argument, 3);
	assert_int_equal(plan.parts[1].offset, 4);
	assert_int_equal(plan.parts[2].argument, 5);
	assert_false(plan.parts_dropped);
}

static void
more_pieces_than_are_kept_are_told(void **state)
{
	struct lw_argument items[LW_PLAN_PARTS + 8];
	const struct lw_argv argv = {items, LW_ARRAY_SIZE(items)};
	struct lw_argv_plan plan;

	for (size_t i = 0; i < LW_ARRAY_SIZE(items); i++)
		items[i] = (struct lw_argument){"-e1", 3, false};
	lw_argv_scan(&argv, &(struct lw_argv_program){.name = "perl"}, &plan);
	assert_int_equal(plan.part_count, LW_PLAN_PARTS);
	assert_true(plan.parts_dropped);
}

static void
folders_that_are_entered_are_remembered(void **state)
{
	static const struct expectation row = {
		"ruby3.1", {"ruby", "-C", "/a", "-Xb", "x.rb"}, LW_LANGUAGE_RUBY, FILE_, "x.rb"};
	struct lw_argument items[MOST];
	struct lw_argv_plan plan;

	expect(&row, 1, 0);
	scan(&row, 0, items, &plan);
	assert_int_equal(plan.folder_count, 2);
	assert_int_equal(plan.folders[0].argument, 2);
	assert_int_equal(plan.folders[1].offset, 2);
}

static void
a_library_path_is_remembered(void **state)
{
	static const struct expectation row = {
		"ld-linux-x86-64.so.2", {"ld.so", "--library-path", "/a:/b", "x"}, 0, TARGET, "x"};
	struct lw_argument items[MOST];
	struct lw_argv_plan plan;

	scan(&row, 0, items, &plan);
	assert_true(plan.has_library_path);
	assert_int_equal(plan.library_path.argument, 2);
	assert_int_equal(plan.search, LW_SEARCH_LIBRARIES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shells_say_where_their_code_is),
		cmocka_unit_test(python_says_where_its_code_is),
		cmocka_unit_test(other_interpreters_say_where_their_code_is),
		cmocka_unit_test(multicall_programs_are_known_by_their_applet),
		cmocka_unit_test(a_loader_runs_its_target),
		cmocka_unit_test(a_renamed_loader_is_taken_by_the_hint),
		cmocka_unit_test(what_the_target_runs_can_be_asked),
		cmocka_unit_test(several_pieces_of_code_are_all_named),
		cmocka_unit_test(more_pieces_than_are_kept_are_told),
		cmocka_unit_test(folders_that_are_entered_are_remembered),
		cmocka_unit_test(a_library_path_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
