/*
 * Writing a hash list: lines -> digests -> sorted, without duplicates -> a new file in the
 * place of the old one. All digests are held in memory once; sorting happens in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "classify/hashset.h"
#include "classify/hashset_format.h"

#define LINE_MAX_BYTES 8192 /* a digest and a path as long as the kernel takes, escaped */
#define ERRORS_SHOWN 20
#define BUCKETS (1u << LW_HASHSET_BITS_MAX)

struct builder {
	lw_hashset_digest *digests;
	uint64_t count, capacity;
	struct lw_hashset_counts *counts;
	struct lw_text *errors;
	const char *input; /* as errors name it */
	uint64_t line; /* of this input */
};

static void
builder_done(struct builder *b)
{
	free(b->digests);
}

static void
complain(struct builder *b, const char *what)
{
	b->counts->errors++;
	if (b->counts->errors > ERRORS_SHOWN)
		return;
	lw_text_add_visible(b->errors, b->input, strlen(b->input));
	lw_text_addf(b->errors, ":%llu: %s\n", (unsigned long long)b->line, what);
}

static int
complain_file(struct lw_text *errors, const char *file, int error)
{
	lw_text_add_visible(errors, file, strlen(file));
	lw_text_addf(errors, ": %s\n", strerror(-error));
	return error;
}

static int
add_digest(struct builder *b, const lw_hashset_digest digest)
{
	if (b->count == b->capacity) {
		uint64_t wanted = LW_MAX(b->capacity * 2, (uint64_t)1024);

		if (b->count == LW_HASHSET_COUNT_MAX)
			return -E2BIG;
		wanted = LW_MIN(wanted, LW_HASHSET_COUNT_MAX);
		void *grown = reallocarray(b->digests, wanted, LW_SHA256_SIZE);
		if (!grown)
			return -ENOMEM;
		b->digests = grown;
		b->capacity = wanted;
	}
	memcpy(b->digests[b->count++], digest, LW_SHA256_SIZE);
	return 0;
}

/* Where the digest of "SHA256 (name) = digest" begins; NULL when the line is none. */
static const char *
tagged_digest(const char *line)
{
	const char *end = strncmp(line, "SHA256 (", 8) == 0 ? strrchr(line, '=') : NULL;

	return end && strncmp(end, "= ", 2) == 0 ? &end[2] : NULL;
}

/* A digest, then the end of the line or a blank with anything behind it. */
static bool
parse_digest(const char *text, lw_hashset_digest digest)
{
	char hex[2 * LW_SHA256_SIZE + 1];
	size_t length = strcspn(text, " \t");

	if (length != 2 * LW_SHA256_SIZE)
		return false;
	memcpy(hex, text, length);
	hex[length] = '\0';
	return lw_unhex(digest, LW_SHA256_SIZE, hex) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int
parse_line(struct builder *b, char *line, size_t length)
{
	lw_hashset_digest digest;

	while (length > 0 && is_blank(line[length - 1]))
		length--;
	line[length] = '\0';
	if (strlen(line) != length) {
		complain(b, "the line holds a NUL");
		return 0;
	}

	const char *text = &line[strspn(line, " \t")];
	const char *tagged = tagged_digest(text[0] == '\\' ? &text[1] : text);

	if (text[0] == '#' || text[0] == '\0')
		return 0;
	/* sha256sum(1) puts a backslash in front where it had to escape the file's name. */
	if (tagged)
		text = tagged;
	else if (text[0] == '\\')
		text = &text[1];
	if (parse_digest(text, digest))
		return add_digest(b, digest);
	complain(b, "not a SHA-256: 64 hexadecimal digits are wanted");
	return 0;
}

/* Reads one line of any length and keeps what fits. Returns false at the end of the input. */
static bool
read_line(FILE *f, char *line, size_t size, size_t *length, bool *cut)
{
	size_t n = 0;
	int c;

	*cut = false;
	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (n + 1 < size)
			line[n++] = c;
		else
			*cut = true;
	}
	line[n] = '\0';
	*length = n;
	return c != EOF || n > 0;
}

static int
read_lines(struct builder *b, FILE *f)
{
	_cleanup_free_ char *line = malloc(LINE_MAX_BYTES);
	size_t length;
	bool cut;
	int r = 0;

	if (!line)
		return -ENOMEM;
	b->line = 0;
	errno = 0;
	while (r == 0 && read_line(f, line, LINE_MAX_BYTES, &length, &cut)) {
		b->line++;
		b->counts->lines++;
		if (cut)
			complain(b, "the line is too long");
		else
			r = parse_line(b, line, length);
	}
	if (r == 0 && ferror(f))
		r = errno ? -errno : -EIO;
	return r;
}

static int
read_input(struct builder *b, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	_cleanup_close_ int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	int r;

	b->input = standard ? "standard input" : path;
	if (!f)
		return complain_file(b->errors, b->input, -errno);
	TAKE_FD(fd);
	r = read_lines(b, f);
	return r < 0 ? complain_file(b->errors, b->input, r) : 0;
}

/*
 * Puts each digest into the bucket of its first 16 bits, in place; starts[] are the buckets'
 * first places.
 */
static void
scatter(lw_hashset_digest *digests, const uint32_t *starts, uint32_t *next)
{
	memcpy(next, starts, BUCKETS * sizeof(*next));
	for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
		while (next[bucket] < starts[bucket + 1]) {
			uint8_t *here = digests[next[bucket]];
			uint32_t home = lw_hashset_bucket(here, LW_HASHSET_BITS_MAX);
			lw_hashset_digest held;

			if (home != bucket) {
				memcpy(held, here, sizeof(held));
				memcpy(here, digests[next[home]], sizeof(held));
				memcpy(digests[next[home]], held, sizeof(held));
			}
			next[home]++;
		}
	}
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, LW_SHA256_SIZE);
}

/* Sorts in place: a radix step over 16 bits, then each small bucket. */
static int
sort(struct builder *b)
{
	_cleanup_free_ uint32_t *starts = calloc(BUCKETS + 1, sizeof(*starts));
	_cleanup_free_ uint32_t *next = calloc(BUCKETS, sizeof(*next));

	if (!starts || !next)
		return -ENOMEM;
	for (uint64_t i = 0; i < b->count; i++)
		starts[lw_hashset_bucket(b->digests[i], LW_HASHSET_BITS_MAX) + 1]++;
	for (uint32_t i = 0; i < BUCKETS; i++)
		starts[i + 1] += starts[i];
	scatter(b->digests, starts, next);
	for (uint32_t i = 0; i < BUCKETS; i++)
		if (starts[i + 1] - starts[i] > 1)
			qsort(b->digests[starts[i]], starts[i + 1] - starts[i], LW_SHA256_SIZE,
				compare);
	return 0;
}

static void
drop_duplicates(struct builder *b)
{
	uint64_t kept = 0;

	for (uint64_t i = 0; i < b->count; i++) {
		if (kept > 0 && compare(b->digests[kept - 1], b->digests[i]) == 0)
			continue;
		if (kept != i)
			memcpy(b->digests[kept], b->digests[i], LW_SHA256_SIZE);
		kept++;
	}
	b->counts->duplicates = b->count - kept;
	b->counts->digests = kept;
	b->count = kept;
}

static unsigned
index_bits(uint64_t count)
{
	unsigned bits = 0;

	while (bits < LW_HASHSET_BITS_MAX && (count >> bits) > LW_HASHSET_BUCKET_WANTED)
		bits++;
	return bits;
}

static uint32_t *
make_index(const struct builder *b, unsigned bits)
{
	uint32_t *index = calloc(1, lw_hashset_index_size(bits));
	uint64_t at = 0;

	if (!index)
		return NULL;
	for (uint32_t bucket = 0; bucket <= (uint32_t)1 << bits; bucket++) {
		while (at < b->count && lw_hashset_bucket(b->digests[at], bits) < bucket)
			at++;
		index[bucket] = htole32(at);
	}
	return index;
}

static int
write_file(int fd, const struct builder *b, const char *name)
{
	unsigned bits = index_bits(b->count);
	_cleanup_free_ uint32_t *index = make_index(b, bits);
	struct lw_hashset_header h = {
		.magic = LW_HASHSET_MAGIC,
		.version = htole32(LW_HASHSET_VERSION),
		.algorithm = htole32(LW_HASHSET_SHA256),
		.bits = htole32(bits),
		.count = htole64(b->count),
		.created_us = htole64(lw_realtime_us()),
	};
	const uint8_t *digests = (const uint8_t *)b->digests;
	uint64_t sum;
	int r;

	if (!index)
		return -ENOMEM;
	lw_copy_string(h.name, sizeof(h.name), name);
	sum = lw_hashset_checksum(0, (const uint8_t *)&h, sizeof(h));
	sum = lw_hashset_checksum(sum, (const uint8_t *)index, lw_hashset_index_size(bits));
	sum = lw_hashset_checksum(sum, digests, b->count * LW_SHA256_SIZE);
	h.checksum = htole64(sum);
	r = lw_write_full(fd, &h, sizeof(h));
	if (r == 0)
		r = lw_write_full(fd, index, lw_hashset_index_size(bits));
	if (r == 0)
		r = lw_write_full(fd, digests, b->count * LW_SHA256_SIZE);
	if (r == 0 && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
		r = -errno;
	return r;
}

/* So that the new name lasts over a power cut; a folder that can't be synced is no failure. */
static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ? strndup(path, slash - path + 1) : strdup(".");
	_cleanup_close_ int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0)
		(void)!fsync(fd);
}

static int
replace_file(const struct builder *b, const char *name, const char *out_path)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", out_path);
	int r;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return -ENAMETOOLONG;
	_cleanup_close_ int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_file(fd, b, name);
	if (r == 0 && rename(temporary, out_path) != 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	else
		sync_folder(out_path);
	return r;
}

static bool
is_good_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= LW_HASHSET_NAME_SIZE || !lw_utf8_valid(name, length))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

static int
refuse_lines(struct builder *b)
{
	if (b->counts->errors > ERRORS_SHOWN)
		lw_text_addf(b->errors, "and %llu more lines\n",
			(unsigned long long)(b->counts->errors - ERRORS_SHOWN));
	return -EINVAL;
}

int
lw_hashset_build(const char *const *inputs, size_t count, const char *name, const char *out_path,
	struct lw_text *errors, struct lw_hashset_counts *counts)
{
	_cleanup_(builder_done) struct builder b = {.counts = counts, .errors = errors};
	int r = 0;

	*counts = (struct lw_hashset_counts){0};
	if (!is_good_name(name)) {
		lw_text_addf(errors, "the name of a list is 1 to %d bytes of UTF-8 on one line\n",
			LW_HASHSET_NAME_SIZE - 1);
		return -EINVAL;
	}
	for (size_t i = 0; i < count && r == 0; i++)
		r = read_input(&b, inputs[i]);
	if (r < 0)
		return r;
	if (counts->errors > 0)
		return refuse_lines(&b);
	if (b.count > 0)
		r = sort(&b);
	if (r == 0) {
		drop_duplicates(&b);
		r = replace_file(&b, name, out_path);
	}
	return r < 0 ? complain_file(errors, out_path, r) : 0;
}
