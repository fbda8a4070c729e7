/*
 * environment: the part of envp of a held task that is shown, and the variables that bring code
 * into an interpreter or say where it is looked for.
 *
 * Called by execution. Owns its buffers, which are used again for each request. A name can stand in
 * envp more than once: getenv(3) takes the first one, most shells take the last. Both are kept, and
 * each name has room of its own, so that none can crowd another out.
 */
#ifndef LW_RESOLVE_ENVIRONMENT_H
#define LW_RESOLVE_ENVIRONMENT_H

#include "resolve/memory.h"

#define LW_ENVIRONMENT_SCAN (256u * 1024) /* bytes of envp looked at */
#define LW_ENVIRONMENT_COUNT 8192u /* variables looked at */
#define LW_ENVIRONMENT_NAME 127u /* longest name that is found */
#define LW_ENVIRONMENT_VALUE 4096u /* bytes of one variable that is shown */
#define LW_ENVIRONMENT_BYTES 32768u /* of all that are shown */
#define LW_ENVIRONMENT_NAMES 48u /* of those that say what is run, or where it is */
#define LW_ENVIRONMENT_FUNCTIONS (128u * 1024) /* bytes of all functions */
#define LW_VARIABLE_NAME 32u /* bytes of such a name, with its NUL */
#define LW_ENVIRONMENT_KEPT (16u * 1024) /* bytes of the value of one of them */

struct lw_names {
	char *const *items;
	size_t count;
};

struct lw_value {
	uint64_t address; /* of its first byte in the task */
	bool cut; /* it goes on there */
	char text[LW_ENVIRONMENT_KEPT + 1];
};

/* One that the table of interpreters names, or PATH, or HOME. */
struct lw_variable {
	char name[LW_VARIABLE_NAME];
	bool injects; /* it can bring code in */
	unsigned count; /* how often it stands in envp */
	struct lw_value first, last; /* last: of several */
};

struct lw_environment {
	uint32_t count; /* shown */
	uint32_t length; /* bytes of them */
	bool truncated;
	bool injects; /* a variable is there that can bring code in */
	struct lw_variable variables[LW_ENVIRONMENT_NAMES];
	size_t variable_count;
	const char *functions_name; /* how the names of those begin that are functions */
	uint32_t functions_length;
	bool functions_cut; /* there were more */
	char functions[LW_ENVIRONMENT_FUNCTIONS]; /* their values, a newline behind each */
	size_t pointer_count;
	uint64_t pointers[LW_ENVIRONMENT_COUNT];
	char bytes[LW_ENVIRONMENT_BYTES]; /* NAME=value, each with its NUL */
};

/* Once: which variables are looked for. */
void lw_environment_init(struct lw_environment *e);

/* envp at this address; what is shown are the variables of these names. */
void lw_environment_read(struct lw_environment *e, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, const struct lw_names *names);

/*
 * The value of one of the variables, as getenv(3) has it or as most shells do; an empty one when it
 * is not there.
 */
const struct lw_value *lw_environment_first(const struct lw_environment *e, const char *name);
const struct lw_value *lw_environment_last(const struct lw_environment *e, const char *name);
/*
 * The value of any other variable of the task that is being asked about, cut at size - 1 bytes; ""
 * when it is not there.
 */
void lw_environment_find(const struct lw_environment *e, struct lw_memory *m, const char *name,
	char *out, size_t size);
/* The text of the first. */
const char *lw_environment_get(const struct lw_environment *e, const char *name);

#endif
