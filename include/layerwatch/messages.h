/*
 * messages: the whole vocabulary that the processes speak to each other.
 *
 * One frame is one SOCK_SEQPACKET datagram: struct lw_frame, then a body whose
 * length is fixed by the type, with at most two file descriptors. The table of
 * lengths and fd counts is lw_message_rule() (src/wire/messages.c); a frame that
 * breaks it is a protocol error, and fatal for the peer (or for the connection).
 *
 * Who speaks to whom:
 *   guard <-> each child     config, peers, pause, heartbeat
 *   gate  <-> classify       assess
 *   gate  <-> resolve        execution, container
 *   gate   -> report         observation, container, counters, health
 *   report -> guard          control (an operator's request with the client's own socket)
 *   client <-> report        see control.h
 */
#ifndef LAYERWATCH_MESSAGES_H
#define LAYERWATCH_MESSAGES_H

#include <stdint.h>

#include "layerwatch/rule_hit.h"
#include "layerwatch/facts.h"

/* Numbered descriptors that a child is born with. */
enum {
	LW_FD_GUARD = 3,	/* SEQPACKET channel to the guard */
	LW_FD_CONTROL = 4	/* report only: the listening control socket */
};

/* The roles: each is a program of its own. */
enum lw_role {
	LW_ROLE_GUARD,
	LW_ROLE_GATE,
	LW_ROLE_CLASSIFY,
	LW_ROLE_RESOLVE,
	LW_ROLE_REPORT,
	LW_ROLE_COUNT
};

#define LW_INSTANCES_MAX 8	/* of one role */
#define LW_CONTENTS_MAX 8	/* pieces of code of one execution that are looked at */

enum lw_message {
	LW_MSG_NONE,
	/* guard -> child */
	LW_MSG_CONFIG,		/* fd: sealed memfd, the canonical policy as YAML */
	/* fd: a file that the child can't open itself; sent before CONFIG */
	LW_MSG_RESOURCE,
	LW_MSG_PEER,		/* fd: a channel to another role */
	LW_MSG_START,		/* everything is there: begin */
	LW_MSG_PAUSE,		/* to gate: allow everything for a while, or resume */
	LW_MSG_REOPEN,		/* to report: reopen files (SIGHUP) */
	LW_MSG_STOP,		/* end in good order */
	/* child -> guard */
	LW_MSG_READY,		/* configuration loaded; gate: marks are set */
	LW_MSG_HEARTBEAT,	/* I am alive */
	LW_MSG_REPLACE,		/* gate: this peer missed its deadline, kill and replace it */
	/* report: a client asks; fd: the client's socket, for SO_PEERCRED */
	LW_MSG_CONTROL,
	/* gate <-> classify */
	LW_MSG_ASSESS,		/* fds: content (read-only), capture memfd (optional, writable) */
	LW_MSG_ASSESSED,
	LW_MSG_BEHAVE,		/* which rules does it meet? fds: arena, then the code's capture */
	LW_MSG_BEHAVED,
	/* gate <-> resolve */
	LW_MSG_EXECUTION,	/* what does this task execute? */
	LW_MSG_EXECUTED,	/* fds: arena memfd, then content if has_content_fd */
	LW_MSG_CONTAINER_ASK,	/* whose overlay is this? */
	LW_MSG_CONTAINER_TELL,
	/* gate -> report */
	LW_MSG_OBSERVATION,	/* fds: arena memfd, then capture memfd if has_capture */
	LW_MSG_CONTAINER,	/* an overlay's state changed */
	LW_MSG_COUNTERS,
	LW_MSG_HEALTH,
	/* guard -> report */
	LW_MSG_PROCESSES,	/* restarts and state of every process */
	LW_MSG_COUNT
};

struct lw_frame {
	uint16_t type;		/* enum lw_message */
	uint16_t fd_count;
	uint32_t length;	/* of the body, bytes */
	uint64_t id;		/* of the request that is asked or answered */
};

struct lw_msg_config {
	uint64_t generation;	/* grows with each reload */
	uint32_t length;	/* bytes in the memfd */
	uint32_t zero;
};

enum lw_resource {
	LW_RESOURCE_NONE,
	LW_RESOURCE_HASH_LIST,	/* for classify: index into content.hash_lists, read-only */
	/* for classify: the texts of content.yara in a memfd (policy/rule_files.h); index 0 */
	LW_RESOURCE_YARA,
	LW_RESOURCE_RULES,	/* for classify: the same of content.rules */
	LW_RESOURCE_MODEL,	/* for classify: index 0, read-only */
	LW_RESOURCE_COUNT
};

/* The resources of one configuration come before its LW_MSG_CONFIG and belong to its generation. */
struct lw_msg_resource {
	uint64_t generation;
	uint32_t kind;		/* enum lw_resource */
	uint32_t index;
};

struct lw_msg_peer {
	uint32_t role;		/* enum lw_role */
	uint32_t instance;
	uint32_t pid;		/* in the guard's pid namespace */
	uint32_t zero;
};

struct lw_msg_pause {
	uint32_t seconds;	/* 0 = resume */
	uint32_t uid;		/* who asked */
};

/* Bits of lw_msg_start.flags. */
enum {
	LW_START_AFTER_STALL = 1 << 0,	/* gate: one before it was killed because it kept silent */
};

struct lw_msg_start {
	uint64_t flags;
};

struct lw_msg_empty {
	uint64_t zero;
};

struct lw_msg_ready {
	uint32_t ok;		/* 0 = the configuration could not be used */
	uint32_t marks;		/* gate: overlays marked */
	char detail[248];	/* why not, NUL-terminated */
};

/* lw_msg_replace: which peer */
struct lw_msg_replace {
	uint32_t role;
	uint32_t instance;
};

enum lw_control_request {
	LW_CONTROL_NONE,
	LW_CONTROL_PAUSE,
	LW_CONTROL_RESUME,
	LW_CONTROL_RELOAD,
	LW_CONTROL_COUNT
};

struct lw_msg_control {
	uint32_t request;	/* enum lw_control_request */
	uint32_t seconds;
};

/* Bits of lw_msg_assess.flags */
enum {
	/* fds[1] is a memfd to write up to capture_max bytes to */
	LW_ASSESS_WANT_CAPTURE = 1 << 0,
	/* content is a script in `language`, whatever its shape */
	LW_ASSESS_AS_SCRIPT = 1 << 1,
	LW_ASSESS_CAPTURE_SCRIPTS = 1 << 2,	/* capture only if it turns out to be a script */
	LW_ASSESS_INCOMPLETE = 1 << 3,		/* more may follow: no list makes it trusted */
};

struct lw_msg_assess {
	uint32_t flags;
	uint32_t capture_max;		/* bytes */
	uint8_t language;		/* enum lw_language */
	uint8_t kind;			/* enum lw_kind */
	uint8_t layer;			/* enum lw_layer */
	uint8_t zero;
	uint32_t budget_us;		/* stop reading after so long: answer PARTIAL */
	uint64_t size;			/* st_size seen by the gate */
	char name[LW_NAME_SIZE];	/* base name of the file, or "" */
};

struct lw_msg_assessed {
	struct lw_assessment assessment;
	uint32_t elapsed_us;
	uint32_t generation;	/* low bits of the policy's generation that it was judged by */
};

/* One execution, as content.rules are asked about it. Strings are NUL-terminated. */
struct lw_msg_behave {
	uint32_t arena_length;
	uint8_t layer;			/* enum lw_layer of what runs: its code, or the program */
	uint8_t kind;			/* enum lw_kind of the same */
	uint8_t verdict;		/* enum lw_verdict: the worst of both */
	uint8_t hashed;			/* sha256 is there */
	int64_t now_us;			/* CLOCK_REALTIME */
	uint8_t sha256[LW_SHA256_SIZE];	/* of the program */
	char image[1024];		/* the program's path inside the container */
	char script[1024];		/* the script's, or "" */
	struct lw_execution execution;
	struct lw_container_facts container;
};

struct lw_msg_behaved {
	uint32_t count;			/* of hits */
	uint32_t more;			/* rules that were met beside those */
	uint32_t limited;		/* tests that were given up at their bound */
	uint32_t generation;		/* low bits of the policy's */
	uint32_t rules;			/* that are in force at all */
	uint32_t can_deny;		/* one of those asks for more than an alert */
	uint32_t refused;		/* rules that could not be loaded */
	uint32_t elapsed_us;
	struct lw_rule_hit hits[LW_RULE_HITS_MAX];
};

/* Bits of lw_msg_execution.hints: what the asker knows of the program beyond its name. */
enum {
	LW_HINT_LOADER = 1 << 0,		/* it is an ELF loader (LW_ASSESS_ELF_LOADER) */
	/* "ld.so python3 x": what is python3 told to run? */
	LW_HINT_THROUGH_LOADER = 1 << 1,
	/* it opens this file, and executes nothing */
	LW_HINT_OPENING = 1 << 2,
	/* rules ask: standard output, and who is at the other ends of pipes */
	LW_HINT_BEHAVIOUR = 1 << 3,
};

struct lw_msg_execution {
	uint32_t tid;			/* as the event had it */
	uint32_t argument_bytes;	/* capture.argument_bytes */
	uint32_t budget_us;		/* retries of "running" stop after so long */
	uint32_t script_bytes;		/* capture.script_bytes */
	uint32_t hints;			/* LW_HINT_* */
	/*
	 * Which of the contents is asked for: 0 is the code that the arguments name, the others
	 * what runs beside it (BASH_ENV, node --require, __init__.py, ...).
	 */
	uint32_t content;
	uint32_t language;		/* what the program is by its content, or 0 */
	uint32_t wait_us;		/* for code that is still to come through a pipe */
	uint64_t program_dev;		/* of the event's file: tells program from loader */
	uint64_t program_ino;
	char program_path[1024];	/* of the event's file, as /proc/self/fd says it */
};

struct lw_msg_executed {
	struct lw_execution execution;
	uint32_t arena_length;		/* bytes in fds[0] */
	uint32_t has_content_fd;	/* fds[1] is the script, target or inline code, read-only */
	uint32_t elapsed_us;
	uint32_t zero;
};

/* All strings NUL-terminated; truncated = 1 when one did not fit. */
struct lw_msg_container_ask {
	uint32_t dev_major, dev_minor;	/* of the overlay superblock */
	/* a task in the mount namespace that mounted it, 0 = ours */
	uint32_t pid;
	uint32_t truncated;
	char mount_point[1024];		/* in that namespace: ".../overlay2/ID/merged" */
	char upper[1024];		/* upperdir as mountinfo has it, or "" */
};

struct lw_msg_container_tell {
	uint32_t dev_major, dev_minor;
	uint32_t found;			/* 0 = no engine knows it (yet) */
	uint32_t zero;
	struct lw_container_facts facts;
};

/* One thing judged in an execution: the program, or the code it was told to run. */
struct lw_object {
	uint8_t present;
	uint8_t layer;			/* enum lw_layer */
	uint8_t kind;			/* enum lw_kind */
	uint8_t action;			/* enum lw_action that the policy chose */
	uint8_t outcome;		/* enum lw_outcome */
	uint8_t deadline_missed;	/* verdict was not there in time */
	uint8_t writable_mapping;	/* the lease found a live writer (kernel-facts 33) */
	uint8_t changed_while_judged;
	uint8_t original_known;
	uint8_t incomplete;		/* more code may follow: LW_EXEC_CONTENT_PARTIAL */
	uint8_t zero[6];
	uint64_t size;			/* bytes */
	uint64_t inode;
	struct lw_slice path;		/* in the arena, inside the container */
	uint8_t original_sha256[LW_SHA256_SIZE];
	char rule[64];			/* name of the policy rule or exception that matched */
	struct lw_assessment assessment;
};

struct lw_observation {
	uint64_t sequence;		/* of the gate's life */
	int64_t time_us;		/* CLOCK_REALTIME of the event, microseconds */
	uint32_t decision_us;		/* from read(2) of the event to write(2) of the answer */
	uint32_t queue_us;		/* waited in our own queue before work began */
	uint32_t dev_major, dev_minor;	/* of the overlay, 0:0 = not known */
	uint8_t mode;			/* enum lw_mode in force */
	uint8_t engine;
	uint8_t reason_deadline;	/* answered by the deadline */
	uint8_t has_capture;		/* fds[1] holds the script's bytes */
	uint32_t arena_length;
	uint8_t late;			/* judged after the answer (detect) */
	uint8_t zero[7];
	struct lw_object objects[2];	/* [0] the program, [1] the code it was told to run */
	/*
	 * Present: this is told of, and no object is; action, outcome and rule are those of the
	 * object that stands for the execution: the code where there is some, else the program.
	 */
	struct lw_rule_hit hit;
	struct lw_execution execution;
};

struct lw_msg_container {
	uint32_t dev_major, dev_minor;
	uint32_t gone;			/* the superblock is no more */
	uint32_t state;			/* enum lw_mark_state */
	uint32_t error;			/* errno of LW_MARK_FAILED */
	uint32_t pid;			/* of the mount namespace it was found in, 0 = ours */
	uint64_t events;		/* executions seen */
	char mount_point[1024];
	char reason[128];		/* for people: why it is not marked */
	struct lw_container_facts facts;
};

/*
 * Histogram of decision times: bucket i counts times <= 2^i microseconds, the last one all above.
 */
#define LW_HISTOGRAM_BUCKETS 24

struct lw_msg_counters {
	uint64_t events;		/* permission events read */
	uint64_t answers;		/* answers written */
	uint64_t allowed, denied;
	uint64_t alerts;
	uint64_t deadlines;		/* answered by the deadline */
	uint64_t detect_bound;		/* evidence bound of detect mode exceeded */
	uint64_t share_exceeded;	/* answered because the container was over its share */
	uint64_t cache_hits, cache_misses;
	uint64_t rejudged;		/* content changed while it was judged */
	uint64_t read_errors;		/* EMFILE and the like on read(2) of the group */
	uint64_t barrier_events;	/* runtime executions held for a rescan */
	uint64_t rescans;
	uint64_t report_drops;		/* observations that report's queue had no room for */
	uint64_t helper_timeouts;	/* requests to classify or resolve that missed their time */
	uint64_t unattributed;		/* events whose overlay was not known */
	uint64_t paused_allows;		/* allowed because an operator paused us */
	/* nothing could be learned of it: answered by decision.on_error, no observation */
	uint64_t unexamined;
	uint64_t opens;			/* of the events: a file was opened, not executed */
	/* interpreters whose script could not be watched until they had opened it */
	uint64_t scripts_unverified;
	uint64_t layers[LW_LAYER_COUNT];
	uint64_t verdicts[LW_VERDICT_COUNT];
	uint64_t decision_histogram[LW_HISTOGRAM_BUCKETS];
	uint64_t queue_histogram[LW_HISTOGRAM_BUCKETS];
	uint32_t in_flight, in_flight_max;
	uint32_t overlays_marked, overlays_unmarked;
	uint32_t overlays_refused;	/* there was no room for */
	uint32_t processes_unscanned;	/* in more mount namespaces than are looked at */
	uint32_t cache_entries, cache_capacity;
	uint32_t barriers;		/* runtime binaries marked */
	uint32_t paused_seconds_left;
	uint32_t mode;			/* enum lw_mode */
	uint32_t mnt_notify;		/* FAN_REPORT_MNT in use */
	uint64_t policy_generation;
	int64_t started_us;		/* CLOCK_REALTIME */
};

enum lw_health {
	LW_HEALTH_NONE,
	LW_HEALTH_GATE_RESTARTED,	/* a gap: events between were allowed unseen */
	LW_HEALTH_PAUSED,
	LW_HEALTH_RESUMED,
	LW_HEALTH_CONFIG_REJECTED,	/* a reload failed, the old policy stays */
	LW_HEALTH_UNMARKED,		/* an overlay is not watched */
	LW_HEALTH_HELPER_LOOP,		/* a helper keeps dying */
	LW_HEALTH_DROPPED,		/* observations were dropped */
	LW_HEALTH_RULES,		/* detection rules could not be loaded */
	LW_HEALTH_COUNT
};

struct lw_msg_health {
	uint32_t what;			/* enum lw_health */
	uint32_t count;
	int64_t time_us;
	char detail[496];		/* NUL-terminated, for people */
};

struct lw_process_state {
	uint32_t role;
	uint32_t instance;
	int32_t pid;			/* 0 = not running */
	uint32_t restarts;
	int32_t last_status;		/* of wait(2) */
	uint32_t zero;
};

struct lw_msg_processes {
	uint32_t count;
	uint32_t policy_rejected;	/* the newest reload failed */
	struct lw_process_state processes[LW_ROLE_COUNT * LW_INSTANCES_MAX];
};

#endif
