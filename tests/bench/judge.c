/*
 * judge: how fast scripts are judged: features and model alone, and all of it with what is decoded.
 * The texts are the Python files named on the command line, cut or joined to each size; a JSON
 * object a row.
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "classify/judge.h"

#define RUNS 101
#define LARGE_RUNS 21 /* of texts that take long */
#define LARGE (256u * 1024)
#define POOL (4u * 1024 * 1024)

static uint8_t pool[POOL];
static size_t pool_length;
static struct lw_features features;

static int
add_file(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : lw_read_full(fd, &pool[pool_length], POOL - pool_length);

	if (n > 0)
		pool_length += n;
	return n < 0 ? -1 : 0;
}

/* Of this thread: what else runs on the machine is not its business. */
static uint64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct subject {
	struct lw_judge *judge;
	const struct lw_model *model;
};

static void
score_only(const struct subject *s, const uint8_t *bytes, size_t length)
{
	struct lw_model_result r;

	lw_features_extract(&features, LW_LANGUAGE_PYTHON, bytes, length);
	lw_model_score(s->model, lw_model_find(s->model, LW_LANGUAGE_PYTHON), &features, &r);
}

static void
judge_all(const struct subject *s, const uint8_t *bytes, size_t length)
{
	const struct lw_judge_by by = {.model = s->model};
	struct lw_judgement r;

	lw_judge_script(s->judge, &by, LW_LANGUAGE_PYTHON, bytes, length, &r);
}

/* Another piece of the pool each time, so that no run is the one before again. */
static void
measure(const char *name, void (*run)(const struct subject *, const uint8_t *, size_t),
	const struct subject *s, size_t length)
{
	size_t runs = length < LARGE ? RUNS : LARGE_RUNS;
	uint64_t us[RUNS], sum = 0;

	for (size_t i = 0; i < runs; i++) {
		size_t at = (i * 7919 * 64) % (pool_length - length + 1);
		uint64_t start = cpu_us();

		run(s, &pool[at], length);
		us[i] = cpu_us() - start;
		sum += us[i];
	}
	qsort(us, runs, sizeof(us[0]), compare);
	printf("{\"name\": \"%s\", \"bytes\": %zu, \"p50_us\": %llu, \"p99_us\": %llu, "
	       "\"mb_s\": %.1f}\n",
		name, length, (unsigned long long)us[runs / 2],
		(unsigned long long)us[runs * 99 / 100], (double)length * runs / (sum ? sum : 1));
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = {1024, 10240, 102400, 524288};
	_cleanup_close_ int fd = argc > 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct lw_model *model = NULL;
	struct lw_judge *judge = NULL;

	for (int i = 2; i < argc; i++)
		if (add_file(argv[i]) < 0)
			return 1;
	if (fd < 0 || pool_length < sizes[3] || lw_model_open(fd, &model) < 0 ||
		lw_judge_new(&judge) < 0) {
		fprintf(stderr, "usage: judge MODEL PYTHON-FILE...  (512 KiB of them at least)\n");
		return 1;
	}
	for (size_t i = 0; i < LW_ARRAY_SIZE(sizes); i++) {
		struct subject s = {judge, model};

		measure("features and model", score_only, &s, sizes[i]);
		measure("with decoding", judge_all, &s, sizes[i]);
	}
	lw_judge_free(judge);
	lw_model_free(model);
	return 0;
}
