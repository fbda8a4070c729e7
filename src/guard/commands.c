#include "guard/commands.h"

#include <errno.h>
#include <string.h>

#include "guard/config.h"
#include "guard/exit.h"
#include "guard/guard.h"

static int
load(const struct lw_options *o, struct lw_config **out)
{
	_cleanup_text_ struct lw_text errors = {0};
	struct lw_config_source source = lw_config_source(o->config);
	int r;

	lw_text_init(&errors, LW_CONFIG_ERRORS_MAX);
	r = lw_config_load(out, &source, 1, &errors);
	if (r == 0 && source.built_in)
		fprintf(stderr, "layerwatchd: there is no %s: this is the built-in policy\n",
			source.path);
	if (r == 0)
		return 0;
	if (errors.length > 0)
		fputs(errors.data, stderr);
	else
		fprintf(stderr, "layerwatchd: %s: %s\n", source.path, strerror(-r));
	return r;
}

static int
check(const struct lw_options *o)
{
	_cleanup_(lw_config_freep) struct lw_config *c = NULL;

	return load(o, &c) < 0 ? LW_EXIT_CONFIG : LW_EXIT_OK;
}

static int
dump(const struct lw_options *o)
{
	_cleanup_(lw_config_freep) struct lw_config *c = NULL;
	_cleanup_text_ struct lw_text text = {0};

	if (load(o, &c) < 0)
		return LW_EXIT_CONFIG;
	lw_text_init(&text, 2 * LW_POLICY_DUMP_MAX);
	lw_policy_dump(c->policy, &text, true);
	if (text.failed || lw_write_full(STDOUT_FILENO, text.data, text.length) < 0)
		return LW_EXIT_FAILURE;
	return LW_EXIT_OK;
}

static int
version(const struct lw_options *o)
{
	lw_options_version();
	return fflush(stdout) == 0 ? LW_EXIT_OK : LW_EXIT_FAILURE;
}

static int
help(const struct lw_options *o)
{
	lw_options_help();
	return fflush(stdout) == 0 ? LW_EXIT_OK : LW_EXIT_FAILURE;
}

static int (*const commands[LW_COMMAND_COUNT])(const struct lw_options *) = {
	[LW_COMMAND_RUN] = lw_guard_run,
	[LW_COMMAND_CHECK] = check,
	[LW_COMMAND_DUMP] = dump,
	[LW_COMMAND_VERSION] = version,
	[LW_COMMAND_HELP] = help,
};

int
lw_commands_run(const struct lw_options *o)
{
	return commands[o->command](o);
}
