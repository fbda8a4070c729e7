/*
 * argv: what code a program is told to run, read off its arguments.
 *
 * Pure: the table of interpreters and one scanner; called by execution, fuzzed.
 * argv is the attacker's: the plan says where to look, never that something is harmless. Owns
 * nothing.
 */
#ifndef LW_RESOLVE_ARGV_H
#define LW_RESOLVE_ARGV_H

#include "base/util.h"
#include "layerwatch/interpreter.h"

/* pieces of code or files named by one command line; the first ones count */
#define LW_PLAN_PARTS 64
#define LW_PLAN_LOADS 8 /* files and modules that are loaded before */
#define LW_PLAN_INCLUDES 8 /* folders where they are looked for */
#define LW_PLAN_FOLDERS 4 /* that are entered, one after the other */
#define LW_ARGV_SCAN 2048u /* arguments looked at */

struct lw_argument {
	const char *text; /* length bytes, then a NUL */
	uint32_t length;
	bool cut; /* only its beginning is here */
};

struct lw_argv {
	const struct lw_argument *items;
	size_t count;
};

enum lw_plan_kind {
	LW_PLAN_NONE,
	LW_PLAN_FILE, /* script files: parts[0] is the first one's path */
	LW_PLAN_INLINE, /* code: the parts, joined by a newline each */
	LW_PLAN_STDIN,
	LW_PLAN_TARGET, /* "ld.so TARGET": parts[0] is the path */
	LW_PLAN_MODULE, /* "python3 -m NAME": parts[0] is the name */
};

/* A slice of one argument: from offset to its end. */
struct lw_part {
	uint16_t argument;
	uint32_t offset;
};

/* What is loaded: a file, or a module. */
struct lw_load {
	struct lw_part part;
	const char *under; /* in front of its name, or NULL */
};

struct lw_argv_plan {
	const struct lw_interpreter *interpreter; /* NULL: the program is none */
	enum lw_language language;
	enum lw_plan_kind kind;
	enum lw_plan_search search;
	uint16_t part_count;
	uint16_t beside_count;
	uint16_t load_count;
	uint16_t folder_count;
	uint16_t include_count;
	struct lw_part parts[LW_PLAN_PARTS];
	struct lw_part beside[LW_PLAN_PARTS]; /* code that runs beside a file */
	struct lw_load loads[LW_PLAN_LOADS];
	struct lw_part includes[LW_PLAN_INCLUDES];
	struct lw_part folders[LW_PLAN_FOLDERS];
	bool parts_dropped; /* there were more, of any of them */
	bool interactive; /* an option says so */
	bool login; /* an option or the name says that it is a login shell */
	bool stays; /* standard input is run, too, after all else */
	bool unfinished; /* the options go on beyond the last argument */
	uint64_t letters; /* options that were given: lw_letter_bit */
	bool has_library_path;
	struct lw_part library_path;
};

/* The program that is executed, and what is known of it. */
struct lw_argv_program {
	/* base name, symbolic links resolved ("dash", "python3.11"); NUL-terminated */
	const char *name;
	enum lw_language language; /* what it is by its content, or NONE */
	unsigned hints; /* LW_ARGV_* */
	const struct lw_interpreters *more; /* of the policy, or NULL */
};

/* Bits of lw_argv_program.hints. */
enum {
	LW_ARGV_LOADER = 1 << 0, /* it is an ELF loader by its shape, whatever its name */
	LW_ARGV_THROUGH_LOADER = 1 << 1, /* "ld.so python3 x": what does python3 run? */
};

/* A letter's bit in lw_argv_plan.letters, 0 for what is no letter. */
uint64_t lw_letter_bit(char c);
/* Was any of these letters given? letters may be NULL. */
bool lw_argv_has_letter(const struct lw_argv_plan *plan, const char *letters);

/*
 * What the program runs is decided by its content where that is known, else by its name, else by
 * argv[0] (a renamed copy), and for busybox and toybox by the applet.
 */
void lw_argv_scan(const struct lw_argv *argv, const struct lw_argv_program *program,
	struct lw_argv_plan *plan);

/* Words that hold options alone, as NODE_OPTIONS does; items[0] is one of them already. */
void lw_argv_scan_options(const struct lw_argv *argv, const struct lw_interpreter *interpreter,
	struct lw_argv_plan *plan);

#endif
