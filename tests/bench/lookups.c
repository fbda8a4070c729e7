/*
 * lookups LIST COUNT: asks a hash list for so many digests that it does not have, after as many to
 * warm up, and prints how long one took and what of the list was resident then. "mean_ns",
 * "resident_kib" as one JSON object.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "classify/hashset.h"

/* xorshift64: the digests need no more than to be spread. */
static void
next_digest(uint64_t *state, uint8_t digest[LW_SHA256_SIZE])
{
	for (size_t at = 0; at < LW_SHA256_SIZE; at += sizeof(*state)) {
		*state ^= *state << 13;
		*state ^= *state >> 7;
		*state ^= *state << 17;
		memcpy(&digest[at], state, sizeof(*state));
	}
}

static uint64_t
look_up(const struct lw_hashset *hs, uint64_t count, uint64_t *state)
{
	uint64_t start = lw_now_us(), found = 0;
	uint8_t digest[LW_SHA256_SIZE];

	for (uint64_t i = 0; i < count; i++) {
		next_digest(state, digest);
		found += lw_hashset_has(hs, digest);
	}
	return found > 0 ? 0 : lw_now_us() - start;
}

static unsigned long
resident_kib(void)
{
	char text[4096];
	const char *at;

	if (lw_read_file_at(-1, "/proc/self/status", text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, "VmRSS:");
	return at ? strtoul(at + strlen("VmRSS:"), NULL, 10) : 0;
}

int
main(int argc, char **argv)
{
	_cleanup_(lw_hashset_freep) struct lw_hashset *hs = NULL;
	_cleanup_close_ int fd = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	uint64_t count, us, state = 88172645463325252u;

	if (fd < 0 || lw_parse_u64(argv[2], &count) < 0 || count == 0 ||
		lw_hashset_open(fd, &hs) < 0) {
		fprintf(stderr, "lookups LIST COUNT\n");
		return 2;
	}
	look_up(hs, count, &state);
	us = look_up(hs, count, &state);
	printf("{\"mean_ns\": %.0f, \"resident_kib\": %lu}\n", us * 1000.0 / count, resident_kib());
	return us > 0 ? 0 : 1;
}
