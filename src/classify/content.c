#include <errno.h>
#include <string.h>

#include "classify/content.h"

/* One pass over a content. */
struct pass {
	struct lw_content *c;
	const struct lw_content_limits *limits;
	struct lw_content_result *out;
	uint64_t bound; /* read no further */
	uint64_t wanted; /* bytes of capture still to come */
};

int
lw_content_init(struct lw_content *c)
{
	*c = (struct lw_content){
		.fd = -1,
		.block = malloc(LW_CONTENT_BLOCK),
		.text = malloc(LW_CONTENT_TEXT_MAX),
	};
	if (!c->block || !c->text || lw_sha256_new(&c->whole) < 0 ||
		lw_sha256_new(&c->captured) < 0) {
		lw_content_done(c);
		return -ENOMEM;
	}
	return 0;
}

void
lw_content_done(struct lw_content *c)
{
	c->whole = lw_sha256_free(c->whole);
	c->captured = lw_sha256_free(c->captured);
	free(TAKE_PTR(c->block));
	free(TAKE_PTR(c->text));
}

/*
 * Fills the block from offset on, up to `most` bytes. Returns the bytes read, less at the end
 * of the file, or -errno.
 */
static ssize_t
read_block(struct lw_content *c, uint64_t offset, size_t most)
{
	size_t n = 0;

	while (n < most) {
		ssize_t r = pread(c->fd, &c->block[n], most - n, offset + n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return n > 0 ? (ssize_t)n : -errno;
		if (r == 0)
			break;
		n += r;
	}
	return n;
}

int
lw_content_begin(struct lw_content *c, int fd)
{
	ssize_t n;

	c->fd = fd;
	c->head_length = 0;
	if (fstat(fd, &c->st) != 0)
		return -errno;
	if (!S_ISREG(c->st.st_mode))
		return -EMEDIUMTYPE;
	n = read_block(c, 0, LW_CONTENT_BLOCK);
	if (n < 0)
		return n;
	c->head_length = n;
	return 0;
}

/*
 * At its place in the capture: the offset of that file is shared with the gate and stays where
 * it is.
 */
static bool
write_capture(const struct pass *p, const uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t n = pwrite(
			p->limits->capture_fd, &bytes[at], length - at, p->out->captured_size + at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
	}
	return true;
}

/*
 * The capture is evidence, not a part of judging: where it can't be written, it is short and
 * says so.
 */
static int
add_capture(struct pass *p, const uint8_t *bytes, size_t length)
{
	size_t n = LW_MIN(p->wanted, (uint64_t)length);

	if (n == 0)
		return 0;
	if (!write_capture(p, bytes, n)) {
		p->wanted = 0;
		return 0;
	}
	p->wanted -= n;
	p->out->captured_size += n;
	return lw_sha256_add(p->c->captured, bytes, n);
}

/* Beyond the head the room for the tail is gone round in: the oldest bytes give way. */
static void
keep_text(struct lw_content *c, uint64_t offset, size_t length)
{
	for (size_t done = 0; done < length;) {
		uint64_t from = offset + done;
		bool head = from < LW_CONTENT_TEXT_HEAD;
		size_t at = head ? from
				 : LW_CONTENT_TEXT_HEAD +
					    (from - LW_CONTENT_TEXT_HEAD) % LW_CONTENT_TEXT_TAIL;
		size_t end = head ? LW_CONTENT_TEXT_HEAD : LW_CONTENT_TEXT_MAX;
		size_t n = LW_MIN(length - done, end - at);

		memcpy(&c->text[at], &c->block[done], n);
		done += n;
	}
}

static void
reverse(uint8_t *from, uint8_t *to)
{
	while (to - from > 1) {
		uint8_t c = *from;

		*from++ = *--to;
		*to = c;
	}
}

/* Turns the tail until its first byte comes first. */
static void
finish_text(struct lw_content *c, uint64_t length)
{
	uint8_t *tail = &c->text[LW_CONTENT_TEXT_HEAD];
	size_t turn = (length - LW_CONTENT_TEXT_HEAD) % LW_CONTENT_TEXT_TAIL;

	c->text_length = LW_MIN(length, (uint64_t)LW_CONTENT_TEXT_MAX);
	if (length <= LW_CONTENT_TEXT_MAX)
		return;
	reverse(tail, &tail[turn]);
	reverse(&tail[turn], &tail[LW_CONTENT_TEXT_TAIL]);
	reverse(tail, &tail[LW_CONTENT_TEXT_TAIL]);
}

static int
add_block(struct pass *p, size_t length)
{
	int r = add_capture(p, p->c->block, length);

	if (r < 0)
		return r;
	if (p->limits->keep_text)
		keep_text(p->c, p->out->hashed_size, length);
	p->out->hashed_size += length;
	return lw_sha256_add(p->c->whole, p->c->block, length);
}

static bool
is_out_of_time(const struct pass *p)
{
	return p->limits->deadline_us != 0 && lw_now_us() >= p->limits->deadline_us;
}

/* Until the end of the file, a bound or an unreadable place: how far it came tells. */
static int
read_all(struct pass *p)
{
	struct lw_content_result *out = p->out;
	ssize_t n = LW_MIN(p->c->head_length, p->bound);

	do {
		int r = add_block(p, n);

		if (r < 0)
			return r;
		/*
		 * Once all of st_size is there, the look for its end is not left out for want
		 * of time.
		 */
		if (out->hashed_size == p->bound ||
			(out->hashed_size < out->size && is_out_of_time(p)))
			return 0;
		n = read_block(p->c, out->hashed_size,
			LW_MIN(p->bound - out->hashed_size, LW_CONTENT_BLOCK));
	} while (n > 0);
	return 0;
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
has_changed(const struct lw_content *c)
{
	struct stat now;

	if (fstat(c->fd, &now) != 0)
		return true;
	return now.st_size != c->st.st_size || !is_same_time(&now.st_mtim, &c->st.st_mtim) ||
	       !is_same_time(&now.st_ctim, &c->st.st_ctim);
}

static int
finish_digests(struct pass *p)
{
	int r = lw_sha256_end(p->c->whole, p->out->sha256);

	if (r < 0 || p->out->captured_size == 0)
		return r;
	return lw_sha256_end(p->c->captured, p->out->captured_sha256);
}

int
lw_content_finish(
	struct lw_content *c, const struct lw_content_limits *limits, struct lw_content_result *out)
{
	struct pass p = {.c = c, .limits = limits, .out = out};
	bool whole;
	int r;

	*out = (struct lw_content_result){.size = c->st.st_size};
	/*
	 * One block more shows a file that grows, or whose size was a lie, without a race to
	 * its end.
	 */
	p.bound =
		out->size <= limits->hash_bytes ? out->size + LW_CONTENT_BLOCK : limits->hash_bytes;
	if (limits->capture_fd >= 0)
		p.wanted = LW_MIN(limits->capture_max, LW_CONTENT_CAPTURE_MAX);
	r = lw_sha256_begin(c->whole);
	if (r == 0)
		r = lw_sha256_begin(c->captured);
	if (r < 0)
		return r;
	c->text_length = 0;
	r = read_all(&p);
	if (limits->keep_text)
		finish_text(c, out->hashed_size);
	if (r == 0)
		r = finish_digests(&p);
	if (r < 0)
		return r;
	whole = out->hashed_size == out->size && !has_changed(c);
	out->flags |= whole ? LW_ASSESS_HASHED : LW_ASSESS_PARTIAL;
	if (limits->capture_fd >= 0 && out->captured_size < LW_MAX(out->size, out->hashed_size))
		out->flags |= LW_ASSESS_TRUNCATED;
	return 0;
}
