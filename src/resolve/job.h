/*
 * job: one request being worked on: what execution, program and content share.
 *
 * Internal to those three. The reader's buffers live as long as the process; the rest belongs to
 * the request.
 */
#ifndef LW_RESOLVE_JOB_H
#define LW_RESOLVE_JOB_H

#include "layerwatch/messages.h"
#include "policy/custom.h"
#include "resolve/ancestors.h"
#include "resolve/arguments.h"
#include "resolve/arena.h"
#include "resolve/environment.h"
#include "resolve/open.h"
#include "resolve/registers.h"
#include "resolve/stream.h"

#define LW_MODULE_NAME 256u	/* bytes of a dotted name */

/* A module that "python3 -m" runs. */
struct lw_module {
	char name[LW_MODULE_NAME];	/* with '/' for '.' */
	char folder[LW_PLACE_PATH];	/* where it was found, "" = the working directory */
	bool package;			/* __main__ of a package: its __init__ runs first */
};

struct lw_execution_reader {
	struct lw_procfs procfs;
	struct lw_memory *memory;
	struct lw_arena arena;
	struct lw_ancestors *ancestors;
	int spare[2];		/* empty memfds made beforehand, -1 = none */
	struct lw_names names;
	char **name_items;
	struct lw_arguments arguments;
	struct lw_environment environment;
	struct lw_place place;
	struct lw_stream input, output;
	struct lw_argv_plan plan;
	struct lw_opened opened;
	struct lw_module module;	/* of a plan of that kind */
	struct lw_custom *custom;
	struct lw_interpreters interpreters;	/* of the policy: those of custom */
	char program[LW_PLACE_PATH];	/* as given */
	char main_path[LW_PLACE_PATH];	/* of the script that the arguments name, "" = none */
	char path[LW_PLACE_PATH];
	char folders[2 * LW_ENVIRONMENT_KEPT];	/* where a script is looked for, the same */
	char includes[4 * LW_PLACE_PATH];	/* folders to load from, ':' between them */
	char code[LW_CODE_MAX];
};

/* One request. */
struct lw_job {
	struct lw_execution_reader *x;
	const struct lw_msg_execution *ask;
	struct lw_execution *e;
	struct lw_execve call;
	int content;		/* owned */
	unsigned further;	/* contents found beside the first one */
	/* the arguments are not the task's, but made of a "#!" line */
	const struct lw_argument *line;
};

/* execution.c: a memfd that holds these bytes, its offset at 0; a negative errno. */
int lw_job_memfd(struct lw_execution_reader *x, const void *bytes, size_t length);

/*
 * program.c: is the event's file what the task named? Otherwise it is an interpreter or loader of
 * that (LW_EXEC_INDIRECT); and when a memfd was named, that becomes the content (LW_EXEC_MEMFD).
 */
void lw_job_compare_program(struct lw_job *job);

/* content.c: the code beside the program, by the plan of the arguments or by the memfd found. */
void lw_job_use_memfd(struct lw_job *job);
/*
 * The interpreter of a script gets these: its own name, the argument of the "#!" line if there is
 * one, the script's path.
 */
#define LW_JOB_LINE 3
void lw_job_follow_line(struct lw_job *job, const struct lw_argument *line, size_t count);

/* line.c: the event's file is the interpreter of a script. Takes path_fd, that of the script. */
void lw_job_read_line(struct lw_job *job, int path_fd);
/* The interpreter that the first line of the task's program names, or NULL. */
const struct lw_interpreter *lw_job_line_interpreter(struct lw_job *job);
/* program.c; fd may be O_PATH. */
bool lw_job_is_event_file(const struct lw_job *job, int fd);
bool lw_job_is_memfd(struct lw_job *job, int fd);
/* It runs, and raised no event of its own: the content. Takes fd. */
void lw_job_take_memfd(struct lw_job *job, int fd);

void lw_job_follow_plan(struct lw_job *job);
/* script.c: by its name, as the interpreter looks for it; into x->opened, as lw_open_named. */
int lw_job_open_script(struct lw_job *job, const char *name);
/* What standard input holds is the content. */
void lw_job_use_stdin(struct lw_job *job);
/* A part of the arguments as text; false, and "", when it can't be had. */
bool lw_job_part_text(struct lw_job *job, struct lw_part part, char out[LW_PLACE_PATH]);
/* Parts with newlines between them, into x->code; *whole is cleared when one is cut or left out. */
size_t lw_job_join(
	struct lw_job *job, const struct lw_part *parts, unsigned count, bool *whole);
/* The beginning of x->code is the content. */
void lw_job_use_bytes(struct lw_job *job, enum lw_kind kind, size_t length);

/* opening.c: the task is held in an open, not in an execve. */
void lw_job_read_opening(struct lw_job *job);

#endif
