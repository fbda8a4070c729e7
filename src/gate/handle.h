/*
 * handle: what overlayfs' own file handles say of a file: upper or with an origin below, and
 * which inode that is.
 *
 * Pure: decodes bytes that name_to_handle_at(2) with AT_HANDLE_FID gave (6.6+). Called by the
 * gate's layer question.
 * The format is that of fs/overlayfs/overlayfs.h (struct ovl_fh, unchanged since 5.5).
 */
#ifndef LW_GATE_HANDLE_H
#define LW_GATE_HANDLE_H

#include <fcntl.h>

#include "base/util.h"

#define LW_OVL_HANDLE_TYPE 0xf8 /* OVL_FILEID_V1 */
#define LW_OVL_HANDLE_SIZE 128 /* MAX_HANDLE_SZ: the kernel gives no longer one */
#define LW_UUID_SIZE 16

/*
 * A file handle with room for any: pass &h.handle to name_to_handle_at(2) and
 * open_by_handle_at(2).
 */
union lw_file_handle {
	struct file_handle handle;
	uint8_t room[sizeof(struct file_handle) + LW_OVL_HANDLE_SIZE];
};

struct lw_ovl_handle {
	/* lives in the upper layer and has no usable origin (OVL_FH_FLAG_PATH_UPPER) */
	bool upper;
	uint8_t uuid[LW_UUID_SIZE]; /* of the real filesystem; all zero where it has none */
	/* of the real inode, on that filesystem: upper if upper, else the origin */
	union lw_file_handle inner;
};

/* another filesystem's, a generic one, or a version not known: says nothing */
#define LW_HANDLE_NOT_OVERLAY 1

/*
 * type and bytes as name_to_handle_at(2) gave them. 0, or LW_HANDLE_NOT_OVERLAY with *out
 * untouched.
 */
int lw_ovl_handle_decode(int type, const uint8_t *bytes, size_t length, struct lw_ovl_handle *out);

/* All zero: several filesystems can share it, so what it finds must be verified. */
bool lw_uuid_is_null(const uint8_t uuid[LW_UUID_SIZE]);

#endif
