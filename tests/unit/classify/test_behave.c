/*
 * From the facts of an execution to what rules see of it, and from a rule to what a finding shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "classify/behave.h"

struct asked {
	struct lw_msg_behave m;
	char arena[4096];
	int capture;
	struct lw_msg_behaved out;
};

/* rsync as root, started by a shell, without streams. */
static void
set_up_asked(struct asked *a)
{
	*a = (struct asked){.capture = -1};
	a->m.layer = LW_LAYER_IMAGE;
	a->m.now_us = 1000000000;
	a->m.container.created_us = 940000000;
	strcpy(a->m.image, "/usr/bin/rsync");
}

static struct lw_slice
put(struct asked *a, const void *bytes, size_t length)
{
	struct lw_slice s = {a->m.arena_length, (uint32_t)length};

	assert_true(s.offset + length <= sizeof(a->arena));
	memcpy(&a->arena[s.offset], bytes, length);
	a->m.arena_length += (uint32_t)length;
	return s;
}

#define PUT_LIST(a, literal) put(a, literal, sizeof(literal))
#define PUT_TEXT(a, text) put(a, text, strlen(text))

static struct lw_behave *
load(const char *rules)
{
	_cleanup_text_ struct lw_text text = {0}, refusals = {0};
	struct lw_behave *b;

	lw_text_init(&text, 65536);
	lw_text_init(&refusals, 65536);
	lw_text_add(&text, "r.yml", 6);
	lw_text_addf(&text, "%zu", strlen(rules));
	lw_text_add(&text, "", 1);
	lw_text_add(&text, rules, strlen(rules) + 1);
	assert_int_equal(lw_behave_load(text.data, text.length, &b, &refusals), 0);
	if (refusals.length)
		fail_msg("%s", refusals.data);
	return b;
}

static int
ask(struct lw_behave *b, struct asked *a)
{
	_cleanup_close_ int arena = lw_memfd_with("arena", a->arena, a->m.arena_length);

	return lw_behave_ask(b, &a->m, arena, a->capture, &a->out);
}

#define HEAD "logsource: {product: linux, category: process_creation}\n"

/* Does the execution meet a rule with this selection? */
static bool
meets(struct asked *a, const char *selection)
{
	char rule[2048];

	snprintf(rule, sizeof(rule), "title: t\n" HEAD "detection: {s: {%s}, condition: s}\n",
		selection);
	_cleanup_(lw_behave_freep) struct lw_behave *b = load(rule);
	assert_int_equal(ask(b, a), 0);
	return a->out.count == 1;
}

static void
the_program_is_what_rules_see(void **state)
{
	struct asked a;

	set_up_asked(&a);
	a.m.execution.args = PUT_LIST(&a, "rsync\0-av\0a b");
	a.m.execution.cwd = PUT_TEXT(&a, "/srv");
	a.m.execution.tgid = 7;
	a.m.execution.ppid = 3;
	a.m.hashed = 1;
	memset(a.m.sha256, 0xab, sizeof(a.m.sha256));
	assert_true(meets(&a, "Image: /usr/bin/rsync, CommandLine: rsync -av a b"));
	assert_true(meets(&a, "CurrentDirectory: /srv, ProcessId: 7, ParentProcessId: 3"));
	assert_true(meets(&a, "User: root, Uid: 0, Layer: image, Kind: binary"));
	assert_true(meets(&a, "sha256|startswith: abab, Verdict: unknown"));
	assert_true(meets(&a, "ContainerAge: 60, ParentImage: null, Script: null"));
	a.m.execution.uid = 33;
	assert_true(meets(&a, "User: '33', Uid|gt: 32"));
	a.m.container.created_us = 0;
	assert_false(meets(&a, "ContainerAge|gte: 0"));
}

static void
a_command_line_is_empty_or_not_known(void **state)
{
	struct asked a;

	set_up_asked(&a);
	assert_true(meets(&a, "CommandLine: ''"));
	a.m.execution.flags = LW_EXEC_NO_REGISTERS;
	assert_true(meets(&a, "CommandLine: null"));
}

static void
a_program_of_many_is_the_one_that_it_is_called_by(void **state)
{
	struct asked a;

	set_up_asked(&a);
	strcpy(a.m.image, "/bin/busybox");
	a.m.execution.args = PUT_LIST(&a, "nc\0-e");
	assert_true(meets(&a, "Image: /bin/nc"));
	a.m.execution.args = PUT_LIST(&a, "/usr/bin/wget\0-q");
	assert_true(meets(&a, "Image: /bin/wget"));
	a.m.execution.args = PUT_LIST(&a, "busybox\0tar\0x");
	assert_true(meets(&a, "Image: /bin/tar"));
	a.m.execution.args = PUT_LIST(&a, "busybox\0--list");
	assert_true(meets(&a, "Image: /bin/busybox"));
	a.m.execution.args = PUT_LIST(&a, "busybox");
	assert_true(meets(&a, "Image: /bin/busybox"));
	strcpy(a.m.image, "/usr/bin/dash");
	a.m.execution.args = PUT_LIST(&a, "sh");
	assert_true(meets(&a, "Image: /usr/bin/dash"));
}

static void
parents_and_environment_are_told(void **state)
{
	struct asked a;

	set_up_asked(&a);
	a.m.execution.ancestor_count = 2;
	a.m.execution.ancestors[0].exe = PUT_TEXT(&a, "/usr/sbin/nginx");
	a.m.execution.ancestors[0].args = PUT_LIST(&a, "nginx: worker\0x");
	a.m.execution.ancestors[1].exe = PUT_TEXT(&a, "/sbin/tini");
	a.m.execution.env = PUT_LIST(&a, "LD_PRELOAD=/tmp/x.so\0PATH=a=b\0EMPTY=\0NAKED");
	assert_true(
		meets(&a, "ParentImage|endswith: /nginx, ParentCommandLine: 'nginx: worker x'"));
	assert_true(meets(&a, "Ancestors: /sbin/tini"));
	assert_false(meets(&a, "Ancestors: /sbin/init"));
	assert_true(meets(&a, "Environment.LD_PRELOAD: /tmp/x.so, Environment.PATH: 'a=b'"));
	assert_true(meets(&a, "Environment.EMPTY: '', Environment.OTHER: null"));
}

static void
only_a_remote_peer_is_told(void **state)
{
	struct asked a;

	set_up_asked(&a);
	a.m.execution.stdin_type = LW_STDIN_SOCKET;
	a.m.execution.stdin_peer = PUT_TEXT(&a, "192.0.2.7:4444");
	a.m.execution.stdout_type = LW_STDIN_SOCKET;
	a.m.execution.stdout_peer = PUT_TEXT(&a, "127.0.0.1:80");
	assert_true(meets(&a, "Stdin: socket, Stdin.Peer: 192.0.2.7:4444"));
	assert_true(meets(&a, "Stdout: socket, Stdout.Peer: null"));
	a.m.execution.stdin_type = LW_STDIN_NULL;
	assert_true(meets(&a, "Stdin: none, Stdin.Peer: null"));
}

static void
the_other_end_of_a_pipe_is_a_program_and_its_arguments(void **state)
{
	struct asked a;

	set_up_asked(&a);
	a.m.execution.stdin_type = a.m.execution.stdout_type = LW_STDIN_PIPE;
	a.m.execution.stdin_writer.pid = 9;
	a.m.execution.stdin_writer.exe = PUT_TEXT(&a, "/usr/bin/curl");
	a.m.execution.stdin_writer.args = PUT_LIST(&a, "curl\0http://x/");
	assert_true(meets(&a, "Stdin: pipe, Stdin.Peer: /usr/bin/curl curl http://x/"));
	assert_true(meets(&a, "Stdout: pipe, Stdout.Peer: null"));
}

static void
the_container_and_the_script_are_told(void **state)
{
	struct asked a;

	set_up_asked(&a);
	strcpy(a.m.container.name, "web-1");
	strcpy(a.m.container.image, "registry.example/web:1");
	strcpy(a.m.container.namespace_, "prod");
	a.m.container.label_count = 1;
	strcpy(a.m.container.labels[0], "tier=front=1");
	strcpy(a.m.script, "/srv/run.sh");
	a.m.kind = LW_KIND_SCRIPT;
	_cleanup_close_ int capture = lw_memfd_with("capture", "echo mining", 11);
	a.capture = capture;
	assert_true(meets(&a, "Container.Name: web-*, Container.Image|endswith: '/web:1'"));
	assert_true(meets(&a, "Container.Namespace: prod, Container.Label.tier: front=1"));
	assert_true(
		meets(&a, "Kind: script, Script: /srv/run.sh, ScriptContents|contains: mining"));
}

#define ANY "detection: {s: {Image|contains: /}, condition: s}\n"

static void
a_hit_says_all_that_a_finding_shows(void **state)
{
	_cleanup_(lw_behave_freep) struct lw_behave *b =
		load("title: A tool\nid: 3e8b2f0e-0000-4000-8000-000000000001\n"
		     "description: It is a tool.\nlevel: high\nfalsepositives: [administrators]\n"
		     "tags: [attack.execution, attack.t1059.004]\n"
		     "layerwatch:\n"
		     "  {module: A_TOOL, category: \"Execution: A Tool\", next_steps: Look.}\n" HEAD
				ANY);
	struct asked a;

	set_up_asked(&a);
	assert_int_equal(ask(b, &a), 0);
	assert_int_equal(a.out.count, 1);
	assert_int_equal(a.out.rules, 1);
	assert_int_equal(a.out.can_deny, 0);
	const struct lw_rule_hit *h = &a.out.hits[0];
	assert_int_equal(h->present, 1);
	assert_int_equal(h->action, LW_ACTION_ALERT);
	assert_string_equal(h->id, "3e8b2f0e-0000-4000-8000-000000000001");
	assert_string_equal(h->title, "A tool");
	assert_string_equal(h->category, "Execution: A Tool");
	assert_string_equal(h->module, "A_TOOL");
	assert_string_equal(h->severity, "HIGH");
	assert_string_equal(h->description, "It is a tool.");
	assert_string_equal(h->next_steps, "Look.");
	assert_string_equal(h->false_positives, "administrators");
	assert_string_equal(h->tactics[0], "EXECUTION");
	assert_string_equal(h->techniques[0], "UNIX_SHELL");
	assert_string_equal(h->techniques[1], "COMMAND_AND_SCRIPTING_INTERPRETER");
	assert_string_equal(h->techniques[2], "");
}

#define RULE(name, more) "title: " name "\n" HEAD ANY more

/* More are met than are told: a deny is not cut off. */
static void
the_strongest_are_told(void **state)
{
	_cleanup_(lw_behave_freep) struct lw_behave *b =
		load(RULE("a", "---\n") RULE("b", "---\n") RULE("c", "---\n") RULE("d", "---\n")
				RULE("e", "layerwatch: {action: deny}\n---\n")
					RULE("f", "layerwatch: {enabled: false}\n"));
	struct asked a;

	set_up_asked(&a);
	assert_int_equal(ask(b, &a), 0);
	assert_int_equal(a.out.count, LW_RULE_HITS_MAX);
	assert_int_equal(a.out.more, 1);
	assert_int_equal(a.out.can_deny, 1);
	assert_string_equal(a.out.hits[0].title, "e");
	assert_int_equal(a.out.hits[0].action, LW_ACTION_DENY);
	assert_string_equal(a.out.hits[1].title, "a");
}

static void
facts_out_of_bounds_are_refused(void **state)
{
	_cleanup_(lw_behave_freep) struct lw_behave *b = load("title: t\n" HEAD ANY);
	struct asked a;

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		set_up_asked(&a);                                                                  \
		(void)PUT_TEXT(&a, "text");                                                        \
		change;                                                                            \
		assert_int_equal(ask(b, &a), -EPROTO);                                             \
	} while (0)
	REFUSED(a.m.execution.args = ((struct lw_slice){2, 3}));
	REFUSED(a.m.execution.env = ((struct lw_slice){5, 0}));
	REFUSED(a.m.execution.stdout_reader.exe = ((struct lw_slice){0, UINT32_MAX}));
	REFUSED(a.m.execution.ancestor_count = LW_ANCESTORS_MAX + 1);
	REFUSED(a.m.execution.ancestor_count = 1;
		a.m.execution.ancestors[0].args = ((struct lw_slice){UINT32_MAX, 1}));
	REFUSED(a.m.execution.stdin_type = LW_STDIN_COUNT);
	REFUSED(a.m.layer = LW_LAYER_COUNT);
	REFUSED(a.m.verdict = LW_VERDICT_COUNT);
	REFUSED(a.m.container.label_count = LW_LABELS_MAX + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_is_what_rules_see),
		cmocka_unit_test(a_command_line_is_empty_or_not_known),
		cmocka_unit_test(a_program_of_many_is_the_one_that_it_is_called_by),
		cmocka_unit_test(parents_and_environment_are_told),
		cmocka_unit_test(only_a_remote_peer_is_told),
		cmocka_unit_test(the_other_end_of_a_pipe_is_a_program_and_its_arguments),
		cmocka_unit_test(the_container_and_the_script_are_told),
		cmocka_unit_test(a_hit_says_all_that_a_finding_shows),
		cmocka_unit_test(the_strongest_are_told),
		cmocka_unit_test(facts_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
