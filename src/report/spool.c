#include "report/spool.h"

#include <string.h>

struct lw_spool_line {
	struct lw_spool_line *next;
	size_t length;
	char text[];
};

void
lw_spool_init(struct lw_spool *s, uint64_t bound)
{
	*s = (struct lw_spool){.bound = bound};
}

void
lw_spool_done(struct lw_spool *s)
{
	while (s->first)
		lw_spool_drop_first(s);
}

bool
lw_spool_add(struct lw_spool *s, const char *line, size_t length)
{
	struct lw_spool_line *l;

	if (length > s->bound || s->bytes > s->bound - length)
		return false;
	l = malloc(sizeof(*l) + length);
	if (!l)
		return false;
	l->next = NULL;
	l->length = length;
	memcpy(l->text, line, length);
	*(s->last ? &s->last->next : &s->first) = l;
	s->last = l;
	s->bytes += length;
	s->lines++;
	return true;
}

const char *
lw_spool_first(const struct lw_spool *s, size_t *length)
{
	if (!s->first)
		return NULL;
	*length = s->first->length;
	return s->first->text;
}

void
lw_spool_drop_first(struct lw_spool *s)
{
	struct lw_spool_line *l = s->first;

	if (!l)
		return;
	s->first = l->next;
	if (!s->first)
		s->last = NULL;
	s->bytes -= l->length;
	s->lines--;
	free(l);
}
