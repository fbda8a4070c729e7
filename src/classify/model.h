/*
 * model: the file of weights, and what it makes of a text's features.
 *
 * The file is copied and checked whole when it is opened: magic, versions, every offset and index,
 * the sum over all bytes. After that no number in it can lead outside of it. A section
 * for each language that has a model:
 *
 *   linear   one signed byte a sparse feature, whose weight is its square with its sign; a text's
 *            score is the sum over those that it has, divided by the root of their number; also
 *            that of the best of its overlapping windows; and a second such score of its grams
 *   trees    boosted trees over the dense features and the linear scores
 *   joint    a logistic function of trees and linear scores: the probability
 */
#ifndef LW_CLASSIFY_MODEL_H
#define LW_CLASSIFY_MODEL_H

#include "classify/features.h"
#include "layerwatch/facts.h"

#define LW_MODEL_MAGIC "LWMODEL"
#define LW_MODEL_VERSION 2
#define LW_MODEL_BYTES_MAX (8u * 1024 * 1024)
#define LW_MODEL_TREES_MAX 4096u
#define LW_MODEL_DEPTH_MAX 8u

/* The linear scores, which follow the dense features in the trees' input. */
enum {
	LW_LINEAR_WHOLE,
	LW_LINEAR_WINDOW, /* best of 4 KiB, 2 KiB apart */
	LW_LINEAR_PATCH, /* best of 1 KiB, 512 bytes apart */
	LW_LINEAR_GRAMS, /* characters of the whole text */
	LW_LINEAR_COUNT
};
#define LW_INPUT_COUNT (LW_DENSE_COUNT + LW_LINEAR_COUNT)

/* All numbers are little-endian, as the only machines are. */
struct lw_model_header {
	char magic[8];
	uint32_t version; /* LW_MODEL_VERSION */
	uint32_t feature_version; /* LW_FEATURE_VERSION */
	uint64_t size; /* of the file */
	uint64_t sum; /* XXH3-64 of all that follows the header, seed 0 */
	uint32_t section_count;
	uint32_t zero;
	char name[LW_MODEL_NAME_SIZE]; /* shown in findings, NUL-terminated */
};

struct lw_model_section {
	uint32_t language;
	uint32_t input_count; /* LW_INPUT_COUNT */
	uint32_t weights; /* offset in the file of LW_FEATURE_COUNT signed bytes */
	uint32_t gram_weights; /* the same */
	uint32_t nodes; /* offset of node_count nodes */
	uint32_t node_count;
	uint32_t tree_count; /* the first nodes are the trees' roots */
	float scale; /* of the weights */
	float bias;
	float gram_scale, gram_bias;
	float joint_trees, joint_linear[LW_LINEAR_COUNT], joint_bias;
	float suspicious, malicious; /* thresholds of the probability */
	float evidence[LW_INPUT_COUNT]; /* what dense features say, for reasons */
};

/* An inner node: input < value leads to the next field, else to the one after. */
struct lw_model_node {
	uint16_t input; /* LW_MODEL_LEAF = a leaf with this value */
	uint16_t depth; /* below the root; children are one deeper, which bounds every walk */
	uint32_t child; /* of the two children, the first */
	float value;
};
#define LW_MODEL_LEAF 0xffffu
#define LW_HEAVY_LINES 4

struct lw_model;

/*
 * Copies the file. 0, or -EBADMSG (no model, or damaged), -EPROTO (of another version), -EFBIG or
 * an errno of the system. fd is not taken.
 */
int lw_model_open(int fd, struct lw_model **out);
/* The same of bytes in memory, which must live longer (8-byte aligned). */
int lw_model_open_bytes(const void *bytes, size_t length, struct lw_model **out);
struct lw_model *lw_model_free(struct lw_model *m); /* always NULL */
void lw_model_freep(struct lw_model **m);
const char *lw_model_explain(int error);

const char *lw_model_name(const struct lw_model *m);
/* The section of a language, or NULL. */
const struct lw_model_section *lw_model_find(const struct lw_model *m, enum lw_language language);

struct lw_model_result {
	double logit, probability;
	float input[LW_INPUT_COUNT];
	/* those whose sparse features speak most for malice, the worst first; 0 = no more */
	uint32_t heavy_lines[LW_HEAVY_LINES];
};

void lw_model_score(const struct lw_model *m, const struct lw_model_section *section,
	struct lw_features *features, struct lw_model_result *out);

/* The parts, for training. */
struct lw_linear {
	const int8_t *weights; /* LW_FEATURE_COUNT */
	float scale, bias;
};

void lw_model_linear(const struct lw_linear *entries, const struct lw_linear *grams,
	struct lw_features *f, float out[LW_LINEAR_COUNT]);
float lw_model_trees(
	const struct lw_model_node *nodes, uint32_t tree_count, const float input[LW_INPUT_COUNT]);

#endif
