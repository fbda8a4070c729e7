/* uring: opens a file by io_uring, so that one of the kernel's own threads does it. */
#ifndef LW_TESTS_URING_H
#define LW_TESTS_URING_H

/* argv[0] is opened for reading. A mode of actor: 0, or it ends with what errno says. */
int lw_uring_open(int argc, char **argv);

#endif
