/*
 * pause, resume and reload: what an operator tells the daemon to do. The pause is the emergency
 * brake.
 */
#include <string.h>

#include "ctl/command.h"
#include "layerwatch/control.h"

#define PAUSE_DEFAULT 60 /* seconds */

static int
tell(struct lw_ctl *ctl, const char *request, const char *done)
{
	struct lw_client c;
	int code = lw_ctl_ask(ctl, &c, request);

	lw_client_done(&c);
	if (code != LW_EXIT_OK)
		return code;
	fprintf(ctl->out, "%s\n", done);
	return lw_ctl_flush(ctl);
}

static int
no_operands(struct lw_ctl *ctl, int argc, char **argv)
{
	return argc > 1 ? lw_ctl_usage(ctl, "unexpected \"%s\"", argv[1]) : 0;
}

static int
run_pause(struct lw_ctl *ctl, int argc, char **argv)
{
	uint64_t seconds = PAUSE_DEFAULT;
	char request[64], done[160];

	if (argc > 2)
		return lw_ctl_usage(ctl, "unexpected \"%s\"", argv[2]);
	if (argc == 2 &&
		(lw_parse_u64(argv[1], &seconds) != 0 || seconds == 0 || seconds > LW_PAUSE_MAX))
		return lw_ctl_usage(ctl, "SECONDS is a number from 1 to %d", LW_PAUSE_MAX);
	snprintf(request, sizeof(request), "pause %u", (unsigned)seconds);
	snprintf(done, sizeof(done),
		"paused: for %u s everything is allowed unseen; \"layerwatch resume\" ends it",
		(unsigned)seconds);
	return tell(ctl, request, done);
}

static int
run_resume(struct lw_ctl *ctl, int argc, char **argv)
{
	int code = no_operands(ctl, argc, argv);

	return code ? code : tell(ctl, "resume", "resumed: executions are judged again");
}

static int
run_reload(struct lw_ctl *ctl, int argc, char **argv)
{
	int code = no_operands(ctl, argc, argv);

	return code ? code
		    : tell(ctl, "reload",
			      "reload asked for; \"layerwatch status\" tells the policy");
}

const struct lw_command lw_command_pause = {
	.name = "pause",
	.synopsis = "[SECONDS]",
	.summary = "Allow everything for a while: the emergency brake",
	.options = "  SECONDS   1 to 3600, 60 if not given\n",
	.run = run_pause,
};

const struct lw_command lw_command_resume = {
	.name = "resume",
	.synopsis = "",
	.summary = "End a pause",
	.options = "",
	.run = run_resume,
};

const struct lw_command lw_command_reload = {
	.name = "reload",
	.synopsis = "",
	.summary = "Read the policy again",
	.options = "",
	.run = run_reload,
};
