#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "held.h"
#include "proc/spawn.h"
#include "wire/chan.h"

#define NOBODY "65534"
#define PATIENCE_MS 5000
#define ROUNDS 400

/* The program under its real sandbox, with a guard and a gate played by the test. */
struct rig {
	pid_t pid;
	struct lw_chan guard, gate;
	bool ready;
	struct lw_msg_executed executed;
	struct lw_msg_container_tell told;
	unsigned executions, tells;
	int fds[2];
	uint64_t id;
};

static int
on_ready(void *arg, struct lw_received *r)
{
	const struct lw_msg_ready *m = r->body;

	((struct rig *)arg)->ready = m->ok;
	return 0;
}

static int
on_executed(void *arg, struct lw_received *r)
{
	struct rig *rig = arg;

	memcpy(&rig->executed, r->body, sizeof(rig->executed));
	rig->fds[0] = TAKE_FD(r->fds[0]);
	rig->fds[1] = TAKE_FD(r->fds[1]);
	rig->id = r->frame.id;
	rig->executions++;
	return 0;
}

static int
on_tell(void *arg, struct lw_received *r)
{
	struct rig *rig = arg;

	memcpy(&rig->told, r->body, sizeof(rig->told));
	rig->tells++;
	return 0;
}

static const struct lw_route guard_routes[] = {{LW_MSG_READY, 1, on_ready}};
static const struct lw_route gate_routes[] = {
	{LW_MSG_EXECUTED, 1, on_executed},
	{LW_MSG_CONTAINER_TELL, 1, on_tell},
};

static int
wait_for(struct lw_chan *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	if (poll(&p, 1, PATIENCE_MS) <= 0)
		return -ETIMEDOUT;
	return lw_chan_dispatch(c, 1);
}

static void
start_program(struct rig *rig, int guard_end)
{
	static const char *const argv[] = {"layerwatch-resolve", "--instance", "0", "--uid", NOBODY,
		"--gid", NOBODY, "--verbose", "1", NULL};
	struct lw_spawn spawn = {.argv = argv, .fds = {-1, -1, 2, guard_end, -1, -1, -1, -1}};
	char here[PATH_MAX - 32], path[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(path, sizeof(path), "%s/layerwatch-resolve", here);
	spawn.path = path;
	rig->pid = lw_spawn(&spawn, NULL);
	assert_true(rig->pid > 0);
}

static void
configure(struct rig *rig)
{
	static const char yaml[] = "version: 1\ncapture: {environment: [LD_AUDIT]}\n";
	const struct lw_msg_config config = {.generation = 1, .length = sizeof(yaml) - 1};
	_cleanup_close_ int fd = lw_memfd_with("config", yaml, sizeof(yaml) - 1);

	assert_int_equal(lw_chan_send(&rig->guard, LW_MSG_CONFIG, 0, &config, &fd, 1), 0);
	assert_int_equal(wait_for(&rig->guard), 0);
	assert_true(rig->ready);
}

static void
introduce_gate(struct rig *rig)
{
	const struct lw_msg_peer peer = {.role = LW_ROLE_GATE};
	int pair[2];

	assert_int_equal(lw_chan_pair(pair, 65536), 0);
	assert_int_equal(lw_chan_send(&rig->guard, LW_MSG_PEER, 0, &peer, &pair[1], 1), 0);
	close(pair[1]);
	lw_chan_init(&rig->gate, pair[0], gate_routes, LW_ARRAY_SIZE(gate_routes), rig);
	rig->gate.phase = 1;
}

static int
start(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int pair[2];

	if (!rig || lw_chan_pair(pair, 65536) < 0)
		return -1;
	start_program(rig, pair[1]);
	close(pair[1]);
	lw_chan_init(&rig->guard, pair[0], guard_routes, LW_ARRAY_SIZE(guard_routes), rig);
	rig->guard.phase = 1;
	configure(rig);
	introduce_gate(rig);
	const struct lw_msg_empty empty = {0};
	assert_int_equal(lw_chan_send(&rig->guard, LW_MSG_START, 0, &empty, NULL, 0), 0);
	*state = rig;
	return 0;
}

static int
stop(void **state)
{
	struct rig *rig = *state;
	int status = -1;

	lw_chan_done(&rig->gate);
	lw_chan_done(&rig->guard);
	assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
	free(rig);
	/* the guard's end closed: it left in good order */
	assert_int_equal(status, 0);
	return 0;
}

static void
run_shell(void *arg)
{
	execle("/bin/sh", "sh", "-c", "id", (char *)NULL,
		(char *const[]){(char *)"LD_AUDIT=/x.so", NULL});
}

static void
run_script(void *arg)
{
	execl("/bin/sh", "sh", arg, (char *)NULL);
}

static void
execution_of(struct lw_msg_execution *m, const struct held *h)
{
	char path[PATH_MAX];
	struct stat st;

	assert_non_null(realpath("/bin/sh", path));
	assert_int_equal(stat(path, &st), 0);
	*m = (struct lw_msg_execution){
		.tid = (uint32_t)h->tid,
		.argument_bytes = 32768,
		.budget_us = 20000,
		.program_dev = st.st_dev,
		.program_ino = st.st_ino,
	};
	lw_copy_string(m->program_path, sizeof(m->program_path), path);
}

static void
ask(struct rig *rig, const struct lw_msg_execution *m, uint64_t id)
{
	assert_int_equal(lw_chan_send(&rig->gate, LW_MSG_EXECUTION, id, m, NULL, 0), 0);
	assert_int_equal(wait_for(&rig->gate), 0);
	assert_int_equal(rig->id, id);
}

static void
drop_answer(struct rig *rig)
{
	lw_closep(&rig->fds[0]);
	lw_closep(&rig->fds[1]);
}

static void
an_execution_is_answered_from_inside_the_sandbox(void **state)
{
	struct rig *rig = *state;
	struct lw_msg_execution m;
	char folder[64], script[128], text[64] = "";
	struct held h;

	assert_int_equal(held_start(&h, run_shell, NULL), 0);
	execution_of(&m, &h);
	ask(rig, &m, 7);
	assert_int_equal(rig->executed.execution.flags, 0);
	assert_int_equal(rig->executed.execution.env_count, 1);
	assert_int_equal(rig->executed.execution.ppid, getpid());
	assert_true(rig->executed.has_content_fd);
	assert_int_equal(pread(rig->fds[1], text, sizeof(text), 0), 2);
	assert_string_equal(text, "id");
	drop_answer(rig);
	held_end(&h);

	/* a file that only root may read, in a folder that only root may enter */
	held_folder(folder);
	held_write(folder, "x.sh", "true\n", 0600);
	snprintf(script, sizeof(script), "%s/x.sh", folder);
	assert_int_equal(held_start(&h, run_script, script), 0);
	execution_of(&m, &h);
	ask(rig, &m, 8);
	assert_int_equal(rig->executed.execution.flags, 0);
	assert_true(rig->executed.has_content_fd);
	assert_int_equal(fcntl(rig->fds[1], F_GETFL) & O_ACCMODE, O_RDONLY);
	drop_answer(rig);
	held_end(&h);
	held_remove(folder);
}

static void
a_container_is_answered(void **state)
{
	struct rig *rig = *state;
	const struct lw_msg_container_ask m = {.dev_minor = 4711, .mount_point = "/nowhere/merged"};

	assert_int_equal(lw_chan_send(&rig->gate, LW_MSG_CONTAINER_ASK, 3, &m, NULL, 0), 0);
	assert_int_equal(wait_for(&rig->gate), 0);
	assert_int_equal(rig->tells, 1);
	assert_int_equal(rig->told.dev_minor, 4711);
	assert_int_equal(rig->told.found, 0);
}

static void
another_gate_can_take_over(void **state)
{
	struct rig *rig = *state;
	struct lw_msg_execution m = {.tid = 0x7ffffff0};

	lw_chan_done(&rig->gate);
	introduce_gate(rig);
	ask(rig, &m, 9);
	assert_int_equal(rig->executed.execution.flags, LW_EXEC_FAILED);
	drop_answer(rig);
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Not a limit: the machine is shared. The figure is for people. */
static void
a_request_is_cheap(void **state)
{
	static uint32_t elapsed[ROUNDS];
	struct rig *rig = *state;
	struct lw_msg_execution m;
	struct held h;

	assert_int_equal(held_start(&h, run_shell, NULL), 0);
	execution_of(&m, &h);
	for (unsigned i = 0; i < ROUNDS; i++) {
		ask(rig, &m, 100 + i);
		elapsed[i] = rig->executed.elapsed_us;
		drop_answer(rig);
	}
	held_end(&h);
	qsort(elapsed, ROUNDS, sizeof(elapsed[0]), by_value);
	print_message(
		"# resolve's time for sh -c: p10 %u us, median %u us, p90 %u us, ancestors %u\n",
		elapsed[ROUNDS / 10], elapsed[ROUNDS / 2], elapsed[ROUNDS * 9 / 10],
		rig->executed.execution.ancestor_count);
	assert_in_range(elapsed[ROUNDS / 2], 1, 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_execution_is_answered_from_inside_the_sandbox),
		cmocka_unit_test(a_container_is_answered),
		cmocka_unit_test(another_gate_can_take_over),
		cmocka_unit_test(a_request_is_cheap),
	};

	if (geteuid() != 0) {
		puts("1..0 # SKIP needs root, to give rights up");
		return 0;
	}
	return cmocka_run_group_tests(tests, start, stop);
}
