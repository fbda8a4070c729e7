#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "asked.h"
#include "resolve/arguments.h"

static void
inline_code_becomes_the_content(void **state)
{
	struct command c = {
		.path = "/bin/sh",
		.argv = {"sh", "-c", "echo hello", "name"},
		.envp = {"PATH=/bin", "LD_PRELOAD=/tmp/x.so", "LD_PRELOADED=no", "BASH_ENV=/e"},
		.cwd = "/usr",
		.stdin_path = "/dev/null",
	};
	struct answer a;

	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->flags, 0);
	assert_int_equal(a.e->argc, 4);
	assert_int_equal(a.e->args.length, sizeof("sh\0-c\0echo hello\0name"));
	assert_memory_equal(
		&a.arena[a.e->args.offset], "sh\0-c\0echo hello\0name", a.e->args.length);
	assert_int_equal(a.e->env_count, 2);
	assert_memory_equal(
		&a.arena[a.e->env.offset], "LD_PRELOAD=/tmp/x.so\0BASH_ENV=/e", a.e->env.length);
	assert_string_equal(answer_text(&a, a.e->program), "/bin/sh");
	assert_string_equal(answer_text(&a, a.e->cwd), "/usr");
	assert_string_equal(a.e->comm, "test-resolve-ex");
	assert_int_equal(a.e->uid, getuid());
	assert_int_equal(a.e->ppid, getpid());
	assert_int_equal(a.e->stdin_type, LW_STDIN_NULL);
	assert_int_equal(a.e->language, LW_LANGUAGE_SHELL);
	assert_int_equal(a.e->has_content, 1);
	assert_int_equal(a.e->content_kind, LW_KIND_INLINE);
	assert_string_equal(a.content, "echo hello");
	assert_int_equal(a.e->ancestors[0].pid, getpid());
	assert_string_equal(a.e->ancestors[0].comm, a.e->comm);
	assert_true(a.e->ancestors[0].exe.length > 0 && a.e->ancestors[0].args.length > 0);
	assert_string_equal(answer_text(&a, a.e->exe), answer_text(&a, a.e->ancestors[0].exe));
	answer_done(&a);
}

struct pipeline {
	int in[2], out[2]; /* the task reads from in and writes to out */
};

static void
run_in_pipeline(void *arg)
{
	const struct pipeline *p = arg;

	if (dup2(p->in[0], 0) != 0 || dup2(p->out[1], 1) != 1)
		_exit(92);
	close(p->in[1]);
	close(p->out[0]);
	execl("/bin/true", "true", (char *)NULL);
}

/* A neighbour in the pipeline, with these as its standard input and output. */
static pid_t
start_neighbour(const struct pipeline *p, int in, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)dup2(in, 0);
		(void)dup2(out, 1);
		for (int i = 0; i < 2; i++) {
			close(p->in[i]);
			close(p->out[i]);
		}
		execl("/bin/sleep", "sleep", "100", (char *)NULL);
		_exit(93);
	}
	assert_true(pid > 0);
	usleep(100000);
	return pid;
}

static void
end_neighbour(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
both_neighbours_in_a_pipeline_are_told_to_rules(void **state)
{
	struct pipeline p;
	struct answer a;

	assert_int_equal(pipe2(p.in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(p.out, O_CLOEXEC), 0);
	pid_t writer = start_neighbour(&p, STDIN_FILENO, p.in[1]);
	pid_t reader = start_neighbour(&p, p.out[0], STDOUT_FILENO);
	asked_hints = LW_HINT_BEHAVIOUR;
	hold_and_ask(&a, run_in_pipeline, &p, "/bin/true");
	asked_hints = 0;
	assert_int_equal(a.e->stdin_type, LW_STDIN_PIPE);
	assert_int_equal(a.e->stdout_type, LW_STDIN_PIPE);
	assert_string_not_equal(
		answer_text(&a, a.e->stdin_peer), answer_text(&a, a.e->stdout_peer));
	assert_int_equal(a.e->stdin_writer.pid, writer);
	assert_string_equal(a.e->stdin_writer.comm, "sleep");
	assert_int_equal(a.e->stdout_reader.pid, reader);
	assert_int_equal(a.e->stdout_reader.args.length, sizeof("sleep\000100"));
	answer_done(&a);
	hold_and_ask(&a, run_in_pipeline, &p, "/bin/true");
	assert_int_equal(a.e->stdin_type, LW_STDIN_PIPE);
	assert_int_equal(a.e->stdin_writer.pid, 0);
	assert_int_equal(a.e->stdout_type, LW_STDIN_UNKNOWN);
	assert_int_equal(a.e->stdout_reader.pid, 0);
	answer_done(&a);
	end_neighbour(writer);
	end_neighbour(reader);
	for (int i = 0; i < 2; i++) {
		close(p.in[i]);
		close(p.out[i]);
	}
}

static void
run_without_argv(void *arg)
{
	syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static void
bypass_38_argc_0_is_fine(void **state)
{
	struct command c = {.path = "/bin/sh", .stdin_path = "/dev/null"};
	struct answer a;

	hold_and_ask(&a, run_without_argv, NULL, "/bin/true");
	assert_int_equal(a.e->argc, 0);
	assert_int_equal(a.e->args.length, 0);
	assert_int_equal(a.e->flags, 0);
	answer_done(&a);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->argc, 0);
	assert_int_equal(a.e->language, LW_LANGUAGE_SHELL);
	answer_done(&a);
}

/* count arguments of this length, then the last ones. */
struct many {
	size_t count, length;
	const char *last[4];
};

static void
run_many(void *arg)
{
	const struct many *m = arg;
	char **argv = calloc(m->count + 6, sizeof(char *));
	char *word = malloc(m->length + 1);
	const char *const options[2] = {"python3", "-X"};
	size_t n = 0;

	memset(word, 'a', m->length);
	word[m->length] = '\0';
	argv[n++] = (char *)options[0];
	for (size_t i = 0; i < m->count; i++)
		argv[n++] = i % 2 == 0 && m->last[0] ? (char *)options[1] : word;
	for (size_t i = 0; i < 4 && m->last[i]; i++)
		argv[n++] = (char *)m->last[i];
	execve("/usr/bin/python3", argv, NULL);
}

static void
bypass_38_arguments_are_bounded(void **state)
{
	struct many megabytes = {.count = 16, .length = 131000};
	struct many hundred_thousand = {.count = 100000, .length = 3};
	struct answer a;

	hold_and_ask(&a, run_many, &megabytes, "/usr/bin/python3");
	assert_int_equal(a.e->argc, 17);
	assert_int_equal(a.e->args.length, 32768);
	assert_int_equal(a.arena[a.e->args.offset + 32767], 0);
	assert_true(a.e->flags & LW_EXEC_ARGS_TRUNCATED);
	answer_done(&a);
	hold_and_ask(&a, run_many, &hundred_thousand, "/usr/bin/python3");
	assert_int_equal(a.e->argc, LW_ARGUMENTS_COUNTED);
	assert_int_equal(a.e->args.length, 8 + (LW_ARGUMENTS_KEPT - 1) * 4);
	assert_true(a.e->flags & LW_EXEC_ARGS_TRUNCATED);
	answer_done(&a);
}

static void
padding_does_not_hide_code(void **state)
{
	struct many padded = {.count = 20, .length = 100000, .last = {"-c", "print(1)"}};
	struct answer a;

	hold_and_ask(&a, run_many, &padded, "/usr/bin/python3");
	assert_true(a.e->flags & LW_EXEC_ARGS_TRUNCATED);
	assert_int_equal(a.e->content_kind, LW_KIND_INLINE);
	assert_string_equal(a.content, "print(1)");
	answer_done(&a);
}

static void
long_code_is_taken_whole(void **state)
{
	static char code[LW_CODE_MAX];
	struct command c = {.path = "/bin/sh", .argv = {"sh", "-c", code}};
	struct answer a;

	memset(code, '#', sizeof(code) - 1);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.content_length, sizeof(code) - 1);
	assert_memory_equal(a.content, code, sizeof(code) - 1);
	assert_int_equal(a.e->flags, LW_EXEC_ARGS_TRUNCATED);
	answer_done(&a);
}

/* The bug: a piece for which no byte was left was left out in silence. */
static void
code_that_is_longer_than_is_kept_is_incomplete(void **state)
{
	static char half[LW_CODE_MAX / 2 + 1];
	struct command c = {.path = "/usr/bin/perl",
		.argv = {"perl", "-e", &half[1], "-e", half, "-e", "evil"}};
	struct answer a;

	memset(half, '#', sizeof(half) - 1);
	hold_and_ask(&a, run_command, &c, "/usr/bin/perl");
	assert_int_equal(a.content_length, LW_CODE_MAX);
	assert_true(a.e->flags & LW_EXEC_CONTENT_PARTIAL);
	answer_done(&a);
}

/* argv[2] begins in a page that can be read and goes on in one that cannot. */
static void
run_unreadable(void *arg)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *argv[5] = {(char *)"sh", (char *)"-e", pages + 4096 - 5, (char *)"never", NULL};

	memset(pages, 'x', 4096);
	munmap(pages + 4096, 4096);
	syscall(SYS_execve, "/bin/sh", argv, NULL);
}

static void
run_bad_pointers(void *arg)
{
	char **pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	pages[511] = (char *)"sh";
	munmap(pages + 512, 4096);
	syscall(SYS_execve, "/bin/sh", &pages[511], (char **)8);
}

static void
bypass_38_unreadable_pages_keep_what_was_read(void **state)
{
	struct answer a;

	hold_and_ask(&a, run_unreadable, NULL, "/bin/sh");
	assert_true(a.e->flags & LW_EXEC_ARGS_UNREADABLE);
	assert_int_equal(a.e->argc, 4);
	assert_memory_equal(&a.arena[a.e->args.offset], "sh\0-e\0xxxxx", 12);
	answer_done(&a);
	hold_and_ask(&a, run_bad_pointers, NULL, "/bin/sh");
	assert_true(a.e->flags & LW_EXEC_ARGS_UNREADABLE);
	assert_true(a.e->flags & LW_EXEC_ENV_TRUNCATED);
	assert_int_equal(a.e->argc, 1);
	assert_string_equal(answer_text(&a, a.e->args), "sh");
	answer_done(&a);
}

static void *
exec_in_thread(void *arg)
{
	execl("/bin/sh", "sh", "-c", "id", (char *)NULL);
	return NULL;
}

static void
run_thread(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_in_thread, NULL);
	pthread_join(thread, NULL);
}

static void
bypass_17_a_thread_that_is_not_the_leader_is_read(void **state)
{
	struct answer a;

	hold_and_ask(&a, run_thread, NULL, "/bin/sh");
	assert_int_not_equal(a.e->tid, a.e->tgid);
	assert_int_equal(a.e->ppid, getpid());
	assert_string_equal(a.content, "id");
	answer_done(&a);
}

static void
a_task_that_is_gone_is_said_to_be(void **state)
{
	struct lw_msg_execution m = {.tid = 0x7ffffff0, .argument_bytes = 100};
	struct answer a;

	ask(&a, &m);
	assert_int_equal(a.e->flags, LW_EXEC_FAILED);
	assert_int_equal(a.e->tid, m.tid);
	answer_done(&a);
}

static int
nothing(void *arg)
{
	return 0;
}

static void
a_task_in_another_call_has_no_arguments(void **state)
{
	struct lw_msg_execution m = {.argument_bytes = 100, .program_path = "/bin/sh"};
	pid_t pid = held_sleeper(nothing, NULL);
	struct answer a;

	m.tid = (uint32_t)pid;
	m.budget_us = 50000;
	ask(&a, &m);
	assert_int_equal(a.e->flags, LW_EXEC_NO_REGISTERS);
	assert_int_equal(a.e->ppid, getpid());
	assert_int_equal(a.e->argc, 0);
	answer_done(&a);
	held_sleeper_end(pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_code_becomes_the_content),
		cmocka_unit_test(both_neighbours_in_a_pipeline_are_told_to_rules),
		cmocka_unit_test(bypass_38_argc_0_is_fine),
		cmocka_unit_test(bypass_38_arguments_are_bounded),
		cmocka_unit_test(padding_does_not_hide_code),
		cmocka_unit_test(long_code_is_taken_whole),
		cmocka_unit_test(code_that_is_longer_than_is_kept_is_incomplete),
		cmocka_unit_test(bypass_38_unreadable_pages_keep_what_was_read),
		cmocka_unit_test(bypass_17_a_thread_that_is_not_the_leader_is_read),
		cmocka_unit_test(a_task_that_is_gone_is_said_to_be),
		cmocka_unit_test(a_task_in_another_call_has_no_arguments),
	};

	return cmocka_run_group_tests(tests, asked_open, asked_close);
}
