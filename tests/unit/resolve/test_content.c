#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "asked.h"

static void
a_script_is_opened_from_the_working_directory(void **state)
{
	char folder[64], expected[128];
	struct command c = {
		.path = "/usr/bin/python3", .argv = {"python3", "-u", "./x.py"}, .cwd = folder};
	struct answer a;

	held_folder(folder);
	held_write(folder, "x.py", "print(1)\n", 0644);
	hold_and_ask(&a, run_command, &c, "/usr/bin/python3");
	snprintf(expected, sizeof(expected), "%s/x.py", folder);
	assert_int_equal(a.e->language, LW_LANGUAGE_PYTHON);
	assert_int_equal(a.e->content_kind, LW_KIND_SCRIPT);
	assert_string_equal(a.content, "print(1)\n");
	assert_string_equal(answer_text(&a, a.e->content_path), expected);
	assert_int_equal(a.e->flags, 0);
	answer_done(&a);
	held_remove(folder);
}

static void
a_shell_searches_path_for_a_bare_name(void **state)
{
	char folder[64], path[128];
	struct command c = {
		.path = "/bin/sh",
		.argv = {"sh", "x.sh"},
		.envp = {path},
		.cwd = "/",
	};
	struct answer a;

	held_folder(folder);
	held_write(folder, "x.sh", "id\n", 0644);
	snprintf(path, sizeof(path), "PATH=/nowhere:%s:/bin", folder);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_string_equal(a.content, "id\n");
	answer_done(&a);
	held_remove(folder);
}

static void
a_script_that_is_no_file_is_told_apart(void **state)
{
	char folder[64], fifo[128];
	struct command c = {.path = "/bin/sh", .argv = {"sh", fifo}};
	struct answer a;

	held_folder(folder);
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_NOT_REGULAR);
	assert_int_equal(a.e->has_content, 1);
	assert_null(a.content);
	assert_string_equal(answer_text(&a, a.e->content_path), fifo);
	answer_done(&a);
	c.argv[1] = folder;
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_NOT_REGULAR);
	answer_done(&a);
	c.argv[1] = "/nowhere/x.sh";
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_UNRESOLVED);
	assert_string_equal(answer_text(&a, a.e->content_path), "/nowhere/x.sh");
	answer_done(&a);
	held_remove(folder);
}

static void
a_file_on_standard_input_is_the_content(void **state)
{
	char folder[64], path[128];
	struct command c = {.path = "/bin/sh", .argv = {"sh"}, .stdin_path = path};
	struct answer a;

	held_folder(folder);
	held_write(folder, "in", "id\n", 0644);
	snprintf(path, sizeof(path), "%s/in", folder);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->stdin_type, LW_STDIN_FILE);
	assert_string_equal(answer_text(&a, a.e->stdin_peer), path);
	assert_int_equal(a.e->content_kind, LW_KIND_STDIN);
	assert_string_equal(a.content, "id\n");
	answer_done(&a);
	/* the same by name */
	c.argv[1] = "/dev/stdin";
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->content_kind, LW_KIND_SCRIPT);
	assert_string_equal(a.content, "id\n");
	assert_string_equal(answer_text(&a, a.e->content_path), path);
	answer_done(&a);
	held_remove(folder);
}

static void
threads_of_the_task_lead_to_the_same_descriptors(void **state)
{
	char folder[64], path[128];
	/* The number is of the container's own pid namespace: any will do. */
	struct command c = {.path = "/bin/sh",
		.argv = {"sh", "/proc/self/task/4194303/fd/0"},
		.stdin_path = path};
	struct answer a;

	held_folder(folder);
	held_write(folder, "in", "id\n", 0644);
	snprintf(path, sizeof(path), "%s/in", folder);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_string_equal(a.content, "id\n");
	answer_done(&a);
	held_remove(folder);
}

static void
run_from_the_second_line(void *arg)
{
	int fd = open(arg, O_RDONLY);

	if (fd < 0 || lseek(fd, 6, SEEK_SET) != 6 || dup2(fd, 0) != 0)
		_exit(92);
	execl("/bin/sh", "sh", (char *)NULL);
}

static void
a_file_is_read_from_where_its_descriptor_stands(void **state)
{
	char folder[64], path[128];
	struct answer a;

	held_folder(folder);
	held_write(folder, "in", "first\nsecond\n", 0644);
	snprintf(path, sizeof(path), "%s/in", folder);
	hold_and_ask(&a, run_from_the_second_line, path, "/bin/sh");
	assert_int_equal(a.e->content_kind, LW_KIND_STDIN);
	assert_string_equal(a.content, "second\n");
	assert_string_equal(answer_text(&a, a.e->content_path), path);
	/* The whole file, with where it comes from, is a content of its own. */
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_COPIED | LW_EXEC_MORE_CONTENT);
	answer_done(&a);
	held_remove(folder);
}

static void
run_with_pipe(void *arg)
{
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[0], 0) != 0)
		_exit(92);
	execl("/bin/sh", "sh", (char *)NULL);
}

static void
a_pipe_on_standard_input_is_told(void **state)
{
	struct answer a;

	hold_and_ask(&a, run_with_pipe, NULL, "/bin/sh");
	assert_int_equal(a.e->stdin_type, LW_STDIN_PIPE);
	assert_memory_equal(answer_text(&a, a.e->stdin_peer), "pipe:[", 6);
	assert_int_equal(a.e->has_content, 1);
	assert_int_equal(a.e->content_kind, LW_KIND_STDIN);
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_NOT_REGULAR);
	assert_null(a.content);
	answer_done(&a);
}

/* Its writer, who has more to write or not, is the child itself. */
static void
run_with_code_in_a_pipe(void *arg)
{
	const bool *more = arg;
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[0], 0) != 0 || write(ends[1], "id\n", 3) != 3)
		_exit(92);
	if (!*more)
		close(ends[1]);
	execl("/bin/sh", "sh", (char *)NULL);
}

static void
code_in_a_pipe_is_the_content(void **state)
{
	struct answer a;
	bool more = false;

	hold_and_ask(&a, run_with_code_in_a_pipe, &more, "/bin/sh");
	assert_int_equal(a.e->content_kind, LW_KIND_STDIN);
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_COPIED);
	assert_string_equal(a.content, "id\n");
	answer_done(&a);
	more = true;
	hold_and_ask(&a, run_with_code_in_a_pipe, &more, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_COPIED | LW_EXEC_CONTENT_PARTIAL);
	assert_string_equal(a.content, "id\n");
	answer_done(&a);
}

static void
run_with_ended_pipe(void *arg)
{
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[0], 0) != 0)
		_exit(92);
	close(ends[1]);
	execl("/bin/sh", "sh", (char *)NULL);
}

/* The bug: it was waited for as long as for a pipe that somebody writes to, without a pause. */
static void
an_empty_pipe_that_nobody_writes_to_is_not_waited_for(void **state)
{
	uint64_t least = UINT64_MAX;
	struct answer a;

	for (int i = 0; i < 5; i++) {
		uint64_t start = lw_now_us();

		hold_and_ask(&a, run_with_ended_pipe, NULL, "/bin/sh");
		least = LW_MIN(least, lw_now_us() - start);
		assert_int_equal(a.e->flags, LW_EXEC_CONTENT_NOT_REGULAR);
		answer_done(&a);
	}
	assert_true(least < ASKED_WAIT_US);
}

static void
run_with_socket(void *arg)
{
	const struct sockaddr_in *to = arg;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 || dup2(fd, 0) != 0)
		_exit(93);
	execl("/bin/sh", "sh", "-i", (char *)NULL);
}

static void
a_socket_on_standard_input_shows_its_peer(void **state)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(to);
	_cleanup_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char expected[64];
	struct answer a;

	assert_int_equal(bind(listener, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &length), 0);
	hold_and_ask(&a, run_with_socket, &to, "/bin/sh");
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", ntohs(to.sin_port));
	assert_int_equal(a.e->stdin_type, LW_STDIN_SOCKET);
	assert_string_equal(answer_text(&a, a.e->stdin_peer), expected);
	answer_done(&a);
}

static void
run_closed(void *arg)
{
	close(0);
	execl("/bin/true", "true", (char *)NULL);
}

static void
a_closed_standard_input_is_none(void **state)
{
	struct answer a;

	hold_and_ask(&a, run_closed, NULL, "/bin/true");
	assert_int_equal(a.e->stdin_type, LW_STDIN_NONE);
	assert_int_equal(a.e->has_content, 0);
	answer_done(&a);
}

/* memfd with this content, executed by its descriptor. */
static void
run_memfd(void *arg)
{
	const char *content = arg;
	char *argv[] = {(char *)"x", NULL};
	int fd = memfd_create("payload", 0);

	if (write(fd, content, strlen(content)) < 0)
		_exit(94);
	syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH);
}

static void
run_memfd_by_path(void *arg)
{
	char path[64];
	const char *content = arg;
	int fd = memfd_create("payload", 0);

	if (write(fd, content, strlen(content)) < 0)
		_exit(94);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execl(path, "x", (char *)NULL);
}

static void
bypass_03_a_memfd_program_is_the_content(void **state)
{
	void (*const ways[])(void *) = {run_memfd, run_memfd_by_path};
	char content[] = "\177ELF rest";
	struct answer a;

	for (size_t i = 0; i < LW_ARRAY_SIZE(ways); i++) {
		/* the event is the loader's */
		hold_and_ask(&a, ways[i], content, "/bin/true");
		assert_int_equal(a.e->flags, LW_EXEC_MEMFD | LW_EXEC_INDIRECT);
		assert_int_equal(a.e->has_content, 1);
		assert_int_equal(a.e->content_kind, LW_KIND_BINARY);
		assert_string_equal(answer_text(&a, a.e->content_path), "/memfd:payload");
		assert_string_equal(a.content, content);
		answer_done(&a);
	}
}

static void
bypass_05_a_memfd_script_is_the_content(void **state)
{
	char content[] = "#!/bin/sh\nid\n";
	struct answer a;

	hold_and_ask(&a, run_memfd, content, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_MEMFD | LW_EXEC_INDIRECT);
	assert_int_equal(a.e->content_kind, LW_KIND_SCRIPT);
	assert_int_equal(a.e->language, LW_LANGUAGE_SHELL);
	assert_memory_equal(answer_text(&a, a.e->program), "/dev/fd/", 8);
	assert_string_equal(a.content, content);
	answer_done(&a);
}

static void
an_interpreter_of_a_script_is_not_asked_for_its_arguments(void **state)
{
	char folder[64], script[128];
	struct command c = {.path = script, .argv = {script, "-c", "not code"}};
	struct answer a;

	held_folder(folder);
	held_write(folder, "x", "#!/bin/sh\n", 0755);
	snprintf(script, sizeof(script), "%s/x", folder);
	hold_and_ask(&a, run_command, &c, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_INDIRECT);
	assert_int_equal(a.e->has_content, 0);
	assert_string_equal(answer_text(&a, a.e->program), script);
	answer_done(&a);
	held_remove(folder);
}

static void
run_at(void *arg)
{
	const char *folder = arg;
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"id", NULL};
	int dir = open(folder, O_PATH | O_DIRECTORY);

	syscall(SYS_execveat, dir, "link", argv, NULL, 0x10000);
}

static void
execveat_begins_at_its_descriptor(void **state)
{
	char folder[64], path[128];
	struct answer a;

	held_folder(folder);
	snprintf(path, sizeof(path), "%s/link", folder);
	assert_int_equal(symlink("/bin/sh", path), 0);
	hold_and_ask(&a, run_at, folder, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_CHECK);
	assert_string_equal(answer_text(&a, a.e->program), "link");
	assert_string_equal(a.content, "id");
	answer_done(&a);
	held_remove(folder);
}

static void
bypass_02_a_loaders_target_is_the_content(void **state)
{
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
	char folder[64], target[128];
	struct command c = {.path = loader, .argv = {"ld.so", "--argv0", "ls", target}};
	struct answer a;

	if (access(loader, X_OK) != 0)
		skip();
	held_folder(folder);
	held_write(folder, "target", "\177ELF", 0755);
	snprintf(target, sizeof(target), "%s/target", folder);
	hold_and_ask(&a, run_command, &c, loader);
	assert_int_equal(a.e->flags, LW_EXEC_LOADER_TARGET);
	assert_int_equal(a.e->content_kind, LW_KIND_BINARY);
	assert_string_equal(a.content, "\177ELF");
	assert_string_equal(answer_text(&a, a.e->content_path), target);
	answer_done(&a);
	held_remove(folder);
}

static unsigned
open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
run_command_from_pipe(void *arg)
{
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[0], 0) != 0)
		_exit(92);
	run_command(arg);
}

static void
run_with_pipes_in_the_path(void *arg)
{
	char *argv[] = {(char *)"sh", (char *)"0", NULL};
	char *envp[] = {(char *)"PATH=/proc/self/fd:/proc/self/fd:/nowhere", NULL};
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[0], 0) != 0)
		_exit(92);
	execve("/bin/sh", argv, envp);
}

/* The bug: each pipe that was met on the way to a script cost a descriptor, for ever. */
static void
pipes_on_the_way_to_a_script_are_closed(void **state)
{
	char folder[64], link[128];
	struct command module = {.path = "/usr/bin/python3", .argv = {"python3", "-m", "x"}};
	unsigned before = open_descriptors();
	struct answer a;

	hold_and_ask(&a, run_with_pipes_in_the_path, NULL, "/bin/sh");
	assert_int_equal(a.e->flags, LW_EXEC_CONTENT_UNRESOLVED);
	answer_done(&a);
	held_folder(folder);
	snprintf(link, sizeof(link), "%s/x.py", folder);
	assert_int_equal(symlink("/proc/self/fd/0", link), 0);
	module.cwd = folder;
	hold_and_ask(&a, run_command_from_pipe, &module, "/usr/bin/python3");
	assert_int_equal(a.e->flags & LW_EXEC_CONTENT_UNRESOLVED, LW_EXEC_CONTENT_UNRESOLVED);
	answer_done(&a);
	held_remove(folder);
	assert_int_equal(open_descriptors(), before);
}

static void
no_descriptor_is_kept(void **state)
{
	unsigned before = open_descriptors();

	an_interpreter_of_a_script_is_not_asked_for_its_arguments(state);
	a_script_that_is_no_file_is_told_apart(state);
	a_file_on_standard_input_is_the_content(state);
	bypass_03_a_memfd_program_is_the_content(state);
	a_socket_on_standard_input_shows_its_peer(state);
	assert_int_equal(open_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_is_opened_from_the_working_directory),
		cmocka_unit_test(a_shell_searches_path_for_a_bare_name),
		cmocka_unit_test(a_script_that_is_no_file_is_told_apart),
		cmocka_unit_test(a_file_on_standard_input_is_the_content),
		cmocka_unit_test(threads_of_the_task_lead_to_the_same_descriptors),
		cmocka_unit_test(a_file_is_read_from_where_its_descriptor_stands),
		cmocka_unit_test(a_pipe_on_standard_input_is_told),
		cmocka_unit_test(code_in_a_pipe_is_the_content),
		cmocka_unit_test(an_empty_pipe_that_nobody_writes_to_is_not_waited_for),
		cmocka_unit_test(a_socket_on_standard_input_shows_its_peer),
		cmocka_unit_test(a_closed_standard_input_is_none),
		cmocka_unit_test(bypass_03_a_memfd_program_is_the_content),
		cmocka_unit_test(bypass_05_a_memfd_script_is_the_content),
		cmocka_unit_test(an_interpreter_of_a_script_is_not_asked_for_its_arguments),
		cmocka_unit_test(execveat_begins_at_its_descriptor),
		cmocka_unit_test(bypass_02_a_loaders_target_is_the_content),
		cmocka_unit_test(pipes_on_the_way_to_a_script_are_closed),
		cmocka_unit_test(no_descriptor_is_kept),
	};

	return cmocka_run_group_tests(tests, asked_open, asked_close);
}
