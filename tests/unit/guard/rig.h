/*
 * rig: a layerwatchd of its own for each test, with fake children, in a folder that goes away with
 * it.
 */
#ifndef LW_TESTS_GUARD_RIG_H
#define LW_TESTS_GUARD_RIG_H

#include "base/util.h"

#define RIG_PATIENCE_MS 15000
#define RIG_PROCESSES 5 /* of its policy: gate, report, resolve, two of classify */

struct rig {
	char folder[64];
	pid_t guard; /* 0 = not running */
	int manager; /* where the service manager listens */
	unsigned long open_files; /* RLIMIT_NOFILE of the guard; 0 = as ours */
	int status; /* of wait(2), when it has ended */
};

int rig_set_up(void **state);
int rig_tear_down(void **state);

/* The policy: `more` is added to what every test needs. */
void rig_policy(struct rig *r, const char *more);
void rig_policy_text(struct rig *r, const char *text);
/* How a role misbehaves from now on. "" = not at all. */
void rig_order(struct rig *r, const char *role, const char *what);

void rig_start(struct rig *r);
/* Starts, and waits until the manager hears READY=1. */
void rig_start_ready(struct rig *r);
/* Waits for the end; returns the exit code, or fails. */
int rig_wait_end(struct rig *r);

/* Lines of the children's log (or of the file "err", the guard's stderr) that hold `text`. */
int rig_count(struct rig *r, const char *file, const char *text);
/* Fails unless there are at least `count` such lines within RIG_PATIENCE_MS. */
void rig_wait(struct rig *r, const char *file, const char *text, int count);
/* Copies the first such line. */
void rig_first(struct rig *r, const char *file, const char *text, char *out, size_t size);
/* The pid in the last line "ROLE[I] PID born". */
pid_t rig_pid(struct rig *r, const char *who);
/* The manager hears a datagram that holds text. */
void rig_hear(struct rig *r, const char *text);
/* The next datagram that waits for the manager; false = none. */
bool rig_heard(struct rig *r, char *out, size_t size);
/* Sends a line to the control socket. */
void rig_ask(struct rig *r, const char *line);
void rig_path(struct rig *r, const char *file, char *out, size_t size);
bool rig_exists(pid_t pid);

#endif
