/*
 * real: the real inodes behind a file of an overlay: the upper one, and the one of the image. Opens
 * only regular files, only beneath the overlay's layers, never across a mount. Used by layer.
 */
#ifndef LW_GATE_REAL_H
#define LW_GATE_REAL_H

#include "base/util.h"
#include "gate/handle.h"
#include "gate/place.h"
#include "gate/superblock.h"

/*
 * The inode that an overlay handle names, read-only. `like` (may be NULL) is what it must look
 * like. A filesystem that was right once is remembered by its uuid; with more than one candidate
 * and nothing to verify by, -EXDEV. -ESTALE: not there.
 */
int lw_real_by_handle(
	struct lw_superblock *sb, const struct lw_ovl_handle *h, const struct lw_identity *like);
/*
 * The upper layer's file at this path, if it looks like `like`; -ESTALE when another file is
 * there.
 */
int lw_real_upper(
	const struct lw_superblock *sb, const char *relative, const struct lw_identity *like);
/*
 * The image's file at this path whose own data is there (no metacopy): fd, -ENOENT (also for a
 * whiteout), -EISDIR when something else than a regular file is there, -ENODATA when only its
 * metadata is.
 */
int lw_real_lower(const struct lw_superblock *sb, const char *relative);
/*
 * The image's file at this path that is the very inode `like` (kernel-facts 17: proof of lower),
 * or -ENOENT.
 */
int lw_real_proof(
	const struct lw_superblock *sb, const char *relative, const struct lw_identity *like);
/* The handle in an upper file's "origin" attribute. 0, -ENODATA, or LW_HANDLE_NOT_OVERLAY. */
int lw_real_origin(int upper_fd, bool userxattr, struct lw_ovl_handle *out);
/* Are this real file's data elsewhere (overlay.metacopy)? */
bool lw_real_is_metacopy(int fd, bool userxattr);

#endif
