/*
 * lw-train: frames of labelled texts on standard input; a model file, and for each scheme of
 * cross-validation the scores that models gave to texts they had not seen. With --floor only such
 * scores, of the plain model of floor.h. Started by `train`.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <string.h>

#include "base/xxh.h"
#include "boost.h"
#include "floor.h"
#include "linear.h"
#include "samples.h"

#define INNER_FOLDS 4
#define LANGUAGES 2
#define BAGS 3

static const struct linear_options linear_options = {
	.cost = 0.5,
	.passes = 25,
	.least_clusters = 2,
};
static const struct linear_options gram_options = {
	.grams = true,
	.cost = 0.5,
	.passes = 8,
	.least_clusters = 2,
};
static const struct boost_options boost_options = {
	.trees = 120,
	.depth = 4,
	.rate = 0.06,
	.lambda = 3,
	.least_weight = 1.0,
	.rows = 0.7,
	.columns = 0.35,
	.seed = 99,
};

/* A logistic function of the linear scores. */
struct joint {
	double linear[LW_LINEAR_COUNT], bias;
};

struct linear_pair {
	struct linear entries, grams;
};

struct learned {
	struct linear_pair linear;
	struct joint base;
	struct boost bags[BAGS];
};

struct result {
	double logit[SCHEMES];
	float linear[SCHEMES][LW_LINEAR_COUNT];
	float likeness[SCHEMES]; /* to the most alike malicious text that was learned from */
};

static void
fit_linear(struct linear_pair *out, const struct samples *s, const uint32_t *which, size_t count)
{
	linear_fit(&out->entries, s, which, count, &linear_options);
	linear_fit(&out->grams, s, which, count, &gram_options);
}

static struct lw_linear
in_model(const struct linear *l)
{
	return (struct lw_linear){l->weights, l->scale, l->bias};
}

static void
score_linear(
	const struct samples *s, const struct linear_pair *l, const struct sample *one, float *out)
{
	struct lw_linear entries = in_model(&l->entries), grams = in_model(&l->grams);

	sample_restore(one, s->scratch);
	lw_model_linear(&entries, &grams, s->scratch, out);
}

/* Scores of each text by a model that has not seen its cluster, into sample.linear. */
static void
score_unseen(const struct samples *s, const uint32_t *which, size_t count)
{
	struct linear_pair *l = malloc(sizeof(*l));
	uint32_t *some = malloc(count * sizeof(*some));

	for (unsigned fold = 0; fold < INNER_FOLDS; fold++) {
		size_t n = 0;

		for (size_t i = 0; i < count; i++)
			if ((s->items[which[i]].cluster >> 32) % INNER_FOLDS != fold)
				some[n++] = which[i];
		fit_linear(l, s, some, n);
		for (size_t i = 0; i < count; i++) {
			struct sample *one = &s->items[which[i]];

			if ((one->cluster >> 32) % INNER_FOLDS == fold)
				score_linear(s, l, one, one->linear);
		}
	}
	free(l);
	free(some);
}

static double
joint_value(const struct joint *j, const float *linear)
{
	double z = j->bias;

	for (size_t k = 0; k < LW_LINEAR_COUNT; k++)
		z += j->linear[k] * linear[k];
	return z;
}

/* Gradient descent; the problem has four numbers. */
static void
joint_fit(struct joint *j, const struct samples *s, const uint32_t *which, size_t count)
{
	*j = (struct joint){.linear = {1, 0.2, 0.2, 0.5}};
	for (unsigned round = 0; round < 3000; round++) {
		double g[LW_LINEAR_COUNT + 1] = {0}, all = 0;

		for (size_t i = 0; i < count; i++) {
			const struct sample *one = &s->items[which[i]];
			double p = 1 / (1 + exp(-joint_value(j, one->linear)));
			double e = one->weight * (p - one->malicious);

			for (size_t k = 0; k < LW_LINEAR_COUNT; k++)
				g[k] += e * one->linear[k];
			g[LW_LINEAR_COUNT] += e;
			all += one->weight;
		}
		for (size_t k = 0; k < LW_LINEAR_COUNT; k++)
			j->linear[k] = fmax(0, j->linear[k] - 0.5 * g[k] / all);
		j->bias -= 0.5 * g[LW_LINEAR_COUNT] / all;
	}
}

static void
fill_input(float input[LW_INPUT_COUNT], const struct sample *one, const float *linear)
{
	memcpy(input, one->dense, sizeof(one->dense));
	memcpy(&input[LW_DENSE_COUNT], linear, LW_LINEAR_COUNT * sizeof(float));
}

static void
learn(struct learned *out, const struct samples *s, const uint32_t *which, size_t count)
{
	float(*input)[LW_INPUT_COUNT] = malloc(count * sizeof(*input));
	bool *malicious = malloc(count * sizeof(bool));
	float *weight = malloc(count * sizeof(float)), *margin = malloc(count * sizeof(float));

	score_unseen(s, which, count);
	joint_fit(&out->base, s, which, count);
	for (size_t i = 0; i < count; i++) {
		const struct sample *one = &s->items[which[i]];

		fill_input(input[i], one, one->linear);
		malicious[i] = one->malicious;
		weight[i] = one->weight;
		margin[i] = joint_value(&out->base, one->linear);
	}
	for (unsigned bag = 0; bag < BAGS; bag++) {
		struct boost_options o = boost_options;

		o.seed += bag * 7919;
		boost_fit(&out->bags[bag],
			&(struct boost_data){count, (const void *)input, malicious, weight, margin},
			&o);
	}
	fit_linear(&out->linear, s, which, count);
	free(input);
	free(malicious);
	free(weight);
	free(margin);
}

static void
forget(struct learned *l)
{
	for (unsigned bag = 0; bag < BAGS; bag++)
		boost_free(&l->bags[bag]);
}

static double
predict(const struct samples *s, const struct learned *l, const struct sample *one, float *linear)
{
	float input[LW_INPUT_COUNT];
	double z;

	score_linear(s, &l->linear, one, linear);
	fill_input(input, one, linear);
	z = joint_value(&l->base, linear);
	for (unsigned bag = 0; bag < BAGS; bag++)
		z += lw_model_trees(l->bags[bag].nodes, l->bags[bag].tree_count, input) / BAGS;
	return z;
}

/* No cluster is in both, whatever the scheme. */
static bool
is_held_out(const struct samples *s, const uint32_t *test, size_t tests, uint64_t cluster)
{
	for (size_t i = 0; i < tests; i++)
		if (s->items[test[i]].cluster == cluster)
			return true;
	return false;
}

static void
validate_fold(const struct samples *s, enum lw_language language, enum scheme scheme, unsigned fold,
	struct result *results)
{
	uint32_t *learn_from = malloc(s->count * sizeof(uint32_t));
	uint32_t *test = malloc(s->count * sizeof(uint32_t));
	struct learned *l = calloc(1, sizeof(*l));
	struct floor *plain = calloc(s->floor, sizeof(*plain));
	size_t n = 0, tests = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].language == language && s->items[i].fold[scheme] == fold)
			test[tests++] = i;
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].language == language && s->items[i].fold[scheme] != fold &&
			(scheme == BY_CLUSTER || !is_held_out(s, test, tests, s->items[i].cluster)))
			learn_from[n++] = i;
	if (s->floor)
		floor_fit(plain, s, learn_from, n);
	else
		learn(l, s, learn_from, n);
	for (size_t i = 0; i < tests; i++) {
		struct result *r = &results[test[i]];

		r->logit[scheme] = s->floor ? floor_score(plain, &s->items[test[i]])
					    : predict(s, l, &s->items[test[i]], r->linear[scheme]);
		r->likeness[scheme] = 0;
		for (size_t k = 0; k < n; k++) {
			const struct sample *seen = &s->items[learn_from[k]];

			if (seen->malicious == s->items[test[i]].malicious)
				r->likeness[scheme] = fmaxf(r->likeness[scheme],
					sketch_likeness(&s->items[test[i]], seen));
		}
	}
	forget(l);
	free(l);
	free(plain);
	free(learn_from);
	free(test);
}

/* Platt's: probability = 1 / (1 + exp(-(a z + b))). */
static void
calibrate(const struct samples *s, enum lw_language language, const struct result *results,
	double *a, double *b)
{
	*a = 1;
	*b = 0;
	for (unsigned round = 0; round < 4000; round++) {
		double ga = 0, gb = 0, all = 0;

		for (size_t i = 0; i < s->count; i++) {
			const struct sample *one = &s->items[i];
			double z = results[i].logit[BY_CLUSTER];

			if (one->language != language)
				continue;
			double e = 1 / (1 + exp(-(*a * z + *b))) - one->malicious;
			ga += one->weight * e * z;
			gb += one->weight * e;
			all += one->weight;
		}
		*a -= 0.1 * ga / all;
		*b -= 0.1 * gb / all;
	}
}

static int
compare_down(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/*
 * The probability that no more than this share of the benign texts reaches, judged by models that
 * had seen nothing of their source: what a daemon meets is of sources that no one has seen.
 */
static double
threshold(const struct samples *s, enum lw_language language, const struct result *results,
	double share, double a, double b)
{
	double *z = malloc(s->count * sizeof(double));
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].language == language && !s->items[i].malicious && s->items[i].found)
			z[n++] = results[i].logit[BY_SOURCE];
	qsort(z, n, sizeof(double), compare_down);
	double at = n ? z[(size_t)(share * n)] : 0;
	free(z);
	return 1 / (1 + exp(-(a * at + b)));
}

/* How a feature that is there speaks: log odds; of structure, what few benign texts reach. */
static void
set_evidence(const struct samples *s, struct lw_model_section *section)
{
	double *values = malloc(s->count * sizeof(double));

	for (size_t k = 0; k < LW_DENSE_COUNT; k++) {
		double with[2] = {1, 1}, all[2] = {2, 2};
		size_t n = 0;

		for (size_t i = 0; i < s->count; i++) {
			const struct sample *one = &s->items[i];

			if (one->language != section->language)
				continue;
			all[one->malicious] += one->weight;
			with[one->malicious] += one->dense[k] > 1.5 ? one->weight : 0;
			if (!one->malicious)
				values[n++] = one->dense[k];
		}
		qsort(values, n, sizeof(double), compare_down);
		section->evidence[k] = k >= LW_DENSE_STRUCTURE && n
					       ? values[n / 50]
					       : log(with[1] / all[1] * all[0] / with[0]);
	}
	free(values);
}

struct file {
	uint8_t bytes[LW_MODEL_BYTES_MAX];
	uint32_t length;
};

static uint32_t
put(struct file *f, const void *bytes, size_t length)
{
	uint32_t at = f->length;

	if (length > sizeof(f->bytes) - f->length)
		abort();
	memcpy(&f->bytes[at], bytes, length);
	f->length = (at + length + 7) / 8 * 8;
	return at;
}

/* All bags' trees in one list: roots first. */
static void
put_trees(struct file *f, struct lw_model_section *section, const struct learned *l)
{
	uint32_t trees = 0, nodes = 0, root = 0, rest;
	struct lw_model_node *all;

	for (unsigned b = 0; b < BAGS; b++) {
		trees += l->bags[b].tree_count;
		nodes += l->bags[b].node_count;
	}
	all = calloc(nodes, sizeof(*all));
	rest = trees;
	for (unsigned b = 0; b < BAGS; b++) {
		const struct boost *bag = &l->bags[b];
		uint32_t start = rest - bag->tree_count;

		for (uint32_t i = 0; i < bag->node_count; i++) {
			struct lw_model_node n = bag->nodes[i];

			if (n.input != LW_MODEL_LEAF)
				n.child += start;
			if (i < bag->tree_count)
				all[root++] = n;
			else
				all[rest++] = n;
		}
	}
	section->nodes = put(f, all, nodes * sizeof(*all));
	section->node_count = nodes;
	section->tree_count = trees;
	free(all);
}

static void
put_section(struct file *f, const struct samples *s, struct lw_model_section *section,
	const struct result *results)
{
	struct learned *l = calloc(1, sizeof(*l));
	uint32_t *all = malloc(s->count * sizeof(uint32_t));
	size_t n = 0;
	double a, b;

	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].language == section->language)
			all[n++] = i;
	learn(l, s, all, n);
	calibrate(s, section->language, results, &a, &b);
	section->input_count = LW_INPUT_COUNT;
	section->weights = put(f, l->linear.entries.weights, LW_FEATURE_COUNT);
	section->scale = l->linear.entries.scale;
	section->bias = l->linear.entries.bias;
	section->gram_weights = put(f, l->linear.grams.weights, LW_FEATURE_COUNT);
	section->gram_scale = l->linear.grams.scale;
	section->gram_bias = l->linear.grams.bias;
	put_trees(f, section, l);
	section->joint_trees = a / BAGS;
	for (size_t k = 0; k < LW_LINEAR_COUNT; k++)
		section->joint_linear[k] = a * l->base.linear[k];
	section->joint_bias = a * l->base.bias + b;
	section->suspicious = threshold(s, section->language, results, 0.01, a, b);
	section->malicious = threshold(s, section->language, results, 0.001, a, b);
	set_evidence(s, section);
	fprintf(stderr,
		"language %u: %zu texts, %u nodes, base %.2f %.2f %.2f %.2f %.2f, "
		"calibration %.3f %.3f, thresholds %.4f %.4f\n",
		section->language, n, section->node_count, l->base.linear[0], l->base.linear[1],
		l->base.linear[2], l->base.linear[3], l->base.bias, a, b, section->suspicious,
		section->malicious);
	forget(l);
	free(l);
	free(all);
}

static int
write_model(
	const char *path, const char *name, const struct samples *s, const struct result *results)
{
	static struct file f;
	struct lw_model_header h = {
		.magic = LW_MODEL_MAGIC,
		.version = LW_MODEL_VERSION,
		.feature_version = LW_FEATURE_VERSION,
		.section_count = LANGUAGES,
	};
	struct lw_model_section sections[LANGUAGES] = {
		{.language = LW_LANGUAGE_PYTHON}, {.language = LW_LANGUAGE_SHELL}};
	_cleanup_fclose_ FILE *out = fopen(path, "we");
	struct lw_model *m = NULL;

	if (!out)
		return -errno;
	put(&f, &h, sizeof(h));
	put(&f, sections, sizeof(sections));
	for (size_t i = 0; i < LANGUAGES; i++)
		put_section(&f, s, &sections[i], results);
	memcpy(&f.bytes[sizeof(h)], sections, sizeof(sections));
	lw_copy_string(h.name, sizeof(h.name), name);
	h.size = f.length;
	h.sum = lw_xxh(&f.bytes[sizeof(h)], f.length - sizeof(h), 0);
	memcpy(f.bytes, &h, sizeof(h));
	int r = lw_model_open_bytes(f.bytes, f.length, &m);
	lw_model_free(m);
	if (r < 0)
		return r;
	return fwrite(f.bytes, 1, f.length, out) == f.length ? 0 : -EIO;
}

static int
write_scores(
	const char *path, const struct samples *s, const struct result *results, enum scheme scheme)
{
	_cleanup_fclose_ FILE *out = fopen(path, "we");

	if (!out)
		return -errno;
	for (size_t i = 0; i < s->count; i++) {
		const struct result *r = &results[i];

		fprintf(out,
			"{\"id\": \"%s\", \"score\": %.9g, \"likeness\": %.4f, "
			"\"linear\": [%.5f, %.5f, %.5f, %.5f]}\n",
			s->items[i].id, 1 / (1 + exp(-r->logit[scheme])), r->likeness[scheme],
			r->linear[scheme][0], r->linear[scheme][1], r->linear[scheme][2],
			r->linear[scheme][3]);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const char *const names[SCHEMES] = {"cluster", "source"};
	static const enum lw_language languages[LANGUAGES] = {
		LW_LANGUAGE_PYTHON, LW_LANGUAGE_SHELL};
	struct samples s = {0};
	struct result *results;
	char path[4096];
	int r = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: lw-train MODEL|--floor NAME SCORES-FOLDER < FRAMES\n");
		return 2;
	}
	s.floor = strcmp(argv[1], "--floor") == 0;
	if (samples_read(&s, stdin) < 0)
		return 1;
	fprintf(stderr, "%zu texts\n", s.count);
	results = calloc(s.count + 1, sizeof(*results));
	for (size_t i = 0; i < LANGUAGES; i++)
		samples_sketch(&s, languages[i]);
	for (unsigned scheme = 0; scheme < SCHEMES; scheme++) {
		for (size_t i = 0; i < LANGUAGES; i++)
			for (unsigned fold = 0; fold < FOLDS; fold++)
				validate_fold(&s, languages[i], scheme, fold, results);
		snprintf(path, sizeof(path), "%s/%s.jsonl", argv[3], names[scheme]);
		if (write_scores(path, &s, results, scheme) < 0)
			r = 1;
	}
	if (r == 0 && !s.floor && write_model(argv[1], argv[2], &s, results) < 0)
		r = 1;
	if (r != 0)
		fprintf(stderr, "lw-train: could not write the model or the scores\n");
	free(results);
	samples_free(&s);
	return r;
}
