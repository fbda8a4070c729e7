/*
 * follower: is this event that of an interpreter which the kernel opens for a program, or of a
 * program that a task asked for? One execve raises an event for its program, then one for the
 * program's ELF loader or "#!" interpreter (kernel-facts 2, 12). The arguments belong to the
 * program; a loader or interpreter that was itself asked for has arguments of its own, and they
 * name the code that runs. What follows a script is asked: its line can name a memfd.
 *
 * What a task did before is no proof by itself: an execve can fail after its program's event, and
 * the next one would pass for its continuation. Nor does the kernel stack say for which program a
 * loader is opened: a memfd raises no event of its own, only its loader does (kernel-facts 8).
 * But a task whose execve fails closes its program before it runs on, and one whose execve goes on
 * does not (kernel-facts 41). So closes of the program are watched from its answer until its
 * follower comes: an expectation that is still there then was not followed by a failure.
 *
 * Nor was it by an execution that went on without a follower: a loader may lie where nothing is
 * watched, as in a memfd. The process connector says so (kernel-facts 45). Where it is not to be
 * had, or has lost something, or a thread beside the leader executes (it becomes the leader), a
 * task that has executed nothing since it was made can't have done so (kernel-facts 44), at the
 * price of a look into /proc; of the others nothing is certain.
 *
 * The program's descriptor is kept for as long, by which the mount is held no longer than the
 * execve holds it. Where closes can't be watched the stack must do. Without an expectation resolve
 * looks at who started the follower, at a higher price.
 */
#ifndef LW_GATE_FOLLOWER_H
#define LW_GATE_FOLLOWER_H

#include "base/util.h"
#include "proc/connector.h"
#include "gate/group.h"
#include "gate/layer.h"

#define LW_FOLLOWERS_MAX 64 /* tasks; the oldest is pushed out */

struct lw_follower {
	uint32_t tid; /* 0 = free */
	int fd; /* the program, closes of which are watched; -1 = the stack must do */
	uint64_t dev, ino; /* of the program */
	uint64_t since_us; /* lw_now_us() */
	bool connected; /* the connector will say if the execution goes on without a follower */
};

struct lw_followers {
	struct lw_group *group;
	struct lw_connector connector;
	struct lw_follower expected[LW_FOLLOWERS_MAX];
	uint32_t capacity; /* <= LW_FOLLOWERS_MAX: each costs a descriptor */
	uint32_t next; /* the slot to use, or push out, next */
};

/*
 * group outlives f. A capacity of 0 is taken for 1. Takes the connector, which may be one that is
 * not there (fd -1). After _done nothing is expected any more.
 */
void lw_followers_init(struct lw_followers *f, struct lw_group *group, uint32_t capacity,
	struct lw_connector connector);
void lw_followers_done(struct lw_followers *f);

/*
 * This task's program is about to be let go, and an interpreter or loader will follow. Takes fd,
 * the event's: its number stays taken until lw_followers_forget or _take.
 */
void lw_followers_expect(struct lw_followers *f, uint32_t tid, int fd, uint64_t dev, uint64_t ino);
/* None will: the task has closed the program, or another one is let go, which has none. */
void lw_followers_forget(struct lw_followers *f, uint32_t tid);
/* Is this event surely the follower that was expected? The expectation is used up. */
bool lw_followers_take(struct lw_followers *f, uint32_t tid);
/*
 * Reads what the connector has queued, and forgets those from before since_us: a task that was
 * killed, or a program that runs by a loader which nobody watches.
 */
void lw_followers_forget_older(struct lw_followers *f, uint64_t since_us);

/* Can this process read kernel stacks (CONFIG_STACKTRACE, CAP_SYS_ADMIN)? */
bool lw_follower_works(void);

/* false also where the stack can't be read: then resolve finds out, at a higher price. */
bool lw_follower_is(uint32_t tid);

/*
 * Was this task there already at since_us (lw_now_us()), and has it executed nothing since it was
 * made?
 */
bool lw_follower_is_first(uint32_t tid, uint64_t since_us);

/* For lw_follower_is_first and its test: of the text of /proc/TID/stat, which may be hostile. */
bool lw_follower_parse_stat(const char *stat, uint32_t *flags, uint64_t *start_ticks);

/* For lw_follower_is and its test: does this text of /proc/TID/stack stand below open_exec()? */
bool lw_follower_parse(const char *stack);

#endif
