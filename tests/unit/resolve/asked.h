/*
 * asked: the tests' question about a child that is held in an execve, and its answer with the texts
 * at hand.
 */
#ifndef LW_TESTS_RESOLVE_ASKED_H
#define LW_TESTS_RESOLVE_ASKED_H

#include "held.h"
#include "resolve/execution.h"

#define ASKED_WAIT_US 100000u /* for what is to come through a pipe */

/* What one test asks and gets. */
struct answer {
	struct lw_msg_executed m;
	struct lw_execution *e;
	char *arena;
	char *content;
	ssize_t content_length;
};

/* Set-up and end of a group: a reader that captures LD_PRELOAD and BASH_ENV. */
int asked_open(void **state);
int asked_close(void **state);

void ask(struct answer *a, const struct lw_msg_execution *m);
/* Of the questions below: LW_HINT_*; 0 after each test that sets it. */
extern uint32_t asked_hints;

/* fn runs in a child up to its execve; the event's file is `program`. */
void hold_and_ask(struct answer *a, void (*fn)(void *), void *arg, const char *program);
/* The same, or -1 when the child ended without coming to an execve. */
int hold_and_ask_or_not(struct answer *a, void (*fn)(void *), void *arg, const char *program);
void answer_done(struct answer *a);
/* Valid until four further calls. */
const char *answer_text(const struct answer *a, struct lw_slice s);

struct command {
	const char *path;
	const char *argv[12];
	const char *envp[8];
	const char *stdin_path;
	const char *cwd;
};

/* Executes a struct command. */
void run_command(void *arg);

#endif
