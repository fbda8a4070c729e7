/*
 * Arbitrary bytes as a hash list. No fuzzer finds a checksum, so it is put right first: what is
 * behind it has to stand for itself.
 */
#include <string.h>

#include "classify/hashset_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_checksum_right(uint8_t *bytes, size_t size)
{
	struct lw_hashset_header h;
	uint64_t index, sum;

	memcpy(&h, bytes, sizeof(h));
	if (le32toh(h.bits) > LW_HASHSET_BITS_MAX)
		return;
	index = lw_hashset_index_size(le32toh(h.bits));
	if (size < sizeof(h) + index)
		return;
	h.checksum = 0;
	sum = lw_hashset_checksum(0, (uint8_t *)&h, sizeof(h));
	sum = lw_hashset_checksum(sum, &bytes[sizeof(h)], index);
	sum = lw_hashset_checksum(sum, &bytes[sizeof(h) + index], size - sizeof(h) - index);
	h.checksum = htole64(sum);
	memcpy(bytes, &h, sizeof(h));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lw_hashset_freep) struct lw_hashset *hs = NULL;
	_cleanup_free_ uint8_t *bytes = calloc(1, size + 1);
	_cleanup_close_ int fd = -1;
	uint8_t digest[LW_SHA256_SIZE] = {0};

	if (!bytes)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	if (size >= sizeof(struct lw_hashset_header))
		put_checksum_right(bytes, size);
	fd = lw_memfd_with("list", bytes, size);
	if (lw_hashset_open(fd, &hs) < 0)
		return 0;
	if (size > LW_SHA256_SIZE)
		memcpy(digest, &bytes[size - LW_SHA256_SIZE], sizeof(digest));
	if (lw_hashset_info(hs)->count > 0 && !lw_hashset_has(hs, digest))
		abort();
	return 0;
}
