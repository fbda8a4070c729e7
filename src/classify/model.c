#include "classify/model.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xxh.h"

#define SECTIONS_MAX 8
#define WINDOW_STEPS 8 /* LW_STEP_BYTES each */
#define PATCH_STEPS 2
#define DAMPING 32 /* entries that every part of a text is taken to have besides its own */

struct lw_model {
	const uint8_t *bytes;
	size_t length;
	uint8_t *copy; /* owned; NULL = the bytes are someone else's */
	const struct lw_model_section *sections;
	uint32_t section_count;
};

static_assert(sizeof(struct lw_model_header) == 72, "the file's layout");
static_assert(sizeof(struct lw_model_node) == 12, "the file's layout");

static bool
is_within(size_t size, uint64_t offset, uint64_t count, size_t item, size_t alignment)
{
	return offset % alignment == 0 && offset <= size && count <= (size - offset) / item;
}

static bool
nodes_are_sound(const struct lw_model_node *nodes, uint32_t count, uint32_t trees)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct lw_model_node *n = &nodes[i];

		if (!isfinite(n->value) || n->depth > LW_MODEL_DEPTH_MAX)
			return false;
		if (i < trees && n->depth != 0)
			return false;
		if (n->input == LW_MODEL_LEAF)
			continue;
		if (n->input >= LW_INPUT_COUNT || n->child < trees || n->child >= count - 1)
			return false;
		if (nodes[n->child].depth != n->depth + 1 ||
			nodes[n->child + 1].depth != n->depth + 1)
			return false;
	}
	return true;
}

static bool
floats_are_finite(const float *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}

static bool
section_is_sound(const struct lw_model *m, const struct lw_model_section *s)
{
	static const size_t floats = (sizeof(*s) - offsetof(struct lw_model_section, scale)) / 4;

	return s->language < LW_LANGUAGE_COUNT && s->input_count == LW_INPUT_COUNT &&
	       s->tree_count <= LW_MODEL_TREES_MAX && s->tree_count <= s->node_count &&
	       is_within(m->length, s->weights, LW_FEATURE_COUNT, 1, 1) &&
	       is_within(m->length, s->gram_weights, LW_FEATURE_COUNT, 1, 1) &&
	       is_within(m->length, s->nodes, s->node_count, sizeof(struct lw_model_node), 4) &&
	       floats_are_finite(&s->scale, floats) &&
	       nodes_are_sound((const void *)&m->bytes[s->nodes], s->node_count, s->tree_count);
}

static int
check(struct lw_model *m)
{
	const struct lw_model_header *h = (const void *)m->bytes;

	if (m->length < sizeof(*h) || memcmp(h->magic, LW_MODEL_MAGIC, sizeof(h->magic)) != 0)
		return -EBADMSG;
	if (h->version != LW_MODEL_VERSION || h->feature_version != LW_FEATURE_VERSION)
		return -EPROTO;
	if (h->size != m->length || h->section_count > SECTIONS_MAX ||
		memchr(h->name, 0, sizeof(h->name)) == NULL ||
		h->sum != lw_xxh(&m->bytes[sizeof(*h)], m->length - sizeof(*h), 0) ||
		!is_within(m->length, sizeof(*h), h->section_count, sizeof(struct lw_model_section),
			4))
		return -EBADMSG;
	m->sections = (const void *)&m->bytes[sizeof(*h)];
	m->section_count = h->section_count;
	for (uint32_t i = 0; i < m->section_count; i++)
		if (!section_is_sound(m, &m->sections[i]))
			return -EBADMSG;
	return 0;
}

int
lw_model_open_bytes(const void *bytes, size_t length, struct lw_model **out)
{
	_cleanup_(lw_model_freep) struct lw_model *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->bytes = bytes;
	m->length = length;
	r = check(m);
	if (r == 0)
		*out = TAKE_PTR(m);
	return r;
}

/*
 * Not mapped: what is written to the file later would be seen in pages that are its own, after they
 * were checked, and a file that is cut short would end us.
 */
int
lw_model_open(int fd, struct lw_model **out)
{
	_cleanup_free_ uint8_t *copy = NULL;
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return -EBADMSG;
	if (st.st_size > (off_t)LW_MODEL_BYTES_MAX)
		return -EFBIG;
	copy = malloc(st.st_size);
	if (!copy)
		return -ENOMEM;
	n = lw_pread_full(fd, copy, st.st_size, 0);
	if (n < 0)
		return n;
	r = lw_model_open_bytes(copy, n, out);
	if (r == 0)
		(*out)->copy = TAKE_PTR(copy);
	return r;
}

struct lw_model *
lw_model_free(struct lw_model *m)
{
	if (!m)
		return NULL;
	free(m->copy);
	free(m);
	return NULL;
}

void
lw_model_freep(struct lw_model **m)
{
	*m = lw_model_free(*m);
}

const char *
lw_model_explain(int error)
{
	switch (-error) {
	case EBADMSG:
		return "is no model, or is damaged";
	case EPROTO:
		return "is a model of another version of layerwatch";
	case EFBIG:
		return "is larger than a model can be";
	default:
		return strerror(-error);
	}
}

const char *
lw_model_name(const struct lw_model *m)
{
	return ((const struct lw_model_header *)(const void *)m->bytes)->name;
}

const struct lw_model_section *
lw_model_find(const struct lw_model *m, enum lw_language language)
{
	for (uint32_t i = 0; i < m->section_count; i++)
		if (m->sections[i].language == language)
			return &m->sections[i];
	return NULL;
}

/*
 * What each entry weighs, and where the same stood before. Places count on from text to text, so
 * that those of an earlier one need not be wiped out.
 */
static void
weigh(const int8_t *weights, struct lw_features *f)
{
	if (f->places > UINT32_MAX - LW_ENTRIES_MAX) {
		memset(f->last, 0, sizeof(f->last));
		f->places = 0;
	}
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t e = f->entries[i], last = f->last[e];

		f->worth[i] = weights[e] * abs(weights[e]);
		f->before[i] = last > f->places ? last - f->places : 0;
		f->last[e] = f->places + i + 1;
	}
	f->places += f->count;
}

/* Entries from..to, each kind counted once: where it has not stood in this part before. */
static float
score_part(float scale, const struct lw_features *f, uint32_t from, uint32_t to)
{
	int32_t sum = 0;
	uint32_t kinds = 0;

	for (uint32_t i = from; i < to; i++) {
		uint32_t fresh = f->before[i] <= from;

		sum += -(int32_t)fresh & f->worth[i];
		kinds += fresh;
	}
	return sum * scale / sqrtf(kinds + DAMPING);
}

struct part {
	int32_t sum;
	uint32_t kinds;
};

/* The half window from..to: alone, and as the second half of the window that begins at `before`. */
static void
add_up(const struct lw_features *f, uint32_t before, uint32_t from, uint32_t to, struct part *alone,
	struct part *second)
{
	*alone = *second = (struct part){0};
	for (uint32_t i = from; i < to; i++) {
		uint32_t last = f->before[i], fresh = last <= from, fresher = last <= before;

		alone->sum += -(int32_t)fresh & f->worth[i];
		alone->kinds += fresh;
		second->sum += -(int32_t)fresher & f->worth[i];
		second->kinds += fresher;
	}
}

/* The windows overlap by half, and each half is gone through once. */
static float
best_part(float scale, const struct lw_features *f, uint32_t steps, float whole)
{
	uint32_t half = steps / 2, before = 0, from = 0;
	struct part first = {0}, alone, second;
	float best = -INFINITY;

	if (f->step_count <= steps)
		return whole;
	for (uint32_t i = half; i < f->step_count + half; i += half) {
		uint32_t to = i < f->step_count ? f->steps[i] : f->count;

		add_up(f, before, from, to, &alone, &second);
		if (i > half)
			best = fmaxf(best, (first.sum + second.sum) * scale /
						   sqrtf(first.kinds + second.kinds + DAMPING));
		first = alone;
		before = from;
		from = to;
	}
	return best;
}

static float
score_grams(const struct lw_linear *l, const struct lw_features *f)
{
	int32_t sum = 0;

	for (uint32_t i = 0; i < f->gram_count; i++) {
		int8_t weight = l->weights[f->grams[i]];

		sum += weight * abs(weight);
	}
	return sum * l->scale / sqrtf(f->gram_count + DAMPING) + l->bias;
}

void
lw_model_linear(const struct lw_linear *entries, const struct lw_linear *grams,
	struct lw_features *f, float out[LW_LINEAR_COUNT])
{
	float scale = entries->scale, bias = entries->bias, whole;

	weigh(entries->weights, f);
	whole = score_part(scale, f, 0, f->count);
	out[LW_LINEAR_WHOLE] = whole + bias;
	out[LW_LINEAR_WINDOW] = best_part(scale, f, WINDOW_STEPS, whole) + bias;
	out[LW_LINEAR_PATCH] = best_part(scale, f, PATCH_STEPS, whole) + bias;
	out[LW_LINEAR_GRAMS] = score_grams(grams, f);
}

float
lw_model_trees(
	const struct lw_model_node *nodes, uint32_t tree_count, const float input[LW_INPUT_COUNT])
{
	float sum = 0;

	for (uint32_t i = 0; i < tree_count; i++) {
		const struct lw_model_node *n = &nodes[i];

		while (n->input != LW_MODEL_LEAF)
			n = &nodes[n->child + (input[n->input] < n->value ? 0 : 1)];
		sum += n->value;
	}
	return sum;
}

static void
keep_line(float scores[LW_HEAVY_LINES], uint32_t lines[LW_HEAVY_LINES], float score, uint32_t line)
{
	size_t at = LW_HEAVY_LINES;

	while (at > 0 && scores[at - 1] < score)
		at--;
	if (at == LW_HEAVY_LINES)
		return;
	for (size_t i = LW_HEAVY_LINES - 1; i > at; i--) {
		scores[i] = scores[i - 1];
		lines[i] = lines[i - 1];
	}
	scores[at] = score;
	lines[at] = line;
}

static void
find_heavy_lines(float scale, const struct lw_features *f, uint32_t lines[LW_HEAVY_LINES])
{
	float scores[LW_HEAVY_LINES] = {0};

	memset(lines, 0, LW_HEAVY_LINES * sizeof(lines[0]));
	for (uint32_t line = 0; line < f->line_count; line++) {
		uint32_t to = line + 1 < f->line_count ? f->lines[line + 1] : f->count;

		keep_line(scores, lines, score_part(scale, f, f->lines[line], to), line + 1);
	}
}

void
lw_model_score(const struct lw_model *m, const struct lw_model_section *s, struct lw_features *f,
	struct lw_model_result *out)
{
	const struct lw_linear entries = {(const int8_t *)&m->bytes[s->weights], s->scale, s->bias};
	const struct lw_linear grams = {
		(const int8_t *)&m->bytes[s->gram_weights], s->gram_scale, s->gram_bias};
	float *linear = &out->input[LW_DENSE_COUNT];

	memcpy(out->input, f->dense, sizeof(f->dense));
	lw_model_linear(&entries, &grams, f, linear);
	out->logit = s->joint_bias +
		     s->joint_trees * (double)lw_model_trees((const void *)&m->bytes[s->nodes],
					      s->tree_count, out->input);
	for (size_t i = 0; i < LW_LINEAR_COUNT; i++)
		out->logit += s->joint_linear[i] * (double)linear[i];
	out->probability = 1 / (1 + exp(-out->logit));
	find_heavy_lines(s->scale, f, out->heavy_lines);
}
