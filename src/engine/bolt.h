/*
 * bolt: one value out of a bbolt database (Podman's libpod, containerd's metadata), read while its
 * owner writes it.
 *
 * The format is that of go.etcd.io/bbolt, version 2: pages of a B+tree, written copy-on-write, two
 * alternating meta pages. No lock is taken: the newest transaction is read again at the end, and
 * the walk repeated if it has moved on. Every page is hostile bytes: sizes, depth and counts are
 * bounded. Owns nothing.
 */
#ifndef LW_ENGINE_BOLT_H
#define LW_ENGINE_BOLT_H

#include "base/text.h"

#define LW_BOLT_PAGE_MAX (1024u * 1024) /* one page with its overflow pages, bytes */
#define LW_BOLT_DEPTH_MAX 32 /* branch pages on the way to a leaf */
#define LW_BOLT_TRIES 4 /* walks, when transactions overtake us */

/*
 * path: names of nested buckets, then the key, ended by NULL. Adds the value's bytes to out.
 * Returns 1 found, 0 not there, -EBADMSG not a database or damaged, -EAGAIN always overtaken,
 * -EFBIG, -ENOMEM, -errno.
 */
int lw_bolt_get(int fd, const char *const *path, struct lw_text *out);

/*
 * path: names of nested buckets, ended by NULL. Calls fn for each key of the last one that holds a
 * value, until it returns false. Only buckets of one page are gone through (those of labels are);
 * returns as lw_bolt_get. When the walk is repeated, restart is called first.
 */
struct lw_bolt_visitor {
	void (*restart)(void *arg);
	bool (*pair)(void *arg, const void *key, size_t key_length, const void *value,
		size_t value_length);
	void *arg;
};
int lw_bolt_each(int fd, const char *const *path, const struct lw_bolt_visitor *visitor);

#endif
