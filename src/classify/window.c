#include <errno.h>

#include "classify/window.h"

void
lw_window_init(struct lw_window *w, int fd, uint64_t size, const void *head, size_t head_length)
{
	w->fd = fd;
	w->size = size;
	w->head = head;
	w->head_length = head_length;
	w->reads = 0;
	w->start = 0;
	w->length = 0;
}

static bool
is_within(uint64_t start, uint64_t size, uint64_t offset, uint64_t length)
{
	return offset >= start && offset - start <= size && length <= size - (offset - start);
}

static bool
load(struct lw_window *w, uint64_t offset)
{
	ssize_t n;

	if (w->fd < 0 || w->reads >= LW_WINDOW_READS || offset > INT64_MAX - LW_WINDOW_PIECE)
		return false;
	w->reads++;
	w->length = 0;
	do {
		n = pread(w->fd, w->piece, sizeof(w->piece), offset);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	w->start = offset;
	w->length = n;
	return true;
}

bool
lw_window_at(struct lw_window *w, uint64_t offset, size_t length, struct lw_reader *r)
{
	if (is_within(0, w->head_length, offset, length)) {
		lw_reader_init(r, &w->head[offset], length);
		return true;
	}
	if (length > LW_WINDOW_PIECE)
		return false;
	if (!is_within(w->start, w->length, offset, length) && !load(w, offset))
		return false;
	if (!is_within(w->start, w->length, offset, length))
		return false;
	lw_reader_init(r, &w->piece[offset - w->start], length);
	return true;
}
