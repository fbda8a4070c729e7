/*
 * held: a real child that stands at the entrance of an execve, as fanotify would hold it. By
 * ptrace(2): the registers and the memory are those that the kernel sees.
 */
#ifndef LW_TESTS_RESOLVE_HELD_H
#define LW_TESTS_RESOLVE_HELD_H

#include <sys/types.h>

struct held {
	pid_t pid; /* process */
	pid_t tid; /* the thread that stands in the execve */
};

/* Runs fn(arg) in a child, which is to end in an execve; 0 when it stands there. */
int held_start(struct held *h, void (*fn)(void *arg), void *arg);
/* The next held_start lets this many execve calls pass first. */
void held_skip_execs(unsigned count);
/* Ends the child: the execve never runs. */
void held_end(struct held *h);

/* A child that runs fn(arg) and then sleeps, for tests of places. Returns its pid. */
pid_t held_sleeper(int (*fn)(void *arg), void *arg);
void held_sleeper_end(pid_t pid);

/* A new folder of its own, and its end. */
void held_folder(char out[64]);
void held_remove(const char *folder);
/* A file with this content beneath the folder. */
void held_write(const char *folder, const char *name, const char *content, unsigned mode);

#endif
