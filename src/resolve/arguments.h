/*
 * arguments: argv of a held task, as bounded copies.
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
/* of all pieces together; one argument is at most MAX_ARG_STRLEN, 128 KiB */
#define LW_CODE_MAX (1024u * 1024)

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

/* argv at this address; limit is in bytes. */
void lw_arguments_read(struct lw_arguments *a, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, uint32_t limit);

/*
 * From the address of one argument's part: the whole string, at most size bytes. Returns 0,
 * LW_MEMORY_CUT or LW_MEMORY_UNREADABLE.
 */
int lw_arguments_whole(const struct lw_arguments *a, struct lw_memory *m, struct lw_part part,
	char *out, size_t size, size_t *length);

#endif
