/*
 * interpreters: the table of script interpreters. More forms are more rows; what a field means
 * stands in layerwatch/interpreter.h. Sources: the manuals of the programs named, and their
 * option parsers where the manuals are silent.
 */
#include "base/util.h"
#include "layerwatch/interpreter.h"

#define SHELL (LW_TRAIT_CODE_OPERAND | LW_TRAIT_PLUS | LW_TRAIT_DASH_ENDS)

static const struct lw_long_option bash_longs[] = {
	{"rcfile", LW_OPTION_LOAD},
	{"init-file", LW_OPTION_LOAD},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option zsh_longs[] = {
	{"emulate", LW_OPTION_ARGUMENT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option fish_longs[] = {
	{"command", LW_OPTION_CODE},
	{"init-command", LW_OPTION_CODE},
	{"debug", LW_OPTION_ARGUMENT},
	{"debug-output", LW_OPTION_ARGUMENT},
	{"features", LW_OPTION_ARGUMENT},
	{"profile", LW_OPTION_ARGUMENT},
	{"profile-startup", LW_OPTION_ARGUMENT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option python_longs[] = {
	{"check-hash-based-pycs", LW_OPTION_ARGUMENT},
	{"help", LW_OPTION_QUIT},
	{"help-all", LW_OPTION_QUIT},
	{"help-env", LW_OPTION_QUIT},
	{"help-xoptions", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option ruby_longs[] = {
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{"copyright", LW_OPTION_QUIT},
	{"backtrace-limit", LW_OPTION_ARGUMENT},
	{"encoding", LW_OPTION_ARGUMENT},
	{"external-encoding", LW_OPTION_ARGUMENT},
	{"internal-encoding", LW_OPTION_ARGUMENT},
	{NULL, LW_OPTION_FLAG},
};

/* With one dash or two. */
static const struct lw_long_option node_longs[] = {
	{"e", LW_OPTION_CODE},
	{"p", LW_OPTION_CODE},
	{"pe", LW_OPTION_CODE},
	{"r", LW_OPTION_LOAD},
	{"C", LW_OPTION_ARGUMENT},
	{"h", LW_OPTION_QUIT},
	{"v", LW_OPTION_QUIT},
	{"eval", LW_OPTION_CODE},
	{"print", LW_OPTION_CODE},
	{"require", LW_OPTION_LOAD},
	{"import", LW_OPTION_LOAD},
	{"loader", LW_OPTION_LOAD},
	{"experimental-loader", LW_OPTION_LOAD},
	{"conditions", LW_OPTION_ARGUMENT},
	{"env-file", LW_OPTION_ARGUMENT},
	{"input-type", LW_OPTION_ARGUMENT},
	{"title", LW_OPTION_ARGUMENT},
	{"icu-data-dir", LW_OPTION_ARGUMENT},
	{"openssl-config", LW_OPTION_ARGUMENT},
	{"unhandled-rejections", LW_OPTION_ARGUMENT},
	{"stack-trace-limit", LW_OPTION_ARGUMENT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{"v8-options", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option bun_longs[] = {
	{"e", LW_OPTION_CODE},
	{"p", LW_OPTION_CODE},
	{"eval", LW_OPTION_CODE},
	{"print", LW_OPTION_CODE},
	{"r", LW_OPTION_LOAD},
	{"preload", LW_OPTION_LOAD},
	{"import", LW_OPTION_LOAD},
	{"require", LW_OPTION_LOAD},
	{"config", LW_OPTION_ARGUMENT},
	{"c", LW_OPTION_ARGUMENT},
	{"cwd", LW_OPTION_ARGUMENT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option php_longs[] = {
	{"run", LW_OPTION_CODE},
	{"process-begin", LW_OPTION_CODE},
	{"process-code", LW_OPTION_CODE},
	{"process-end", LW_OPTION_CODE},
	{"file", LW_OPTION_FILE},
	{"process-file", LW_OPTION_FILE},
	{"php-ini", LW_OPTION_ARGUMENT},
	{"define", LW_OPTION_ARGUMENT},
	{"zend-extension", LW_OPTION_ARGUMENT},
	{"server", LW_OPTION_ARGUMENT},
	{"docroot", LW_OPTION_ARGUMENT},
	{"rf", LW_OPTION_QUIT},
	{"rc", LW_OPTION_QUIT},
	{"re", LW_OPTION_QUIT},
	{"ri", LW_OPTION_QUIT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{"info", LW_OPTION_QUIT},
	{"modules", LW_OPTION_QUIT},
	{"ini", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option awk_longs[] = {
	{"file", LW_OPTION_FILE},
	{"exec", LW_OPTION_FILE},
	{"source", LW_OPTION_CODE},
	{"assign", LW_OPTION_ARGUMENT},
	{"field-separator", LW_OPTION_ARGUMENT},
	{"include", LW_OPTION_LOAD},
	{"load", LW_OPTION_ARGUMENT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

/* glibc takes the value from the next word only, musl also after "=". */
static const struct lw_long_option loader_longs[] = {
	{"library-path", LW_OPTION_LIBRARY_PATH},
	{"preload", LW_OPTION_ARGUMENT},
	{"audit", LW_OPTION_ARGUMENT},
	{"argv0", LW_OPTION_ARGUMENT},
	{"inhibit-rpath", LW_OPTION_ARGUMENT},
	{"glibc-hwcaps-prepend", LW_OPTION_ARGUMENT},
	{"glibc-hwcaps-mask", LW_OPTION_ARGUMENT},
	{"list", LW_OPTION_QUIT},
	{"verify", LW_OPTION_QUIT},
	{"list-tunables", LW_OPTION_QUIT},
	{"list-diagnostics", LW_OPTION_QUIT},
	{"help", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

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
	{'d', ':', NULL},
	{'d', 't', NULL},
	{'i', 0, NULL},
	{'F', 0, NULL},
	{'x', 0, NULL},
	{'D', 0, NULL},
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
	{NULL},
};

static const struct lw_injection sh_injections[] = {
	{"ENV", LW_INJECT_FILE, LW_INJECT_INTERACTIVE, NULL, "p"},
	{NULL},
};

static const struct lw_injection zsh_injections[] = {
	{"ZDOTDIR", LW_INJECT_FOLDER, LW_INJECT_ALWAYS, ".zshenv", "f"},
	{"ZDOTDIR", LW_INJECT_FOLDER, LW_INJECT_INTERACTIVE, ".zshrc", "f"},
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
static const char *const dash_strings[] = {"%s: %d: %s: ", "OPTIND", "PS4", NULL};
static const char *const python_strings[] = {"PYTHONSTARTUP", "_frozen_importlib", NULL};
static const char *const perl_strings[] = {"PERL5DB", "PERL5OPT", NULL};
static const char *const node_strings[] = {"NODE_OPTIONS", "NODE_PATH", NULL};
static const char *const php_strings[] = {"PHP_INI_SCAN_DIR", "auto_prepend_file", NULL};
static const char *const lua_strings[] = {"LUA_INIT", "=(command line)", NULL};
static const char *const gawk_strings[] = {"GAWK_READ_TIMEOUT", "AWKPATH", NULL};
static const char *const mawk_strings[] = {"MAWK_LONG_OPTIONS", NULL};

static const struct lw_long_option java_longs[] = {
	{"jar", LW_OPTION_FILE},
	{"cp", LW_OPTION_ARGUMENT},
	{"classpath", LW_OPTION_ARGUMENT},
	{"class-path", LW_OPTION_ARGUMENT},
	{"p", LW_OPTION_ARGUMENT},
	{"module-path", LW_OPTION_ARGUMENT},
	{"add-modules", LW_OPTION_ARGUMENT},
	{"add-opens", LW_OPTION_ARGUMENT},
	{"add-exports", LW_OPTION_ARGUMENT},
	{"source", LW_OPTION_ARGUMENT},
	{"m", LW_OPTION_QUIT},
	{"module", LW_OPTION_QUIT},
	{"version", LW_OPTION_QUIT},
	{"help", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

static const struct lw_long_option r_longs[] = {
	{"file", LW_OPTION_FILE},
	{"version", LW_OPTION_QUIT},
	{"help", LW_OPTION_QUIT},
	{NULL, LW_OPTION_FLAG},
};

const struct lw_interpreter lw_interpreter_rows[] = {
	{
		.names = "bash rbash",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL | LW_TRAIT_NEXT_ONLY | LW_TRAIT_LONG_ONE_DASH,
		.argument = "oO",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.longs = bash_longs,
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
		.longs = zsh_longs,
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
		.longs = fish_longs,
	},
	{
		.names = "tcsh csh",
		.language = LW_LANGUAGE_SHELL,
		.traits = LW_TRAIT_CODE_OPERAND | LW_TRAIT_DASH_ENDS,
		.attached = tcsh_attached,
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
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = sh_injections,
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
		.injections = sh_injections,
		.strings = mksh_strings,
	},
	{
		.names = "busybox toybox",
		.language = LW_LANGUAGE_SHELL,
		.traits = LW_TRAIT_MULTICALL,
	},
	{
		.names = "sh dash ash hush pdksh oksh loksh yash posh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL | LW_TRAIT_NEXT_ONLY,
		.argument = "o",
		.code = "c",
		.input = "s",
		.interactive = "i",
		.search = LW_SEARCH_CWD_THEN_PATH,
		.injections = sh_injections,
		.strings = dash_strings,
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
		.longs = python_longs,
		.index = "__main__.py __main__.pyc",
		.injections = python_injections,
		.symbol = "Py_BytesMain",
		.strings = python_strings,
	},
	{
		.names = "perl",
		.language = LW_LANGUAGE_PERL,
		.argument = "I",
		.attached = perl_attached,
		.code = "eE",
		.load = "mM",
		.path = "S",
		.quit = "hvV",
		.modules = {.folders = "PERL5LIB", .separator = "::", .suffix = ".pm"},
		.injections = perl_injections,
		.symbol = "perl_run",
		.strings = perl_strings,
	},
	{
		.names = "ruby jruby mruby truffleruby",
		.language = LW_LANGUAGE_RUBY,
		.argument = "ICE",
		.attached = ruby_attached,
		.code = "e",
		.load = "r",
		.path = "S",
		.quit = "h",
		.longs = ruby_longs,
		.modules = {.folders = "RUBYLIB", .suffix = ".rb"},
		.injections = ruby_injections,
		.symbol = "ruby_run_node",
	},
	{
		.names = "node nodejs qjs",
		.language = LW_LANGUAGE_NODE,
		.traits = LW_TRAIT_WORDS | LW_TRAIT_NO_DASH | LW_TRAIT_LAST_CODE,
		.longs = node_longs,
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
		.longs = bun_longs,
	},
	{
		.names = "php php-cgi phpdbg hhvm",
		.language = LW_LANGUAGE_PHP,
		.traits = LW_TRAIT_FILE_ENDS,
		.argument = "cdztSTgb",
		.code = "rBRE",
		.file = "fF",
		.quit = "hvim",
		.longs = php_longs,
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
		.modules = {.separator = ".", .suffix = ".lua", .in_cwd = true},
		.injections = lua_injections,
		.strings = lua_strings,
	},
	{
		.names = "gawk awk nawk goawk original-awk",
		.language = LW_LANGUAGE_AWK,
		.traits = LW_TRAIT_OPERAND_CODE | LW_TRAIT_NO_STDIN,
		.argument = "FvWl",
		.attached = awk_attached,
		.code = "e",
		.file = "fE",
		.load = "i",
		.quit = "Vh",
		.longs = awk_longs,
		.modules = {.folders = "AWKPATH", .suffix = ".awk", .in_cwd = true},
		.strings = gawk_strings,
	},
	{
		.names = "mawk",
		.language = LW_LANGUAGE_AWK,
		.traits = LW_TRAIT_OPERAND_CODE | LW_TRAIT_NO_STDIN,
		.argument = "FvW",
		.file = "f",
		.longs = awk_longs,
		.strings = mawk_strings,
	},
	{
		/* "java Main.java" runs source; "java Main" names no file, and none is found. */
		.names = "java",
		.language = LW_LANGUAGE_OTHER,
		.traits = LW_TRAIT_WORDS | LW_TRAIT_NO_STDIN | LW_TRAIT_FILE_ENDS,
		.longs = java_longs,
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
		.longs = r_longs,
	},
};
const size_t lw_interpreter_count = LW_ARRAY_SIZE(lw_interpreter_rows);

const struct lw_interpreter lw_interpreter_loader = {
	.traits = LW_TRAIT_TARGET | LW_TRAIT_NO_STDIN,
	.longs = loader_longs,
	.search = LW_SEARCH_LIBRARIES,
};
