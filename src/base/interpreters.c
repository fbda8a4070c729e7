/*
 * interpreters: the table of script interpreters. More forms are more rows; what a field means
 * stands in layerwatch/interpreter.h. Sources: the manuals of the programs named, and their
 * option parsers where the manuals are silent.
 */
#include "base/interpreter_longs.h"
#include "base/util.h"
#include "layerwatch/interpreter.h"

#define SHELL (LW_TRAIT_CODE_OPERAND | LW_TRAIT_PLUS | LW_TRAIT_DASH_ENDS)

#define OCTAL "01234567"
#define HEX "0123456789abcdefABCDEF"

static const struct lw_attached tcsh_attached[] = {
	{'D', 0, NULL},
	{0, 0, NULL},
};

static const struct lw_attached perl_attached[] = {
	{'0', 'x', HEX},
	{'0', 0, OCTAL},
	{'l', 0, OCTAL},
	{'C', 0, "0123456789IOEioADSLa"},
	{'d', ':', NULL, "Devel::"},
	{'d', 't', NULL, "Devel::"},
	{'i', 0, NULL},
	{'F', 0, NULL},
	{'x', 0, NULL},
	{'D', 0, NULL},
	{'V', 0, NULL},
	{0, 0, NULL},
};

static const struct lw_attached ruby_attached[] = {
	{'0', 0, OCTAL},
	{'W', ':', NULL},
	{'W', 0, "012"},
	{'T', 0, OCTAL},
	{'K', 0, "EeSsUuNnAa"},
	{'i', 0, NULL},
	{'F', 0, NULL},
	{'x', 0, NULL},
	{0, 0, NULL},
};

static const struct lw_attached lua_attached[] = {
	{'O', 0, NULL},
	{0, 0, NULL},
};

static const struct lw_attached awk_attached[] = {
	{'d', 0, NULL},
	{'D', 0, NULL},
	{'L', 0, NULL},
	{'o', 0, NULL},
	{'p', 0, NULL},
	{0, 0, NULL},
};

static const struct lw_injection bash_injections[] = {
	{"BASH_ENV", LW_INJECT_FILE, LW_INJECT_SCRIPT, NULL, "p"},
	{"ENV", LW_INJECT_FILE, LW_INJECT_INTERACTIVE, NULL, "p"},
	{"BASH_FUNC_", LW_INJECT_FUNCTIONS, LW_INJECT_ALWAYS, NULL, "p"},
	{"PROMPT_COMMAND", LW_INJECT_CODE, LW_INJECT_INTERACTIVE, NULL, NULL},
	{"PS1", LW_INJECT_TEXT, LW_INJECT_INTERACTIVE, NULL, NULL},
	{"PS4", LW_INJECT_TEXT, LW_INJECT_ALWAYS, NULL, NULL},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_INTERACTIVE, ".bashrc", "p"},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_LOGIN, ".bash_profile .bash_login .profile", "p"},
	{NULL},
};

static const struct lw_injection sh_injections[] = {
	{"ENV", LW_INJECT_FILE, LW_INJECT_INTERACTIVE, NULL, "p"},
	{"PS1", LW_INJECT_TEXT, LW_INJECT_INTERACTIVE, NULL, NULL},
	{"PS4", LW_INJECT_TEXT, LW_INJECT_ALWAYS, NULL, NULL},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_LOGIN, ".profile", "p"},
	{NULL},
};

static const struct lw_injection ksh_injections[] = {
	{"ENV", LW_INJECT_FILE, LW_INJECT_INTERACTIVE, NULL, "p"},
	{"PS1", LW_INJECT_TEXT, LW_INJECT_INTERACTIVE, NULL, NULL},
	{"PS4", LW_INJECT_TEXT, LW_INJECT_ALWAYS, NULL, NULL},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_INTERACTIVE, ".kshrc .mkshrc", "p"},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_LOGIN, ".profile", "p"},
	{NULL},
};

static const struct lw_injection zsh_injections[] = {
	{"ZDOTDIR", LW_INJECT_FOLDER, LW_INJECT_ALWAYS, ".zshenv", "f"},
	{"ZDOTDIR", LW_INJECT_FOLDER, LW_INJECT_INTERACTIVE, ".zshrc", "f"},
	{"ZDOTDIR", LW_INJECT_FOLDER, LW_INJECT_LOGIN, ".zprofile .zlogin", "f"},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_ALWAYS, ".zshenv", "f"},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_INTERACTIVE, ".zshrc", "f"},
	{"HOME", LW_INJECT_FOLDER, LW_INJECT_LOGIN, ".zprofile .zlogin", "f"},
	{NULL},
};

static const struct lw_injection python_injections[] = {
	{"PYTHONPATH", LW_INJECT_FOLDERS, LW_INJECT_ALWAYS,
		"sitecustomize.py sitecustomize/__init__.py sitecustomize.pyc "
		"usercustomize.py usercustomize/__init__.py",
		"EIS"},
	{"PYTHONSTARTUP", LW_INJECT_FILE, LW_INJECT_INTERACTIVE, NULL, "EI"},
	{NULL},
};

static const struct lw_injection perl_injections[] = {
	{"PERL5OPT", LW_INJECT_OPTIONS, LW_INJECT_ALWAYS, NULL, "T"},
	{"PERL5DB", LW_INJECT_CODE, LW_INJECT_ALWAYS, NULL, "T"},
	{NULL},
};

static const struct lw_injection ruby_injections[] = {
	{"RUBYOPT", LW_INJECT_OPTIONS, LW_INJECT_ALWAYS, NULL, NULL},
	{NULL},
};

static const struct lw_injection node_injections[] = {
	{"NODE_OPTIONS", LW_INJECT_OPTIONS, LW_INJECT_ALWAYS, NULL, NULL},
	{NULL},
};

static const struct lw_injection lua_injections[] = {
	{"LUA_INIT", LW_INJECT_CODE, LW_INJECT_ALWAYS, NULL, "E"},
	{"LUA_INIT_5_4", LW_INJECT_CODE, LW_INJECT_ALWAYS, NULL, "E"},
	{"LUA_INIT_5_3", LW_INJECT_CODE, LW_INJECT_ALWAYS, NULL, "E"},
	{"LUA_INIT_5_2", LW_INJECT_CODE, LW_INJECT_ALWAYS, NULL, "E"},
	{NULL},
};

/*
 * Strings of programs whose symbols say nothing. Each set was looked for in the programs of Debian
 * 12: it is in the one, and in no other.
 */
static const char *const bash_strings[] = {"BASH_ENV", "BASH_VERSINFO", "PROMPT_COMMAND", NULL};
static const char *const zsh_strings[] = {"ZDOTDIR", "ZSH_VERSION", NULL};
static const char *const ksh_strings[] = {".sh.version", "KSH_VERSION", NULL};
static const char *const mksh_strings[] = {"MIRBSD KSH", NULL};
static const char *const fish_strings[] = {"FISH_NO_WSL_CHECK", "FISH_DEBUG_OUTPUT", NULL};
static const char *const tcsh_strings[] = {"cwdcmd", "precmd", NULL};
static const char *const yash_strings[] = {"YASH_LOADPATH", "YASH_AFTER_CD", NULL};
static const char *const posh_strings[] = {"POSH_VERSION", "poshXXXXXX", NULL};
static const char *const dash_strings[] = {"%s: %d: %s: ", "OPTIND", "PS4", NULL};
static const char *const python_strings[] = {"PYTHONSTARTUP", "_frozen_importlib", NULL};
static const char *const perl_strings[] = {"PERL5DB", "PERL5OPT", NULL};
static const char *const node_strings[] = {"NODE_OPTIONS", "NODE_PATH", NULL};
static const char *const php_strings[] = {"PHP_INI_SCAN_DIR", "auto_prepend_file", NULL};
static const char *const lua_strings[] = {"LUA_INIT", "=(command line)", NULL};
static const char *const gawk_strings[] = {"GAWK_READ_TIMEOUT", "AWKPATH", NULL};
static const char *const mawk_strings[] = {"MAWK_LONG_OPTIONS", NULL};

/* Shells with no options but those that POSIX gives them; told apart by what they contain. */
#define POSIX_SHELL                                                                                \
	.language = LW_LANGUAGE_SHELL, .traits = SHELL | LW_TRAIT_NEXT_ONLY, .argument = "o",      \
	.code = "c", .input = "s", .interactive = "i", .plus = "c",                                \
	.search = LW_SEARCH_CWD_THEN_PATH, .injections = sh_injections

const struct lw_interpreter lw_interpreter_rows[] = {
	{
		.names = "bash rbash",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL | LW_TRAIT_NEXT_ONLY | LW_TRAIT_LONG_ONE_DASH,
		.argument = "oO",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.plus = "cs",
		.longs = lw_longs_bash,
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = bash_injections,
		.strings = bash_strings,
	},
	{
		.names = "zsh rzsh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL,
		.argument = "o",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.plus = "c",
		.longs = lw_longs_zsh,
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = zsh_injections,
		.strings = zsh_strings,
	},
	{
		.names = "fish",
		.language = LW_LANGUAGE_SHELL,
		.argument = "dopf",
		.code = "cC",
		.quit = "hv",
		.interactive = "i",
		.longs = lw_longs_fish,
		.strings = fish_strings,
	},
	{
		.names = "tcsh csh",
		.language = LW_LANGUAGE_SHELL,
		.traits = LW_TRAIT_CODE_OPERAND | LW_TRAIT_DASH_ENDS,
		.attached = tcsh_attached,
		.strings = tcsh_strings,
		.code = "c",
		.input = "s",
		.interactive = "i",
	},
	{
		.names = "ksh rksh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL,
		.argument = "oRT",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.plus = "c",
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = ksh_injections,
		.strings = ksh_strings,
	},
	{
		.names = "mksh lksh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL,
		.argument = "oT",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = ksh_injections,
		.strings = mksh_strings,
	},
	{
		.names = "busybox toybox",
		.language = LW_LANGUAGE_SHELL,
		.traits = LW_TRAIT_MULTICALL,
	},
	{
		.names = "sh dash pdksh oksh loksh",
		POSIX_SHELL,
		.strings = dash_strings,
	},
	{
		.names = "yash",
		POSIX_SHELL,
		.strings = yash_strings,
	},
	{
		.names = "posh",
		POSIX_SHELL,
		.strings = posh_strings,
	},
	{
		.names = "ash hush",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL | LW_TRAIT_NEXT_ONLY,
		.argument = "o",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.plus = "cs",
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = sh_injections,
	},
	{
		.names = "python pypy jython ipython micropython graalpy",
		.language = LW_LANGUAGE_PYTHON,
		.traits = LW_TRAIT_CODE_ENDS,
		.argument = "WXQ",
		.code = "c",
		.module = "m",
		.quit = "hV?",
		.interactive = "i",
		.stays = "i",
		.longs = lw_longs_python,
		.index = "__main__.py __main__.pyc",
		.injections = python_injections,
		.symbol = "Py_BytesMain",
		.strings = python_strings,
	},
	{
		.names = "perl",
		.language = LW_LANGUAGE_PERL,
		.traits = LW_TRAIT_BARE_OPTIONS,
		.include = "I",
		.attached = perl_attached,
		.code = "eE",
		.load = "mM",
		.path = "S",
		.quit = "hv",
		.modules = {.folders = "PERL5LIB PERLLIB", .separator = "::", .suffix = ".pm"},
		.injections = perl_injections,
		.symbol = "perl_run",
		.strings = perl_strings,
	},
	{
		.names = "ruby jruby mruby truffleruby",
		.language = LW_LANGUAGE_RUBY,
		.argument = "E",
		.include = "I",
		.attached = ruby_attached,
		.code = "e",
		.load = "r",
		.folder = "CX",
		.path = "S",
		.places = "RUBYPATH PATH",
		.quit = "h",
		.longs = lw_longs_ruby,
		.modules = {.folders = "RUBYLIB", .suffix = ".rb"},
		.injections = ruby_injections,
		.symbol = "ruby_run_node",
	},
	{
		.names = "node nodejs qjs",
		.language = LW_LANGUAGE_NODE,
		.traits = LW_TRAIT_WORDS | LW_TRAIT_NO_DASH | LW_TRAIT_LAST_CODE |
			  LW_TRAIT_UNDERSCORES | LW_TRAIT_QUOTES,
		.longs = lw_longs_node,
		.suffix = ".js",
		.index = "index.js",
		.modules = {.folders = "NODE_PATH", .suffix = ".js"},
		.injections = node_injections,
		.symbol = "node_module_register",
		.strings = node_strings,
	},
	{
		.names = "deno bun",
		.language = LW_LANGUAGE_NODE,
		.traits = LW_TRAIT_WORDS | LW_TRAIT_RUN | LW_TRAIT_NO_STDIN,
		.longs = lw_longs_bun,
	},
	{
		.names = "php php-cgi phpdbg hhvm",
		.language = LW_LANGUAGE_PHP,
		.traits = LW_TRAIT_FILE_ENDS | LW_TRAIT_DASHES_STDIN,
		.argument = "cztSTgb",
		.setting = "d",
		.settings = "auto_prepend_file auto_append_file",
		.code = "rBRE",
		.file = "fF",
		.quit = "hvim",
		.longs = lw_longs_php,
		.symbol = "php_execute_script",
		.strings = php_strings,
	},
	{
		.names = "lua luajit texlua",
		.language = LW_LANGUAGE_LUA,
		.traits = LW_TRAIT_FILE_TOO,
		.argument = "j",
		.attached = lua_attached,
		.code = "e",
		.load = "l",
		.quit = "b",
		.stays = "i",
		.modules = {.separator = ".", .suffix = ".lua", .in_cwd = true, .renamed = true},
		.injections = lua_injections,
		.strings = lua_strings,
	},
	{
		.names = "gawk awk nawk goawk original-awk",
		.language = LW_LANGUAGE_AWK,
		.traits = LW_TRAIT_OPERAND_CODE | LW_TRAIT_NO_STDIN | LW_TRAIT_ABBREVIATED,
		.argument = "Fvl",
		.longer = "W",
		.attached = awk_attached,
		.code = "e",
		.file = "fE",
		.load = "i",
		.quit = "Vh",
		.longs = lw_longs_awk,
		.search = LW_SEARCH_PATH_THEN_CWD,
		.places = "AWKPATH",
		.suffix = ".awk",
		.modules = {.folders = "AWKPATH", .suffix = ".awk", .in_cwd = true},
		.strings = gawk_strings,
	},
	{
		.names = "mawk",
		.language = LW_LANGUAGE_AWK,
		.traits = LW_TRAIT_OPERAND_CODE | LW_TRAIT_NO_STDIN | LW_TRAIT_ABBREVIATED,
		.argument = "Fv",
		.longer = "W",
		.file = "f",
		.longs = lw_longs_mawk,
		.strings = mawk_strings,
	},
	{
		/* "java Main.java" runs source; "java Main" names no file, and none is found. */
		.names = "java",
		.language = LW_LANGUAGE_OTHER,
		.traits = LW_TRAIT_WORDS | LW_TRAIT_NO_STDIN | LW_TRAIT_FILE_ENDS,
		.longs = lw_longs_java,
	},
	{
		.names = "expect",
		.language = LW_LANGUAGE_OTHER,
		.code = "c",
		.file = "fb",
		.quit = "v",
	},
	{
		.names = "tclsh jimsh",
		.language = LW_LANGUAGE_OTHER,
	},
	{
		.names = "Rscript R",
		.language = LW_LANGUAGE_OTHER,
		.code = "e",
		.file = "f",
		.longs = lw_longs_r,
	},
};
const size_t lw_interpreter_count = LW_ARRAY_SIZE(lw_interpreter_rows);

const struct lw_interpreter lw_interpreter_loader = {
	.traits = LW_TRAIT_TARGET | LW_TRAIT_NO_STDIN,
	.longs = lw_longs_loader,
	.search = LW_SEARCH_LIBRARIES,
};
