/*
 * arguments: argv and the chosen part of envp of a held task, as bounded copies.
 *
 * Called by execution. Owns its buffers, which are used again for each request. The first
 * `captured` bytes of `bytes` are what the arena gets; of the arguments after that only beginnings
 * are kept, so that padding in front of "-c" or a script's name does not hide it.
 */
#ifndef LW_RESOLVE_ARGUMENTS_H
#define LW_RESOLVE_ARGUMENTS_H

#include "resolve/argv.h"
#include "resolve/memory.h"

#define LW_ARGUMENTS_KEPT 2048u			/* looked at */
#define LW_ARGUMENTS_COUNTED 65536u
/* largest capture.argument_bytes that is honoured */
#define LW_ARGUMENTS_BYTES (128u * 1024)
#define LW_ARGUMENTS_BEYOND 256u		/* kept as beginnings once the capture is full */
#define LW_ARGUMENTS_BEGINNING 512u		/* bytes of such a beginning */
/* MAX_ARG_STRLEN: the kernel takes no longer argument */
#define LW_CODE_MAX (128u * 1024)

#define LW_ENVIRONMENT_SCAN (256u * 1024)	/* bytes of envp looked at */
#define LW_ENVIRONMENT_COUNT 8192u		/* variables looked at */
#define LW_ENVIRONMENT_NAME 127u		/* longest name that is found */
#define LW_ENVIRONMENT_VALUE 4096u		/* bytes of one variable */
#define LW_ENVIRONMENT_BYTES 32768u		/* of all that are captured */
/* of those that say where code is, captured or not */
#define LW_ENVIRONMENT_KEPT (64u * 1024)
#define LW_ENVIRONMENT_KEPT_VALUE (16u * 1024)	/* of one of them */

struct lw_arguments {
	uint32_t count;			/* seen */
	uint32_t kept;			/* in items and pointers */
	/* bytes for the arena: whole arguments, each with its NUL */
	uint32_t captured;
	bool truncated;
	bool unreadable;
	struct lw_argument items[LW_ARGUMENTS_KEPT];
	uint64_t pointers[LW_ARGUMENTS_KEPT];
	char bytes[LW_ARGUMENTS_BYTES + LW_ARGUMENTS_BEYOND * (LW_ARGUMENTS_BEGINNING + 1)];
};

struct lw_environment {
	uint32_t count;			/* captured */
	uint32_t length;		/* bytes captured */
	bool truncated;
	bool injects;		/* a variable is there that can bring code in */
	uint32_t kept_length;
	char kept[LW_ENVIRONMENT_KEPT];		/* NAME=value, each with its NUL */
	uint64_t pointers[LW_ENVIRONMENT_COUNT];
	char bytes[LW_ENVIRONMENT_BYTES];	/* NAME=value, each with its NUL */
};

struct lw_names {
	char *const *items;
	size_t count;
};

/* argv at this address; limit is in bytes. */
void lw_arguments_read(struct lw_arguments *a, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, uint32_t limit);

/*
 * From the address of one argument's part: the whole string, at most size bytes. Returns 0,
 * LW_MEMORY_CUT or LW_MEMORY_UNREADABLE.
 */
int lw_arguments_whole(const struct lw_arguments *a, struct lw_memory *m, struct lw_part part,
	char *out, size_t size, size_t *length);

/* The variables of these names; besides, those that the table of interpreters names, and PATH. */
void lw_environment_read(struct lw_environment *e, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, const struct lw_names *names);
/* The value of one of the latter, as the program gets it (the first counts); "" without one. */
const char *lw_environment_get(const struct lw_environment *e, const char *name);

#endif
