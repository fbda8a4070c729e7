#include <string.h>

#include "resolve/dialects.h"

#define SHELL (LW_TRAIT_CODE_OPERAND | LW_TRAIT_PLUS | LW_TRAIT_DASH_ENDS)

static const struct lw_long_option bash_longs[] = {
	{"rcfile", LW_OPTION_ARGUMENT},
	{"init-file", LW_OPTION_ARGUMENT},
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
	{"r", LW_OPTION_ARGUMENT},
	{"C", LW_OPTION_ARGUMENT},
	{"h", LW_OPTION_QUIT},
	{"v", LW_OPTION_QUIT},
	{"eval", LW_OPTION_CODE},
	{"print", LW_OPTION_CODE},
	{"require", LW_OPTION_ARGUMENT},
	{"import", LW_OPTION_ARGUMENT},
	{"loader", LW_OPTION_ARGUMENT},
	{"experimental-loader", LW_OPTION_ARGUMENT},
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
	{"include", LW_OPTION_ARGUMENT},
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
	{'m', 0, NULL},
	{'M', 0, NULL},
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

/* Named rows stand before the unnamed one of their language. */
static const struct lw_dialect dialects[] = {
	{
		.name = "bash",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL | LW_TRAIT_NEXT_ONLY | LW_TRAIT_LONG_ONE_DASH,
		.argument = "oO",
		.code = "c",
		.input = "s",
		.longs = bash_longs,
		.search = LW_SEARCH_CWD_THEN_PATH,
	},
	{
		.name = "zsh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL,
		.argument = "o",
		.code = "c",
		.input = "s",
		.longs = zsh_longs,
		.search = LW_SEARCH_CWD_THEN_PATH,
	},
	{
		.name = "fish",
		.language = LW_LANGUAGE_SHELL,
		.argument = "dopf",
		.code = "cC",
		.quit = "hv",
		.longs = fish_longs,
	},
	{
		.name = "csh",
		.language = LW_LANGUAGE_SHELL,
		.traits = LW_TRAIT_CODE_OPERAND | LW_TRAIT_DASH_ENDS,
		.code = "c",
		.input = "s",
	},
	{
		.name = "tcsh",
		.language = LW_LANGUAGE_SHELL,
		.traits = LW_TRAIT_CODE_OPERAND | LW_TRAIT_DASH_ENDS,
		.attached = tcsh_attached,
		.code = "c",
		.input = "s",
	},
	{
		.name = "ksh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL,
		.argument = "oRT",
		.code = "c",
		.input = "s",
		.search = LW_SEARCH_CWD_THEN_PATH,
	},
	{
		.name = "mksh",
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL,
		.argument = "oT",
		.code = "c",
		.input = "s",
		.search = LW_SEARCH_CWD_THEN_PATH,
	},
	{
		.language = LW_LANGUAGE_SHELL,
		.traits = SHELL | LW_TRAIT_NEXT_ONLY,
		.argument = "o",
		.code = "c",
		.input = "s",
		.search = LW_SEARCH_CWD_THEN_PATH,
	},
	{
		.language = LW_LANGUAGE_PYTHON,
		.traits = LW_TRAIT_CODE_ENDS,
		.argument = "WXQ",
		.code = "c",
		.module = "m",
		.quit = "hV?",
		.longs = python_longs,
	},
	{
		.language = LW_LANGUAGE_PERL,
		.argument = "I",
		.attached = perl_attached,
		.code = "eE",
		.path = "S",
		.quit = "hvV",
	},
	{
		.language = LW_LANGUAGE_RUBY,
		.argument = "IrCE",
		.attached = ruby_attached,
		.code = "e",
		.path = "S",
		.quit = "h",
		.longs = ruby_longs,
	},
	{
		.name = "deno",
		.language = LW_LANGUAGE_NODE,
		.traits = LW_TRAIT_OPAQUE,
	},
	{
		.name = "bun",
		.language = LW_LANGUAGE_NODE,
		.traits = LW_TRAIT_OPAQUE,
	},
	{
		.language = LW_LANGUAGE_NODE,
		.traits = LW_TRAIT_WORDS | LW_TRAIT_NO_DASH,
		.longs = node_longs,
		.suffix = ".js",
	},
	{
		.language = LW_LANGUAGE_PHP,
		.traits = LW_TRAIT_FILE_ENDS,
		.argument = "cdztSTgb",
		.code = "rBRE",
		.file = "fF",
		.quit = "hvim",
		.longs = php_longs,
	},
	{
		.language = LW_LANGUAGE_LUA,
		.traits = LW_TRAIT_FILE_TOO,
		.argument = "lj",
		.attached = lua_attached,
		.code = "e",
		.quit = "b",
	},
	{
		.language = LW_LANGUAGE_AWK,
		.traits = LW_TRAIT_OPERAND_CODE | LW_TRAIT_NO_STDIN,
		.argument = "FvWil",
		.attached = awk_attached,
		.code = "e",
		.file = "fE",
		.quit = "Vh",
		.longs = awk_longs,
	},
};

static const struct lw_dialect loader = {
	.traits = LW_TRAIT_TARGET | LW_TRAIT_NO_STDIN,
	.longs = loader_longs,
	.search = LW_SEARCH_LIBRARIES,
};

/* Loaders by name: "ld-linux-x86-64.so.2", "ld-2.31.so", "ld-musl-x86_64.so.1", "ld.so". */
static const char *const loader_prefixes[] = {"ld-", "ld.so", "ld64.so"};
static const char *const multicalls[] = {"busybox", "toybox"};

static bool
starts_with(const char *text, size_t length, const char *prefix)
{
	size_t n = strlen(prefix);

	return length >= n && memcmp(text, prefix, n) == 0;
}

/* "bash" is the dialect of bash, bash5, bash-static; "ksh" that of ksh93. */
static bool
is_named(const struct lw_dialect *d, const char *name, size_t length)
{
	if (!starts_with(name, length, d->name))
		return false;
	size_t n = strlen(d->name);
	return n == length || name[n] == '-' || (name[n] >= '0' && name[n] <= '9');
}

const struct lw_dialect *
lw_dialect_find(enum lw_language language, const char *name, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(dialects); i++) {
		const struct lw_dialect *d = &dialects[i];

		if (d->language != language || language == LW_LANGUAGE_NONE)
			continue;
		if (!d->name || is_named(d, name, length))
			return d;
	}
	return NULL;
}

const struct lw_dialect *
lw_dialect_loader(void)
{
	return &loader;
}

bool
lw_dialect_is_loader(const char *name, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(loader_prefixes); i++)
		if (starts_with(name, length, loader_prefixes[i]))
			return memmem(name, length, ".so", 3) != NULL;
	return false;
}

bool
lw_dialect_is_multicall(const char *name, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(multicalls); i++)
		if (starts_with(name, length, multicalls[i]))
			return true;
	return false;
}
