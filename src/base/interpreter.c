#include <string.h>

#include "base/util.h"
#include "layerwatch/interpreter.h"

struct row {
	const char *name;
	enum lw_language language;
};

static const struct row rows[] = {
	{"sh", LW_LANGUAGE_SHELL},
	{"bash", LW_LANGUAGE_SHELL},
	{"rbash", LW_LANGUAGE_SHELL},
	{"dash", LW_LANGUAGE_SHELL},
	{"ash", LW_LANGUAGE_SHELL},
	{"zsh", LW_LANGUAGE_SHELL},
	{"rzsh", LW_LANGUAGE_SHELL},
	{"ksh", LW_LANGUAGE_SHELL},
	{"rksh", LW_LANGUAGE_SHELL},
	{"mksh", LW_LANGUAGE_SHELL},
	{"lksh", LW_LANGUAGE_SHELL},
	{"pdksh", LW_LANGUAGE_SHELL},
	{"oksh", LW_LANGUAGE_SHELL},
	{"loksh", LW_LANGUAGE_SHELL},
	{"yash", LW_LANGUAGE_SHELL},
	{"posh", LW_LANGUAGE_SHELL},
	{"fish", LW_LANGUAGE_SHELL},
	{"csh", LW_LANGUAGE_SHELL},
	{"tcsh", LW_LANGUAGE_SHELL},
	{"busybox", LW_LANGUAGE_SHELL},
	{"toybox", LW_LANGUAGE_SHELL},
	{"python", LW_LANGUAGE_PYTHON},
	{"pypy", LW_LANGUAGE_PYTHON},
	{"jython", LW_LANGUAGE_PYTHON},
	{"ipython", LW_LANGUAGE_PYTHON},
	{"micropython", LW_LANGUAGE_PYTHON},
	{"graalpy", LW_LANGUAGE_PYTHON},
	{"perl", LW_LANGUAGE_PERL},
	{"ruby", LW_LANGUAGE_RUBY},
	{"jruby", LW_LANGUAGE_RUBY},
	{"mruby", LW_LANGUAGE_RUBY},
	{"truffleruby", LW_LANGUAGE_RUBY},
	{"node", LW_LANGUAGE_NODE},
	{"nodejs", LW_LANGUAGE_NODE},
	{"deno", LW_LANGUAGE_NODE},
	{"bun", LW_LANGUAGE_NODE},
	{"qjs", LW_LANGUAGE_NODE},
	{"php", LW_LANGUAGE_PHP},
	{"php-cgi", LW_LANGUAGE_PHP},
	{"phpdbg", LW_LANGUAGE_PHP},
	{"hhvm", LW_LANGUAGE_PHP},
	{"lua", LW_LANGUAGE_LUA},
	{"luajit", LW_LANGUAGE_LUA},
	{"texlua", LW_LANGUAGE_LUA},
	{"awk", LW_LANGUAGE_AWK},
	{"gawk", LW_LANGUAGE_AWK},
	{"mawk", LW_LANGUAGE_AWK},
	{"nawk", LW_LANGUAGE_AWK},
	{"goawk", LW_LANGUAGE_AWK},
	{"original-awk", LW_LANGUAGE_AWK},
};

/*
 * What distributions put behind a name or its version: CPython's ABI flags and builds of their
 * own.
 */
static const char *const builds[] = {
	"",
	"d",
	"m",
	"dm",
	"u",
	"mu",
	"dmu",
	"t",
	"td",
	"-dbg",
	"-debug",
	"-static",
	"-minimal",
	"-cgi",
	"-cli",
	"-intel64",
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of a version such as "3.11", "-5.9" or "93" at the start of rest, 0 without one. */
static size_t
version_length(const char *rest, size_t length)
{
	size_t i = length > 1 && rest[0] == '-' ? 1 : 0;

	if (i == length || !is_digit(rest[i]))
		return 0;
	while (i < length && (is_digit(rest[i]) || rest[i] == '.'))
		i++;
	return i;
}

static bool
is_build(const char *rest, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(builds); i++)
		if (strlen(builds[i]) == length && memcmp(builds[i], rest, length) == 0)
			return true;
	return false;
}

static bool
is_version_or_build(const char *rest, size_t length)
{
	size_t version = version_length(rest, length);

	/* "shm" is no shell: an ABI letter stands behind a version only. */
	if (version == 0 && length > 0 && rest[0] != '-')
		return false;
	return is_build(&rest[version], length - version);
}

enum lw_language
lw_interpreter_language(const char *name, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].name);

		if (length < n || memcmp(rows[i].name, name, n) != 0)
			continue;
		if (is_version_or_build(&name[n], length - n))
			return rows[i].language;
	}
	return LW_LANGUAGE_NONE;
}

const char *
lw_interpreter_base_name(const char *path, size_t length, size_t *base_length)
{
	size_t at = length;

	while (at > 0 && path[at - 1] != '/')
		at--;
	*base_length = length - at;
	return &path[at];
}
