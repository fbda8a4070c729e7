/*
 * kernel: what kernels since 5.0 brought that we can't do without, done by hand where it lacks.
 * Used by whoever opens files beneath a folder that is not to be left. Owns nothing.
 */
#ifndef LW_BASE_KERNEL_H
#define LW_BASE_KERNEL_H

#include <linux/openat2.h>
#include <stdint.h>

#define LW_OPEN_DEPTH 64 /* folders below dirfd, by hand */
#define LW_OPEN_LINKS 40 /* symbolic links followed, as the kernel's bound */

/*
 * openat2(2), O_CLOEXEC always; flags that do not create, resolve with RESOLVE_IN_ROOT or
 * RESOLVE_BENEATH, as those of lw_openat2_by_hand(). Returns an fd or -errno.
 */
int lw_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve);
/*
 * The same for Linux before 5.6: one component after the other, O_PATH. Nothing that is renamed
 * meanwhile leads out of dirfd, since ".." goes back the way that it came. No symbolic link of a
 * /proc is followed; deeper than LW_OPEN_DEPTH is -ENAMETOOLONG.
 */
int lw_openat2_by_hand(int dirfd, const char *path, uint64_t flags, uint64_t resolve);

/*
 * The mount that fd was opened by, as mountinfo numbers it: statx(2) since 5.8, fdinfo before. 0 or
 * -errno.
 */
int lw_mount_id(int fd, uint32_t *out);
int lw_mount_id_by_hand(int fd, uint32_t *out);

#endif
