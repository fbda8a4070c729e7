/*
 * Watched fds stand in an array by number. Each entry has a generation that also travels in the
 * epoll event: after del (or del and add of the same number) an event of the old life no longer
 * matches and is ignored. Timers are a binary heap of pointers to their owners' structs, which
 * know their place.
 */
#include "base/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#define LOOP_EVENTS 64 /* taken from epoll a round */
#define LOOP_SIGNALS 8 /* taken from the signalfd at a time */

struct watch {
	lw_loop_fn fn; /* NULL = free */
	void *arg;
	uint32_t generation;
};

struct lw_loop {
	int epoll_fd;
	int signal_fd;
	bool stopped;
	struct watch *watches; /* by fd */
	size_t watch_count;
	struct lw_timer **timers; /* heap: the parent of slot n is slot n / 2, slots from 1 */
	size_t timer_count, timer_capacity;
	lw_signal_fn signal_fn;
	void *signal_arg;
};

int
lw_loop_new(struct lw_loop **out)
{
	_cleanup_(lw_loop_freep) struct lw_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	loop->signal_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	*out = TAKE_PTR(loop);
	return 0;
}

struct lw_loop *
lw_loop_free(struct lw_loop *loop)
{
	if (!loop)
		return NULL;
	for (size_t i = 0; i < loop->timer_count; i++)
		loop->timers[i]->slot = 0;
	lw_closep(&loop->signal_fd);
	lw_closep(&loop->epoll_fd);
	free(loop->timers);
	free(loop->watches);
	free(loop);
	return NULL;
}

void
lw_loop_freep(struct lw_loop **loop)
{
	*loop = lw_loop_free(*loop);
}

static struct watch *
watch_of(struct lw_loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watch_count || !loop->watches[fd].fn)
		return NULL;
	return &loop->watches[fd];
}

static int
watch_room(struct lw_loop *loop, int fd)
{
	size_t count = LW_MAX((size_t)fd + 1, 2 * loop->watch_count);
	struct watch *watches;

	if (fd < 0)
		return -EBADF;
	if (fd >= LW_LOOP_FDS_MAX)
		return -EMFILE;
	if ((size_t)fd < loop->watch_count)
		return 0;
	count = LW_MIN(count, LW_LOOP_FDS_MAX);
	watches = realloc(loop->watches, count * sizeof(*watches));
	if (!watches)
		return -ENOMEM;
	memset(&watches[loop->watch_count], 0, (count - loop->watch_count) * sizeof(*watches));
	loop->watches = watches;
	loop->watch_count = count;
	return 0;
}

static int
watch_ctl(struct lw_loop *loop, int op, int fd, uint32_t events)
{
	struct epoll_event e = {
		.events = events,
		.data.u64 = (uint64_t)loop->watches[fd].generation << 32 | (uint32_t)fd,
	};

	return epoll_ctl(loop->epoll_fd, op, fd, &e) == 0 ? 0 : -errno;
}

int
lw_loop_add(struct lw_loop *loop, int fd, uint32_t events, lw_loop_fn fn, void *arg)
{
	int r = watch_room(loop, fd);

	if (r < 0)
		return r;
	if (watch_of(loop, fd))
		return -EEXIST;
	loop->watches[fd].generation++;
	r = watch_ctl(loop, EPOLL_CTL_ADD, fd, events);
	if (r < 0)
		return r;
	loop->watches[fd].fn = fn;
	loop->watches[fd].arg = arg;
	return 0;
}

int
lw_loop_mod(struct lw_loop *loop, int fd, uint32_t events)
{
	return watch_of(loop, fd) ? watch_ctl(loop, EPOLL_CTL_MOD, fd, events) : -ENOENT;
}

void
lw_loop_del(struct lw_loop *loop, int fd)
{
	struct watch *w = watch_of(loop, fd);

	if (!w)
		return;
	w->fn = NULL;
	w->generation++;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void
timer_place(struct lw_loop *loop, struct lw_timer *t, size_t slot)
{
	loop->timers[slot - 1] = t;
	t->slot = slot;
}

static void
timer_up(struct lw_loop *loop, struct lw_timer *t, size_t slot)
{
	for (; slot > 1 && loop->timers[slot / 2 - 1]->due_us > t->due_us; slot /= 2)
		timer_place(loop, loop->timers[slot / 2 - 1], slot);
	timer_place(loop, t, slot);
}

static void
timer_down(struct lw_loop *loop, struct lw_timer *t, size_t slot)
{
	for (size_t child = 2 * slot; child <= loop->timer_count; child = 2 * slot) {
		if (child < loop->timer_count &&
			loop->timers[child]->due_us < loop->timers[child - 1]->due_us)
			child++;
		if (loop->timers[child - 1]->due_us >= t->due_us)
			break;
		timer_place(loop, loop->timers[child - 1], slot);
		slot = child;
	}
	timer_place(loop, t, slot);
}

static int
timer_room(struct lw_loop *loop)
{
	size_t capacity = LW_MAX(loop->timer_capacity * 2, 64);
	struct lw_timer **timers;

	if (loop->timer_count < loop->timer_capacity)
		return 0;
	if (loop->timer_count >= LW_LOOP_TIMERS_MAX)
		return -ENOMEM;
	timers = realloc(loop->timers, capacity * sizeof(*timers));
	if (!timers)
		return -ENOMEM;
	loop->timers = timers;
	loop->timer_capacity = capacity;
	return 0;
}

int
lw_timer_arm(struct lw_loop *loop, struct lw_timer *t, uint64_t after_us, lw_timer_fn fn, void *arg)
{
	uint64_t due;
	int r;

	if (__builtin_add_overflow(lw_now_us(), after_us, &due))
		due = UINT64_MAX;
	lw_timer_disarm(loop, t);
	r = timer_room(loop);
	if (r < 0)
		return r;
	t->due_us = due;
	t->fn = fn;
	t->arg = arg;
	timer_up(loop, t, ++loop->timer_count);
	return 0;
}

void
lw_timer_disarm(struct lw_loop *loop, struct lw_timer *t)
{
	size_t slot = t->slot;
	struct lw_timer *last;

	if (slot == 0)
		return;
	t->slot = 0;
	last = loop->timers[--loop->timer_count];
	if (last == t)
		return;
	timer_up(loop, last, slot);
	timer_down(loop, last, last->slot);
}

static int
signals_read(void *arg, uint32_t events)
{
	struct signalfd_siginfo infos[LOOP_SIGNALS];
	struct lw_loop *loop = arg;
	ssize_t n = read(loop->signal_fd, infos, sizeof(infos));
	int r = 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < n / sizeof(infos[0]) && r >= 0; i++)
		r = loop->signal_fn(loop->signal_arg, infos[i].ssi_signo);
	return r;
}

int
lw_loop_signals(struct lw_loop *loop, const int *signals, lw_signal_fn fn, void *arg)
{
	_cleanup_close_ int fd = -1;
	sigset_t set;
	int r;

	if (loop->signal_fd >= 0)
		return -EBUSY;
	sigemptyset(&set);
	for (; *signals; signals++)
		if (sigaddset(&set, *signals) != 0)
			return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = lw_loop_add(loop, fd, EPOLLIN, signals_read, loop);
	if (r < 0)
		return r;
	loop->signal_fd = TAKE_FD(fd);
	loop->signal_fn = fn;
	loop->signal_arg = arg;
	return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? 0 : -errno;
}

/*
 * Milliseconds that epoll may wait: until the next timer (rounded up, else it would spin), at most
 * timeout_ms unless < 0.
 */
static int
wait_ms(const struct lw_loop *loop, int timeout_ms)
{
	uint64_t now, left;

	if (loop->timer_count == 0)
		return timeout_ms;
	now = lw_now_us();
	left = loop->timers[0]->due_us > now ? loop->timers[0]->due_us - now : 0;
	left = LW_MIN(left / 1000 + (left % 1000 != 0), INT_MAX);
	return timeout_ms >= 0 ? LW_MIN((int)left, timeout_ms) : (int)left;
}

static int
run_fds(struct lw_loop *loop, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count && !loop->stopped; i++) {
		struct watch *w = watch_of(loop, (uint32_t)events[i].data.u64);
		int r;

		if (!w || w->generation != events[i].data.u64 >> 32)
			continue;
		r = w->fn(w->arg, events[i].events);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * At most as many as are armed now: a timer that always re-arms itself can't keep the fds waiting.
 */
static int
run_timers(struct lw_loop *loop)
{
	uint64_t now = loop->timer_count ? lw_now_us() : 0;

	for (size_t n = loop->timer_count; n > 0 && loop->timer_count > 0 && !loop->stopped; n--) {
		struct lw_timer *t = loop->timers[0];
		int r;

		if (t->due_us > now)
			break;
		lw_timer_disarm(loop, t);
		r = t->fn(t->arg);
		if (r < 0)
			return r;
	}
	return 0;
}

int
lw_loop_once(struct lw_loop *loop, int timeout_ms)
{
	struct epoll_event events[LOOP_EVENTS];
	int count, r;

	count = epoll_wait(loop->epoll_fd, events, LOOP_EVENTS, wait_ms(loop, timeout_ms));
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	r = run_fds(loop, events, count);
	return r < 0 ? r : run_timers(loop);
}

int
lw_loop_run(struct lw_loop *loop)
{
	int r = 0;

	while (r >= 0 && !loop->stopped)
		r = lw_loop_once(loop, -1);
	loop->stopped = false;
	return r < 0 ? r : 0;
}

void
lw_loop_stop(struct lw_loop *loop)
{
	loop->stopped = true;
}
