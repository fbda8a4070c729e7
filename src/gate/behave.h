/*
 * behave: the rules of content.rules, asked about an execution as a whole: its arguments,
 * environment, parents, descriptors. classify evaluates them when all else is known.
 *
 * The answer waits for them only in enforce mode and where one could deny; else they are asked
 * after it, so that nothing is held longer for an alert. Used by flight.
 */
#ifndef LW_GATE_BEHAVE_H
#define LW_GATE_BEHAVE_H

#include "gate/flight.h"

/* Does any rule want to see executions at all? */
bool lw_behave_wanted(const struct lw_gate *g);
/* Is this execution still to be asked about, now that nothing else is pending? */
bool lw_behave_due(const struct lw_flight *f);
/* Asks classify; f->pending grows by one, and lw_flight_step is called with the answer. */
void lw_behave_ask(struct lw_flight *f);
void lw_behave_cancel(struct lw_flight *f);
/* Asks the policy about each rule that is met; the strongest action. */
enum lw_action lw_behave_evaluate(struct lw_flight *f);

#endif
