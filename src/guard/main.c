/*
 * layerwatchd: the guard's main.
 */
#include <fcntl.h>

#include "guard/commands.h"
#include "guard/exit.h"

/* Descriptors 0 to 2 must exist: else the next one opened would be taken for stdout or stderr. */
static int
ensure_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return fd < 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct lw_options o;

	if (ensure_standard_fds() < 0)
		return LW_EXIT_FAILURE;
	if (lw_options_parse(&o, argc, argv) < 0)
		return LW_EXIT_USAGE;
	lw_log_open("layerwatchd", o.level);
	return lw_commands_run(&o);
}
