/*
 * argv: what code a program is told to run, read off its arguments.
 *
 * Pure: a table of dialects (src/resolve/dialects.c) and one scanner; called by execution, fuzzed.
 * argv is the attacker's: the plan says where to look, never that something is harmless. Owns
 * nothing.
 */
#ifndef LW_RESOLVE_ARGV_H
#define LW_RESOLVE_ARGV_H

#include "base/util.h"
#include "layerwatch/words.h"

/* pieces of code or files named by one command line; the first ones count */
#define LW_PLAN_PARTS 8
#define LW_ARGV_SCAN 2048u	/* arguments looked at */

struct lw_argument {
	const char *text;	/* length bytes, then a NUL */
	uint32_t length;
	bool cut;		/* only its beginning is here */
};

struct lw_argv {
	const struct lw_argument *items;
	size_t count;
};

enum lw_plan_kind {
	LW_PLAN_NONE,
	LW_PLAN_FILE,		/* a script file: parts[0] is its path */
	LW_PLAN_INLINE,		/* code: the parts, joined by a newline each */
	LW_PLAN_STDIN,
	LW_PLAN_TARGET,		/* "ld.so TARGET": parts[0] is the path */
};

/* Where the interpreter looks for a name without a slash. */
enum lw_plan_search {
	LW_SEARCH_CWD,
	LW_SEARCH_CWD_THEN_PATH,
	LW_SEARCH_PATH,
	LW_SEARCH_LIBRARIES,	/* library_path if there is one, then the loader's own folders */
};

/* A slice of one argument: from offset to its end. */
struct lw_part {
	uint16_t argument;
	uint32_t offset;
};

struct lw_argv_plan {
	enum lw_language language;
	enum lw_plan_kind kind;
	enum lw_plan_search search;
	uint16_t part_count;
	struct lw_part parts[LW_PLAN_PARTS];
	bool parts_dropped;		/* there were more */
	bool has_library_path;
	struct lw_part library_path;
	/* also tried after a name that is not found: ".js", or NULL */
	const char *suffix;
};

/* How the program is to be taken, when more is known than its name. */
enum {
	LW_ARGV_LOADER = 1 << 0,	/* it is an ELF loader by its shape, whatever its name */
	LW_ARGV_THROUGH_LOADER = 1 << 1,	/* "ld.so python3 x": what does python3 run? */
};

/*
 * program: base name of the file that is executed, symbolic links resolved ("dash", "python3.11");
 * NUL-terminated. What it runs is decided by that name, else by argv[0] (a renamed copy), and for
 * busybox and toybox by the applet.
 */
void lw_argv_scan(
	const struct lw_argv *argv, const char *program, unsigned hints, struct lw_argv_plan *plan);

#endif
