#include <string.h>

#include "base/shebang.h"

/* The line as the kernel's buffer holds it: zeros behind a shorter file. */
struct line {
	uint8_t bytes[LW_SHEBANG_LINE];
};

/* A word of the line: [start, end) of its bytes; no word has start == end. */
struct span {
	size_t start, end;
};

static bool
is_spacetab(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The next place in [from, last] that is no blank; last + 1 when all are. */
static size_t
skip_spacetabs(const struct line *l, size_t from, size_t last)
{
	while (from <= last && is_spacetab(l->bytes[from]))
		from++;
	return from;
}

/* The next place in [from, last] that ends a word; last + 1 when none does. */
static size_t
find_terminator(const struct line *l, size_t from, size_t last)
{
	while (from <= last && !is_spacetab(l->bytes[from]) && l->bytes[from])
		from++;
	return from;
}

/*
 * Where the line ends for load_script() of fs/binfmt_script.c (5.1+); 0 when the kernel would
 * refuse it.
 */
static size_t
find_line_end(const struct line *l)
{
	const size_t last = LW_SHEBANG_LINE - 1;
	size_t text = strnlen((const char *)l->bytes, LW_SHEBANG_LINE);
	const uint8_t *newline = memchr(l->bytes, '\n', text);
	size_t name;

	if (newline)
		return newline - l->bytes;
	/* A name that may be cut short is not started; cut arguments are. */
	name = skip_spacetabs(l, 2, last);
	if (name > last || find_terminator(l, name, last) > last)
		return 0;
	return last;
}

/* Finds the interpreter and its one argument. The argument may be absent: start == end. */
static bool
split_line(const struct line *l, struct span *name, struct span *argument)
{
	size_t end = find_line_end(l);
	size_t stop;

	if (end == 0)
		return false;
	while (end > 2 && is_spacetab(l->bytes[end - 1]))
		end--;
	name->start = skip_spacetabs(l, 2, end);
	/*
	 * A NUL where the name should be ends it too: an empty name is refused by the kernel's
	 * open.
	 */
	if (name->start >= end || !l->bytes[name->start])
		return false;
	stop = find_terminator(l, name->start, end);
	name->end = LW_MIN(stop, end);
	argument->start = argument->end = end;
	if (stop >= end || !l->bytes[stop])
		return true;
	argument->start = skip_spacetabs(l, stop, end);
	if (argument->start < end)
		argument->end = argument->start + strnlen((const char *)&l->bytes[argument->start],
							  end - argument->start);
	else
		argument->start = end;
	return true;
}

static void
copy_span(char out[LW_SHEBANG_LINE + 1], const struct line *l, const struct span *s)
{
	memcpy(out, &l->bytes[s->start], s->end - s->start);
	out[s->end - s->start] = '\0';
}

bool
lw_shebang_read(const uint8_t *head, size_t length, struct lw_shebang *out)
{
	struct span name, argument;
	struct line line = {{0}};

	if (length < 2 || head[0] != '#' || head[1] != '!')
		return false;
	memcpy(line.bytes, head, LW_MIN(length, sizeof(line.bytes)));
	if (!split_line(&line, &name, &argument))
		return false;
	copy_span(out->interpreter, &line, &name);
	copy_span(out->argument, &line, &argument);
	return true;
}
