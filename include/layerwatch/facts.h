/*
 * facts: what is known of one execution, one content, one container.
 *
 * All structs here have a fixed size and no pointers, so that they travel in
 * SEQPACKET frames as they are. Text of variable length (paths, arguments,
 * environment) lies in one bounded arena; a slice names a part of it. The
 * arena travels beside the struct as a memfd.
 */
#ifndef LAYERWATCH_FACTS_H
#define LAYERWATCH_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layerwatch/words.h"

#define LW_SHA256_SIZE 32
#define LW_ARENA_MAX (256u * 1024)	/* bytes of text of one execution, at most */
#define LW_ANCESTORS_MAX 8		/* parent, grandparent, ... */
#define LW_COMM_SIZE 16			/* TASK_COMM_LEN of the kernel */
#define LW_LABELS_MAX 24		/* container labels kept */

/* A part of an arena: length 0 = absent. */
struct lw_slice {
	uint32_t offset;
	uint32_t length;
};

/* Bits of lw_execution.flags. */
enum {
	/* more argument bytes than capture.argument_bytes */
	LW_EXEC_ARGS_TRUNCATED = 1 << 0,
	LW_EXEC_ENV_TRUNCATED = 1 << 1,
	/* a page could not be read: what was read is kept */
	LW_EXEC_ARGS_UNREADABLE = 1 << 2,
	LW_EXEC_COMPAT = 1 << 3,		/* 32-bit caller */
	LW_EXEC_X32 = 1 << 4,
	LW_EXEC_CHECK = 1 << 5,			/* AT_EXECVE_CHECK (6.14+): nothing is executed */
	LW_EXEC_MEMFD = 1 << 6,			/* the program is a memfd */
	LW_EXEC_LOADER_TARGET = 1 << 7,		/* "ld.so TARGET": content fd is the target */
	LW_EXEC_PATH_TRUNCATED = 1 << 8,
	LW_EXEC_NO_REGISTERS = 1 << 9,		/* /proc/TID/syscall said "running" to the end,
						 * or showed no execve */
	LW_EXEC_CONTENT_UNRESOLVED = 1 << 10,	/* argv names a script that could not be opened */
	LW_EXEC_CONTENT_NOT_REGULAR = 1 << 11,	/* ... that is a FIFO, device, directory */
	LW_EXEC_FAILED = 1 << 12,		/* the task was gone before it could be read */
	/* the event's file is not the program named, but its "#!" interpreter or ELF loader */
	LW_EXEC_INDIRECT = 1 << 13,
	/* there is more code than this content: ask for the next one (lw_msg_execution.content) */
	LW_EXEC_MORE_CONTENT = 1 << 14,
	/* the content is a copy in memory, no file of the container */
	LW_EXEC_CONTENT_COPIED = 1 << 15,
	/* its beginning alone: what a pipe held by then, or as much as is kept */
	LW_EXEC_CONTENT_PARTIAL = 1 << 16,
	/* there is code that was not looked at: more pieces or options than the bounds allow */
	LW_EXEC_CODE_LEFT = 1 << 23,
	LW_EXEC_CONTENT_MEMFD = 1 << 17,	/* the content is a memfd of the container's */
	/* no execution: the content was opened by a process that runs; args are that one's */
	LW_EXEC_OPENED = 1 << 24,
	LW_EXEC_LOADING = 1 << 25,		/* ... and by the dynamic loader */
};

struct lw_ancestor {
	uint32_t pid;
	uint32_t uid;
	char comm[LW_COMM_SIZE];
	struct lw_slice exe;		/* readlink of /proc/PID/exe */
	struct lw_slice args;		/* NUL-separated, bounded to 4 KiB */
};

/* What the executing task was about to do: read by resolve while it is held. */
struct lw_execution {
	uint32_t flags;			/* LW_EXEC_* */
	uint32_t tid, tgid, ppid;	/* of the initial pid namespace */
	uint32_t uid, gid;		/* real ids of the task before the exec */
	uint32_t argc;			/* arguments seen; more than captured when truncated */
	uint32_t env_count;		/* chosen variables captured */
	uint8_t stdin_type;		/* enum lw_stdin */
	uint8_t stdout_type;		/* enum lw_stdin; only where rules ask */
	/* enum lw_kind of the content named by argv, if has_content */
	uint8_t content_kind;
	uint8_t language;		/* enum lw_language of the interpreter */
	/* argv names code beside the program: script, inline, target */
	uint8_t has_content;
	uint32_t ancestor_count;
	char comm[LW_COMM_SIZE];	/* of the task before the exec */
	struct lw_slice program;	/* the path argument of execve, as given */
	struct lw_slice args;		/* NUL-separated argv, each argument ends in NUL */
	struct lw_slice env;		/* NUL-separated NAME=value of capture.environment only */
	struct lw_slice cwd;
	struct lw_slice exe;		/* the task's own exe before the exec */
	/* of the script or target, absolute, inside the container */
	struct lw_slice content_path;
	struct lw_slice stdin_peer;	/* "address:port", "pipe:[N]", path of the file */
	struct lw_slice stdout_peer;	/* the same */
	/* the own ends of sockets: "address:port", where it is known */
	struct lw_slice stdin_local, stdout_local;
	/*
	 * Who writes into the pipe that is standard input, where it is read as code or rules ask;
	 * who reads from the one that is standard output; pid 0 = not found.
	 */
	struct lw_ancestor stdin_writer, stdout_reader;
	struct lw_ancestor ancestors[LW_ANCESTORS_MAX];
};

/* Bits of lw_assessment.flags. */
enum {
	LW_ASSESS_HASHED = 1 << 0,	/* sha256 is of the whole file */
	/* only hashed_size bytes could be hashed in time or bound */
	LW_ASSESS_PARTIAL = 1 << 1,
	LW_ASSESS_UNREADABLE = 1 << 2,
	LW_ASSESS_TRUNCATED = 1 << 3,	/* the capture holds less than the file */
	/* ELF with PT_INTERP: an EXEC event of the loader follows */
	LW_ASSESS_ELF_INTERP = 1 << 4,
	LW_ASSESS_ELF_LOADER = 1 << 5,	/* by its shape an ELF loader (ld.so) */
	LW_ASSESS_ELF_STATIC = 1 << 6,
	LW_ASSESS_ELF_LIBRARY = 1 << 7,	/* ET_DYN without PT_INTERP and not static-pie */
	LW_ASSESS_ELF_BAD = 1 << 8,	/* header or tables out of bounds */
	LW_ASSESS_INTERPRETER = 1 << 9,	/* by name or shape a script interpreter */
	/* YARA has not seen all of it, or not in time */
	LW_ASSESS_YARA_PARTIAL = 1 << 10,
};

#define LW_REASON_SIZE 96
#define LW_REASON_YARA "yara: "		/* begins the reason that names a YARA rule */
#define LW_REASONS_MAX 4
#define LW_INTERP_SIZE 128
#define LW_MODEL_NAME_SIZE 32

#define LW_LAYER_TEXT 512		/* bytes of a decoded layer that a finding shows */

/* The layer of a script, decoded, that made it what it was judged to be. */
struct lw_layer_excerpt {
	/* where its encoded text begins, from 1; 0 = there is none */
	uint32_t line;
	uint32_t size;			/* bytes of the layer */
	uint32_t length;		/* of text */
	char encodings[60];		/* "base64 > zlib", NUL-terminated */
	uint8_t text[LW_LAYER_TEXT];	/* its beginning */
};

/* What classify says of one content. */
struct lw_assessment {
	uint32_t flags;			/* LW_ASSESS_* */
	uint8_t verdict;		/* enum lw_verdict */
	uint8_t format;			/* enum lw_format */
	uint8_t language;		/* enum lw_language: from "#!" where there is one */
	uint8_t reason_count;
	float score;			/* 0-1 */
	uint64_t size;			/* bytes, st_size when it was read */
	uint64_t hashed_size;		/* bytes covered by sha256 */
	uint64_t captured_size;		/* bytes in the capture memfd */
	uint8_t sha256[LW_SHA256_SIZE];
	uint8_t captured_sha256[LW_SHA256_SIZE];
	char interpreter[LW_INTERP_SIZE];	/* "#!" interpreter or PT_INTERP, NUL-terminated */
	char interpreter_arg[LW_INTERP_SIZE];	/* the one argument of a "#!" line, or "" */
	/* "hash list: NAME, 3 days old", "yara: RULE", "model 0.993: ..."; NUL-terminated UTF-8 */
	char reasons[LW_REASONS_MAX][LW_REASON_SIZE];
	char hash_list[LW_REASON_SIZE];		/* name of the list that matched, or "" */
	char model[LW_MODEL_NAME_SIZE];		/* name of the model that judged it, or "" */
	struct lw_layer_excerpt decoded;
};

#define LW_ID_SIZE 72			/* 64 hex digits and a NUL, rounded */
#define LW_NAME_SIZE 256
#define LW_IMAGE_SIZE 512
#define LW_LABEL_SIZE 192		/* "key=value", cut and flagged when longer */

/* What is known of one container. Filled by resolve from the engine's own state. */
struct lw_container_facts {
	uint8_t engine;			/* enum lw_engine */
	uint8_t complete;		/* the engine's state was found and read */
	uint8_t labels_truncated;
	uint8_t label_count;
	uint8_t privileged;		/* 0 no, 1 yes, 2 not known */
	uint32_t init_pid;		/* 0 = not known */
	int64_t created_us;		/* microseconds since the epoch, 0 = not known */
	char id[LW_ID_SIZE];
	char name[LW_NAME_SIZE];
	char image[LW_IMAGE_SIZE];	/* as configured: "registry.example/app:1" */
	char image_id[LW_NAME_SIZE];	/* "sha256:..." */
	char namespace_[LW_NAME_SIZE];	/* Kubernetes namespace, or "" */
	char pod[LW_NAME_SIZE];
	char labels[LW_LABELS_MAX][LW_LABEL_SIZE];	/* "key=value", NUL-terminated */
};

#endif
