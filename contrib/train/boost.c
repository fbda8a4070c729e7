#include "boost.h"

#include <math.h>
#include <string.h>

#include "samples.h"

#define BINS 64

struct work {
	const struct boost_data *data;
	const struct boost_options *o;
	uint8_t (*bins)[LW_INPUT_COUNT];
	float edges[LW_INPUT_COUNT][BINS]; /* bin b holds values below edges[b] */
	uint32_t bin_count[LW_INPUT_COUNT];
	double *margin, *gradient, *curvature;
	bool column[LW_INPUT_COUNT];
	struct boost *out;
	uint32_t room;
	uint64_t random;
};

struct sums {
	double gradient, curvature;
};

struct split {
	double gain;
	uint32_t input, bin;
};

static int
compare_floats(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void
make_edges(struct work *w, uint32_t input, float *values)
{
	size_t n = w->data->count;
	uint32_t count = 0;

	for (size_t i = 0; i < n; i++)
		values[i] = w->data->input[i][input];
	qsort(values, n, sizeof(float), compare_floats);
	for (uint32_t b = 1; b < BINS; b++) {
		size_t at = b * n / BINS;
		/* the next value above the quantile's, so that large heaps of one value split off */
		while (at < n && at > 0 && values[at] == values[at - 1])
			at++;
		if (at >= n || at == 0)
			continue;
		float edge = (values[at] + values[at - 1]) / 2;
		if (!(edge > values[at - 1]))
			edge = values[at];
		if (count == 0 || edge > w->edges[input][count - 1])
			w->edges[input][count++] = edge;
	}
	w->bin_count[input] = count + 1;
}

static void
make_bins(struct work *w)
{
	float *values = malloc(w->data->count * sizeof(float));

	for (uint32_t k = 0; k < LW_INPUT_COUNT; k++) {
		make_edges(w, k, values);
		for (size_t i = 0; i < w->data->count; i++) {
			uint32_t b = 0;

			while (b + 1 < w->bin_count[k] && w->data->input[i][k] >= w->edges[k][b])
				b++;
			w->bins[i][k] = b;
		}
	}
	free(values);
}

static void
set_gradients(struct work *w)
{
	for (size_t i = 0; i < w->data->count; i++) {
		double p = 1 / (1 + exp(-w->margin[i]));

		w->gradient[i] = w->data->weight[i] * (p - w->data->malicious[i]);
		w->curvature[i] = w->data->weight[i] * fmax(p * (1 - p), 1e-6);
	}
}

static double
worth(const struct work *w, struct sums s)
{
	return s.gradient * s.gradient / (s.curvature + w->o->lambda);
}

static void
try_input(const struct work *w, uint32_t input, const struct sums *bins, struct sums all,
	struct split *best)
{
	struct sums left = {0};

	for (uint32_t b = 0; b + 1 < w->bin_count[input]; b++) {
		left.gradient += bins[b].gradient;
		left.curvature += bins[b].curvature;
		struct sums right = {all.gradient - left.gradient, all.curvature - left.curvature};

		if (left.curvature < w->o->least_weight || right.curvature < w->o->least_weight)
			continue;
		double gain = worth(w, left) + worth(w, right) - worth(w, all);

		if (gain > best->gain)
			*best = (struct split){gain, input, b};
	}
}

static struct sums
add_up(const struct work *w, const uint32_t *rows, size_t count)
{
	struct sums all = {0};

	for (size_t i = 0; i < count; i++) {
		all.gradient += w->gradient[rows[i]];
		all.curvature += w->curvature[rows[i]];
	}
	return all;
}

static struct split
find_split(const struct work *w, const uint32_t *rows, size_t count, struct sums all)
{
	struct split best = {.gain = 1e-3};
	static struct sums bins[LW_INPUT_COUNT][BINS];

	memset(bins, 0, sizeof(bins));
	for (size_t i = 0; i < count; i++) {
		const uint8_t *bin = w->bins[rows[i]];
		double g = w->gradient[rows[i]], c = w->curvature[rows[i]];

		for (uint32_t k = 0; k < LW_INPUT_COUNT; k++) {
			if (!w->column[k])
				continue;
			bins[k][bin[k]].gradient += g;
			bins[k][bin[k]].curvature += c;
		}
	}
	for (uint32_t k = 0; k < LW_INPUT_COUNT; k++)
		if (w->column[k])
			try_input(w, k, bins[k], all, &best);
	return best;
}

static uint32_t
new_nodes(struct work *w, uint32_t count)
{
	if (w->out->node_count + count > w->room) {
		w->room = 2 * w->room + count;
		w->out->nodes = realloc(w->out->nodes, w->room * sizeof(*w->out->nodes));
	}
	w->out->node_count += count;
	return w->out->node_count - count;
}

static void
grow(struct work *w, uint32_t node, uint32_t depth, uint32_t *rows, size_t count)
{
	struct sums all = add_up(w, rows, count);
	struct split split = {0};
	size_t left = 0;

	if (depth < w->o->depth && count >= 2)
		split = find_split(w, rows, count, all);
	w->out->nodes[node] = (struct lw_model_node){
		.input = LW_MODEL_LEAF,
		.depth = depth,
		.value = -w->o->rate * all.gradient / (all.curvature + w->o->lambda),
	};
	if (split.gain <= 1e-3)
		return;
	for (size_t i = 0; i < count; i++)
		if (w->bins[rows[i]][split.input] <= split.bin) {
			uint32_t row = rows[i];

			rows[i] = rows[left];
			rows[left++] = row;
		}
	uint32_t child = new_nodes(w, 2);

	w->out->nodes[node].input = split.input;
	w->out->nodes[node].child = child;
	w->out->nodes[node].value = w->edges[split.input][split.bin];
	grow(w, child, depth + 1, rows, left);
	grow(w, child + 1, depth + 1, &rows[left], count - left);
}

static void
add_tree(struct work *w, uint32_t tree, uint32_t *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < w->data->count; i++)
		if (next_random(&w->random) % 1000 < w->o->rows * 1000)
			rows[count++] = i;
	for (uint32_t k = 0; k < LW_INPUT_COUNT; k++)
		w->column[k] = next_random(&w->random) % 1000 < w->o->columns * 1000;
	set_gradients(w);
	grow(w, tree, 0, rows, count);
	for (size_t i = 0; i < w->data->count; i++) {
		const struct lw_model_node *n = &w->out->nodes[tree];

		while (n->input != LW_MODEL_LEAF)
			n = &w->out->nodes[n->child +
					   (w->data->input[i][n->input] < n->value ? 0 : 1)];
		w->margin[i] += n->value;
	}
}

void
boost_fit(struct boost *out, const struct boost_data *data, const struct boost_options *o)
{
	struct work *w = calloc(1, sizeof(*w));
	uint32_t *rows = malloc(data->count * sizeof(*rows));

	*out = (struct boost){.tree_count = o->trees};
	w->data = data;
	w->o = o;
	w->out = out;
	w->random = o->seed;
	w->bins = malloc(data->count * sizeof(*w->bins));
	w->margin = malloc(data->count * sizeof(double));
	w->gradient = malloc(data->count * sizeof(double));
	w->curvature = malloc(data->count * sizeof(double));
	for (size_t i = 0; i < data->count; i++)
		w->margin[i] = data->margin[i];
	make_bins(w);
	new_nodes(w, o->trees);
	for (uint32_t t = 0; t < o->trees; t++)
		add_tree(w, t, rows);
	free(rows);
	free(w->bins);
	free(w->margin);
	free(w->gradient);
	free(w->curvature);
	free(w);
}

void
boost_free(struct boost *b)
{
	free(b->nodes);
	*b = (struct boost){0};
}
