/*
 * opening: a file that is being opened, and held for it: is it let go at once, or judged?
 *
 * Two reasons why it is held. verify: the task is an interpreter that was let go to run a script;
 * what it opens in that script's folder must be what was judged, or is judged now. coverage: open:
 * every file of the container. There a pristine file of the image is let go and not held again
 * (kernel-facts 3, 4); what is not of the image is judged, as the opener would use it: a program
 * that is known as an interpreter reads code in its language, the dynamic loader a library.
 *
 * An open says less than an execution: nobody knows what will become of the bytes. So only a bad
 * verdict speaks against it, or a rule about libraries when it is the dynamic loader that opens.
 */
#ifndef LW_GATE_OPENING_H
#define LW_GATE_OPENING_H

#include "gate/place.h"

#define LW_EXECUTED_MAX 64 /* executions remembered until the same file's open comes */

struct lw_gate;
struct lw_arrival;

/* The last files that were let go for execution: the kernel then opens them, which is held, too. */
struct lw_executed {
	struct {
		uint32_t tid;
		struct lw_identity id;
	} items[LW_EXECUTED_MAX];
	uint32_t next;
};

/* Where opens are held: this task's execution of the file is let go. */
void lw_opening_expect_execution(struct lw_gate *g, uint32_t tid, const struct lw_identity *id);

/* a holds what the event itself says. Takes a->fd and answers it, now or later. */
void lw_opening_event(struct lw_gate *g, struct lw_arrival *a);

#endif
