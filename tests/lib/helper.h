/*
 * helper: how the programs that kernel tests run in a container end, wait and enter it.
 */
#ifndef LW_TESTS_LIB_HELPER_H
#define LW_TESTS_LIB_HELPER_H

#include <sys/types.h>

/* As a shell: 126 may not be executed, 127 the rest. */
int exit_code(int error);
/* Says errno, and ends with its exit_code(). */
__attribute__((noreturn)) void die(const char *what);
/* Of a child, as a shell has it. */
int wait_code(pid_t pid);

int mode_enter(int argc, char **argv);

#endif
