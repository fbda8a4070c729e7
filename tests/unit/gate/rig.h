/*
 * rig: a gate with a fanotify group of its own, whose helpers and report are this test. Only the
 * rig's own file is marked; tasks of the test's own execute it. The file is text, so that an
 * execution that is let go ends in ENOEXEC, and one that is denied in EPERM.
 */
#ifndef LW_TESTS_GATE_RIG_H
#define LW_TESTS_GATE_RIG_H

#include "gate/gate.h"

#define RIG_ASKED 64
#define RIG_TASKS 16

/* What one of the gate's peers was asked or told last. */
struct rig_peer {
	struct lw_chan chan;
	unsigned count[LW_MSG_COUNT];
	uint64_t ids[RIG_ASKED]; /* of the questions, in their order */
	unsigned asked;
	union {
		struct lw_msg_assess assess;
		struct lw_msg_execution execution;
		struct lw_msg_container_ask ask;
		struct lw_observation observation;
		struct lw_msg_container container;
		struct lw_msg_counters counters;
		struct lw_msg_health health;
	} last;
};

struct rig {
	struct lw_loop *loop;
	struct lw_gate *gate;
	struct rig_peer classify, resolve, report;
	char folder[32], file[64];
	int files; /* descriptors open before */
	pid_t tasks[RIG_TASKS];
	unsigned task_count;
	struct lw_superblock *superblock; /* of place; its one lower layer is the folder */
	struct lw_place_mount place;
};

/* cmocka's; *state is a struct rig. Without permission events rig_gate() skips. */
int rig_set_up(void **state);
/* Fails if a descriptor was lost. */
int rig_tear_down(void **state);

/* Makes the gate: policy is YAML, flights its capacity. */
void rig_gate(struct rig *r, const char *policy, uint32_t flights);
/* Closes a helper's end. */
void rig_hang_up(struct rig *r, struct rig_peer *p);

/* Executes the file in a new task. */
pid_t rig_execute(struct rig *r);
/* The same, and reads the event. */
struct lw_arrival rig_arrive(struct rig *r);
/* What the task got: an errno, or 128 + a signal. Forgets it. */
int rig_outcome(struct rig *r, unsigned task);
bool rig_is_held(struct rig *r, unsigned task);

/* Takes what waits at the gate's peers. */
void rig_listen(struct rig *r);
/* Answers the last question, and lets the gate have it. NULL: unreadable. */
void rig_assessed(struct rig *r, uint64_t id, const struct lw_assessment *a);
void rig_executed(struct rig *r, uint64_t id, const struct lw_execution *e);
/* Rounds of the loop for so long. */
void rig_run(struct rig *r, unsigned ms);

/* For lw_loop_add(): arg is the gate. */
int rig_on_group(void *arg, uint32_t events);

int rig_count_files(void);

#endif
