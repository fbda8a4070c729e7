/*
 * opener COUNT FILE: how long open and close of a file take. Runs inside the container that is
 * measured. Writes one line of JSON: {"opens", "elapsed_ns"}.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

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

int
main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (count == 0 || count > 100000000ul) {
		fprintf(stderr, "usage: opener COUNT FILE\n");
		return 2;
	}
	open_often(count / 100 + 1, argv[2]); /* dentries and caches */
	uint64_t start = now_ns();
	open_often(count, argv[2]);
	printf("{\"opens\":%lu,\"elapsed_ns\":%lu}\n", count, now_ns() - start);
	return 0;
}
