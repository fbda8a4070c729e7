/*
 * Writing a hash list: lines -> digests -> sorted, without duplicates -> a new file in the
 * place of the old one. All digests are held in memory once; they are sorted in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "classify/hashset.h"
#include "classify/hashset_format.h"
#include "classify/hashset_line.h"
#include "classify/url_list.h"

#define LINE_MAX_BYTES 8192 /* a digest and a path as long as the kernel takes, escaped */
#define READ_BLOCK (64u * 1024)
#define ERRORS_SHOWN 20
#define SORT_BITS 10 /* of a radix step: its places in memory are few enough for the cache */
#define SORT_STEPS 3
#define FEW 32 /* rows that are sorted by insertion */
#define BUCKETS (1u << SORT_BITS)
#define NAME_PLACES 131072 /* twice the names that there can be */

/* A digest and the number of its name, as they are sorted. */
struct row {
	lw_hashset_digest digest;
	uint16_t name;
};

struct builder {
	struct row *rows;
	uint64_t count, capacity;
	struct lw_text names; /* each with its NUL */
	uint32_t name_count;
	uint32_t *name_starts; /* in names */
	uint16_t *places; /* by hash: the number of a name; 0 = free */
	struct lw_hashset_columns columns; /* of this input */
	struct lw_sha256 *sha256; /* set: the lines are URLs */
	struct lw_hashset_counts *counts;
	struct lw_text *errors;
	const char *input; /* as errors name it */
	uint64_t line; /* of this input */
};

static void
builder_done(struct builder *b)
{
	free(b->rows);
	free(b->name_starts);
	free(b->places);
	lw_sha256_free(b->sha256);
	lw_text_done(&b->names);
}

static int
builder_init(struct builder *b)
{
	lw_text_init(&b->names, LW_HASHSET_NAMES_MAX);
	b->name_starts = calloc(LW_HASHSET_LABELS_MAX, sizeof(*b->name_starts));
	b->places = calloc(NAME_PLACES, sizeof(*b->places));
	return b->name_starts && b->places ? 0 : -ENOMEM;
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
add_digest(struct builder *b, const lw_hashset_digest digest, uint16_t name)
{
	if (b->count == b->capacity) {
		uint64_t wanted = LW_MAX(b->capacity * 2, (uint64_t)1024);

		if (b->count == LW_HASHSET_COUNT_MAX)
			return -E2BIG;
		wanted = LW_MIN(wanted, LW_HASHSET_COUNT_MAX);
		void *grown = reallocarray(b->rows, wanted, sizeof(*b->rows));
		if (!grown)
			return -ENOMEM;
		b->rows = grown;
		b->capacity = wanted;
	}
	memcpy(b->rows[b->count].digest, digest, LW_SHA256_SIZE);
	b->rows[b->count++].name = name;
	return 0;
}

/* The number of a name, from 1; 0 when there is none, or the list has too many. */
static uint16_t
name_number(struct builder *b, const char *label)
{
	uint32_t at = lw_xxh(label, strlen(label), 0) % NAME_PLACES;

	if (!label[0])
		return 0;
	for (; b->places[at] > 0; at = (at + 1) % NAME_PLACES)
		if (strcmp(&b->names.data[b->name_starts[b->places[at] - 1]], label) == 0)
			return b->places[at];
	if (b->name_count == LW_HASHSET_LABELS_MAX)
		return 0;
	b->name_starts[b->name_count] = b->names.length;
	lw_text_add(&b->names, label, strlen(label) + 1);
	if (b->names.failed)
		return 0;
	b->places[at] = ++b->name_count;
	return b->name_count;
}

static int
parse_line(struct builder *b, char *line, size_t length)
{
	struct lw_hashset_entry entry;
	const char *why = NULL;
	enum lw_hashset_line r = b->sha256
					 ? lw_url_line(b->sha256, line, length, &entry, &why)
					 : lw_hashset_line(&b->columns, line, length, &entry, &why);

	switch (r) {
	case LW_LINE_DIGEST:
		return add_digest(b, entry.digest, name_number(b, entry.name));
	case LW_LINE_OTHER:
		b->counts->others++;
		return 0;
	case LW_LINE_BAD:
		complain(b, why);
		return 0;
	default:
		return 0;
	}
}

/* A file that is read line by line. */
struct lines {
	int fd;
	char *block; /* READ_BLOCK bytes and a place for a NUL */
	size_t at, length; /* what is not yet taken */
};

/* Moves what is left to the front and reads on; 0 at the end of the file, or a negative errno. */
static ssize_t
read_on(struct lines *l)
{
	ssize_t n;

	memmove(l->block, &l->block[l->at], l->length - l->at);
	l->length -= l->at;
	l->at = 0;
	do
		n = read(l->fd, &l->block[l->length], READ_BLOCK - l->length);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->length += n;
	return n;
}

/*
 * The next line, its end replaced by a NUL; *cut says that it is longer than LINE_MAX_BYTES, and is
 * only its last part. 1, 0 at the end, or a negative errno.
 */
static int
next_line(struct lines *l, char **line, size_t *length, bool *cut)
{
	char *end;

	*cut = false;
	while (!(end = memchr(&l->block[l->at], '\n', l->length - l->at))) {
		ssize_t n;

		if (l->length - l->at >= LINE_MAX_BYTES) {
			*cut = true;
			l->at = l->length;
		}
		n = read_on(l);
		if (n < 0)
			return n;
		if (n > 0)
			continue;
		if (l->length == 0 && !*cut)
			return 0;
		end = &l->block[l->length];
		break;
	}
	*line = &l->block[l->at];
	*length = end - *line;
	*end = '\0';
	l->at = LW_MIN((size_t)(end - l->block) + 1, l->length);
	*cut |= *length >= LINE_MAX_BYTES;
	return 1;
}

static int
read_lines(struct builder *b, int fd)
{
	_cleanup_free_ char *block = malloc(READ_BLOCK + 1);
	struct lines lines = {.fd = fd, .block = block};
	size_t length;
	char *line;
	bool cut;
	int r, e = 0;

	if (!block)
		return -ENOMEM;
	b->line = 0;
	while ((r = next_line(&lines, &line, &length, &cut)) > 0 && e == 0) {
		b->line++;
		b->counts->lines++;
		if (cut)
			complain(b, "the line is too long");
		else
			e = parse_line(b, line, length);
	}
	return r < 0 ? r : e;
}

static int
read_input(struct builder *b, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	_cleanup_close_ int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	b->input = standard ? "standard input" : path;
	b->columns = (struct lw_hashset_columns){0};
	if (fd < 0)
		return complain_file(b->errors, b->input, -errno);
	r = read_lines(b, fd);
	return r < 0 ? complain_file(b->errors, b->input, r) : 0;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, LW_SHA256_SIZE);
}

static void
sort_few(struct row *rows, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct row held = rows[i];
		uint32_t at = i;

		for (; at > 0 && compare(&rows[at - 1], &held) > 0; at--)
			rows[at] = rows[at - 1];
		rows[at] = held;
	}
}

/* SORT_BITS of the digest: the first ones, or those after them. */
static uint32_t
key(const struct row *row, unsigned step)
{
	return lw_hashset_bucket(row->digest, (step + 1) * SORT_BITS) & (BUCKETS - 1);
}

/* Puts each row into the bucket of its key, in place; starts[] get the buckets' first places. */
static void
scatter(struct row *rows, uint32_t count, unsigned step, uint32_t starts[BUCKETS + 1])
{
	uint32_t next[BUCKETS];

	memset(starts, 0, (BUCKETS + 1) * sizeof(*starts));
	for (uint32_t i = 0; i < count; i++)
		starts[key(&rows[i], step) + 1]++;
	for (uint32_t i = 0; i < BUCKETS; i++)
		starts[i + 1] += starts[i];
	memcpy(next, starts, sizeof(next));
	for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
		while (next[bucket] < starts[bucket + 1]) {
			struct row *here = &rows[next[bucket]];
			uint32_t home = key(here, step);

			if (home != bucket) {
				struct row held = *here;

				*here = rows[next[home]];
				rows[next[home]] = held;
			}
			next[home]++;
		}
	}
}

static void
sort_bucket(struct row *rows, uint32_t count, unsigned step)
{
	uint32_t starts[BUCKETS + 1];

	if (count <= FEW) {
		sort_few(rows, count);
		return;
	}
	if (step == SORT_STEPS) {
		qsort(rows, count, sizeof(*rows), compare);
		return;
	}
	scatter(rows, count, step, starts);
	for (uint32_t i = 0; i < BUCKETS; i++)
		sort_bucket(&rows[starts[i]], starts[i + 1] - starts[i], step + 1);
}

/* Of the same digest with and without a name, the name is kept. */
static void
drop_duplicates(struct builder *b)
{
	uint64_t kept = 0;

	for (uint64_t i = 0; i < b->count; i++) {
		if (kept > 0 && compare(&b->rows[kept - 1], &b->rows[i]) == 0) {
			if (!b->rows[kept - 1].name)
				b->rows[kept - 1].name = b->rows[i].name;
			continue;
		}
		if (kept != i)
			b->rows[kept] = b->rows[i];
		kept++;
	}
	b->counts->duplicates = b->count - kept;
	b->counts->digests = kept;
	b->count = kept;
	for (uint64_t i = 0; i < kept; i++)
		b->counts->named += b->rows[i].name > 0;
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
		while (at < b->count && lw_hashset_bucket(b->rows[at].digest, bits) < bucket)
			at++;
		index[bucket] = htole32(at);
	}
	return index;
}

/* A file that is written once, in blocks, and its checksum. */
struct writer {
	int fd, error;
	uint64_t sum;
	size_t length;
	uint8_t *block; /* LW_HASHSET_BLOCK bytes */
};

/* What is checksummed together ends here; a full block does so by itself. */
static void
flush(struct writer *w)
{
	if (w->length == 0)
		return;
	w->sum = lw_hashset_checksum(w->sum, w->block, w->length);
	if (w->error == 0)
		w->error = lw_write_full(w->fd, w->block, w->length);
	w->length = 0;
}

static void
put(struct writer *w, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;

	while (length > 0) {
		size_t n = LW_MIN(length, LW_HASHSET_BLOCK - w->length);

		memcpy(&w->block[w->length], from, n);
		w->length += n;
		from += n;
		length -= n;
		if (w->length == LW_HASHSET_BLOCK)
			flush(w);
	}
}

static void
put_rows(struct writer *w, const struct builder *b)
{
	static const uint8_t zeros[LW_HASHSET_ALIGN];
	uint64_t labels = lw_hashset_labels_size(b->count, b->name_count);

	for (uint64_t i = 0; i < b->count; i++)
		put(w, b->rows[i].digest, LW_SHA256_SIZE);
	flush(w);
	if (b->name_count == 0)
		return;
	for (uint64_t i = 0; i < b->count; i++) {
		uint16_t name = htole16(b->rows[i].name);

		put(w, &name, sizeof(name));
	}
	put(w, zeros, labels - b->count * sizeof(uint16_t));
	flush(w);
	put(w, b->names.data, b->names.length);
	flush(w);
}

static int
write_file(int fd, const struct builder *b, const char *name)
{
	unsigned bits = index_bits(b->count);
	_cleanup_free_ uint32_t *index = make_index(b, bits);
	_cleanup_free_ uint8_t *block = malloc(LW_HASHSET_BLOCK);
	struct writer w = {.fd = fd, .block = block};
	struct lw_hashset_header h = {
		.magic = LW_HASHSET_MAGIC,
		.version = htole32(LW_HASHSET_VERSION),
		.algorithm = htole32(b->sha256 ? LW_HASHSET_URL_SHA256 : LW_HASHSET_SHA256),
		.bits = htole32(bits),
		.count = htole64(b->count),
		.created_us = htole64(lw_realtime_us()),
		.name_count = htole32(b->name_count),
		.names_size = htole32(b->names.length),
	};

	if (!index || !block)
		return -ENOMEM;
	lw_copy_string(h.name, sizeof(h.name), name);
	put(&w, &h, sizeof(h));
	flush(&w);
	put(&w, index, lw_hashset_index_size(bits));
	flush(&w);
	put_rows(&w, b);
	h.checksum = htole64(w.sum);
	if (w.error == 0 && pwrite(fd, &h, sizeof(h), 0) != sizeof(h))
		w.error = -EIO;
	if (w.error == 0 && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
		w.error = -errno;
	return w.error;
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

static int
build(struct builder *b, const char *const *inputs, size_t count, const char *name,
	const char *out_path)
{
	int r = 0;

	*b->counts = (struct lw_hashset_counts){0};
	if (!is_good_name(name)) {
		lw_text_addf(b->errors,
			"the name of a list is 1 to %d bytes of UTF-8 on one line\n",
			LW_HASHSET_NAME_SIZE - 1);
		return -EINVAL;
	}
	r = builder_init(b);
	for (size_t i = 0; i < count && r == 0; i++)
		r = read_input(b, inputs[i]);
	if (r < 0)
		return r;
	if (b->counts->errors > 0)
		return refuse_lines(b);
	sort_bucket(b->rows, b->count, 0);
	drop_duplicates(b);
	r = replace_file(b, name, out_path);
	return r < 0 ? complain_file(b->errors, out_path, r) : 0;
}

int
lw_hashset_build(const char *const *inputs, size_t count, const char *name, const char *out_path,
	struct lw_text *errors, struct lw_hashset_counts *counts)
{
	_cleanup_(builder_done) struct builder b = {.counts = counts, .errors = errors};

	return build(&b, inputs, count, name, out_path);
}

int
lw_hashset_build_urls(const char *const *inputs, size_t count, const char *name,
	const char *out_path, struct lw_text *errors, struct lw_hashset_counts *counts)
{
	_cleanup_(builder_done) struct builder b = {.counts = counts, .errors = errors};
	int r = lw_sha256_new(&b.sha256);

	return r < 0 ? r : build(&b, inputs, count, name, out_path);
}
