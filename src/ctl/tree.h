/*
 * tree: one JSON text, read into a bounded tree. For what the control socket answers and for
 * findings that a user gives back to us.
 *
 * Called by the subcommands. Owns the nodes and all text in them. Strict as RFC 8259; text is
 * unescaped, may be any bytes (whoever shows it escapes it; "\udc80" to "\udcff" alone are one
 * byte, as Python's surrogateescape has it), and ends in NUL beside having a length.
 */
#ifndef LW_CTL_TREE_H
#define LW_CTL_TREE_H

#include "base/text.h"

#define LW_TREE_BYTES_MAX (32u * 1024 * 1024)
#define LW_TREE_NODES_MAX (256u * 1024)
#define LW_TREE_DEPTH_MAX 32

enum lw_tree_type {
	LW_TREE_NULL,
	LW_TREE_BOOL,
	LW_TREE_NUMBER,
	LW_TREE_STRING,
	LW_TREE_LIST,
	LW_TREE_MAP,
};

struct lw_tree_node {
	enum lw_tree_type type;
	const char *key; /* NULL where the parent is not a map */
	const char *text; /* of a scalar: "null", "true", "-1.5e3", the string; else NULL */
	size_t length; /* of text */
	const struct lw_tree_node *first, *next;
};

struct lw_tree;

/* Returns 0, -EBADMSG when it is not JSON, -E2BIG beyond the bounds, or -ENOMEM. */
int lw_tree_parse(const char *json, size_t length, struct lw_tree **out);
struct lw_tree *lw_tree_free(struct lw_tree *t); /* always NULL */
void lw_tree_freep(struct lw_tree **t);
#define _cleanup_tree_ _cleanup_(lw_tree_freep)

const struct lw_tree_node *lw_tree_root(const struct lw_tree *t);

/*
 * The node at a path of keys and list positions, "finding.processes.0.args", or NULL. A NULL node
 * is allowed everywhere below.
 */
const struct lw_tree_node *lw_tree_at(const struct lw_tree_node *n, const char *path);
/* The text of the scalar there, or NULL (also for null). */
const char *lw_tree_text(const struct lw_tree_node *n, const char *path);
bool lw_tree_is_true(const struct lw_tree_node *n, const char *path);
/* A whole number, as number or as string (int64 of proto3 JSON); `otherwise` when it is none. */
int64_t lw_tree_number(const struct lw_tree_node *n, const char *path, int64_t otherwise);

#endif
