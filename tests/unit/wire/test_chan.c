#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "wire/chan.h"

#define PHASE_FIRST 1
#define PHASE_LATER 2

/* One channel under test and the raw socket of a peer that may say anything. */
struct fixture {
	struct lw_chan chan;
	int peer;
	int fds_before;
	unsigned handled;
	struct lw_received last;
	uint64_t last_zero;
	int keep_fd; /* the handler takes the first fd */
	int kept;
	int answer;
	bool close_chan;
};

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

static int
handle(void *arg, struct lw_received *r)
{
	struct fixture *f = arg;

	f->handled++;
	f->last = *r;
	assert_int_equal((uintptr_t)r->body % 16, 0);
	memcpy(&f->last_zero, r->body, sizeof(f->last_zero));
	for (int i = 0; i < LW_CHAN_FDS; i++)
		if (r->fds[i] >= 0)
			assert_int_equal(fcntl(r->fds[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	if (f->keep_fd)
		f->kept = TAKE_FD(r->fds[0]);
	if (f->close_chan)
		lw_chan_done(&f->chan);
	return f->answer;
}

static const struct lw_route routes[] = {
	{LW_MSG_HEARTBEAT, PHASE_FIRST | PHASE_LATER, handle},
	{LW_MSG_CONFIG, PHASE_FIRST, handle},
	{LW_MSG_ASSESS, PHASE_FIRST, handle},
	{LW_MSG_EXECUTED, PHASE_FIRST, handle},
	{LW_MSG_CONTAINER, PHASE_FIRST, handle},
	{LW_MSG_STOP, PHASE_LATER, handle},
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	f->fds_before = open_fds();
	f->kept = -1;
	assert_int_equal(lw_chan_pair(fds, 65536), 0);
	lw_chan_init(&f->chan, fds[0], routes, LW_ARRAY_SIZE(routes), f);
	f->peer = fds[1];
	*state = f;
	return 0;
}

/* Whatever the test did, no descriptor may be left. */
static int
teardown(void **state)
{
	struct fixture *f = *state;
	int after;

	lw_chan_done(&f->chan);
	lw_closep(&f->peer);
	lw_closep(&f->kept);
	after = open_fds();
	if (after != f->fds_before)
		print_message("# %d descriptors before, %d after\n", f->fds_before, after);
	after -= f->fds_before;
	free(f);
	return after;
}

static size_t
rule_length(unsigned type)
{
	return lw_message_rule(type)->length;
}

/*
 * Sends a frame as no honest sender would: any header, any length of datagram, any number of fds.
 */
static void
send_raw(struct fixture *f, struct lw_frame frame, size_t length, unsigned fd_count)
{
	static char datagram[2 * LW_CHAN_BODY_MAX];
	char control[CMSG_SPACE(8 * sizeof(int))] = {0};
	struct iovec iov = {.iov_base = datagram, .iov_len = length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	memcpy(datagram, &frame, sizeof(frame));
	if (fd_count > 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		for (unsigned i = 0; i < fd_count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &f->peer, sizeof(int));
	}
	assert_int_equal(sendmsg(f->peer, &msg, MSG_NOSIGNAL), length);
}

/* A frame that is right but for what the caller changes. */
static struct lw_frame
good_frame(unsigned type, unsigned fd_count)
{
	return (struct lw_frame){
		.type = type, .fd_count = fd_count, .length = rule_length(type), .id = 7};
}

static void
assert_refused(struct fixture *f, int error)
{
	assert_int_equal(lw_chan_dispatch(&f->chan, 1), error);
	assert_int_equal(f->handled, 0);
	assert_int_equal(f->chan.received, 0);
}

static void
frame_travels_with_id_body_and_fds(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_assess body = {.flags = 5, .capture_max = 9};
	struct lw_chan peer;
	int fds[2] = {0, f->peer};

	lw_chan_init(&peer, f->peer, NULL, 0, NULL);
	assert_int_equal(lw_chan_send(&peer, LW_MSG_ASSESS, 42, &body, fds, 2), 0);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), 0);
	assert_int_equal(f->handled, 1);
	assert_int_equal(f->last.frame.id, 42);
	assert_int_equal(f->last.frame.fd_count, 2);
	assert_memory_equal(&f->last_zero, &body, sizeof(f->last_zero));
	assert_int_equal(peer.sent, 1);
	assert_int_equal(f->chan.received, 1);
}

static void
largest_body_travels(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_container body = {.dev_major = 3};
	struct lw_chan peer;

	lw_chan_init(&peer, f->peer, NULL, 0, NULL);
	assert_int_equal(lw_chan_send(&peer, LW_MSG_CONTAINER, 1, &body, NULL, 0), 0);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), 0);
	assert_int_equal(f->last.frame.length, sizeof(body));
}

static void
fd_that_a_handler_takes_stays_open_and_the_rest_is_closed(void **state)
{
	struct fixture *f = *state;
	int before;

	f->keep_fd = 1;
	before = open_fds();
	send_raw(f, good_frame(LW_MSG_ASSESS, 2), 16 + rule_length(LW_MSG_ASSESS), 2);
	assert_int_equal(lw_chan_dispatch(&f->chan, 1), 0);
	assert_true(fcntl(f->kept, F_GETFD) >= 0);
	assert_int_equal(open_fds(), before + 1);
}

static void
no_frame_is_no_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(lw_chan_dispatch(&f->chan, 8), 0);
	assert_int_equal(f->handled, 0);
}

static void
dispatch_stops_at_its_bound(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), 16 + rule_length(LW_MSG_HEARTBEAT), 0);
	assert_int_equal(lw_chan_dispatch(&f->chan, 2), 0);
	assert_int_equal(f->handled, 2);
	assert_int_equal(lw_chan_dispatch(&f->chan, 2), 0);
	assert_int_equal(f->handled, 3);
}

static void
unknown_type_is_refused(void **state)
{
	struct fixture *f = *state;
	static const uint16_t types[] = {LW_MSG_NONE, LW_MSG_COUNT, LW_MSG_COUNT + 1, 65535};

	for (size_t i = 0; i < LW_ARRAY_SIZE(types); i++) {
		send_raw(f, (struct lw_frame){.type = types[i], .length = 8}, 24, 0);
		assert_refused(f, -EPROTO);
	}
}

static void
type_without_a_route_is_refused(void **state)
{
	struct fixture *f = *state;

	send_raw(f, good_frame(LW_MSG_PAUSE, 0), 16 + rule_length(LW_MSG_PAUSE), 0);
	assert_refused(f, -EPROTO);
}

static void
wrong_phase_is_refused(void **state)
{
	struct fixture *f = *state;

	send_raw(f, good_frame(LW_MSG_STOP, 0), 16 + rule_length(LW_MSG_STOP), 0);
	assert_refused(f, -EPROTO);
	f->chan.phase = PHASE_LATER;
	send_raw(f, good_frame(LW_MSG_CONFIG, 1), 16 + rule_length(LW_MSG_CONFIG), 1);
	assert_refused(f, -EPROTO);
	send_raw(f, good_frame(LW_MSG_STOP, 0), 16 + rule_length(LW_MSG_STOP), 0);
	assert_int_equal(lw_chan_dispatch(&f->chan, 1), 0);
	assert_int_equal(f->handled, 1);
}

static void
wrong_length_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t length = rule_length(LW_MSG_HEARTBEAT);
	struct lw_frame frame = good_frame(LW_MSG_HEARTBEAT, 0);

	send_raw(f, frame, 16 + length + 1, 0);
	assert_refused(f, -EPROTO);
	send_raw(f, frame, 16 + length - 1, 0);
	assert_refused(f, -EPROTO);
	frame.length = length - 1;
	send_raw(f, frame, 16 + length - 1, 0);
	assert_refused(f, -EPROTO);
	frame.length = UINT32_MAX;
	send_raw(f, frame, 16 + length, 0);
	assert_refused(f, -EPROTO);
}

static void
frame_cut_short_is_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t length = 1; length <= sizeof(struct lw_frame); length += 5) {
		send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), length, 0);
		assert_refused(f, -EPROTO);
	}
}

static void
frame_above_the_largest_body_is_refused(void **state)
{
	struct fixture *f = *state;

	send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), 16 + LW_CHAN_BODY_MAX + 1, 1);
	assert_refused(f, -EPROTO);
}

static void
wrong_fd_count_is_refused_and_closed(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint16_t type;
		uint16_t said;
		uint16_t sent;
	} cases[] = {
		{LW_MSG_HEARTBEAT, 1, 1},
		{LW_MSG_HEARTBEAT, 0, 1},
		{LW_MSG_CONFIG, 0, 0},
		{LW_MSG_CONFIG, 1, 0},
		{LW_MSG_CONFIG, 1, 2},
		{LW_MSG_CONFIG, 2, 2},
		{LW_MSG_ASSESS, 2, 1},
		{LW_MSG_ASSESS, 2, 3},
		{LW_MSG_ASSESS, 3, 3},
		{LW_MSG_ASSESS, 1, 8},
		{LW_MSG_EXECUTED, 65535, 2},
	};
	int before = open_fds();

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++) {
		send_raw(f, good_frame(cases[i].type, cases[i].said),
			16 + rule_length(cases[i].type), cases[i].sent);
		assert_refused(f, -EPROTO);
		assert_int_equal(open_fds(), before);
	}
}

static void
own_shortage_of_descriptors_is_told_apart(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, low;

	send_raw(f, good_frame(LW_MSG_ASSESS, 2), 16 + rule_length(LW_MSG_ASSESS), 2);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = LW_MAX(f->peer, f->chan.fd) + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(lw_chan_dispatch(&f->chan, 1), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(f->handled, 0);
}

static void
sender_keeps_to_the_rule(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_config body = {0};
	int fds[2] = {0, 0};

	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_CONFIG, 0, &body, fds, 0), -EPROTO);
	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_CONFIG, 0, &body, fds, 2), -EPROTO);
	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_NONE, 0, &body, fds, 0), -EPROTO);
	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_COUNT, 0, &body, fds, 0), -EPROTO);
	assert_int_equal(f->chan.sent, 0);
}

static void
full_queue_is_an_outcome_and_passes(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_container body = {0};
	struct lw_chan peer;
	unsigned sent = 0;
	int r;

	lw_chan_init(&peer, f->peer, NULL, 0, NULL);
	while ((r = lw_chan_send(&peer, LW_MSG_CONTAINER, sent, &body, NULL, 0)) == 0 &&
		sent < 1000)
		sent++;
	assert_int_equal(r, LW_CHAN_FULL);
	assert_in_range(sent, 1, 999);
	assert_int_equal(peer.full, 1);
	assert_int_equal(peer.sent, sent);
	assert_int_equal(lw_chan_dispatch(&f->chan, 1000), 0);
	assert_int_equal(f->handled, sent);
	assert_int_equal(lw_chan_send(&peer, LW_MSG_CONTAINER, sent, &body, NULL, 0), 0);
}

static void
closed_peer_is_epipe_both_ways(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_empty body = {0};

	lw_closep(&f->peer);
	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_STOP, 0, &body, NULL, 0), -EPIPE);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), -EPIPE);
	lw_chan_done(&f->chan);
	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_STOP, 0, &body, NULL, 0), -EPIPE);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), -EPIPE);
}

static void
last_words_of_a_closed_peer_are_heard(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_empty body = {0};

	/* Something unread at the peer's end makes the kernel say ECONNRESET before the queue. */
	assert_int_equal(lw_chan_send(&f->chan, LW_MSG_STOP, 0, &body, NULL, 0), 0);
	send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), 16 + rule_length(LW_MSG_HEARTBEAT), 0);
	send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), 16 + rule_length(LW_MSG_HEARTBEAT), 0);
	lw_closep(&f->peer);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), -EPIPE);
	assert_int_equal(f->handled, 2);
}

static void
empty_datagram_with_fds_ends_the_channel_and_leaks_nothing(void **state)
{
	struct fixture *f = *state;

	send_raw(f, (struct lw_frame){0}, 0, 2);
	assert_refused(f, -EPIPE);
}

static void
error_of_a_handler_is_forwarded(void **state)
{
	struct fixture *f = *state;

	f->answer = -EAGAIN;
	send_raw(f, good_frame(LW_MSG_EXECUTED, 2), 16 + rule_length(LW_MSG_EXECUTED), 2);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), -EAGAIN);
}

static void
handler_may_close_the_channel(void **state)
{
	struct fixture *f = *state;

	f->close_chan = true;
	send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), 16 + rule_length(LW_MSG_HEARTBEAT), 0);
	send_raw(f, good_frame(LW_MSG_HEARTBEAT, 0), 16 + rule_length(LW_MSG_HEARTBEAT), 0);
	assert_int_equal(lw_chan_dispatch(&f->chan, 8), 0);
	assert_int_equal(f->handled, 1);
}

static void
every_message_has_a_rule(void **state)
{
	assert_null(lw_message_rule(LW_MSG_NONE));
	assert_null(lw_message_rule(LW_MSG_COUNT));
	for (unsigned i = LW_MSG_NONE + 1; i < LW_MSG_COUNT; i++) {
		const struct lw_message_rule *rule = lw_message_rule(i);

		assert_non_null(rule);
		assert_non_null(rule->name);
		assert_in_range(rule->length, 1, LW_CHAN_BODY_MAX);
		assert_true(rule->fds_min <= rule->fds_max);
		assert_true(rule->fds_max <= LW_CHAN_FDS);
	}
}

static void
every_role_has_a_name(void **state)
{
	for (unsigned i = 0; i < LW_ROLE_COUNT; i++)
		assert_string_not_equal(lw_role_to_str(i), "invalid");
	assert_string_equal(lw_role_to_str(LW_ROLE_GATE), "gate");
	assert_string_equal(lw_role_to_str(LW_ROLE_COUNT), "invalid");
}

#define CHAN_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHAN_TEST(frame_travels_with_id_body_and_fds),
		CHAN_TEST(largest_body_travels),
		CHAN_TEST(fd_that_a_handler_takes_stays_open_and_the_rest_is_closed),
		CHAN_TEST(no_frame_is_no_error),
		CHAN_TEST(dispatch_stops_at_its_bound),
		CHAN_TEST(unknown_type_is_refused),
		CHAN_TEST(type_without_a_route_is_refused),
		CHAN_TEST(wrong_phase_is_refused),
		CHAN_TEST(wrong_length_is_refused),
		CHAN_TEST(frame_cut_short_is_refused),
		CHAN_TEST(frame_above_the_largest_body_is_refused),
		CHAN_TEST(wrong_fd_count_is_refused_and_closed),
		CHAN_TEST(own_shortage_of_descriptors_is_told_apart),
		CHAN_TEST(sender_keeps_to_the_rule),
		CHAN_TEST(full_queue_is_an_outcome_and_passes),
		CHAN_TEST(closed_peer_is_epipe_both_ways),
		CHAN_TEST(last_words_of_a_closed_peer_are_heard),
		CHAN_TEST(empty_datagram_with_fds_ends_the_channel_and_leaks_nothing),
		CHAN_TEST(error_of_a_handler_is_forwarded),
		CHAN_TEST(handler_may_close_the_channel),
		cmocka_unit_test(every_message_has_a_rule),
		cmocka_unit_test(every_role_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
