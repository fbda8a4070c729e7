/*
 * layerwatch: the command line. Everything is in command.c and in one file for each subcommand.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "layerwatch/control.h"

/* https://no-color.org: set and not empty, whatever its value is. */
static bool
may_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(f)) && !(no && no[0]) && term && strcmp(term, "dumb") != 0;
}

int
main(int argc, char **argv)
{
	struct lw_ctl ctl = {
		.socket = LW_CONTROL_PATH,
		.out = stdout,
		.err = stderr,
		.colour = may_colour(stdout),
	};

	return lw_ctl_run(&ctl, argc, argv);
}
