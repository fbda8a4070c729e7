/*
 * opening: who is opening a file: what its process runs, and is it the dynamic loader that opens?
 *
 * A task held in an open is not in an execve: /proc shows what it runs. The loader is known by the
 * task's program counter, which lies in its mapping (kernel-facts 25 of the design: seen with
 * glibc; musl's loader is libc itself, so there the opened file's name must be a library's, too).
 */
#ifndef LW_RESOLVE_OPENING_H
#define LW_RESOLVE_OPENING_H

#include "base/util.h"

/*
 * The program counter in one line of /proc/TID/syscall, which is its last word. 0, or -EINVAL
 * ("running" has none).
 */
int lw_opening_counter(const char *line, size_t length, uint64_t *out);

/*
 * One line of /proc/TID/maps: does its mapping hold this address? *path is what it maps, "" for
 * none; it lies in line, which needs its NUL.
 */
bool lw_opening_maps_line(const char *line, uint64_t address, const char **path);

/* Is this path that of a dynamic loader, and does it open a library named `opened`? */
bool lw_opening_is_loader(const char *path, const char *opened);

#endif
