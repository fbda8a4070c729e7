/*
 * ask: what resolve is asked of a flight's task, and what comes of the answers: the facts, and the
 * code that it will run, one piece after the other.
 *
 * Used by flight only.
 */
#ifndef LW_GATE_ASK_H
#define LW_GATE_ASK_H

#include "gate/flight.h"

/* hints: LW_HINT_*. f->pending grows. */
void lw_ask_facts(struct lw_flight *f, uint32_t hints);

/*
 * A loader or interpreter under another name is known only by its content: once classify has seen
 * it, its arguments are asked for again, now as what it is. What was found by the wrong name is
 * given up then.
 */
bool lw_ask_is_unexpected(const struct lw_flight *f);
void lw_ask_again(struct lw_flight *f);

#endif
