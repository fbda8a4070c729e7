/*
 * interpreter: the script interpreters: their names, how their command lines are written, which
 * environment variables bring code into them, and what a copy under another name is known by.
 *
 * One table (src/base/interpreters.c) for all who ask: classify for "#!" lines and for copies,
 * resolve for arguments and environment. The scanner of arguments is the same for all; what
 * differs stands in the rows. A name is only a hint: a copy of python3 can be called anything.
 */
#ifndef LAYERWATCH_INTERPRETER_H
#define LAYERWATCH_INTERPRETER_H

#include <stddef.h>
#include <stdint.h>

#include "layerwatch/words.h"

/* Bits of lw_interpreter.traits. */
enum {
	/* the code letter is a flag: the first operand is the code */
	LW_TRAIT_CODE_OPERAND = 1 << 0,
	LW_TRAIT_PLUS = 1 << 1, /* "+o" words are options too */
	LW_TRAIT_DASH_ENDS = 1 << 2, /* a single "-" ends the options */
	/* an option's argument is a word of its own, never attached */
	LW_TRAIT_NEXT_ONLY = 1 << 3,
	LW_TRAIT_LONG_ONE_DASH = 1 << 4, /* long options may have one dash */
	LW_TRAIT_CODE_ENDS = 1 << 5, /* what follows the code belongs to the code */
	LW_TRAIT_FILE_ENDS = 1 << 6, /* the same of a file given by option */
	LW_TRAIT_FILE_TOO = 1 << 7, /* a file runs after -e code: both are content */
	LW_TRAIT_OPERAND_CODE = 1 << 8, /* without option the first operand is code */
	LW_TRAIT_TARGET = 1 << 9, /* the operand is a program for the loader */
	LW_TRAIT_NO_STDIN = 1 << 10, /* without operand nothing runs */
	LW_TRAIT_OPAQUE = 1 << 11, /* the forms are not known: no plan */
	LW_TRAIT_WORDS = 1 << 12, /* "-pe" is one option, not two letters */
	LW_TRAIT_NO_DASH = 1 << 13, /* a word that begins with "-" is no option's code */
	LW_TRAIT_MULTICALL = 1 << 14, /* argv says which program it is: busybox */
	LW_TRAIT_LAST_CODE = 1 << 15, /* of several pieces of code the last one runs */
	LW_TRAIT_RUN = 1 << 16, /* "deno run FILE": the word before the operand */
	LW_TRAIT_ABBREVIATED = 1 << 17, /* the beginning of a long option's name is enough */
	LW_TRAIT_UNDERSCORES = 1 << 18, /* in long options they stand for dashes */
	LW_TRAIT_DASHES_STDIN = 1 << 19, /* what follows "--" are arguments only */
	LW_TRAIT_BARE_OPTIONS = 1 << 20, /* in a variable they need no dash */
	LW_TRAIT_QUOTES = 1 << 21, /* in a variable, '"' keeps words together, '\\' escapes in it */
};

enum lw_option_action {
	LW_OPTION_FLAG, /* and every option that has no row */
	LW_OPTION_ARGUMENT, /* "--name value" or "--name=value" */
	LW_OPTION_CODE,
	LW_OPTION_FILE,
	LW_OPTION_MODULE, /* the name of a module that is run */
	LW_OPTION_LOAD, /* a file or module that is loaded before */
	LW_OPTION_QUIT, /* help, version: runs nothing */
	LW_OPTION_LIBRARY_PATH,
	LW_OPTION_FOLDER, /* where what is run and loaded is looked for: a change of directory */
	LW_OPTION_LONG, /* the name of a long option: "-W exec" */
	LW_OPTION_INCLUDE, /* a folder where what is loaded is looked for */
	LW_OPTION_SETTING, /* "NAME=FILE": loaded if the row has the name */
	LW_OPTION_LOGIN, /* a login shell */
	LW_OPTION_STAYS, /* standard input is run, too, after all else */
};

struct lw_long_option {
	const char *name; /* without dashes */
	enum lw_option_action action;
};

/* A letter that takes a value only if it is attached, and only of certain characters. */
struct lw_attached {
	char letter;
	char prefix; /* must follow the letter, 0 = anything */
	const char *set; /* what may follow then; NULL = the rest of the word */
	/* it is a module that is loaded, its name behind this; NULL = it is none */
	const char *under;
};

/* Where the interpreter looks for a name without a slash. */
enum lw_plan_search {
	LW_SEARCH_CWD,
	LW_SEARCH_CWD_THEN_PATH,
	LW_SEARCH_PATH,
	LW_SEARCH_PATH_THEN_CWD,
	LW_SEARCH_LIBRARIES, /* library_path if there is one, then the loader's own folders */
};

/* What the value of an environment variable is to the interpreter. */
enum lw_injection_kind {
	LW_INJECT_FILE, /* the path of a file that is run first; shells expand it */
	LW_INJECT_FOLDER, /* of a folder: `names` in it are run */
	LW_INJECT_FOLDERS, /* the same of several, ':' between them */
	LW_INJECT_CODE, /* code, or "@FILE" */
	LW_INJECT_OPTIONS, /* words as on the command line */
	LW_INJECT_TEXT, /* text in which commands are run: "$(...)" */
	LW_INJECT_FUNCTIONS, /* all variables whose names begin so: functions */
};

enum lw_injection_when {
	LW_INJECT_ALWAYS,
	LW_INJECT_INTERACTIVE,
	LW_INJECT_LOGIN,
	LW_INJECT_SCRIPT, /* not when interactive */
};

struct lw_injection {
	const char *variable;
	enum lw_injection_kind kind;
	enum lw_injection_when when;
	const char *names; /* of files in the folders, blanks between them */
	const char *ignored; /* letters of options that switch it off */
};

/* How the modules of LW_OPTION_LOAD are found. */
struct lw_modules {
	const char *folders; /* environment variables, blanks between them */
	const char *separator; /* "::" in the name stands for '/', or NULL */
	const char *suffix; /* also tried without it */
	bool in_cwd; /* the working directory is searched, too */
	bool renamed; /* "-l here=module" */
};

struct lw_interpreter {
	const char *names; /* base names, blanks between them; versions are understood */
	enum lw_language language;
	uint32_t traits;
	/* letters with an argument: the rest of the word, or the next word */
	const char *argument;
	/* ended by letter 0; the first row that fits counts */
	const struct lw_attached *attached;
	const char *code; /* letters whose argument is code */
	const char *file; /* letters whose argument is a script file */
	const char *module; /* letters whose argument is a module to run */
	const char *load; /* letters whose argument is loaded before */
	const char *folder; /* letters whose argument is a folder to work in */
	const char *longer; /* letters whose argument is the name of a long option */
	const char *plus; /* letters that mean the same behind a '+' */
	const char *include; /* letters whose argument is a folder to load from */
	const char *setting; /* letters whose argument is a setting */
	const char *settings; /* names of those that name a file, blanks between them */
	const char *stays; /* letters that say: run standard input, too, after all else */
	const char *places; /* variables with folders of scripts; NULL = PATH */
	const char *input; /* letters that say: read standard input */
	const char *path; /* letters that say: search PATH for the script */
	const char *quit;
	const char *interactive; /* letters that say so */
	const struct lw_long_option *longs; /* ended by a NULL name */
	enum lw_plan_search search;
	const char *suffix; /* also tried behind a script's name that is not found */
	const char *index; /* what runs of a folder, or NULL */
	struct lw_modules modules;
	const struct lw_injection *injections; /* ended by a NULL variable */
	/*
	 * What this program contains, whatever it is called: the name of a symbol that its own
	 * main() imports or exports, or strings in its read-only data, ended by NULL, of which all
	 * must be there.
	 */
	const char *symbol;
	const char *const *strings;
};

/* Further interpreters, of the policy; they are asked first. */
struct lw_interpreters {
	const struct lw_interpreter *items;
	size_t count;
};

/* All rows. Of a language the first row stands for copies whose name says nothing. */
extern const struct lw_interpreter lw_interpreter_rows[];
extern const size_t lw_interpreter_count;
/* The dynamic loaders: glibc's and musl's command lines in one. */
extern const struct lw_interpreter lw_interpreter_loader;

/*
 * The interpreter with this base name (length bytes, no NUL needed), versions and builds
 * included: "python3.11", "perl5.36.0", "lua5.4", "php-cgi8.2", "ksh93", "bash-static"; NULL
 * when there is none. more may be NULL; its names may hold '*'.
 */
const struct lw_interpreter *lw_interpreter_find(
	const struct lw_interpreters *more, const char *name, size_t length);
/* The row for a copy of which only the language is known, or NULL: none for OTHER. */
const struct lw_interpreter *lw_interpreter_of(enum lw_language language);

/*
 * The language of lw_interpreter_find, LW_LANGUAGE_NONE without one. busybox and toybox are shells
 * here: which applet is asked for stands in argv, not in the name.
 */
enum lw_language lw_interpreter_language(const char *name, size_t length);

/* Is this the base name of a dynamic loader? */
bool lw_interpreter_is_loader(const char *name, size_t length);

/* Takes the next word off a list with blanks; *length gets 0 at its end. Returns the word. */
const char *lw_interpreter_word(const char **list, size_t *length);

/* The part of a path after its last '/'; *base_length gets its length, 0 for "dir/". */
const char *lw_interpreter_base_name(const char *path, size_t length, size_t *base_length);

#endif
