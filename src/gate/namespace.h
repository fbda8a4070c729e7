/*
 * namespace: reads one mount namespace's mount table into memory, with what discover asks of it.
 * Owns nothing: the text is the caller's.
 */
#ifndef LW_GATE_NAMESPACE_H
#define LW_GATE_NAMESPACE_H

#include "base/util.h"
#include "gate/mountinfo.h"

/* Inode of /proc/PID/ns/KIND (pid 0 = self), 0 when it can't be read. */
uint64_t lw_namespace_inode(uint32_t pid, const char *kind);
/* Inode of the user namespace that owns the mount namespace of pid, 0 when it can't be told. */
uint64_t lw_namespace_owner(uint32_t pid);

/*
 * Reads /proc/PID/mountinfo (pid 0 = self) whole into *text, which is grown (realloc) up to
 * LW_MOUNTINFO_TEXT_MAX.
 * Returns the length or -errno.
 */
ssize_t lw_namespace_read(uint32_t pid, char **text, size_t *size);

/*
 * Filesystem types, as mountinfo names them, that never wait for a user-space server or a
 * network.
 */
bool lw_namespace_type_is_local(const char *fs_type);

#endif
