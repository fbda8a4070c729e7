#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "held.h"
#include "resolve/ancestors.h"

struct bench {
	struct lw_procfs procfs;
	struct lw_place place;
	struct lw_arena arena;
	struct lw_ancestors *cache;
	struct lw_ancestor found[LW_ANCESTORS_MAX];
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b || lw_procfs_open(&b->procfs) < 0 || lw_arena_init(&b->arena) < 0 ||
		lw_place_open(&b->place, &b->procfs, getpid()) < 0 ||
		lw_ancestors_new(&b->cache) < 0)
		return -1;
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	b->cache = lw_ancestors_free(b->cache);
	lw_place_close(&b->place);
	lw_arena_done(&b->arena);
	lw_procfs_close(&b->procfs);
	free(b);
	return 0;
}

static uint32_t
look(struct bench *b, pid_t pid)
{
	lw_arena_reset(&b->arena);
	return lw_ancestors_read(b->cache, &b->place, (uint32_t)pid, &b->arena, b->found);
}

static const char *
text(const struct bench *b, struct lw_slice s)
{
	static char out[LW_PLACE_PATH + 1];

	memcpy(out, &b->arena.data[s.offset], s.length);
	out[s.length] = '\0';
	return out;
}

static int
nothing(void *arg)
{
	return 0;
}

static void
the_line_goes_up_from_the_parent(void **state)
{
	struct bench *b = *state;
	pid_t pid = held_sleeper(nothing, NULL);

	for (int i = 0; i < 3; i++) {
		assert_in_range(look(b, pid), 2, LW_ANCESTORS_MAX);
		assert_int_equal(b->found[0].pid, pid);
		assert_int_equal(b->found[0].uid, getuid());
		assert_int_equal(b->found[1].pid, getpid());
		assert_true(strstr(text(b, b->found[0].exe), "test-resolve-ancestors") != NULL);
		assert_true(strstr(text(b, b->found[1].args), "test-resolve-ancestors") != NULL);
	}
	held_sleeper_end(pid);
}

static void
a_dead_one_is_forgotten(void **state)
{
	struct bench *b = *state;
	pid_t pid = held_sleeper(nothing, NULL);

	assert_true(look(b, pid) > 0);
	held_sleeper_end(pid);
	assert_int_equal(look(b, pid), 0);
	assert_int_equal(look(b, 0), 0);
}

static void
become_sleep(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails must not leave it behind */
	execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

/* All of it: the kernel changes exe, name and arguments one after the other. */
static bool
is_sleep(struct bench *b)
{
	return strstr(text(b, b->found[0].exe), "sleep") &&
	       strcmp(b->found[0].comm, "sleep") == 0 &&
	       strcmp(text(b, b->found[0].args), "sleep") == 0;
}

/* A process that becomes another program between two looks. */
static void
a_parent_that_execs_is_seen_at_once(void **state)
{
	struct bench *b = *state;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(ends[1]);
		if (read(ends[0], &byte, 1) == 1)
			become_sleep();
		_exit(1);
	}
	assert_true(look(b, pid) > 0);
	assert_true(strstr(text(b, b->found[0].exe), "sleep") == NULL);
	assert_int_equal(write(ends[1], "x", 1), 1);
	for (int i = 0; i < 10000 && !is_sleep(b); i++) {
		usleep(1000);
		look(b, pid);
	}
	assert_true(strstr(text(b, b->found[0].exe), "sleep") != NULL);
	assert_string_equal(b->found[0].comm, "sleep");
	assert_string_equal(text(b, b->found[0].args), "sleep");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
}

/* When a parent dies its child belongs to another: a remembered line must not outlive that. */
static void
a_child_that_was_adopted_has_its_new_parent(void **state)
{
	struct bench *b = *state;
	int ends[2];
	pid_t middle, child = 0;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(ends), 0);
	middle = fork();
	if (middle == 0) {
		child = fork();
		if (child == 0)
			for (;;)
				pause();
		if (write(ends[1], &child, sizeof(child)) != sizeof(child))
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ends[0], &child, sizeof(child)), sizeof(child));
	assert_true(look(b, child) >= 3);
	assert_true(look(b, child) >= 3);
	assert_int_equal(b->found[1].pid, middle);
	kill(middle, SIGKILL);
	waitpid(middle, NULL, 0);
	usleep(LW_ANCESTORS_FRESH_US + 50000);
	assert_true(look(b, child) >= 2);
	assert_int_equal(b->found[1].pid, getpid());
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
}

static void
more_than_are_kept_push_the_oldest_out(void **state)
{
	struct bench *b = *state;
	pid_t pids[LW_ANCESTORS_CACHED + 4];

	for (size_t i = 0; i < LW_ARRAY_SIZE(pids); i++) {
		pids[i] = held_sleeper(nothing, NULL);
		assert_true(look(b, pids[i]) > 0);
		assert_int_equal(b->found[0].pid, pids[i]);
	}
	assert_true(look(b, pids[0]) > 0);
	assert_int_equal(b->found[0].pid, pids[0]);
	for (size_t i = 0; i < LW_ARRAY_SIZE(pids); i++)
		held_sleeper_end(pids[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_line_goes_up_from_the_parent),
		TEST(a_dead_one_is_forgotten),
		TEST(a_parent_that_execs_is_seen_at_once),
		TEST(a_child_that_was_adopted_has_its_new_parent),
		TEST(more_than_are_kept_push_the_oldest_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
