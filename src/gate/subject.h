/*
 * subject: one thing of a flight that is judged: where it comes from, what classify says of it,
 * what the policy does with it.
 * Used by flight only.
 */
#ifndef LW_GATE_SUBJECT_H
#define LW_GATE_SUBJECT_H

#include "gate/flight.h"
#include "gate/parent.h"
#include "policy/policy.h"

void lw_subject_init(struct lw_subject_state *s, struct lw_flight *f);
void lw_subject_done(struct lw_subject_state *s); /* cancels what is asked, closes what is owned */

/* The program of an event. */
void lw_subject_open_program(struct lw_subject_state *s, const struct lw_arrival *a);
/* The code that argv names: fd is taken. */
void lw_subject_open_content(struct lw_subject_state *s, int fd);
/* Code on standard input that could not be had: nothing to judge, but a kind to match. */
void lw_subject_open_unread(struct lw_subject_state *s);
/* Asks classify; f->pending grows by what was asked. */
void lw_subject_assess(struct lw_subject_state *s);
/* The event's fd is about to be closed: what still waits with it is copied or given up. */
void lw_subject_leave_event(struct lw_subject_state *s);

/*
 * Changed since it was looked at? Then it is judged anew (pending grows) unless that was done
 * LW_REJUDGE_MAX times.
 */
enum lw_subject_change { LW_SUBJECT_SAME, LW_SUBJECT_REJUDGED, LW_SUBJECT_RESTLESS };
enum lw_subject_change lw_subject_recheck(struct lw_subject_state *s);

/* A script, inline code, code on standard input. */
bool lw_subject_is_code(const struct lw_subject_state *s);
/* The memfd with that code's bytes, which stays the subject's; -1 = there is none. */
int lw_subject_capture(const struct lw_subject_state *s);

/* What the policy is asked about it, but for the parent; that is where its texts stay. */
void lw_subject_describe(const struct lw_subject_state *s, struct lw_subject *q);
void lw_subject_add_parent(
	const struct lw_subject_state *s, struct lw_parent *parent, struct lw_subject *q);
/* Asks the policy and fills object.action and rule. */
enum lw_action lw_subject_evaluate(struct lw_subject_state *s);
/* Keeps what was learnt of the program, if it may be kept. */
void lw_subject_remember(struct lw_subject_state *s);

#endif
