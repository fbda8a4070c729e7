/*
 * Reading a hash list. What open has verified is not taken for granted later: the file can
 * still be written to by whoever owns it, so a lookup clamps what the index says. All but the
 * index is read, not mapped: pages that are mapped would count as ours for as long as we live.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/text.h"
#include "classify/hashset.h"
#include "classify/hashset_format.h"

#define READ_AT_ONCE 128 /* digests: what nearly every bucket has */

struct lw_hashset {
	int fd;
	uint8_t *map; /* while it is verified the whole file, then to the end of the index */
	uint64_t mapped, size;
	unsigned bits;
	const uint32_t *index;
	uint64_t digests, labels; /* offsets in the file */
	uint64_t labels_size;
	uint32_t names_size;
	char *names;
	uint32_t *name_starts; /* in names */
	struct lw_hashset_info info;
};

struct lw_hashset *
lw_hashset_free(struct lw_hashset *hs)
{
	if (!hs)
		return NULL;
	if (hs->map)
		munmap(hs->map, hs->mapped);
	lw_closep(&hs->fd);
	free(hs->names);
	free(hs->name_starts);
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
	case EPROTOTYPE:
		return "a list of URLs where one of files is wanted, or the reverse";
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

static bool
is_label(const char *label, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (label[i] < ' ' || label[i] == 0x7f)
			return false;
	return length > 0 && length < LW_HASHSET_LABEL_SIZE;
}

/* Do the numbers of the header describe a file of this size? Takes the places over. */
static bool
is_laid_out(struct lw_hashset *hs, const struct lw_hashset_header *h)
{
	uint64_t index = lw_hashset_index_size(hs->bits);

	if (hs->info.name_count > LW_HASHSET_LABELS_MAX || hs->names_size > LW_HASHSET_NAMES_MAX ||
		(hs->info.name_count == 0) != (hs->names_size == 0))
		return false;
	hs->digests = sizeof(*h) + index;
	hs->labels = hs->digests + hs->info.count * LW_SHA256_SIZE;
	hs->labels_size = lw_hashset_labels_size(hs->info.count, hs->info.name_count);
	return hs->size == hs->labels + hs->labels_size + hs->names_size;
}

/* Takes the header over when it can be that of a file of this size. */
static int
read_header(struct lw_hashset *hs, const struct lw_hashset_header *h, uint32_t wanted)
{
	uint32_t version = le32toh(h->version), algorithm = le32toh(h->algorithm);

	if (memcmp(h->magic, LW_HASHSET_MAGIC, sizeof(h->magic)) != 0)
		return -EMEDIUMTYPE;
	if (version < LW_HASHSET_VERSION_OLDEST || version > LW_HASHSET_VERSION ||
		(algorithm != LW_HASHSET_SHA256 && algorithm != LW_HASHSET_URL_SHA256))
		return -ENOTSUP;
	if (algorithm != wanted)
		return -EPROTOTYPE;
	hs->bits = le32toh(h->bits);
	hs->info.count = le64toh(h->count);
	hs->info.name_count = le32toh(h->name_count);
	hs->names_size = le32toh(h->names_size);
	if (hs->bits > LW_HASHSET_BITS_MAX || hs->info.count > LW_HASHSET_COUNT_MAX ||
		!is_laid_out(hs, h) || !is_name(h->name, sizeof(h->name)))
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
	const lw_hashset_digest *digests = (const lw_hashset_digest *)&hs->map[hs->digests];
	uint32_t bucket = lw_hashset_bucket(digests[i], hs->bits);

	if (i > 0 && memcmp(digests[i - 1], digests[i], LW_SHA256_SIZE) >= 0)
		return false;
	return i >= le32toh(hs->index[bucket]) && i < le32toh(hs->index[bucket + 1]);
}

/* Gives the pages of what is verified back, so that a list of any length is verified in little. */
static void
forget(const struct lw_hashset *hs, uint64_t start, uint64_t length)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	uint64_t from = start / page * page;

	madvise(&hs->map[from], start + length - from, MADV_DONTNEED);
}

static uint64_t
verify_digests(const struct lw_hashset *hs, uint64_t sum, bool *ok)
{
	const uint64_t per_block = LW_HASHSET_BLOCK / LW_SHA256_SIZE;

	for (uint64_t i = 0; i < hs->info.count && *ok; i += per_block) {
		uint64_t n = LW_MIN(hs->info.count - i, per_block);
		uint64_t start = hs->digests + i * LW_SHA256_SIZE;

		sum = lw_hashset_checksum(sum, &hs->map[start], n * LW_SHA256_SIZE);
		for (uint64_t k = i; k < i + n; k++)
			*ok &= digest_is_in_place(hs, k);
		forget(hs, start, n * LW_SHA256_SIZE);
	}
	return sum;
}

static bool
labels_are_sound(const struct lw_hashset *hs)
{
	const uint16_t *labels = (const uint16_t *)&hs->map[hs->labels];

	for (uint64_t i = 0; hs->info.name_count > 0 && i < hs->info.count; i++)
		if (le16toh(labels[i]) > hs->info.name_count)
			return false;
	return true;
}

static int
verify(const struct lw_hashset *hs, const struct lw_hashset_header *header)
{
	struct lw_hashset_header bare = *header;
	uint64_t sum;
	bool ok = true;

	if (!index_is_sound(hs))
		return -EBADMSG;
	bare.checksum = 0;
	sum = lw_hashset_checksum(0, (const uint8_t *)&bare, sizeof(bare));
	sum = lw_hashset_checksum(sum, (const uint8_t *)hs->index, lw_hashset_index_size(hs->bits));
	sum = verify_digests(hs, sum, &ok);
	if (!ok || !labels_are_sound(hs))
		return -EBADMSG;
	sum = lw_hashset_checksum(sum, &hs->map[hs->labels], hs->labels_size);
	sum = lw_hashset_checksum(sum, &hs->map[hs->labels + hs->labels_size], hs->names_size);
	return sum == le64toh(header->checksum) ? 0 : -EBADMSG;
}

/* Takes the names over, each in its place. */
static int
take_names(struct lw_hashset *hs)
{
	const char *names = (const char *)&hs->map[hs->labels + hs->labels_size];
	uint32_t at = 0;

	if (hs->info.name_count == 0)
		return 0;
	hs->names = malloc(hs->names_size);
	hs->name_starts = calloc(hs->info.name_count, sizeof(*hs->name_starts));
	if (!hs->names || !hs->name_starts)
		return -ENOMEM;
	memcpy(hs->names, names, hs->names_size);
	for (uint32_t i = 0; i < hs->info.name_count; i++) {
		size_t length = strnlen(&hs->names[at], hs->names_size - at);

		if (length == hs->names_size - at || !is_label(&hs->names[at], length))
			return -EBADMSG;
		hs->name_starts[i] = at;
		at += length + 1;
	}
	return at == hs->names_size ? 0 : -EBADMSG;
}

/* Keeps the pages of the header and the index mapped, and no other. */
static void
unmap_rest(struct lw_hashset *hs)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	uint64_t kept = (hs->digests + page - 1) / page * page;

	if (kept < hs->mapped && munmap(&hs->map[kept], hs->mapped - kept) == 0)
		hs->mapped = kept;
}

static int
map_file(struct lw_hashset *hs, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct lw_hashset_header))
		return -EMEDIUMTYPE;
	hs->size = hs->mapped = st.st_size;
	hs->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (hs->fd < 0)
		return -errno;

	void *map = mmap(NULL, hs->size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	hs->map = map;
	return 0;
}

static int
open_list(int fd, uint32_t algorithm, struct lw_hashset **out)
{
	_cleanup_(lw_hashset_freep) struct lw_hashset *hs = calloc(1, sizeof(*hs));
	struct lw_hashset_header header;
	int r;

	if (!hs)
		return -ENOMEM;
	hs->fd = -1;
	r = map_file(hs, fd);
	if (r < 0)
		return r;
	memcpy(&header, hs->map, sizeof(header));
	r = read_header(hs, &header, algorithm);
	if (r < 0)
		return r;
	hs->index = (const uint32_t *)&hs->map[sizeof(header)];
	madvise(hs->map, hs->size, MADV_SEQUENTIAL);
	r = verify(hs, &header);
	if (r == 0)
		r = take_names(hs);
	if (r < 0)
		return r;
	unmap_rest(hs);
	madvise(hs->map, hs->mapped, MADV_RANDOM);
	*out = TAKE_PTR(hs);
	return 0;
}

int
lw_hashset_open(int fd, struct lw_hashset **out)
{
	return open_list(fd, LW_HASHSET_SHA256, out);
}

int
lw_hashset_open_urls(int fd, struct lw_hashset **out)
{
	return open_list(fd, LW_HASHSET_URL_SHA256, out);
}

/* What was there when the list was opened is there, or somebody has cut the file short. */
static void
must_read(const struct lw_hashset *hs, void *out, size_t length, uint64_t offset)
{
	if (lw_pread_full(hs->fd, out, length, offset) != (ssize_t)length)
		abort();
}

/* Narrows [low, high) to at most READ_AT_ONCE digests; few lists have larger buckets. */
static void
narrow(const struct lw_hashset *hs, const uint8_t *sha256, uint64_t *low, uint64_t *high)
{
	lw_hashset_digest digest;

	while (*high - *low > READ_AT_ONCE) {
		uint64_t middle = *low + (*high - *low) / 2;

		must_read(hs, digest, sizeof(digest), hs->digests + middle * LW_SHA256_SIZE);
		if (memcmp(digest, sha256, LW_SHA256_SIZE) <= 0)
			*low = middle;
		else
			*high = middle;
	}
}

/* Its place in the list; UINT64_MAX when it is not there. */
static uint64_t
find(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE])
{
	uint32_t bucket = lw_hashset_bucket(sha256, hs->bits);
	uint64_t low = LW_MIN(le32toh(hs->index[bucket]), hs->info.count);
	uint64_t high = LW_MIN(le32toh(hs->index[bucket + 1]), hs->info.count);
	lw_hashset_digest digests[READ_AT_ONCE];

	if (low >= high)
		return UINT64_MAX;
	narrow(hs, sha256, &low, &high);
	must_read(hs, digests, (high - low) * LW_SHA256_SIZE, hs->digests + low * LW_SHA256_SIZE);
	for (uint64_t i = 0; i < high - low; i++)
		if (memcmp(digests[i], sha256, LW_SHA256_SIZE) == 0)
			return low + i;
	return UINT64_MAX;
}

bool
lw_hashset_find(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE],
	char label[LW_HASHSET_LABEL_SIZE])
{
	uint64_t at = find(hs, sha256);
	uint16_t number = 0;

	label[0] = '\0';
	if (at == UINT64_MAX)
		return false;
	if (hs->names)
		must_read(hs, &number, sizeof(number), hs->labels + at * sizeof(number));
	number = le16toh(number);
	if (number > 0 && number <= hs->info.name_count)
		lw_copy_string(
			label, LW_HASHSET_LABEL_SIZE, &hs->names[hs->name_starts[number - 1]]);
	return true;
}

bool
lw_hashset_has(const struct lw_hashset *hs, const uint8_t sha256[LW_SHA256_SIZE])
{
	return find(hs, sha256) != UINT64_MAX;
}

const struct lw_hashset_info *
lw_hashset_info(const struct lw_hashset *hs)
{
	return &hs->info;
}
