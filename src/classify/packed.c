#include "classify/packed.h"

#include <string.h>
#include <unistd.h>

#include "base/inflate.h"
#include "classify/pyc.h"
#include "classify/zip.h"
#include "layerwatch/interpreter.h"

#define MEMBERS_MAX 16u /* of one archive that are unpacked, whatever is in them */

struct packed {
	int fd;
	uint64_t size;
	uint8_t *piece, *code; /* owned; LW_PACKED_CODE_MAX bytes each */
	size_t length; /* of the code */
	unsigned members, tried;
	bool compiled; /* one of them */
	struct lw_inflater *inflater; /* owned */
};

static void
packed_done(struct packed *p)
{
	free(p->piece);
	free(p->code);
	lw_inflater_free(p->inflater);
}

static bool
is_compiled(const uint8_t *head, size_t length)
{
	return length > 16 && head[2] == '\r' && head[3] == '\n' &&
	       memchr(head, '\0', LW_MIN(length, (size_t)32));
}

static bool
prepare(struct packed *p)
{
	p->code = malloc(LW_PACKED_CODE_MAX);
	return p->code;
}

/* Behind what is there already; a compiled module in place of source: its strings. */
static void
add_code(struct packed *p, const uint8_t *bytes, size_t size, bool compiled)
{
	size_t room = LW_PACKED_CODE_MAX - p->length, n = 0;

	if (room == 0)
		return;
	if (compiled) {
		if (lw_pyc_read(bytes, size, &p->code[p->length], room, &n) != 0)
			return;
		p->compiled = true;
	} else {
		n = LW_MIN(size, room);
		memcpy(&p->code[p->length], bytes, n);
	}
	p->length += n;
	p->members++;
}

static void
add_separator(struct packed *p)
{
	if (p->length > 0 && p->length < LW_PACKED_CODE_MAX)
		p->code[p->length++] = '\n';
}

/* Compiled Python as it is. */
static void
read_compiled(struct packed *p)
{
	size_t most = LW_MIN(p->size, (uint64_t)LW_PACKED_FILE_MAX);
	_cleanup_free_ uint8_t *bytes = malloc(most);

	ssize_t n = bytes ? lw_pread_full(p->fd, bytes, most, 0) : 0;

	if (n > 0 && prepare(p))
		add_code(p, bytes, n, true);
}

/*
 * What Python runs of an archive without being told its name: of the archive itself, of a folder in
 * it ("python3 x.zip/folder"), or because it is in PYTHONPATH.
 */
static bool
is_run(const struct lw_zip_member *m, bool *inside, bool *compiled)
{
	static const char *const names[] = {"__main__", "sitecustomize", "usercustomize"};
	size_t length;
	const char *name = lw_interpreter_base_name(m->name, m->name_length, &length);

	*inside = length < m->name_length;
	*compiled = length > 4 && memcmp(&name[length - 4], ".pyc", 4) == 0;
	length -= *compiled;
	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (length == n + 3 && memcmp(name, names[i], n) == 0 &&
			memcmp(&name[n], ".py", 3) == 0)
			return true;
	}
	return false;
}

static void
take_member(struct packed *p, const struct lw_zip *z, const struct lw_zip_member *m, bool compiled)
{
	size_t n;

	if (p->length == LW_PACKED_CODE_MAX || p->tried++ >= MEMBERS_MAX ||
		(!p->code && !prepare(p)) ||
		(!p->piece && !(p->piece = malloc(LW_PACKED_CODE_MAX))) ||
		(!p->inflater && lw_inflater_new(&p->inflater) < 0) ||
		lw_zip_read(z, m, p->inflater, p->piece, LW_PACKED_CODE_MAX, &n) != 0)
		return;
	add_separator(p);
	add_code(p, p->piece, n, compiled);
}

/* Source and compiled: which one runs depends on their times. The archive's own come first. */
static void
read_archive(struct packed *p)
{
	struct lw_zip_member m;
	bool inside, compiled;
	struct lw_zip z;

	if (lw_zip_open(&z, p->fd, p->size) != 0)
		return;
	for (unsigned folders = 0; folders < 2; folders++) {
		lw_zip_rewind(&z);
		while (lw_zip_next(&z, &m))
			if (is_run(&m, &inside, &compiled) && inside == folders)
				take_member(p, &z, &m, compiled);
	}
	lw_zip_done(&z);
}

int
lw_packed_open(int fd, uint64_t size, const uint8_t *head, size_t head_length,
	enum lw_language language, bool *compiled)
{
	_cleanup_(packed_done) struct packed p = {.fd = fd, .size = size};

	if (language != LW_LANGUAGE_PYTHON || size == 0)
		return -1;
	is_compiled(head, head_length) ? read_compiled(&p) : read_archive(&p);
	if (p.members == 0)
		return -1;
	*compiled = p.compiled;
	int code = lw_memfd_with("code", p.code, p.length);
	return code < 0 ? -1 : code;
}
