/*
 * dialects: how the interpreters' command lines are written, one row each.
 *
 * The scanner (argv.c) is the same for all; what differs stands in these rows. A program that is
 * not named takes the row of its language without a name. More forms are more rows.
 */
#ifndef LW_RESOLVE_DIALECTS_H
#define LW_RESOLVE_DIALECTS_H

#include "base/util.h"
#include "resolve/argv.h"

/* Bits of lw_dialect.traits. */
enum {
	/* the code letter is a flag: the first operand is the code */
	LW_TRAIT_CODE_OPERAND = 1 << 0,
	LW_TRAIT_PLUS = 1 << 1,		/* "+o" words are options too */
	LW_TRAIT_DASH_ENDS = 1 << 2,	/* a single "-" ends the options */
	/* an option's argument is a word of its own, never attached */
	LW_TRAIT_NEXT_ONLY = 1 << 3,
	LW_TRAIT_LONG_ONE_DASH = 1 << 4,	/* long options may have one dash */
	LW_TRAIT_CODE_ENDS = 1 << 5,	/* what follows the code belongs to the code */
	LW_TRAIT_FILE_ENDS = 1 << 6,	/* the same of a file given by option */
	LW_TRAIT_FILE_TOO = 1 << 7,	/* a file runs after -e code: the file is the content */
	LW_TRAIT_OPERAND_CODE = 1 << 8,	/* without option the first operand is code */
	LW_TRAIT_TARGET = 1 << 9,	/* the operand is a program for the loader */
	LW_TRAIT_NO_STDIN = 1 << 10,	/* without operand nothing runs */
	LW_TRAIT_OPAQUE = 1 << 11,	/* the forms are not known: no plan */
	LW_TRAIT_WORDS = 1 << 12,	/* "-pe" is one option, not two letters */
	LW_TRAIT_NO_DASH = 1 << 13,	/* a word that begins with "-" is no option's code */
};

enum lw_option_action {
	LW_OPTION_FLAG,		/* and every option that has no row */
	LW_OPTION_ARGUMENT,	/* "--name value" or "--name=value" */
	LW_OPTION_CODE,
	LW_OPTION_FILE,
	LW_OPTION_MODULE,	/* takes an argument; another kind of code, not followed here */
	LW_OPTION_QUIT,		/* help, version: runs nothing */
	LW_OPTION_LIBRARY_PATH,
};

struct lw_long_option {
	const char *name;	/* without dashes */
	enum lw_option_action action;
};

/* A letter that takes a value only if it is attached, and only of certain characters. */
struct lw_attached {
	char letter;
	char prefix;		/* must follow the letter, 0 = anything */
	const char *set;	/* what may follow then; NULL = the rest of the word */
};

struct lw_dialect {
	const char *name;	/* base name, or NULL: every other of the language */
	enum lw_language language;
	uint32_t traits;
	/* letters with an argument: the rest of the word, or the next word */
	const char *argument;
	/* ended by letter 0; the first row that fits counts */
	const struct lw_attached *attached;
	const char *code;	/* letters whose argument is code */
	const char *file;	/* letters whose argument is a script file */
	const char *module;	/* as LW_OPTION_MODULE */
	const char *input;	/* letters that say: read standard input */
	const char *path;	/* letters that say: search PATH for the script */
	const char *quit;
	const struct lw_long_option *longs;	/* ended by a NULL name */
	enum lw_plan_search search;
	const char *suffix;
};

/* NULL when the language has no row. name need not be NUL-terminated. */
const struct lw_dialect *lw_dialect_find(
	enum lw_language language, const char *name, size_t length);
/* The dynamic loaders: glibc's and musl's command lines in one. */
const struct lw_dialect *lw_dialect_loader(void);
/* Is this the base name of a dynamic loader? */
bool lw_dialect_is_loader(const char *name, size_t length);
/* Does this program choose what it is by argv (busybox, toybox)? */
bool lw_dialect_is_multicall(const char *name, size_t length);

#endif
