/*
 * The guard's end of the channel is in this test's hand; the child's end lies on descriptor 3 as
 * in real life.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "proc/child.h"

struct role {
	struct lw_loop *loop;
	struct lw_child *child;
	struct lw_chan guard;
	int configs, resources, peers, starts, pauses, stops;
	int config_answer;
	char yaml[64];
	uint64_t generation;
	/* what the guard heard */
	int readies, heartbeats, controls;
	struct lw_msg_ready ready;
	uint64_t ready_id;
};

static int
on_ready(void *arg, struct lw_received *r)
{
	struct role *t = arg;

	t->readies++;
	t->ready = *(const struct lw_msg_ready *)r->body;
	t->ready_id = r->frame.id;
	return 0;
}

static int
on_heartbeat(void *arg, struct lw_received *r)
{
	((struct role *)arg)->heartbeats++;
	return 0;
}

static int
on_control(void *arg, struct lw_received *r)
{
	const struct lw_msg_control *m = r->body;

	((struct role *)arg)->controls++;
	assert_int_equal(m->request, LW_CONTROL_PAUSE);
	assert_int_equal(m->seconds, 7);
	assert_true(r->fds[0] >= 0);
	return 0;
}

static const struct lw_route heard[] = {
	{LW_MSG_READY, 1, on_ready},
	{LW_MSG_HEARTBEAT, 1, on_heartbeat},
	{LW_MSG_CONTROL, 1, on_control},
};

static int
config(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248])
{
	struct role *t = arg;

	t->configs++;
	assert_int_equal(yaml[length], '\0');
	assert_int_equal(strlen(yaml), length);
	assert_true(lw_copy_string(t->yaml, sizeof(t->yaml), yaml));
	t->generation = generation;
	snprintf(detail, 248, "%s", t->config_answer ? "do not like it" : "");
	return t->config_answer;
}

static int
resource(void *arg, const struct lw_msg_resource *m, int fd)
{
	((struct role *)arg)->resources++;
	close(fd);
	return 0;
}

static int
peer(void *arg, const struct lw_msg_peer *m, int fd)
{
	((struct role *)arg)->peers++;
	close(fd);
	return 0;
}

static int
start(void *arg, const struct lw_msg_start *m)
{
	((struct role *)arg)->starts++;
	return 0;
}

static int
set_pause(void *arg, const struct lw_msg_pause *m)
{
	((struct role *)arg)->pauses++;
	return 0;
}

static void
stop(void *arg)
{
	struct role *t = arg;

	t->stops++;
	lw_loop_stop(t->loop);
}

static const struct lw_child_ops ops = {.config = config,
	.resource = resource,
	.peer = peer,
	.start = start,
	.pause = set_pause,
	.stop = stop};

static int
set_up(void **state)
{
	struct role *t = calloc(1, sizeof(*t));
	int ends[2];

	assert_non_null(t);
	assert_int_equal(lw_chan_pair(ends, 65536), 0);
	if (ends[0] == LW_FD_GUARD) {
		int moved = fcntl(ends[0], F_DUPFD_CLOEXEC, 10);

		assert_true(moved >= 0);
		ends[0] = moved;
	}
	if (ends[1] != LW_FD_GUARD) {
		assert_int_equal(dup2(ends[1], LW_FD_GUARD), LW_FD_GUARD);
		close(ends[1]);
	}
	lw_chan_init(&t->guard, ends[0], heard, LW_ARRAY_SIZE(heard), t);
	t->guard.phase = 1;
	assert_int_equal(lw_loop_new(&t->loop), 0);
	assert_int_equal(lw_child_new(&t->child, t->loop, &ops, t), 0);
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct role *t = *state;

	lw_child_free(t->child);
	lw_loop_free(t->loop);
	lw_chan_done(&t->guard);
	free(t);
	return 0;
}

static int
say(struct role *t, unsigned type, const void *body, int fd)
{
	int r = lw_chan_send(&t->guard, type, 0, body, &fd, fd >= 0);

	assert_int_equal(r, 0);
	return lw_loop_once(t->loop, 100);
}

static int
say_config(struct role *t, const char *text, uint64_t generation, uint32_t length)
{
	struct lw_msg_config m = {.generation = generation, .length = length};
	_cleanup_close_ int fd = lw_memfd_with("config", text, strlen(text));

	assert_true(fd >= 0);
	return say(t, LW_MSG_CONFIG, &m, fd);
}

static void
hear(struct role *t)
{
	assert_int_equal(lw_chan_dispatch(&t->guard, 16), 0);
}

static void
a_configuration_arrives_and_is_answered(void **state)
{
	struct role *t = *state;

	assert_int_equal(say_config(t, "version: 1\n", 5, 11), 0);
	assert_string_equal(t->yaml, "version: 1\n");
	assert_int_equal(t->generation, 5);
	hear(t);
	assert_int_equal(t->readies, 1);
	assert_int_equal(t->ready.ok, 1);
	assert_int_equal(t->ready_id, 5);
}

static void
a_refused_configuration_carries_its_reason(void **state)
{
	struct role *t = *state;

	t->config_answer = 1;
	assert_int_equal(say_config(t, "version: 2\n", 6, 11), 0);
	hear(t);
	assert_int_equal(t->ready.ok, 0);
	assert_string_equal(t->ready.detail, "do not like it");
	assert_int_equal(t->ready_id, 6);
}

/* All children share one description of the memfd, and so its offset. */
static void
the_offset_of_the_memfd_does_not_matter(void **state)
{
	struct role *t = *state;
	struct lw_msg_config m = {.generation = 1, .length = 4};
	_cleanup_close_ int fd = lw_memfd_with("config", "abcd", 4);

	assert_true(lseek(fd, 0, SEEK_END) == 4);
	assert_int_equal(say(t, LW_MSG_CONFIG, &m, fd), 0);
	assert_string_equal(t->yaml, "abcd");
	assert_true(lseek(fd, 0, SEEK_CUR) == 4);
}

static void
a_length_beyond_the_memfd_is_a_protocol_error(void **state)
{
	struct role *t = *state;

	assert_int_equal(say_config(t, "abcd", 1, 5), -EPROTO);
	assert_int_equal(t->configs, 0);
}

static void
a_length_beyond_the_bound_is_a_protocol_error(void **state)
{
	assert_int_equal(say_config(*state, "abcd", 1, UINT32_MAX), -EPROTO);
}

static void
messages_wait_for_their_phase(void **state)
{
	struct role *t = *state;
	struct lw_msg_pause m = {.seconds = 1};

	assert_int_equal(say(t, LW_MSG_PAUSE, &m, -1), -EPROTO);
	assert_int_equal(t->pauses, 0);
}

static void
start_comes_once(void **state)
{
	struct role *t = *state;
	struct lw_msg_empty m = {0};
	struct lw_msg_pause p = {.seconds = 1};

	assert_int_equal(say(t, LW_MSG_START, &m, -1), 0);
	assert_int_equal(say(t, LW_MSG_PAUSE, &p, -1), 0);
	assert_int_equal(t->pauses, 1);
	assert_int_equal(say(t, LW_MSG_START, &m, -1), -EPROTO);
	assert_int_equal(t->starts, 1);
}

static void
what_the_role_has_no_use_for_is_a_protocol_error(void **state)
{
	struct role *t = *state;
	struct lw_msg_empty m = {0};

	assert_int_equal(say(t, LW_MSG_START, &m, -1), 0);
	assert_int_equal(say(t, LW_MSG_REOPEN, &m, -1), -EPROTO);
}

static void
a_peer_with_an_impossible_number_is_a_protocol_error(void **state)
{
	struct role *t = *state;
	struct lw_msg_peer m = {.role = LW_ROLE_GATE, .instance = LW_INSTANCES_MAX};
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(say(t, LW_MSG_PEER, &m, fd), -EPROTO);
	m.instance = 0;
	assert_int_equal(t->peers, 0);
}

static void
peers_and_resources_are_handed_on(void **state)
{
	struct role *t = *state;
	struct lw_msg_peer p = {.role = LW_ROLE_GATE};
	struct lw_msg_resource r = {.kind = LW_RESOURCE_HASH_LIST};
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(say(t, LW_MSG_PEER, &p, fd), 0);
	assert_int_equal(say(t, LW_MSG_RESOURCE, &r, fd), 0);
	assert_int_equal(t->peers, 1);
	assert_int_equal(t->resources, 1);
}

static void
stop_is_told_once(void **state)
{
	struct role *t = *state;
	struct lw_msg_empty m = {0};

	assert_int_equal(say(t, LW_MSG_STOP, &m, -1), 0);
	assert_int_equal(t->stops, 1);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	(void)lw_loop_once(t->loop, 0);
	assert_int_equal(t->stops, 1);
}

static void
a_termination_signal_stops(void **state)
{
	struct role *t = *state;

	assert_int_equal(kill(getpid(), SIGINT), 0);
	assert_int_equal(lw_loop_once(t->loop, 100), 0);
	assert_int_equal(t->stops, 1);
}

static void
a_guard_that_is_gone_stops(void **state)
{
	struct role *t = *state;

	lw_chan_done(&t->guard);
	assert_int_equal(lw_loop_once(t->loop, 100), 0);
	assert_int_equal(t->stops, 1);
}

static void
heartbeat_and_control_reach_the_guard(void **state)
{
	struct role *t = *state;

	assert_int_equal(lw_child_heartbeat(t->child), 0);
	assert_int_equal(lw_child_control(t->child, LW_CONTROL_PAUSE, 7, STDERR_FILENO), 0);
	hear(t);
	assert_int_equal(t->heartbeats, 1);
	assert_int_equal(t->controls, 1);
}

static void
a_wrong_descriptor_three_is_refused(void **state)
{
	struct lw_loop *loop = NULL;
	struct lw_child *child = NULL;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_int_equal(dup2(fd, LW_FD_GUARD), LW_FD_GUARD);
	assert_int_equal(lw_loop_new(&loop), 0);
	assert_int_equal(lw_child_new(&child, loop, &ops, NULL), -ENOTSOCK);
	assert_null(child);
	lw_loop_free(loop);
	if (fd != LW_FD_GUARD)
		close(fd);
	close(LW_FD_GUARD);
}

static void
the_command_line_has_one_form(void **state)
{
	const char *good[] = {
		"x", "--instance", "2", "--uid", "65534", "--gid", "7", "--verbose", "3", NULL};
	const char *far[] = {
		"x", "--instance", "8", "--uid", "1", "--gid", "7", "--verbose", "3", NULL};
	const char *none[] = {"x", "--instance", "0", "--uid", "4294967295", "--gid", "7",
		"--verbose", "3", NULL};
	const char *order[] = {
		"x", "--uid", "0", "--instance", "1", "--gid", "7", "--verbose", "3", NULL};
	struct lw_child_args a = {0};

	assert_int_equal(lw_child_args(&a, 9, (char **)good), 0);
	assert_int_equal(a.instance, 2);
	assert_int_equal(a.uid, 65534);
	assert_int_equal(a.gid, 7);
	assert_int_equal(a.level, LW_LOG_DEBUG);
	assert_int_equal(lw_child_args(&a, 7, (char **)good), -EINVAL);
	assert_int_equal(lw_child_args(&a, 1, (char **)good), -EINVAL);
	assert_int_equal(lw_child_args(&a, 9, (char **)far), -EINVAL);
	assert_int_equal(lw_child_args(&a, 9, (char **)none), -EINVAL);
	assert_int_equal(lw_child_args(&a, 9, (char **)order), -EINVAL);
}

#define with_child(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_child(a_configuration_arrives_and_is_answered),
		with_child(a_refused_configuration_carries_its_reason),
		with_child(the_offset_of_the_memfd_does_not_matter),
		with_child(a_length_beyond_the_memfd_is_a_protocol_error),
		with_child(a_length_beyond_the_bound_is_a_protocol_error),
		with_child(messages_wait_for_their_phase),
		with_child(start_comes_once),
		with_child(what_the_role_has_no_use_for_is_a_protocol_error),
		with_child(a_peer_with_an_impossible_number_is_a_protocol_error),
		with_child(peers_and_resources_are_handed_on),
		with_child(stop_is_told_once),
		with_child(a_termination_signal_stops),
		with_child(a_guard_that_is_gone_stops),
		with_child(heartbeat_and_control_reach_the_guard),
		cmocka_unit_test(a_wrong_descriptor_three_is_refused),
		cmocka_unit_test(the_command_line_has_one_form),
	};

	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
