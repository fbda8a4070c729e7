/*
 * flight: one execution that could not be answered at once.
 *
 * States: HELD (the task waits) -> ANSWERED (detect mode, or the deadline: judged all the same, to
 * be told) -> gone. The destructor answers what the policy's on_error says, once, if nobody has: no
 * path can forget an execution. A flight's subjects are the program, the code that its arguments
 * name (script, inline code, loader's target), and what a loader's target runs in its turn. A
 * flight ends when every question it asked is answered, failed or too late.
 *
 * A container over its share is answered at once, unjudged: its flood never delays another one.
 * Its program is judged after the answer while LATE_SHARE has room, when its real inode is at hand
 * (the event's descriptor would keep the container's mount busy) and behind all that is held: so
 * the flood buys nothing but idle time of classify. Arguments are gone with the answer: code that
 * they name stays unjudged.
 */
#ifndef LW_GATE_FLIGHT_H
#define LW_GATE_FLIGHT_H

#include "base/loop.h"
#include "gate/layer.h"
#include "gate/place.h"
#include "gate/pool.h"
#include "layerwatch/messages.h"
#include "policy/policy.h"

#define LW_FLIGHTS_MAX 1024
#define LW_REJUDGE_MAX 3 /* times a file that changes under judgement is judged again */

struct lw_gate;
struct lw_flight;

/* One thing to be judged. */
struct lw_subject_state {
	struct lw_object object; /* what report will be told */
	struct lw_flight *flight;
	struct lw_identity identity;
	struct lw_layer_handle handle;
	struct lw_superblock *superblock;
	struct lw_layer_answer layer;
	int fd; /* owned; the file itself (program: the event's, not owned here), -1 */
	int capture_fd; /* owned; memfd with the script's bytes, or -1 */
	struct lw_job assess, original;
	bool assessed; /* the assessment is there */
	bool compared; /* the original's hash is there */
	bool from_cache;
	bool leased;
	char path[PATH_MAX]; /* inside the container */
	bool path_exact;
	unsigned rounds;
	uint32_t generation; /* of the policy that classify judged by */
};

/*
 * THROUGH: what the target of a loader is told to run in its turn, "ld.so python3 FILE". FURTHER:
 * what runs beside the content (BASH_ENV, node --require, __init__.py), LW_CONTENTS_MAX - 1 of
 * them. LEFT: stands for all that the bounds leave out.
 */
enum {
	LW_PROGRAM,
	LW_CONTENT,
	LW_THROUGH,
	LW_FURTHER,
	LW_LEFT = LW_FURTHER + LW_CONTENTS_MAX - 1,
	LW_SUBJECTS,
};

/* What the policy says of a rule that is met. */
struct lw_met_decision {
	enum lw_action action;
	char rule[LW_RULE_NAME_SIZE];
};

struct lw_flight {
	struct lw_flight *next, *previous;
	struct lw_gate *gate;
	int fd; /* the event's; -1 once answered */
	uint32_t tid;
	struct lw_superblock *superblock;
	uint64_t read_us; /* when the event was read, CLOCK_MONOTONIC */
	int64_t time_us; /* the same, CLOCK_REALTIME */
	uint64_t answered_us;
	uint32_t queue_us;
	bool in_use;
	bool busy; /* asking: answers that come meanwhile do not step it */
	bool answered, allowed;
	bool by_deadline; /* the answer was the deadline's */
	bool over_share;
	bool opened; /* not executed: the one subject is the content */
	bool script; /* opened to be run: all rules apply */
	bool follower; /* the interpreter of a program already judged: argv is not its own */
	bool hinted; /* resolve was told that the program is a loader */
	bool have_facts;
	bool through; /* the question under way is for what the loader's target runs */
	uint32_t content; /* ... is for this one of the contents (lw_msg_execution.content) */
	uint32_t hints; /* ... as resolve was told them */
	uint32_t language; /* ... and the program's language */
	unsigned pending; /* questions under way */
	struct lw_subject_state subjects[LW_SUBJECTS];
	struct lw_execution execution;
	int arena_fd; /* owned, or -1 */
	uint32_t arena_length;
	struct lw_job facts, behave;
	bool behave_asked;
	uint32_t hit_count;
	struct lw_rule_hit hits[LW_RULE_HITS_MAX];
	struct lw_met_decision met[LW_RULE_HITS_MAX]; /* one for each of them */
	struct lw_msg_behave behave_body; /* of the question */
	struct lw_timer deadline;
	enum lw_action action; /* of the answer */
};

struct lw_flights {
	struct lw_flight *all; /* array of `capacity` */
	uint32_t capacity;
	uint32_t held, late;
	struct lw_flight *free;
	struct lw_flight *oldest_late, *newest_late;
};

int lw_flights_init(struct lw_flights *f, struct lw_gate *g, uint32_t capacity);
void lw_flights_done(struct lw_flights *f); /* answers whatever is held */
/* How many more executions can be held; those that are answered already give way. */
uint32_t lw_flights_room(const struct lw_flights *f);

/* An event as the gate read it, with what was looked up of it since. */
struct lw_arrival {
	int fd; /* the event's */
	uint32_t tid;
	uint64_t read_us; /* lw_now_us() */
	struct lw_identity id;
	struct lw_layer_handle handle;
	const struct lw_place_mount *place; /* NULL: no overlay known */
	const struct lw_cache_value *known; /* NULL: not in the cache */
	bool follower; /* the kernel opened it for a program already judged */
	bool opened; /* not executed */
	enum lw_language language; /* opened: that of the interpreter that opens it, if it is one */
	bool script; /* opened: by the interpreter that was let go to run it */
};

/*
 * Makes room for one more, where need be at the price of a late verdict. Before place and known are
 * looked up: what ends here is told and remembered, and both may move.
 */
void lw_flights_make_room(struct lw_flights *f);
/*
 * Takes a->fd. The flight answers itself, tells report, and ends; the caller keeps nothing.
 */
void lw_flight_begin(struct lw_gate *g, const struct lw_arrival *a);

/* A question was answered: goes on when nothing is pending. For subject's callbacks. */
void lw_flight_step(struct lw_flight *f);

/* Of the code that the program was told to run, that which the policy minds most; may be absent. */
const struct lw_subject_state *lw_flight_code(const struct lw_flight *f);

/* The policy had to decide without a verdict, because there was no time for one. Counted once. */
void lw_flight_count_deadline(struct lw_flight *f);

/* What became of the execution, as what asked for this action tells it. */
enum lw_outcome lw_flight_outcome(const struct lw_flight *f, enum lw_action action);

/* The cache key of a file; false when it can't have one. */
bool lw_flight_key(const struct lw_superblock *sb, const struct lw_identity *id,
	const struct lw_layer_handle *h, struct lw_cache_key *out);

#endif
