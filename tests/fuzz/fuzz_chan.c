/*
 * chan: a peer that sends anything. The input is a row of datagrams: how many descriptors, a
 * length, then the frame as it is. Every type has a route; what reaches it must keep to the rule,
 * and no descriptor may stay behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/chan.h"

#define DATAGRAMS_MAX 16
#define FDS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where every byte of a body goes, so that no read is optimised away. */
static volatile uint8_t sink;

static int
handle(void *arg, struct lw_received *r)
{
	const struct lw_message_rule *rule = lw_message_rule(r->frame.type);
	unsigned fds = 0;

	if (!rule || r->frame.length != rule->length)
		abort();
	for (unsigned i = 0; i < LW_CHAN_FDS; i++)
		fds += r->fds[i] >= 0;
	if (fds != r->frame.fd_count || fds < rule->fds_min || fds > rule->fds_max)
		abort();
	for (size_t i = 0; i < r->frame.length; i++)
		sink += ((const uint8_t *)r->body)[i];
	return 0;
}

static void
send_datagram(int fd, const void *bytes, size_t length, unsigned fd_count)
{
	char control[CMSG_SPACE(FDS_MAX * sizeof(int))] = {0};
	struct iovec iov = {.iov_base = (void *)bytes, .iov_len = length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd_count > 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		for (unsigned i = 0; i < fd_count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &fd, sizeof(fd));
	}
	sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/*
 * A datagram of the input: type, fds, and how its length and fields differ from the rule's. Random
 * bytes alone would hardly ever be a frame.
 */
static void
send_one(int fd, const uint8_t step[4])
{
	static uint8_t datagram[sizeof(struct lw_frame) + LW_CHAN_BODY_MAX + 64];
	const struct lw_message_rule *rule = lw_message_rule(step[0]);
	size_t length = rule ? rule->length : step[2];
	struct lw_frame frame = {.type = step[0], .fd_count = step[1] >> 4, .length = length};

	if (step[3] & 1)
		frame.length += (int8_t)step[2];
	if (step[3] & 2)
		length = step[2];
	if (step[3] & 4)
		frame.type = step[0] << 8 | step[2];
	if (step[3] & 8)
		length = sizeof(datagram) - sizeof(frame);
	memset(datagram, step[2], sizeof(datagram));
	memcpy(datagram, &frame, sizeof(frame));
	length += step[3] & 16 ? step[2] % sizeof(frame) : sizeof(frame);
	send_datagram(fd, datagram, LW_MIN(length, sizeof(datagram)), step[1] % (FDS_MAX + 1));
}

static int
lowest_free_fd(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);

	lw_closep(&(int){fd});
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lw_route routes[LW_MSG_COUNT];
	struct lw_chan chan;
	int fds[2], free_before;

	for (unsigned i = 0; i < LW_MSG_COUNT; i++)
		routes[i] = (struct lw_route){.type = i, .phases = 1, .fn = handle};
	if (lw_chan_pair(fds, 262144) != 0)
		return 0;
	lw_chan_init(&chan, fds[0], routes, LW_MSG_COUNT, NULL);
	free_before = lowest_free_fd();
	for (size_t i = 0; i + 4 <= LW_MIN(size, 4 * DATAGRAMS_MAX); i += 4) {
		int r;

		send_one(fds[1], &data[i]);
		r = lw_chan_dispatch(&chan, 1);
		if (r != 0 && r != -EPROTO && r != -EPIPE)
			abort();
		if (lowest_free_fd() != free_before)
			abort();
	}
	lw_chan_done(&chan);
	lw_closep(&fds[1]);
	return 0;
}
