#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "report/hit.h"
#include "sample.h"

/* Every line that a test makes ends here; the last test gives the file to the schema's validator.
 */
static char lines_path[] = "/tmp/lw-findings-XXXXXX";
static int lines_fd = -1;

static void
keep_line(const struct lw_text *t)
{
	assert_int_equal(lw_write_full(lines_fd, t->data, t->length), 0);
}

static struct lw_text
write_one(struct sample *s, const struct lw_finding *f)
{
	struct lw_text t;

	lw_text_init(&t, LW_FINDING_MAX);
	assert_int_equal(lw_finding_write(&s->context, f, &t), 0);
	assert_int_equal(t.data[t.length - 1], '\n');
	assert_null(memchr(t.data, '\n', t.length - 1));
	keep_line(&t);
	return t;
}

static struct lw_text
write_object(struct sample *s, unsigned object)
{
	struct lw_finding f = sample_finding(s, object);

	return write_one(s, &f);
}

#define HAS(t, text) assert_non_null(strstr((t).data, text))
#define LACKS(t, text) assert_null(strstr((t).data, text))

/* Same input, same bytes. Set LW_UPDATE_GOLDEN=1 to write the file anew after a wanted change. */
static void
compare_golden(const char *name, const struct lw_text *t)
{
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	bool update = getenv("LW_UPDATE_GOLDEN") != NULL;
	_cleanup_free_ char *want = calloc(1, t->length + 2);
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/tests/unit/report/golden/%s.json", srcdir, name);
	fd = open(
		path, update ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	if (update)
		assert_int_equal(lw_write_full(fd, t->data, t->length), 0);
	lseek(fd, 0, SEEK_SET);
	assert_true(lw_read_full(fd, want, t->length + 1) >= 0);
	close(fd);
	if (strcmp(want, t->data) != 0)
		fprintf(stderr, "want: %s\ngot:  %s\n", want, t->data);
	assert_string_equal(want, t->data);
}

static void
an_added_binary_is_told_whole(void **state)
{
	struct sample *s = sample_new();
	_cleanup_text_ struct lw_text t = write_object(s, 0);

	compare_golden("added-binary", &t);
	sample_free(s);
}

static void
a_denied_python_script_is_told_whole(void **state)
{
	static const char source[] = "import os\npassword = 'hunter2'\nos.system('id')\n";
	struct sample *s = sample_new();
	struct lw_finding f;
	_cleanup_text_ struct lw_text t = {0};

	sample_python(s, source, strlen(source));
	f = sample_finding(s, 1);
	f.repeats = 3;
	t = write_one(s, &f);
	compare_golden("malicious-python", &t);
	LACKS(t, "hunter2");
	LACKS(t, "abcdefgh");
	HAS(t, "\"Redacted\":true");
	sample_free(s);
}

/* "./x.py": the program that runs is the interpreter of the "#!" line. */
static void
a_shebang_script_names_its_interpreter(void **state)
{
	struct sample *s = sample_new();
	struct lw_object *o = &s->e.seen.objects[0];
	_cleanup_text_ struct lw_text t = {0};

	o->kind = LW_KIND_SCRIPT;
	o->assessment.format = LW_FORMAT_SHEBANG;
	o->assessment.language = LW_LANGUAGE_PYTHON;
	o->assessment.verdict = LW_VERDICT_MALICIOUS;
	strcpy(o->assessment.interpreter, "/usr/bin/python3");
	t = write_object(s, 0);
	HAS(t, "\"binary\":{\"path\":\"/usr/bin/python3\"},\"script\":{\"path\":\"/tmp/x\"");
	HAS(t, "MALICIOUS_PYTHON_EXECUTED");
	HAS(t, "Script /tmp/x (python, layer added) in container web (registry.example/web:1) was "
	       "executed");
	sample_free(s);
}

static void
inline_code_has_contents_and_no_path(void **state)
{
	static const char code[] = "print(1)";
	struct sample *s = sample_new();
	_cleanup_text_ struct lw_text t = {0};

	sample_python(s, code, strlen(code));
	s->e.seen.objects[1].kind = LW_KIND_INLINE;
	s->e.seen.objects[1].layer = LW_LAYER_UNKNOWN;
	t = write_object(s, 1);
	HAS(t, "\"script\":{\"size\":\"8\",\"sha256\":");
	HAS(t, "\"contents\":\"print(1)\"");
	HAS(t, "Code in the arguments of /usr/bin/python3.11 (python) in container web");
	LACKS(t, "\"files\"");
	sample_free(s);
}

/* sha256 is of what was captured, before redaction; the whole file's hash stands in the properties.
 */
static void
hashes_are_of_the_bytes_before_redaction(void **state)
{
	static const char source[] = "token='abc'\n";
	struct sample *s = sample_new();
	_cleanup_text_ struct lw_text t = {0};

	sample_python(s, source, strlen(source));
	s->e.seen.objects[1].assessment.size = 1000;
	s->e.seen.objects[1].assessment.flags |= LW_ASSESS_TRUNCATED;
	t = write_object(s, 1);
	HAS(t, "\"size\":\"1000\",\"sha256\":"
	       "\"cb3ea1ccca9b3fb032c1ac120cddb783405aea7d60bfabf6fb5828ac8bb4aeb3\"");
	HAS(t, "\"hashedSize\":\"12\",\"partiallyHashed\":true");
	HAS(t, "\"Script_SHA256\":\"cdcdcdcd");
	HAS(t, "\"Contents_Truncated\":true");
	sample_free(s);
}

static void
code_that_may_go_on_is_told(void **state)
{
	struct sample *s = sample_new();
	_cleanup_text_ struct lw_text whole = {0}, beginning = {0};

	sample_python(s, "id\n", 3);
	whole = write_object(s, 1);
	LACKS(whole, "Script_Incomplete");
	s->e.seen.objects[1].incomplete = 1;
	beginning = write_object(s, 1);
	HAS(beginning, "\"Script_Incomplete\":true");
	sample_free(s);
}

static void
hostile_names_stay_one_line_of_json(void **state)
{
	static const char path[] = "/tmp/a\n{\"x\":1}\x1b[2J\xff\xfe\"\\";
	struct sample *s = sample_new();
	_cleanup_text_ struct lw_text t = {0};

	s->e.seen.objects[0].path = sample_string(s, path);
	s->e.seen.execution.args = sample_list(s, "\xff\xff\0\n\0<script>");
	s->e.seen.execution.env = sample_list(s, "LD_PRELOAD=\x80\0NOEQUALS\0=x");
	strcpy(s->facts.name, "evil\n\x1b[31m");
	strcpy(s->facts.labels[0], "no-equals\xff");
	memset(s->e.seen.execution.comm, 'c', LW_COMM_SIZE);
	memset(s->e.seen.execution.ancestors[0].comm, '\xff', LW_COMM_SIZE);
	t = write_object(s, 0);
	HAS(t, "\"Process_Binary_Fullpath_Base64\":\"L3RtcC9hCnsieCI6MX0bWzJK//4iXA==\"");
	HAS(t, "\"Process_Arguments_Base64\":");
	HAS(t, "\"Process_Environment_Base64\":");
	HAS(t, "\"name\":\"NOEQUALS\",\"val\":\"\"");
	HAS(t, "\xef\xbf\xbd");
	sample_free(s);
}

static void
many_arguments_are_all_there(void **state)
{
	struct sample *s = sample_new();
	struct lw_slice slice = {s->e.seen.arena_length, 0};
	_cleanup_text_ struct lw_text t = {0};

	while (slice.length < 100000 * 2) {
		sample_add(s, "a", 2);
		slice.length += 2;
	}
	s->e.seen.execution.args = slice;
	s->e.seen.execution.argc = 5000000;
	s->e.seen.execution.flags |= LW_EXEC_ARGS_TRUNCATED;
	t = write_object(s, 0);
	HAS(t, "\"argumentsTruncated\":true");
	HAS(t, "\"Process_Argument_Count\":5000000");
	assert_true(t.length > 100000 * 4);
	sample_free(s);
}

/* The worst that an arena can hold, shown by as many slices as there are: still a line, and within
 * its bound. */
static void
the_worst_arena_still_gives_a_finding(void **state)
{
	struct sample *s = sample_new();
	struct lw_execution *x = &s->e.seen.execution;
	struct lw_slice all = {0, LW_ARENA_MAX};
	_cleanup_text_ struct lw_text t = {0};

	for (size_t i = 0; i < LW_ARENA_MAX; i++)
		s->arena[i] = i % 2 ? '\x01' : '\xff';
	s->e.seen.arena_length = LW_ARENA_MAX;
	x->args = x->env = x->cwd = x->exe = x->program = s->e.seen.objects[0].path = all;
	x->ancestor_count = LW_ANCESTORS_MAX;
	for (unsigned i = 0; i < LW_ANCESTORS_MAX; i++)
		x->ancestors[i].args = x->ancestors[i].exe = all;
	t = write_object(s, 0);
	assert_true(t.length <= LW_FINDING_MAX);
	sample_free(s);
}

static void
meet(struct sample *s)
{
	s->e.seen.hit = (struct lw_rule_hit){
		.present = 1,
		.action = LW_ACTION_ALERT,
		.id = "3e8b2f0e-0000-4000-8000-000000000001",
		.title = "Shell with a \"remote\" end",
		.category = "Reverse Shell",
		.module = "REVERSE_SHELL",
		.severity = "CRITICAL",
		.tactics = {"EXECUTION", "COMMAND_AND_CONTROL"},
		.techniques = {"UNIX_SHELL", "COMMAND_AND_SCRIPTING_INTERPRETER"},
		.description = "Its input is a socket.",
		.next_steps = "Isolate it.",
		.false_positives = "inetd",
	};
}

static struct lw_text
write_hit(struct sample *s, struct lw_detector *detector)
{
	struct lw_finding f = {.evidence = &s->e,
		.detector = detector,
		.container = &s->facts,
		.facts = LW_FACTS_COMPLETE};

	assert_int_equal(lw_evidence_check(&s->e.seen), 0);
	lw_hit_detector(&s->e.seen.hit, detector);
	return write_one(s, &f);
}

static void
a_detection_rule_is_told_in_its_own_words(void **state)
{
	struct sample *s = sample_new();
	struct lw_detector detector;
	_cleanup_text_ struct lw_text t = {0}, bare = {0};

	meet(s);
	t = write_hit(s, &detector);
	HAS(t, "\"category\":\"Reverse Shell\",\"moduleName\":\"REVERSE_SHELL\"");
	HAS(t, "\"severity\":\"CRITICAL\"");
	HAS(t, "Detection rule \\\"Shell with a \\\"remote\\\" end\\\": Its input is a socket.");
	HAS(t, "\"nextSteps\":\"Isolate it.\"");
	HAS(t, "\"primaryTactic\":\"EXECUTION\",\"primaryTechniques\":[\"UNIX_SHELL\","
	       "\"COMMAND_AND_SCRIPTING_INTERPRETER\"]");
	HAS(t, "\"additionalTactics\":[\"COMMAND_AND_CONTROL\"]");
	HAS(t, "\"Detection_Rule_Id\":\"3e8b2f0e-0000-4000-8000-000000000001\"");
	HAS(t, "\"False_Positives\":\"inetd\"");
	memset(s->e.seen.hit.module, 0, sizeof(s->e.seen.hit.module));
	memset(s->e.seen.hit.next_steps, 0, sizeof(s->e.seen.hit.next_steps));
	bare = write_hit(s, &detector);
	HAS(bare, "\"moduleName\":\"DETECTION_RULE_MET\"");
	HAS(bare, "make an exception");
	sample_free(s);
}

static void
a_reverse_shell_shows_its_connection(void **state)
{
	struct sample *s = sample_new();
	struct lw_execution *x = &s->e.seen.execution;
	struct lw_detector detector;
	_cleanup_text_ struct lw_text one = {0}, two = {0}, none = {0};

	meet(s);
	x->stdin_type = x->stdout_type = LW_STDIN_SOCKET;
	x->stdin_peer = x->stdout_peer = sample_string(s, "[2001:db8::7]:4444");
	x->stdin_local = x->stdout_local = sample_string(s, "[2001:db8::2]:50001");
	one = write_hit(s, &detector);
	HAS(one, "\"connections\":[{\"destinationIp\":\"2001:db8::7\",\"destinationPort\":4444,"
		 "\"sourceIp\":\"2001:db8::2\",\"sourcePort\":50001}]");
	HAS(one, "\"Reverse_Shell_Stdin_Redirection_Dst_Ip\":\"2001:db8::7\"");
	HAS(one, "\"Reverse_Shell_Stdin_Redirection_Dst_Port\":4444");
	HAS(one, "\"Reverse_Shell_Stdin_Redirection_Src_Ip\":\"2001:db8::2\"");
	HAS(one, "\"Reverse_Shell_Stdin_Redirection_Src_Port\":50001");
	x->stdout_peer = sample_string(s, "192.0.2.9:80");
	x->stdout_local = (struct lw_slice){0};
	two = write_hit(s, &detector);
	HAS(two, "{\"destinationIp\":\"192.0.2.9\",\"destinationPort\":80}]");
	x->stdin_peer = x->stdout_peer = sample_string(s, "127.0.0.1:80");
	none = write_hit(s, &detector);
	LACKS(none, "connections");
	LACKS(none, "Reverse_Shell_Stdin");
	sample_free(s);
}

/* One execution can meet several: each is a finding of its own. */
static void
each_rule_has_a_finding_with_its_own_name(void **state)
{
	struct sample *s = sample_new();
	struct lw_detector detector;
	_cleanup_text_ struct lw_text one = {0}, other = {0};

	meet(s);
	one = write_hit(s, &detector);
	s->e.seen.hit.id[0] = '4';
	other = write_hit(s, &detector);
	assert_memory_not_equal(strstr(one.data, "/findings/"), strstr(other.data, "/findings/"),
		strlen("/findings/") + 32);
	sample_free(s);
}

/* What does not fit in one line goes without its long texts, and says so. */
static void
what_does_not_fit_is_shortened(void **state)
{
	size_t length = 3u * 1024 * 1024;
	struct sample *s = sample_new();
	char *source = malloc(length);
	_cleanup_text_ struct lw_text t = {0};

	memset(source, 1, length);
	sample_python(s, source, length);
	t = write_object(s, 1);
	HAS(t, "\"Shortened\":true");
	HAS(t, "\"argumentsTruncated\":true");
	LACKS(t, "\"contents\"");
	free(source);
	sample_free(s);
}

static void
nothing_known_is_nothing_said(void **state)
{
	struct sample *s = sample_new();
	struct lw_finding f;
	_cleanup_text_ struct lw_text t = {0};

	s->e.seen = (struct lw_observation){.time_us = 5};
	s->e.seen.objects[0].present = 1;
	f = sample_finding(s, 0);
	f.container = NULL;
	f.facts = LW_FACTS_PENDING;
	t = write_one(s, &f);
	HAS(t, "\"Container_Facts\":\"pending\"");
	HAS(t, "\"resourceName\":\"//node-1\"");
	LACKS(t, "VirusTotal");
	LACKS(t, "\"pid\"");
	LACKS(t, "\"containers\"");
	sample_free(s);
}

static void
the_same_event_has_the_same_name(void **state)
{
	struct sample *s = sample_new();
	struct lw_finding f = sample_finding(s, 0);
	_cleanup_text_ struct lw_text a = {0}, b = {0}, c = {0};

	f.container = NULL;
	f.facts = LW_FACTS_PENDING;
	a = write_one(s, &f);
	f.container = &s->facts;
	f.facts = LW_FACTS_LATE;
	s->context.now_us += 1000000;
	b = write_one(s, &f);
	s->e.seen.sequence++;
	c = write_one(s, &f);
	assert_memory_equal(a.data, b.data, 130);
	assert_memory_not_equal(a.data, c.data, 130);
	HAS(b, "\"Container_Facts\":\"late\"");
	sample_free(s);
}

static void
a_pod_is_told(void **state)
{
	struct sample *s = sample_new();
	_cleanup_text_ struct lw_text t = {0};

	strcpy(s->facts.namespace_, "prod");
	strcpy(s->facts.pod, "web-1");
	s->settings.resource.project = (char *)"my project/1";
	s->settings.resource.location = (char *)"zone-b";
	s->settings.resource.display_name = (char *)"cluster b";
	t = write_object(s, 0);
	HAS(t, "\"kubernetes\":{\"pods\":[{\"ns\":\"prod\",\"name\":\"web-1\"");
	HAS(t, "\"Pod_Namespace\":\"prod\",\"Pod_Name\":\"web-1\"");
	HAS(t, "\"name\":\"projects/my_project_1/sources/layerwatch/locations/zone-b/findings/");
	HAS(t, "\"displayName\":\"cluster b\"");
	sample_free(s);
}

static void
yara_rules_are_signatures(void **state)
{
	struct sample *s = sample_new();
	struct lw_assessment *a = &s->e.seen.objects[0].assessment;
	_cleanup_text_ struct lw_text t = {0};

	a->verdict = LW_VERDICT_MALICIOUS;
	a->reason_count = 3;
	strcpy(a->reasons[0], "hash list: bad");
	strcpy(a->reasons[1], "yara: Reverse_Shell_Python");
	strcpy(a->reasons[2], "yara: Second");
	t = write_object(s, 0);
	HAS(t, "\"indicator\":{\"signatures\":[{\"yaraRuleSignature\":{\"yaraRule\":\"Reverse_S"
	       "hell_"
	       "Python\"},\"signatureType\":\"SIGNATURE_TYPE_FILE\"},{\"yaraRuleSignature\":{"
	       "\"yaraRule\":\"Second\"},\"signatureType\":\"SIGNATURE_TYPE_FILE\"}]}");
	HAS(t, "\"Reasons\":\"hash list: bad; yara: Reverse_Shell_Python; yara: Second\"");
	sample_free(s);
}

static void
the_decoded_layer_is_shown_without_its_secrets(void **state)
{
	static const char layer[] = "import os; password = 'hunter2'; os.system('id') \xff";
	struct sample *s = sample_new();
	struct lw_layer_excerpt *d = &s->e.seen.objects[0].assessment.decoded;
	_cleanup_text_ struct lw_text t = {0};

	*d = (struct lw_layer_excerpt){.line = 7, .size = 4000, .length = sizeof(layer) - 1};
	memcpy(d->text, layer, d->length);
	strcpy(d->encodings, "base64 > zlib");
	t = write_object(s, 0);
	HAS(t, "\"Decoded_Encodings\":\"base64 \\u003e zlib\","
	       "\"Decoded_Line\":7,\"Decoded_Size\":4000,"
	       "\"Decoded_Text\":\"import os; password = '[REDACTED]'; "
	       "os.system('id') \xef\xbf\xbd");
	HAS(t, "\"Redacted\":true");
	sample_free(s);
}

static void
flags_become_properties(void **state)
{
	struct sample *s = sample_new();
	struct lw_object *o = &s->e.seen.objects[0];
	_cleanup_text_ struct lw_text t = {0};

	o->layer = LW_LAYER_MODIFIED;
	o->original_known = 1;
	memset(o->original_sha256, 0x11, sizeof(o->original_sha256));
	o->writable_mapping = o->changed_while_judged = o->deadline_missed = 1;
	o->outcome = LW_OUTCOME_WOULD_DENY;
	s->e.seen.late = 1;
	s->e.seen.execution.flags = ~0u & ~(LW_EXEC_CHECK | LW_EXEC_OPENED);
	o->assessment.flags = ~0u;
	t = write_object(s, 0);
	HAS(t, "\"Original_SHA256\":\"1111");
	HAS(t, "\"Deadline_Missed\":true,\"Writable_Mapping\":true,\"Changed_While_Judged\":true,"
	       "\"Judged_After_Answer\":true");
	HAS(t, "\"Action\":\"would_deny\"");
	HAS(t, "was executed; mode enforce would have denied it");
	sample_free(s);
}

static void
health_findings_say_what_and_where(void **state)
{
	struct sample *s = sample_new();

	for (unsigned what = 0; what < LW_HEALTH_COUNT; what++) {
		struct lw_health_finding f = {.detector = lw_detector_for_health(what),
			.time_us = 1763762400000000,
			.detail = "overlay\n\xff is \x1b odd",
			.count = 2};
		_cleanup_text_ struct lw_text t = {0};

		if (!f.detector)
			continue;
		if (what == LW_HEALTH_UNMARKED) {
			f.overlay = "0:44";
			f.container = &s->facts;
			f.repeats = 7;
		}
		lw_text_init(&t, LW_FINDING_MAX);
		assert_int_equal(lw_finding_write_health(&s->context, &f, &t), 0);
		keep_line(&t);
		HAS(t, "\"findingClass\":\"SCC_ERROR\"");
	}
	sample_free(s);
}

static void
run_validator(const char *path)
{
	char *argv[] = {(char *)path, lines_path, NULL};

	/* Standard output speaks TAP: what the validator says goes to stderr. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execv(path, argv);
	_exit(127);
}

static void
every_line_meets_the_schema(void **state)
{
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	char path[512];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tests/lib/validate-findings", srcdir);
	pid = fork();
	if (pid == 0)
		run_validator(path);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
open_lines(void **state)
{
	lines_fd = mkostemp(lines_path, O_CLOEXEC);
	return lines_fd < 0;
}

static int
close_lines(void **state)
{
	close(lines_fd);
	return unlink(lines_path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_added_binary_is_told_whole),
		cmocka_unit_test(a_denied_python_script_is_told_whole),
		cmocka_unit_test(a_shebang_script_names_its_interpreter),
		cmocka_unit_test(inline_code_has_contents_and_no_path),
		cmocka_unit_test(hashes_are_of_the_bytes_before_redaction),
		cmocka_unit_test(code_that_may_go_on_is_told),
		cmocka_unit_test(hostile_names_stay_one_line_of_json),
		cmocka_unit_test(many_arguments_are_all_there),
		cmocka_unit_test(the_worst_arena_still_gives_a_finding),
		cmocka_unit_test(a_detection_rule_is_told_in_its_own_words),
		cmocka_unit_test(a_reverse_shell_shows_its_connection),
		cmocka_unit_test(each_rule_has_a_finding_with_its_own_name),
		cmocka_unit_test(what_does_not_fit_is_shortened),
		cmocka_unit_test(nothing_known_is_nothing_said),
		cmocka_unit_test(the_same_event_has_the_same_name),
		cmocka_unit_test(a_pod_is_told),
		cmocka_unit_test(yara_rules_are_signatures),
		cmocka_unit_test(the_decoded_layer_is_shown_without_its_secrets),
		cmocka_unit_test(flags_become_properties),
		cmocka_unit_test(health_findings_say_what_and_where),
		cmocka_unit_test(every_line_meets_the_schema),
	};

	return cmocka_run_group_tests(tests, open_lines, close_lines);
}
