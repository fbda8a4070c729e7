/*
 * execution: what is this held task about to execute? One request, one answer.
 *
 * Called by resolve. Owns the buffers that all requests share, and the names of the variables to
 * capture. Everything asked for is bounded, but each step can block on what the container controls:
 * the process that calls has a deadline and is replaced when it misses it.
 */
#ifndef LW_RESOLVE_EXECUTION_H
#define LW_RESOLVE_EXECUTION_H

#include "layerwatch/messages.h"
#include "policy/policy.h"
#include "resolve/environment.h"

struct lw_execution_reader;

/* Opens /proc: before the sandbox. 0 or a negative errno. */
int lw_execution_new(struct lw_execution_reader **out);
struct lw_execution_reader *lw_execution_free(struct lw_execution_reader *x);	/* always NULL */
void lw_execution_freep(struct lw_execution_reader **x);

/* Names of environment variables to capture; copied. 0 or -ENOMEM (the old names stay). */
int lw_execution_names(struct lw_execution_reader *x, const struct lw_names *names);

/* Interpreters of the policy; copied. 0 or -ENOMEM (the old ones stay). */
int lw_execution_interpreters(struct lw_execution_reader *x,
	const struct lw_interpreter_settings *settings, size_t count);

/* Between requests: makes ready what the next one will need. Never fails: it is only sooner. */
void lw_execution_prepare(struct lw_execution_reader *x);

/*
 * Fills *out and fds: [0] the arena, [1] the content, -1 where there is none; both are the
 * caller's. What could not be told is said in out->execution.flags. Returns 0 or a negative errno:
 * out of memory or descriptors.
 */
int lw_execution_read(struct lw_execution_reader *x, const struct lw_msg_execution *ask,
	struct lw_msg_executed *out, int fds[2]);

#endif
