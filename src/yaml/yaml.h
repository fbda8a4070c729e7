/*
 * yaml: one YAML document as a bounded tree of nodes that know their line and column.
 *
 * For policy and rules, and for nobody else. The only folder that includes libyaml. Owns the
 * tree and all text in it. Refused, each with its place: anchors, aliases, tags, a second
 * document, a key twice in one map, keys that are not scalars, NUL in text, and whatever is
 * beyond the bounds below.
 */
#ifndef LW_YAML_YAML_H
#define LW_YAML_YAML_H

#include "base/util.h"

#define LW_YAML_DEPTH_MAX 16
#define LW_YAML_NODES_MAX 65536
#define LW_YAML_SCALAR_MAX (64u * 1024)	/* bytes of one scalar */
#define LW_YAML_KEYS_MAX 256		/* keys of one map */
#define LW_YAML_KEY_SIZE 256		/* bytes of one key, with its NUL */

enum lw_yaml_type { LW_YAML_SCALAR, LW_YAML_LIST, LW_YAML_MAP };

struct lw_yaml_node {
	enum lw_yaml_type type;
	bool plain;			/* scalar written without quotes or block style */
	uint32_t line, column;		/* of the value, from 1; columns count characters */
	uint32_t key_line, key_column;	/* of the key, where the parent is a map */
	char *key;			/* NULL where the parent is not a map */
	char *text;			/* scalar; valid UTF-8, NUL-terminated, no NUL inside */
	size_t length;			/* of text */
	size_t count;			/* children */
	struct lw_yaml_node *first, *last, *next;
	struct lw_yaml_node *made_before;	/* of the tree's own: all nodes in one chain */
};

struct lw_yaml_error {
	uint32_t line, column;		/* from 1 */
	char reason[160];
};

struct lw_yaml;

/*
 * Returns 0, -EINVAL with *error filled, or -ENOMEM. The text need not end in NUL and is not
 * needed afterwards.
 */
int lw_yaml_parse(const char *text, size_t length, struct lw_yaml **out,
	struct lw_yaml_error *error);
struct lw_yaml *lw_yaml_free(struct lw_yaml *y);	/* always NULL */
void lw_yaml_freep(struct lw_yaml **y);

/* NULL for an empty document. */
const struct lw_yaml_node *lw_yaml_root(const struct lw_yaml *y);
size_t lw_yaml_nodes(const struct lw_yaml *y);
/* The child of a map with this key, or NULL. */
const struct lw_yaml_node *lw_yaml_child(const struct lw_yaml_node *map, const char *key);
/* A value that is not there: nothing, "~" or "null", unquoted. */
bool lw_yaml_is_null(const struct lw_yaml_node *n);

#endif
