/*
 * exit: the exit codes of the guard, and of a child that must not be started again.
 */
#ifndef LW_GUARD_EXIT_H
#define LW_GUARD_EXIT_H

enum {
	LW_EXIT_OK = 0,
	LW_EXIT_FAILURE = 1,
	LW_EXIT_USAGE = 2,
	LW_EXIT_KERNEL = 69, /* EX_UNAVAILABLE: the kernel lacks something */
	LW_EXIT_PERMISSION = 77, /* EX_NOPERM */
	LW_EXIT_CONFIG = 78 /* EX_CONFIG */
};

#endif
