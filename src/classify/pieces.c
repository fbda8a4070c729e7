#include "classify/pieces.h"

#include <string.h>

/* So that all of them fit, with their newlines. */
#define LINE_ROOM ((LW_PIECES_HEAD - LW_PIECES_TAIL - 2) / LW_PIECES_LINES - 1)

/* Puts a line among the longest, which are kept longest first. */
static void
keep_long(struct lw_piece lines[LW_PIECES_LINES], struct lw_piece line)
{
	size_t at = LW_PIECES_LINES;

	while (at > 0 && lines[at - 1].length < line.length)
		at--;
	if (at == LW_PIECES_LINES)
		return;
	memmove(&lines[at + 1], &lines[at], (LW_PIECES_LINES - 1 - at) * sizeof(line));
	lines[at] = line;
}

/* Returns the number of the line that `to` lies in; `line` is that of `from`. */
static uint32_t
find_long_lines(const uint8_t *bytes, size_t from, size_t to, uint32_t line,
	struct lw_piece lines[LW_PIECES_LINES])
{
	memset(lines, 0, LW_PIECES_LINES * sizeof(lines[0]));
	for (;;) {
		const uint8_t *end = memchr(&bytes[from], '\n', to - from);
		size_t next = end ? (size_t)(end - bytes) : to;

		keep_long(lines, (struct lw_piece){from, next - from, line, 0});
		if (!end)
			return line;
		from = next + 1;
		line++;
	}
}

uint32_t
lw_pieces_count_lines(const uint8_t *bytes, size_t length)
{
	const uint8_t *end;
	uint32_t lines = 0;

	for (size_t at = 0; at < length && (end = memchr(&bytes[at], '\n', length - at)); lines++)
		at = (size_t)(end - bytes) + 1;
	return lines;
}

static void
add(struct lw_pieces *p, const uint8_t *bytes, struct lw_piece piece)
{
	const struct lw_piece *last = p->count ? &p->items[p->count - 1] : NULL;
	size_t n = LW_MIN(piece.length, sizeof(p->bytes) - p->length);

	piece.shown = 1;
	if (last)
		piece.shown =
			last->shown + lw_pieces_count_lines(&bytes[last->start], last->length) + 1;
	piece.length = n;
	memcpy(&p->bytes[p->length], &bytes[piece.start], n);
	p->length += n;
	if (p->length < sizeof(p->bytes))
		p->bytes[p->length++] = '\n';
	p->items[p->count++] = piece;
}

void
lw_pieces_choose(struct lw_pieces *p, const uint8_t *bytes, size_t length)
{
	const size_t tail = length - LW_PIECES_TAIL;
	struct lw_piece lines[LW_PIECES_LINES];
	uint32_t line = 1 + lw_pieces_count_lines(bytes, LW_PIECES_HEAD);

	p->length = p->count = 0;
	line = find_long_lines(bytes, LW_PIECES_HEAD, tail, line, lines);
	add(p, bytes, (struct lw_piece){0, LW_PIECES_HEAD, 1, 0});
	for (size_t i = 0; i < LW_PIECES_LINES; i++) {
		lines[i].length = LW_MIN(lines[i].length, LINE_ROOM);
		if (lines[i].length > 0)
			add(p, bytes, lines[i]);
	}
	add(p, bytes, (struct lw_piece){tail, LW_PIECES_TAIL, line, 0});
}

uint32_t
lw_pieces_line(const struct lw_pieces *p, uint32_t line)
{
	size_t i = p->count - 1;

	while (i > 0 && p->items[i].shown > line)
		i--;
	return p->items[i].line + (line - p->items[i].shown);
}
