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
	uint64_t index, digests, labels, sum;

	memcpy(&h, bytes, sizeof(h));
	if (le32toh(h.bits) > LW_HASHSET_BITS_MAX)
		return;
	index = lw_hashset_index_size(le32toh(h.bits));
	labels = lw_hashset_labels_size(le64toh(h.count), le32toh(h.name_count));
	digests = le64toh(h.count) * LW_SHA256_SIZE;
	if (le64toh(h.count) > size || le32toh(h.names_size) > size ||
		size != sizeof(h) + index + digests + labels + le32toh(h.names_size))
		return;
	h.checksum = 0;
	sum = lw_hashset_checksum(0, (uint8_t *)&h, sizeof(h));
	sum = lw_hashset_checksum(sum, &bytes[sizeof(h)], index);
	sum = lw_hashset_checksum(sum, &bytes[sizeof(h) + index], digests);
	sum = lw_hashset_checksum(sum, &bytes[sizeof(h) + index + digests], labels);
	sum = lw_hashset_checksum(
		sum, &bytes[sizeof(h) + index + digests + labels], le32toh(h.names_size));
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
	char label[LW_HASHSET_LABEL_SIZE];
	size_t last;

	if (!bytes)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	if (size >= sizeof(struct lw_hashset_header))
		put_checksum_right(bytes, size);
	fd = lw_memfd_with("list", bytes, size);
	if (lw_hashset_open(fd, &hs) < 0)
		return 0;
	last = sizeof(struct lw_hashset_header) +
	       lw_hashset_index_size(le32toh(((struct lw_hashset_header *)bytes)->bits)) +
	       (lw_hashset_info(hs)->count - 1) * LW_SHA256_SIZE;
	if (lw_hashset_info(hs)->count == 0)
		return 0;
	memcpy(digest, &bytes[last], sizeof(digest));
	if (!lw_hashset_find(hs, digest, label) || strlen(label) >= sizeof(label))
		abort();
	return 0;
}
