#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "asked.h"

uint32_t asked_hints;

static struct lw_execution_reader *reader;
static char preload[] = "LD_PRELOAD", bash_env[] = "BASH_ENV";
static char *const names[] = {preload, bash_env};

int
asked_open(void **state)
{
	const struct lw_names wanted = {names, LW_ARRAY_SIZE(names)};

	if (lw_execution_new(&reader) < 0)
		return -1;
	return lw_execution_names(reader, &wanted);
}

int
asked_close(void **state)
{
	reader = lw_execution_free(reader);
	return 0;
}

static char *
read_whole(int fd, ssize_t *length)
{
	struct stat st;
	char *text;

	assert_int_equal(fstat(fd, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	*length = pread(fd, text, (size_t)st.st_size, 0);
	assert_int_equal(*length, st.st_size);
	return text;
}

void
ask(struct answer *a, const struct lw_msg_execution *m)
{
	int fds[2] = {-1, -1};
	ssize_t length;

	assert_int_equal(lw_execution_read(reader, m, &a->m, fds), 0);
	a->e = &a->m.execution;
	a->arena = read_whole(fds[0], &length);
	assert_int_equal(length, a->m.arena_length);
	a->content = NULL;
	a->content_length = -1;
	assert_int_equal(fds[1] >= 0, a->m.has_content_fd);
	if (fds[1] >= 0) {
		assert_int_equal(fcntl(fds[1], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		a->content = read_whole(fds[1], &a->content_length);
		close(fds[1]);
	}
	close(fds[0]);
}

int
hold_and_ask_or_not(struct answer *a, void (*fn)(void *), void *arg, const char *program)
{
	struct lw_msg_execution m = {
		.argument_bytes = 32768,
		.script_bytes = 65536,
		.budget_us = 20000,
		.wait_us = ASKED_WAIT_US,
		.hints = asked_hints,
	};
	char path[PATH_MAX];
	struct held h;
	struct stat st;

	if (held_start(&h, fn, arg) != 0)
		return -1;
	m.tid = (uint32_t)h.tid;
	assert_non_null(realpath(program, path));
	lw_copy_string(m.program_path, sizeof(m.program_path), path);
	assert_int_equal(stat(program, &st), 0);
	m.program_dev = st.st_dev;
	m.program_ino = st.st_ino;
	ask(a, &m);
	assert_int_equal(a->e->tid, h.tid);
	assert_int_equal(a->e->tgid, h.pid);
	held_end(&h);
	return 0;
}

void
hold_and_ask(struct answer *a, void (*fn)(void *), void *arg, const char *program)
{
	assert_int_equal(hold_and_ask_or_not(a, fn, arg, program), 0);
}

void
answer_done(struct answer *a)
{
	free(a->arena);
	free(a->content);
}

const char *
answer_text(const struct answer *a, struct lw_slice s)
{
	static char out[4][8192];
	static unsigned next;
	char *t = out[next++ % 4];
	size_t n = LW_MIN(s.length, sizeof(out[0]) - 1);

	assert_true(s.offset <= a->m.arena_length && s.length <= a->m.arena_length - s.offset);
	memcpy(t, &a->arena[s.offset], n);
	t[n] = '\0';
	return t;
}

void
run_command(void *arg)
{
	const struct command *c = arg;

	if (c->cwd && chdir(c->cwd) != 0)
		_exit(90);
	if (c->stdin_path) {
		close(0);
		if (open(c->stdin_path, O_RDONLY | O_NONBLOCK) != 0)
			_exit(91);
	}
	execve(c->path, (char *const *)c->argv, (char *const *)c->envp);
}
