/*
 * opener COUNT FILE: how long open and close of a file take. Runs inside the container that is
 * measured. Writes one line of JSON: {"opens", "mean_ns", "p50_ns"}; the latter is the median of
 * runs of CHUNK, which other work on the machine moves less.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 100

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void
open_often(unsigned long count, const char *path)
{
	for (unsigned long i = 0; i < count; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			perror(path);
			exit(1);
		}
		close(fd);
	}
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
measure(unsigned long chunks, const char *path)
{
	uint64_t *times = calloc(chunks, sizeof(*times)), sum = 0;

	if (!times)
		exit(1);
	open_often(chunks, path); /* dentries and caches */
	for (unsigned long i = 0; i < chunks; i++) {
		uint64_t start = now_ns();

		open_often(CHUNK, path);
		times[i] = now_ns() - start;
		sum += times[i];
	}
	qsort(times, chunks, sizeof(*times), ascending);
	printf("{\"opens\":%lu,\"mean_ns\":%.1f,\"p50_ns\":%.1f}\n", chunks * CHUNK,
		(double)sum / chunks / CHUNK, (double)times[chunks / 2] / CHUNK);
	free(times);
}

int
main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (count == 0 || count > 100000000ul) {
		fprintf(stderr, "usage: opener COUNT FILE\n");
		return 2;
	}
	measure(count / CHUNK + 1, argv[2]);
	return 0;
}
