/*
 * guard_side: plays the guard and the gate for a classify, which runs in this process or in one
 * of its own.
 */
#ifndef LW_TESTS_GUARD_SIDE_H
#define LW_TESTS_GUARD_SIDE_H

#include "wire/chan.h"

struct guard_side {
	struct lw_chan guard; /* to the child's LW_FD_GUARD */
	struct lw_chan gate; /* to the child's peer, once there is one */
	int child_fd; /* the other end of guard, for the child */
	/* Lets the child work for a moment, where it lives in this process; else NULL. */
	void (*pump)(void *arg);
	void *arg;
	/* what was heard */
	int readies, answers;
	uint64_t answer_id;
	struct lw_msg_ready ready;
	struct lw_msg_assessed answer;
};

void guard_side_init(struct guard_side *g);
void guard_side_done(struct guard_side *g);

/* A file that is a hash list of the digest of these bytes, open for reading. */
int guard_side_list(const void *bytes, size_t length);

void guard_side_resource(struct guard_side *g, uint64_t generation, uint32_t index, int fd);
/* Sends a file of YARA rules. */
void guard_side_rules(struct guard_side *g, uint64_t generation, const char *rules);
void guard_side_model(struct guard_side *g, uint64_t generation, int fd);
/* Sends the policy and waits for what is said of it. */
const struct lw_msg_ready *guard_side_config(
	struct guard_side *g, uint64_t generation, const char *yaml);
/* A new channel from the gate. */
void guard_side_peer(struct guard_side *g);
void guard_side_start(struct guard_side *g);

/* Asks without waiting. capture_fd may be -1. Returns what lw_chan_send does. */
int guard_side_ask(struct guard_side *g, uint64_t id, const struct lw_msg_assess *request, int fd,
	int capture_fd);
/* Waits until so many answers have come since the beginning. */
void guard_side_wait(struct guard_side *g, int answers);
/* Asks about these bytes and waits. */
const struct lw_assessment *guard_side_judge(
	struct guard_side *g, const void *bytes, size_t length);

#endif
