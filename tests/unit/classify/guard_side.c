#include "guard_side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "classify/hashset.h"

#define PATIENCE_US (20 * 1000000ull)

static int
on_ready(void *arg, struct lw_received *r)
{
	struct guard_side *g = arg;

	g->readies++;
	memcpy(&g->ready, r->body, sizeof(g->ready));
	return 0;
}

static int
on_assessed(void *arg, struct lw_received *r)
{
	struct guard_side *g = arg;

	g->answers++;
	g->answer_id = r->frame.id;
	memcpy(&g->answer, r->body, sizeof(g->answer));
	return 0;
}

static const struct lw_route guard_routes[] = {
	{LW_MSG_READY, 1, on_ready},
};

static const struct lw_route gate_routes[] = {
	{LW_MSG_ASSESSED, 1, on_assessed},
};

void
guard_side_init(struct guard_side *g)
{
	int fds[2];

	memset(g, 0, sizeof(*g));
	assert_int_equal(lw_chan_pair(fds, 1 << 18), 0);
	lw_chan_init(&g->guard, fds[0], guard_routes, LW_ARRAY_SIZE(guard_routes), g);
	g->child_fd = fds[1];
	g->gate.fd = -1;
}

void
guard_side_done(struct guard_side *g)
{
	lw_chan_done(&g->guard);
	lw_chan_done(&g->gate);
	lw_closep(&g->child_fd);
}

int
guard_side_list(const void *bytes, size_t length)
{
	char input[] = "/tmp/lw-guard-input-XXXXXX", output[] = "/tmp/lw-guard-list-XXXXXX";
	_cleanup_close_ int in = mkostemp(input, O_CLOEXEC), out = mkostemp(output, O_CLOEXEC);
	_cleanup_text_ struct lw_text errors;
	struct lw_hashset_counts counts;
	const char *inputs[] = {input};
	uint8_t digest[LW_SHA256_SIZE];
	char hex[65];
	int fd;

	lw_text_init(&errors, 4096);
	assert_int_equal(lw_sha256_of(bytes, length, digest), 0);
	lw_hex(hex, digest, sizeof(digest));
	assert_int_equal(lw_write_full(in, hex, 64), 0);
	assert_int_equal(lw_hashset_build(inputs, 1, "file", output, &errors, &counts), 0);
	fd = open(output, O_RDONLY | O_CLOEXEC);
	unlink(input);
	unlink(output);
	assert_true(fd >= 0);
	return fd;
}

/* One moment: the child works, then we hear what it says. */
static void
turn(struct guard_side *g)
{
	struct pollfd fds[] = {{g->guard.fd, POLLIN}, {g->gate.fd, POLLIN}};

	if (g->pump)
		g->pump(g->arg);
	poll(fds, 2, g->pump ? 0 : 50);
	if (fds[0].revents)
		assert_int_equal(lw_chan_dispatch(&g->guard, 16), 0);
	if (fds[1].revents)
		assert_int_equal(lw_chan_dispatch(&g->gate, 16), 0);
}

static void
turn_until(struct guard_side *g, const int *count, int wanted)
{
	uint64_t end = lw_now_us() + PATIENCE_US;

	while (*count < wanted) {
		assert_true(lw_now_us() < end);
		turn(g);
	}
}

void
guard_side_resource(struct guard_side *g, uint64_t generation, uint32_t index, int fd)
{
	struct lw_msg_resource m = {
		.generation = generation, .kind = LW_RESOURCE_HASH_LIST, .index = index};

	assert_int_equal(lw_chan_send(&g->guard, LW_MSG_RESOURCE, 0, &m, &fd, 1), 0);
}

void
guard_side_rules(struct guard_side *g, uint64_t generation, const char *rules)
{
	struct lw_msg_resource m = {.generation = generation, .kind = LW_RESOURCE_YARA};
	_cleanup_text_ struct lw_text text;
	_cleanup_close_ int fd = -1;

	lw_text_init(&text, 1 << 20);
	lw_text_add(&text, "/rules.yar", sizeof("/rules.yar"));
	lw_text_addf(&text, "%zu", strlen(rules));
	lw_text_add(&text, "", 1);
	lw_text_add(&text, rules, strlen(rules) + 1);
	fd = lw_memfd_with("rules", text.data, text.length);
	assert_int_equal(lw_chan_send(&g->guard, LW_MSG_RESOURCE, 0, &m, &fd, 1), 0);
}

void
guard_side_model(struct guard_side *g, uint64_t generation, int fd)
{
	struct lw_msg_resource m = {.generation = generation, .kind = LW_RESOURCE_MODEL};

	assert_int_equal(lw_chan_send(&g->guard, LW_MSG_RESOURCE, 0, &m, &fd, 1), 0);
}

const struct lw_msg_ready *
guard_side_config(struct guard_side *g, uint64_t generation, const char *yaml)
{
	_cleanup_close_ int fd = lw_memfd_with("config", yaml, strlen(yaml));
	struct lw_msg_config m = {.generation = generation, .length = strlen(yaml)};

	assert_int_equal(lw_chan_send(&g->guard, LW_MSG_CONFIG, 0, &m, &fd, 1), 0);
	turn_until(g, &g->readies, g->readies + 1);
	return &g->ready;
}

void
guard_side_peer(struct guard_side *g)
{
	struct lw_msg_peer m = {.role = LW_ROLE_GATE};
	_cleanup_close_ int theirs = -1;
	int fds[2];

	lw_chan_done(&g->gate);
	assert_int_equal(lw_chan_pair(fds, 1 << 18), 0);
	theirs = fds[1];
	lw_chan_init(&g->gate, fds[0], gate_routes, LW_ARRAY_SIZE(gate_routes), g);
	assert_int_equal(lw_chan_send(&g->guard, LW_MSG_PEER, 0, &m, &theirs, 1), 0);
}

void
guard_side_start(struct guard_side *g)
{
	struct lw_msg_empty m = {0};

	assert_int_equal(lw_chan_send(&g->guard, LW_MSG_START, 0, &m, NULL, 0), 0);
}

int
guard_side_ask(struct guard_side *g, uint64_t id, const struct lw_msg_assess *request, int fd,
	int capture_fd)
{
	int fds[2] = {fd, capture_fd};

	return lw_chan_send(&g->gate, LW_MSG_ASSESS, id, request, fds, capture_fd < 0 ? 1 : 2);
}

void
guard_side_wait(struct guard_side *g, int answers)
{
	turn_until(g, &g->answers, answers);
}

const struct lw_assessment *
guard_side_judge(struct guard_side *g, const void *bytes, size_t length)
{
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, length);
	struct lw_msg_assess request = {.budget_us = 5000000};

	assert_int_equal(guard_side_ask(g, 7, &request, fd, -1), 0);
	guard_side_wait(g, g->answers + 1);
	assert_int_equal(g->answer_id, 7);
	return &g->answer.assessment;
}
