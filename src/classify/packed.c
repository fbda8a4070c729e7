#include "classify/packed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/inflate.h"
#include "classify/pyc.h"
#include "classify/zip.h"

#define TAIL (65535u + 22u) /* where the end record of a zip archive can be */

struct packed {
	uint8_t *file, *code; /* owned */
	size_t size, length;
	struct lw_inflater *inflater; /* owned */
};

static void
packed_done(struct packed *p)
{
	free(p->file);
	free(p->code);
	lw_inflater_free(p->inflater);
}

static size_t
read_at(int fd, void *out, size_t length, uint64_t offset)
{
	size_t n = 0;

	while (n < length) {
		ssize_t r = pread(fd, &((uint8_t *)out)[n], length - n, (off_t)(offset + n));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	return n;
}

static bool
is_compiled(const uint8_t *head, size_t length)
{
	return length > 16 && head[2] == '\r' && head[3] == '\n' &&
	       memchr(head, '\0', LW_MIN(length, (size_t)32));
}

/* Does the tail hold the magic of an end record? Most scripts are told by one read. */
static bool
has_end_record(int fd, uint64_t size)
{
	size_t n = LW_MIN(size, (uint64_t)TAIL);
	_cleanup_free_ uint8_t *tail = malloc(n + 1);

	if (!tail)
		return false;
	n = read_at(fd, tail, n, size - n);
	return memmem(tail, n, "PK\5\6", 4) != NULL;
}

static bool
load(struct packed *p, int fd, uint64_t size)
{
	p->file = malloc(size + 1);
	p->code = malloc(LW_PACKED_CODE_MAX);
	if (!p->file || !p->code || lw_inflater_new(&p->inflater) < 0)
		return false;
	p->size = read_at(fd, p->file, size, 0);
	return true;
}

/* A compiled module in place of source: its strings. In both the code lies at the same place. */
static bool
read_strings(struct packed *p, const uint8_t *bytes, size_t size)
{
	size_t length;

	if (lw_pyc_read(bytes, size, p->code, LW_PACKED_CODE_MAX, &length) != 0)
		return false;
	p->length = length;
	return true;
}

static bool
unzip(struct packed *p)
{
	_cleanup_free_ uint8_t *compiled = NULL;
	size_t n;

	if (lw_zip_read(p->file, p->size, "__main__.py", p->inflater, p->code, LW_PACKED_CODE_MAX,
		    &p->length) == 0)
		return true;
	compiled = malloc(LW_PACKED_CODE_MAX);
	return compiled &&
	       lw_zip_read(p->file, p->size, "__main__.pyc", p->inflater, compiled,
		       LW_PACKED_CODE_MAX, &n) == 0 &&
	       read_strings(p, compiled, n);
}

int
lw_packed_open(
	int fd, uint64_t size, const uint8_t *head, size_t head_length, enum lw_language language)
{
	_cleanup_(packed_done) struct packed p = {0};
	bool compiled, zipped;

	if (language != LW_LANGUAGE_PYTHON || size == 0 || size > LW_PACKED_FILE_MAX)
		return -1;
	compiled = is_compiled(head, head_length);
	zipped = !compiled && has_end_record(fd, size);
	if ((!compiled && !zipped) || !load(&p, fd, size))
		return -1;
	if (!(compiled ? read_strings(&p, p.file, p.size) : unzip(&p)))
		return -1;
	int code = lw_memfd_with("code", p.code, p.length);
	return code < 0 ? -1 : code;
}
