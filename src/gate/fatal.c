#include "gate/fatal.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/util.h"

static volatile sig_atomic_t guarded = -1;
static char stack[16384] __attribute__((aligned(16))); /* a stack overflow is fatal, too */

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};

/*
 * SA_RESETHAND has put the default action back: raised again, it ends us as if we had not been
 * here.
 */
static void
on_fatal(int signo)
{
	if (guarded >= 0)
		close(guarded);
	raise(signo);
}

int
lw_fatal_guard(int fd)
{
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {
		.sa_handler = on_fatal,
		.sa_flags = SA_RESETHAND | SA_ONSTACK | SA_NODEFER,
	};

	guarded = fd;
	if (fd < 0)
		return 0;
	if (sigaltstack(&alternate, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < LW_ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], &action, NULL) < 0)
			return -errno;
	return 0;
}
