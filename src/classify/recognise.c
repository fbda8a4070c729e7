#include "classify/recognise.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 65536u
#define OVERLAP 64u /* longest thing searched for */
#define ROWS_MAX 32u
#define STRINGS_MAX 4u /* of one row */

/* What was found so far: a bit for each string of each row. */
struct search {
	int fd;
	uint32_t found[ROWS_MAX];
	uint8_t piece[PIECE];
};

static size_t
read_piece(struct search *s, uint64_t offset, size_t length)
{
	ssize_t n;

	do
		n = pread(s->fd, s->piece, length, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

/* A whole name between two NULs. */
static void
look_for_symbols(struct search *s, size_t length)
{
	for (size_t i = 0; i < lw_interpreter_count; i++) {
		const char *symbol = lw_interpreter_rows[i].symbol;
		char name[OVERLAP];
		size_t n = symbol ? strlen(symbol) : 0;

		if (n == 0 || n + 2 > sizeof(name))
			continue;
		name[0] = '\0';
		memcpy(&name[1], symbol, n + 1);
		if (memmem(s->piece, length, name, n + 2))
			s->found[i] = 1;
	}
}

static unsigned
count(const char *const *strings)
{
	unsigned n = 0;

	while (strings && strings[n])
		n++;
	return n;
}

/* String n of each row: 0 for all, the others for those that have it. */
static void
look_for_string(struct search *s, size_t length, unsigned n)
{
	for (size_t i = 0; i < lw_interpreter_count; i++) {
		const char *const *strings = lw_interpreter_rows[i].strings;
		bool wanted = strings && (n == 0 || s->found[i] & 1) && n < count(strings);

		if (wanted && !(s->found[i] & 1u << n) &&
			memmem(s->piece, length, strings[n], strlen(strings[n])))
			s->found[i] |= 1u << n;
	}
}

static void
look_for_first(struct search *s, size_t length)
{
	look_for_string(s, length, 0);
}

static void
look_for_rest(struct search *s, size_t length)
{
	for (unsigned n = 1; n < STRINGS_MAX; n++)
		look_for_string(s, length, n);
}

static void
search_part(struct search *s, const struct lw_elf_part *part, uint64_t most,
	void (*look)(struct search *s, size_t length))
{
	uint64_t size = LW_MIN(part->size, most);

	for (uint64_t at = 0; at < size; at += PIECE - OVERLAP) {
		size_t n = read_piece(s, part->offset + at, LW_MIN(size - at, (uint64_t)PIECE));

		if (n == 0)
			return;
		look(s, n);
	}
}

static const struct lw_interpreter *
find_by_symbol(struct search *s, const struct lw_elf *elf)
{
	search_part(s, &elf->names, LW_RECOGNISE_NAMES_MAX, look_for_symbols);
	for (size_t i = 0; i < lw_interpreter_count; i++)
		if (s->found[i])
			return &lw_interpreter_rows[i];
	return NULL;
}

static bool
has_all(const struct search *s, size_t row)
{
	const char *const *strings = lw_interpreter_rows[row].strings;
	unsigned n = count(strings);

	return n > 0 && s->found[row] == (1u << n) - 1;
}

static void
search_constants(
	struct search *s, const struct lw_elf *elf, void (*look)(struct search *s, size_t length))
{
	uint64_t left = LW_RECOGNISE_CONSTANTS_MAX;

	for (unsigned i = 0; i < elf->constant_count; i++) {
		search_part(s, &elf->constants[i], left, look);
		left -= LW_MIN(left, elf->constants[i].size);
	}
}

/* Most programs have none of the first strings, and are looked through once. */
static const struct lw_interpreter *
find_by_strings(struct search *s, const struct lw_elf *elf)
{
	bool any = false;

	search_constants(s, elf, look_for_first);
	for (size_t i = 0; i < lw_interpreter_count; i++)
		any |= s->found[i] != 0;
	if (any)
		search_constants(s, elf, look_for_rest);
	for (size_t i = 0; any && i < lw_interpreter_count; i++)
		if (has_all(s, i))
			return &lw_interpreter_rows[i];
	return NULL;
}

const struct lw_interpreter *
lw_recognise(int fd, const struct lw_elf *elf)
{
	const struct lw_interpreter *i;
	_cleanup_free_ struct search *s = NULL;

	if (elf->is_library || lw_interpreter_count > ROWS_MAX)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->fd = fd;
	i = find_by_symbol(s, elf);
	return i ? i : find_by_strings(s, elf);
}
