/*
 * The whole command line against a server of our own on a real socket, and what needs no server.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "ctl/command.h"
#include "policy/policy.h"

#define OK "{\"ok\":true}\n"
#define ARGUMENTS_MAX 16
#define SERVE_SECONDS 60 /* a server that nobody asks ends: the test then fails and does not hang */
#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char folder[] = "/tmp/lw-ctl-XXXXXX";
static char socket_path[64];

/* What the last run wrote. */
static char *out, *err;

static void
forget_output(void)
{
	free(out);
	free(err);
	out = err = NULL;
}

/* Runs `layerwatch -s SOCKET` with the words of a line (separated by one space). */
static int
run(const char *line)
{
	static char words[1024];
	static char name[] = "layerwatch", option[] = "-s";
	char *argv[ARGUMENTS_MAX] = {name, option, socket_path};
	struct lw_ctl ctl = {.socket = "/nonexistent"};
	size_t out_size, err_size;
	int argc = 3, code;
	char *save = NULL;

	forget_output();
	lw_copy_string(words, sizeof(words), line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	ctl.out = open_memstream(&out, &out_size);
	ctl.err = open_memstream(&err, &err_size);
	code = lw_ctl_run(&ctl, argc, argv);
	fclose(ctl.out);
	fclose(ctl.err);
	return code;
}

/*
 * A server for one client: takes its line, which must be the request, and answers with these bytes.
 */
static pid_t
serve(const char *request, const char *answer, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	lw_copy_string(address.sun_path, sizeof(address.sun_path), socket_path);
	unlink(socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(SERVE_SECONDS);
		char line[512] = "";
		int client = accept(fd, NULL, NULL);
		ssize_t n = read(client, line, sizeof(line) - 1);

		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		for (size_t at = 0; at < length; at += n) {
			n = send(client, answer + at, LW_MIN(length - at, 7000u), MSG_NOSIGNAL);
			if (n <= 0)
				break;
		}
		_exit(strcmp(line, request) != 0);
	}
	close(fd);
	return pid;
}

/* Runs the line against a server that expects the request; the server must have got it. */
static int
run_with(const char *line, const char *request, const char *answer)
{
	int status;
	pid_t pid = serve(request, answer, strlen(answer));
	int code = run(line);

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return code;
}

static void
make_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
help_and_version(void **state)
{
	assert_int_equal(run("--version"), 0);
	assert_string_equal(out, "layerwatch " PACKAGE_VERSION "\n");
	assert_int_equal(run("--help"), 0);
	assert_non_null(strstr(out, "policy explain"));
	assert_int_equal(run("help"), 0);
	assert_int_equal(run("help policy check"), 0);
	assert_non_null(strstr(out, "usage: layerwatch [-s SOCKET] policy check [FILE...]"));
	assert_int_equal(run("status --help"), 0);
	assert_non_null(strstr(out, "--json"));
	assert_string_equal(err, "");
}

static void
wrong_command_lines_say_so(void **state)
{
	static const char *const wrong[] = {"", "frobnicate", "policy", "policy frobnicate",
		"hashset", "--frobnicate", "status --frobnicate", "status now", "containers x",
		"tail x", "pause x", "pause 0", "pause 3601", "pause -1", "pause 5 6", "resume now",
		"reload now", "doctor x", "help frobnicate", "help policy",
		"policy check --frobnicate", "policy explain --layer",
		"policy explain --layer upper", "policy explain x", "hashset build x",
		"hashset build -o x", "hashset query x", "hashset query --what x y"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(run(wrong[i]), LW_EXIT_USAGE);
		assert_string_equal(out, "");
	}
}

static void
what_is_no_command_is_named(void **state)
{
	assert_int_equal(run("frobnicate"), LW_EXIT_USAGE);
	assert_string_equal(
		err, "layerwatch: there is no command \"frobnicate\"; try \"layerwatch help\"\n");
	assert_int_equal(run("policy frobnicate"), LW_EXIT_USAGE);
	assert_string_equal(err, "layerwatch: \"policy\" is followed by one of: check, explain\n");
	assert_int_equal(run("help hashset"), LW_EXIT_USAGE);
	assert_string_equal(err, "layerwatch: \"hashset\" is followed by one of: build, query\n");
}

static void
without_a_daemon_it_says_so(void **state)
{
	unlink(socket_path);
	assert_int_equal(run("status"), LW_EXIT_FAILED);
	assert_non_null(strstr(err, "does layerwatchd run?"));
}

static void
status_shows_what_matters_first(void **state)
{
	static const char answer[] =
		OK "{\"version\":\"0.1.0\",\"mode\":\"enforce\",\"paused_seconds_left\":40,"
		   "\"policy_rejected\":true,"
		   "\"overlays_unmarked\":2,\"processes_unscanned\":3,"
		   "\"new_thing\":[{\"a\":1,\"b\":\"x\\u001b\"}],"
		   "\"counters\":{\"cache_hits\":7}}\n";

	assert_int_equal(run_with("status", "status", answer), 0);
	assert_true(strncmp(out, "PAUSED: everything is allowed for another 40 s\n", 47) == 0);
	assert_non_null(strstr(out, "The newest policy was rejected"));
	assert_non_null(strstr(out, "2 overlays are not watched"));
	assert_non_null(strstr(out, "3 processes are in mount namespaces that are not looked at"));
	assert_non_null(strstr(out, "mode                      enforce\n"));
	assert_non_null(strstr(out, "new thing\n  a 1, b x\\x1b\n"));
	assert_non_null(strstr(out, "  cache hits              7\n"));
}

static void
status_json_is_the_daemons_own(void **state)
{
	assert_int_equal(run_with("status --json", "status", OK "{\"mode\":\"detect\"}\n"), 0);
	assert_string_equal(out, "{\"mode\":\"detect\"}\n");
}

static void
containers_are_a_table(void **state)
{
	static const char answer[] =
		OK "{\"overlay\":\"0:45\",\"state\":\"marked\",\"engine\":\"docker\","
		   "\"name\":\"shop\",\"image\":\"web:3\","
		   "\"events\":12}\n{\"overlay\":\"0:46\",\"state\":\"foreign\","
		   "\"mount_point\":\"/x\",\"reason\":\"a layer is on fuse\"}\n";

	assert_int_equal(run_with("containers", "containers", answer), 0);
	assert_true(strncmp(out, "OVERLAY  STATE", 14) == 0);
	assert_non_null(strstr(out, "\n0:45     marked     docker     shop "));
	assert_non_null(strstr(out, "\n0:46     foreign    -          /x "));
	assert_non_null(strstr(out, " a layer is on fuse\n"));
	assert_int_equal(run_with("containers --json", "containers", answer), 0);
	assert_string_equal(out, answer + strlen(OK));
}

static void
tail_shows_findings_until_the_daemon_leaves(void **state)
{
	static const char answer[] =
		OK "{\"finding\":{\"category\":\"Added Binary Executed\",\"severity\":\"LOW\"}}\n"
		   "{\"odd\":1}\n"
		   "{\"finding\":{\"category\":\"Malicious Script Executed\"}}\n";

	assert_int_equal(run_with("tail", "tail", answer), LW_EXIT_FAILED);
	assert_non_null(strstr(out, "LOW Added Binary Executed\n"));
	assert_non_null(strstr(out, "Malicious Script Executed\n"));
	assert_non_null(strstr(err, "is no finding"));
	assert_non_null(strstr(err, "layerwatchd has closed"));
	assert_int_equal(run_with("tail --json", "tail", answer), LW_EXIT_FAILED);
	assert_string_equal(out, answer + strlen(OK));
}

static void
tail_shows_a_file(void **state)
{
	make_file("findings", "{\"finding\":{\"category\":\"Reverse Shell\"}}\n");
	assert_int_equal(run("tail --file findings"), 0);
	assert_non_null(strstr(out, "Reverse Shell\n"));
	make_file("findings", "{\"finding\":{\"category\":\"Reverse Shell\"}}\n{\"cut");
	assert_int_equal(run("tail --file findings"), LW_EXIT_FAILED);
	assert_int_equal(run("tail --file nothing"), LW_EXIT_FAILED);
}

static void
operators_requests_are_passed_on(void **state)
{
	assert_int_equal(run_with("pause", "pause 60", OK), 0);
	assert_int_equal(run_with("pause 3600", "pause 3600", OK), 0);
	assert_non_null(strstr(out, "3600 s"));
	assert_int_equal(run_with("resume", "resume", OK), 0);
	assert_int_equal(run_with("reload", "reload", OK), 0);
}

static void
a_refusal_is_shown_safely(void **state)
{
	assert_int_equal(
		run_with("pause", "pause 60", "{\"ok\":false,\"error\":\"not\\u001b you\"}\n"),
		LW_EXIT_FAILED);
	assert_string_equal(out, "");
	assert_non_null(strstr(err, "refused: not\\x1b you"));
}

static void
hostile_answers_are_refused(void **state)
{
	static const char *const bad[] = {"", "\n", "ok\n", "{\"ok\":true}", "{}\n", "[]\n",
		"{\"ok\":1\n", OK, OK "\n", OK "[1]\n", OK "{\"a\":1", OK "{\"a\":tru}\n",
		OK "nothing\n"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		assert_int_equal(run_with("status", "status", bad[i]), LW_EXIT_FAILED);
		assert_string_equal(out, "");
		assert_true(strlen(err) > 0);
	}
}

static void
deep_and_wide_answers_are_bounded(void **state)
{
	size_t length = 300000;
	_cleanup_free_ char *answer = malloc(length + 64);

	assert_non_null(answer);
	strcpy(answer, OK);
	memset(answer + strlen(OK), '[', length);
	strcpy(answer + strlen(OK) + length, "\n");
	assert_int_equal(run_with("status", "status", answer), LW_EXIT_FAILED);
	strcpy(answer, OK "{\"a\":\"");
	memset(answer + strlen(OK) + 6, 'x', length);
	strcpy(answer + strlen(OK) + 6 + length, "\"}\n");
	assert_int_equal(run_with("status", "status", answer), 0);
	assert_true(strlen(out) < 1000);
}

static void
a_line_without_end_is_cut_off(void **state)
{
	size_t length = LW_CLIENT_LINE_MAX + 100000ul;
	_cleanup_free_ char *answer = malloc(length);

	assert_non_null(answer);
	memset(answer, ' ', length);
	memcpy(answer, OK, strlen(OK));
	pid_t pid = serve("status", answer, length);
	assert_int_equal(run("status"), LW_EXIT_FAILED);
	assert_non_null(strstr(err, "too long"));
	waitpid(pid, NULL, 0);
}

static void
policies_are_checked(void **state)
{
	make_file("good.yaml", "version: 1\nmode: enforce\n");
	make_file("bad.yaml", "version: 1\nmoed: enforce\n");
	assert_int_equal(run("policy check good.yaml"), 0);
	assert_string_equal(out, "good.yaml: good, mode enforce\n");
	assert_int_equal(run("policy check bad.yaml good.yaml"), LW_EXIT_CONFIG);
	assert_non_null(strstr(err, "bad.yaml:2:1"));
	assert_non_null(strstr(out, "good.yaml: good"));
	assert_int_equal(run("policy check nothing.yaml"), LW_EXIT_CONFIG);
}

/* The bug: "good" was all that was said of a policy that layerwatchd then refused. */
static void
a_hash_list_that_is_missing_is_noted(void **state)
{
	make_file("lists.yaml", "version: 1\ncontent: {hash_lists: [{name: q, path: /nowhere.lwh, "
				"verdict: malicious}]}\n");
	assert_int_equal(run("policy check lists.yaml"), 0);
	assert_string_equal(out, "lists.yaml: good, mode detect\n");
	assert_non_null(strstr(err, "hash list q: /nowhere.lwh: No such file"));
}

/* As layerwatchd does it. */
static void
without_a_file_it_is_the_built_in_policy(void **state)
{
	if (access(LW_POLICY_PATH, F_OK) == 0) {
		print_message("# there is a " LW_POLICY_PATH "\n");
		skip();
	}
	assert_int_equal(run("policy explain --layer added --kind binary"), 0);
	assert_non_null(strstr(out, "alert by rule \"drift\""));
	assert_non_null(strstr(err, "this is the built-in policy"));
	assert_int_equal(run("policy check"), 0);
	assert_string_equal(out, "built-in policy: good, mode detect\n");
}

static void
policies_are_explained(void **state)
{
	make_file("p.yaml",
		"version: 1\nmode: enforce\nrules:\n  - name: no drift\n    match: {layer: "
		"[added]}\n"
		"    action: deny\n");
	assert_int_equal(run("policy explain -c p.yaml --layer added --path /tmp/x"), 0);
	assert_non_null(strstr(out, "no drift"));
	assert_non_null(strstr(out, "mode enforce: it does not run, and a finding is written\n"));
	assert_int_equal(run("policy explain -c p.yaml --layer image"), 0);
	assert_non_null(strstr(out, "mode enforce: it runs, and nothing is told\n"));
	make_file("x.json", "{\"layer\":\"added\"}\n");
	assert_int_equal(run("policy explain -c p.yaml --json x.json"), 0);
	assert_non_null(strstr(out, "it does not run"));
	make_file("x.json", "{\"lair\":\"added\"}\n");
	assert_int_equal(run("policy explain -c p.yaml --json x.json"), LW_EXIT_USAGE);
	assert_non_null(strstr(err, "lair is no key of an execution"));
	make_file("x.json", "{");
	assert_int_equal(run("policy explain -c p.yaml --json x.json"), LW_EXIT_USAGE);
	assert_int_equal(run("policy explain -c p.yaml --json nothing.json"), LW_EXIT_FAILED);
	assert_int_equal(run("policy explain -c nothing.yaml"), LW_EXIT_CONFIG);
}

static void
hash_lists_are_made_and_asked(void **state)
{
	make_file("in.txt", "# bad\n" SHA_A "  x\n" SHA_A "\n");
	assert_int_equal(run("hashset build -o bad.lwhs in.txt"), 0);
	assert_string_equal(
		out, "bad.lwhs: list \"bad\", 1 digests, 0 with a name, 1 duplicates left out\n");
	assert_int_equal(run("hashset query bad.lwhs " SHA_A), 0);
	assert_string_equal(out, SHA_A " listed\n");
	assert_int_equal(run("hashset query bad.lwhs " SHA_A " " SHA_B), LW_EXIT_FAILED);
	assert_string_equal(out, SHA_A " listed\n" SHA_B " not listed\n");
	assert_int_equal(run("hashset query bad.lwhs xyz"), LW_EXIT_USAGE);
	assert_int_equal(run("hashset query in.txt " SHA_A), LW_EXIT_CONFIG);
	assert_int_equal(run("hashset query nothing " SHA_A), LW_EXIT_FAILED);
	make_file("bad.txt", "not a digest\n");
	assert_int_equal(run("hashset build -o bad2.lwhs bad.txt"), LW_EXIT_CONFIG);
	assert_non_null(strstr(err, "bad.txt:1"));
	assert_int_equal(access("bad2.lwhs", F_OK), -1);
}

static void
lists_of_urls_are_made_and_asked(void **state)
{
	make_file("in.txt", "# bad\nhttp://evil.example/a/\nEvil.example:80/a/\nhost.example\n");
	assert_int_equal(run("hashset build --urls -o urls.lwhs in.txt"), 0);
	assert_string_equal(out, "urls.lwhs: list \"urls\", 2 URLs, 1 duplicates left out\n");
	assert_int_equal(run("hashset query urls.lwhs https://x.evil.example/a/b?c"), 0);
	assert_string_equal(out, "https://x.evil.example/a/b?c listed  evil.example/a/\n");
	assert_int_equal(run("hashset query urls.lwhs host.example evil.example"), LW_EXIT_FAILED);
	assert_string_equal(out, "host.example listed  host.example/\nevil.example not listed\n");
	assert_int_equal(run("hashset query --file urls.lwhs in.txt"), LW_EXIT_USAGE);
	make_file("bad.txt", "file:///etc/passwd\n");
	assert_int_equal(run("hashset build --urls -o bad2.lwhs bad.txt"), LW_EXIT_CONFIG);
	assert_non_null(strstr(err, "bad.txt:1"));
}

static void
files_are_looked_for_on_hash_lists(void **state)
{
	make_file("file", "abc");
	make_file("in.txt", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
	assert_int_equal(run("hashset build --name mine -o f.lwhs in.txt"), 0);
	assert_non_null(strstr(out, "list \"mine\""));
	assert_int_equal(run("hashset query --file f.lwhs file"), 0);
	assert_non_null(strstr(out,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad listed  file\n"));
	assert_int_equal(run("hashset query --file f.lwhs in.txt"), LW_EXIT_FAILED);
	assert_int_equal(run("hashset query --file f.lwhs nothing"), LW_EXIT_FAILED);
}

static void
doctor_answers_in_rows(void **state)
{
	unlink(socket_path);
	int code = run("doctor --json");

	assert_true(code == LW_EXIT_OK || code == LW_EXIT_FAILED || code == LW_EXIT_KERNEL ||
		    code == LW_EXIT_PERMISSION);
	assert_true(strncmp(out, "{\"check\":\"kernel\",\"state\":", 26) == 0);
	assert_non_null(strstr(out, "{\"check\":\"exec events on overlays\""));
	assert_non_null(strstr(out, "{\"check\":\"layerwatchd\",\"state\":\"skipped\""));
	assert_int_equal(run("doctor"), code);
}

static void
doctor_tells_the_daemons_trouble(void **state)
{
	static const char answer[] = OK "{\"mode\":\"detect\",\"paused_seconds_left\":9}\n";
	int status;
	pid_t pid = serve("status", answer, strlen(answer));

	run("doctor");
	waitpid(pid, &status, 0);
	assert_non_null(strstr(out, "it runs, mode detect, paused"));
}

static int
enter_folder(void **state)
{
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	return 0;
}

static int
leave_folder(void **state)
{
	static const char *const files[] = {"sock", "findings", "good.yaml", "lists.yaml",
		"bad.yaml", "p.yaml", "x.json", "in.txt", "bad.txt", "bad.lwhs", "urls.lwhs",
		"f.lwhs", "file"};

	forget_output();
	for (size_t i = 0; i < LW_ARRAY_SIZE(files); i++)
		unlink(files[i]);
	return chdir("/") != 0 || rmdir(folder) != 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_and_version),
		cmocka_unit_test(what_is_no_command_is_named),
		cmocka_unit_test(wrong_command_lines_say_so),
		cmocka_unit_test(without_a_daemon_it_says_so),
		cmocka_unit_test(status_shows_what_matters_first),
		cmocka_unit_test(status_json_is_the_daemons_own),
		cmocka_unit_test(containers_are_a_table),
		cmocka_unit_test(tail_shows_findings_until_the_daemon_leaves),
		cmocka_unit_test(tail_shows_a_file),
		cmocka_unit_test(operators_requests_are_passed_on),
		cmocka_unit_test(a_refusal_is_shown_safely),
		cmocka_unit_test(hostile_answers_are_refused),
		cmocka_unit_test(deep_and_wide_answers_are_bounded),
		cmocka_unit_test(a_line_without_end_is_cut_off),
		cmocka_unit_test(policies_are_checked),
		cmocka_unit_test(a_hash_list_that_is_missing_is_noted),
		cmocka_unit_test(without_a_file_it_is_the_built_in_policy),
		cmocka_unit_test(policies_are_explained),
		cmocka_unit_test(hash_lists_are_made_and_asked),
		cmocka_unit_test(lists_of_urls_are_made_and_asked),
		cmocka_unit_test(files_are_looked_for_on_hash_lists),
		cmocka_unit_test(doctor_answers_in_rows),
		cmocka_unit_test(doctor_tells_the_daemons_trouble),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
