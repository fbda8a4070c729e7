/*
 * replay: main() of a fuzz target outside libFuzzer: runs every file of the folders or files named
 * as arguments (or of $srcdir/tests/fuzz/corpus/TARGET) through LLVMFuzzerTestOneInput and speaks
 * TAP.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;

	if (!f || fstat(fileno(f), &st) != 0)
		return -1;
	uint8_t *data = malloc(st.st_size ? st.st_size : 1);
	size_t n = data ? fread(data, 1, st.st_size, f) : 0;
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	printf("ok %u - %s\n", ++replayed, path);
	return 0;
}

static int
replay_path(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int r = 0;

	if (!d)
		return replay_file(path);
	while (r == 0 && (e = readdir(d))) {
		char file[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		r = replay_file(file);
	}
	closedir(d);
	return r;
}

static int
replay_default(const char *program)
{
	const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	char path[4096];

	if (strncmp(name, "fuzz-", 5) == 0)
		name += 5;
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", srcdir, name);
	return replay_path(path);
}

int
main(int argc, char **argv)
{
	int r = argc > 1 ? 0 : replay_default(argv[0]);

	for (int i = 1; i < argc && r == 0; i++)
		r = replay_path(argv[i]);
	if (r != 0 || replayed == 0) {
		printf("not ok %u - corpus can be read and is not empty\n", replayed + 1);
		replayed++;
		r = 1;
	}
	printf("1..%u\n", replayed);
	return r;
}
