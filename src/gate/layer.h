/*
 * layer: image, touched, modified, added or unknown, behind one function (kernel-facts 14-17).
 *
 * Two ways. By overlayfs' own file handle (6.6+, type 0xf8): exact. By proof of lower, where
 * handles say nothing (older kernels, overlays of user namespaces, nested ones): a file is of the
 * image only when the very inode is found in a lower layer at its path; everything else counts as
 * the upper's. Whether a copied-up file still has the image's content is for classify to say, which
 * reads both: the answer then says `compare`.
 */
#ifndef LW_GATE_LAYER_H
#define LW_GATE_LAYER_H

#include "base/util.h"
#include "gate/cache.h"
#include "gate/handle.h"
#include "gate/place.h"

struct lw_layer_answer {
	enum lw_layer layer; /* with compare: what it is if the contents differ (modified) */
	bool compare; /* original_fd holds the image's file: same content means touched */
	bool upper; /* the bytes are the upper layer's: a container can change them */
	bool by_handle; /* told by the exact way */
	/* owned: the real inode with these bytes, -1 = only the event's own fd has them */
	int real_fd;
	int original_fd; /* owned: the image's file, or -1 */
};

void lw_layer_answer_init(struct lw_layer_answer *a);
void lw_layer_answer_done(struct lw_layer_answer *a);

/* The file's handle, for layer and cache key. */
struct lw_layer_handle {
	union lw_file_handle raw;
	bool valid;
};

/* Asks the kernel once; without AT_HANDLE_FID (before 6.5) the handle is not valid. */
void lw_layer_handle_of(int fd, struct lw_layer_handle *out);

/*
 * fd: the event's file; paths as lw_place_paths() has them. Never fails: what can't be told is
 * LW_LAYER_UNKNOWN. Opens layers' files only, no path of the container's namespace.
 */
void lw_layer_of(struct lw_superblock *sb, const struct lw_layer_handle *handle,
	const struct lw_identity *id, const struct lw_place_paths *paths,
	struct lw_layer_answer *out);

/*
 * A file of a nested overlay's image is whatever it is on the overlay that its lowers lie on, if we
 * watch that: a container can mount what it has made itself as an image. sb is the nested one;
 * places found before may be forgotten by this call.
 */
void lw_layer_beneath(
	struct lw_places *places, const struct lw_superblock *sb, struct lw_layer_answer *a);

/*
 * A read lease on a real upper inode: 0 and no writer lives until fd is closed; -EAGAIN: somebody
 * can write to it now (a descriptor or a shared mapping, kernel-facts 33); another -errno where
 * leases don't work.
 */
int lw_layer_lease(int real_fd);
/* Gives it back before the descriptor is closed. Does nothing for -1. */
void lw_layer_end_lease(int real_fd);

#endif
