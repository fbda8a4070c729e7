/*
 * sinks: the folders of file sinks, made while we may: report, which writes the files, may not.
 */
#ifndef LW_GUARD_SINKS_H
#define LW_GUARD_SINKS_H

#include "policy/policy.h"

/*
 * Makes the folder of each file sink where it is missing, 0750 and owned by uid:gid; folders above
 * it 0755 and root's. What exists is left as it is. Returns 0 or the last negative errno, with its
 * path in failed (size bytes).
 */
int lw_sinks_prepare(const struct lw_settings *s, uid_t uid, gid_t gid, char *failed, size_t size);

#endif
