/*
 * Reading a hash list. What open has verified is not taken for granted later: the file can
 * still be written to by whoever owns it, so a lookup clamps what the index says.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/text.h"
#include "classify/hashset.h"
#include "classify/hashset_format.h"

struct lw_hashset {
	uint8_t *map;
	uint64_t size;
	unsigned bits;
	const uint32_t *index;
	const lw_hashset_digest *digests;
	struct lw_hashset_info info;
};

struct lw_hashset *
lw_hashset_free(struct lw_hashset *hs)
{
	if (!hs)
		return NULL;
	if (hs->map)
		munmap(hs->map, hs->size);
	free(hs);
	return NULL;
}

void
lw_hashset_freep(struct lw_hashset **hs)
{
	*hs = lw_hashset_free(*hs);
}

const char *
lw_hashset_explain(int error)
{
	switch (-error) {
	case EMEDIUMTYPE:
		return "not a hash list of layerwatch (make one with: layerwatch hashset build)";
	case ENOTSUP:
		return "a hash list of a version or digest that is not known here";
	case EBADMSG:
		return "the hash list is damaged: build it again";
	default:
		return strerror(-error);
	}
}

static bool
is_name(const char *name, size_t size)
{
	size_t length = strnlen(name, size);

	return length > 0 && length < size && lw_utf8_valid(name, length);
}

/* Takes the header over when it can be that of a file of this size. */
static int
read_header(struct lw_hashset *hs, const struct lw_hashset_header *h)
{
	if (memcmp(h->magic, LW_HASHSET_MAGIC, sizeof(h->magic)) != 0)
		return -EMEDIUMTYPE;
	if (le32toh(h->version) != LW_HASHSET_VERSION || le32toh(h->algorithm) != LW_HASHSET_SHA256)
		return -ENOTSUP;
	hs->bits = le32toh(h->bits);
	hs->info.count = le64toh(h->count);
	if (hs->bits > LW_HASHSET_BITS_MAX || hs->info.count > LW_HASHSET_COUNT_MAX)
		return -EBADMSG;
	if (hs->size !=
		sizeof(*h) + lw_hashset_index_size(hs->bits) + hs->info.count * LW_SHA256_SIZE)
		return -EBADMSG;
	if (!is_name(h->name, sizeof(h->name)))
		return -EBADMSG;
	memcpy(hs->info.name, h->name, sizeof(h->name));
	hs->info.created_us = le64toh(h->created_us);
	hs->info.size = hs->size;
	return 0;
}

static bool
index_is_sound(const struct lw_hashset *hs)
{
	uint32_t buckets = (uint32_t)1 << hs->bits;

	for (uint32_t i = 0; i < buckets; i++)
		if (le32toh(hs->index[i]) > le32toh(hs->index[i + 1]))
			return false;
	return le32toh(hs->index[0]) == 0 && le32toh(hs->index[buckets]) == hs->info.count;
}

/* Each digest above the one before it, and inside the bucket that the index gives it. */
static bool
digest_is_in_place(const struct lw_hashset *hs, uint64_t i)
{
	uint32_t bucket = lw_hashset_bucket(hs->digests[i], hs->bits);

	if (i > 0 && memcmp(hs->digests[i - 1], hs->digests[i], LW_SHA256_SIZE) >= 0)
		return false;
	return i >= le32toh(hs->index[bucket]) && i < le32toh(hs->index[bucket + 1]);
}

/*
 * Gives the pages of a verified block back: a list of any length costs no resident memory but
 * what lookups touch.
 */
static void
forget_block(const struct lw_hashset *hs, uint64_t start, uint64_t length)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	uint64_t from = start / page * page;

	madvise(&hs->map[from], start + length - from, MADV_DONTNEED);
}

static int
verify(const struct lw_hashset *hs, const struct lw_hashset_header *header)
{
	const uint64_t per_block = LW_HASHSET_BLOCK / LW_SHA256_SIZE;
	struct lw_hashset_header bare = *header;
	const uint8_t *digests = (const uint8_t *)hs->digests;
	uint64_t index_size = lw_hashset_index_size(hs->bits);
	uint64_t sum;

	if (!index_is_sound(hs))
		return -EBADMSG;
	bare.checksum = 0;
	sum = lw_hashset_checksum(0, (const uint8_t *)&bare, sizeof(bare));
	sum = lw_hashset_checksum(sum, (const uint8_t *)hs->index, index_size);
	for (uint64_t i = 0; i < hs->info.count; i += per_block) {
		uint64_t n = LW_MIN(hs->info.count - i, per_block);

		sum = lw_hashset_checksum(sum, &digests[i * LW_SHA256_SIZE], n * LW_SHA256_SIZE);
		for (uint64_t k = i; k < i + n; k++)
			if (!digest_is_in_place(hs, k))
				return -EBADMSG;
		forget_block(
			hs, sizeof(*header) + index_size + i * LW_SHA256_SIZE, n * LW_SHA256_SIZE);
	}
	return sum == le64toh(header->checksum) ? 0 : -EBADMSG;
}

static int
map_file(struct lw_hashset *hs, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct lw_hashset_header))
		return -EMEDIUMTYPE;
	hs->size = st.st_size;

	void *map = mmap(NULL, hs->size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	hs->map = map;
	return 0;
}

int
lw_hashset_open(int fd, struct lw_hashset **out)
{
	_cleanup_(lw_hashset_freep) struct lw_hashset *hs = calloc(1, sizeof(*hs));
	struct lw_hashset_header header;
	int r;

	if (!hs)
		return -ENOMEM;
	r = map_file(hs, fd);
	if (r < 0)
		return r;
	memcpy(&header, hs->map, sizeof(header));
	r = read_header(hs, &header);
	if (r < 0)
		return r;
	hs->index = (const uint32_t *)&hs->map[sizeof(header)];
	hs->digests = (const lw_hashset_digest *)&hs
			      ->map[sizeof(header) + lw_hashset_index_size(hs->bits)];
	madvise(hs->map, hs->size, MADV_SEQUENTIAL);
	r = verify(hs, &header);
	if (r < 0)
		return r;
	madvise(hs->map, hs->size, MADV_RANDOM);
	*out = TAKE_PTR(hs);
	return 0;
}

bool
lw_hashset_has(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE])
{
	uint32_t bucket = lw_hashset_bucket(sha256, hs->bits);
	uint64_t low = LW_MIN(le32toh(hs->index[bucket]), hs->info.count);
	uint64_t high = LW_MIN(le32toh(hs->index[bucket + 1]), hs->info.count);

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		int order = memcmp(hs->digests[middle], sha256, LW_SHA256_SIZE);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

const struct lw_hashset_info *
lw_hashset_info(const struct lw_hashset *hs)
{
	return &hs->info;
}
