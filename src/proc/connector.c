#include "proc/connector.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define READS_MOST 65536 /* above what LW_CONNECTOR_BYTES can hold */
#define ANSWER_US 200000

/* Numbers of the first namespaces' files: the same since Linux 3.8 (include/linux/proc_ns.h). */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDu
#define FIRST_PID_NAMESPACE 0xEFFFFFFCu

struct message {
	struct nlmsghdr header;
	struct cn_msg connector;
	struct proc_event event;
} __attribute__((packed));

/* Forks and exits outnumber executions: they are dropped before they take room in the queue. */
static int
only_executions(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct message, event.what)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = LW_ARRAY_SIZE(code), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

/* The kernel confirms by PROC_EVENT_NONE with an error number, which the filter would drop. */
static int
await_answer(int fd)
{
	struct timeval patience = {.tv_usec = ANSWER_US};
	struct message m;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	for (int i = 0; i < READS_MOST; i++) {
		ssize_t n = recv(fd, &m, sizeof(m), 0);

		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if ((size_t)n == sizeof(m) && m.event.what == PROC_EVENT_NONE)
			return -(int)m.event.event_data.ack.err;
	}
	return -ETIMEDOUT;
}

/* To a process in any other the connector does not even answer. */
static bool
in_first_namespaces(void)
{
	struct stat user, pid;

	return stat("/proc/self/ns/user", &user) == 0 && stat("/proc/self/ns/pid", &pid) == 0 &&
	       user.st_ino == FIRST_USER_NAMESPACE && pid.st_ino == FIRST_PID_NAMESPACE;
}

static int
listen_to(int fd)
{
	struct {
		struct nlmsghdr header;
		struct cn_msg connector;
		enum proc_cn_mcast_op op;
	} __attribute__((packed)) ask = {
		.header = {.nlmsg_len = sizeof(ask), .nlmsg_type = NLMSG_DONE},
		.connector = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(ask.op)},
		.op = PROC_CN_MCAST_LISTEN,
	};

	return send(fd, &ask, sizeof(ask), 0) < 0 ? -errno : 0;
}

int
lw_connector_open(struct lw_connector *c)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	_cleanup_close_ int fd = -1;
	int bytes = LW_CONNECTOR_BYTES, r;

	c->fd = -1;
	if (!in_first_namespaces())
		return -EOPNOTSUPP;
	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		return -errno;
	r = listen_to(fd);
	if (r == 0)
		r = await_answer(fd);
	if (r == 0)
		r = only_executions(fd);
	if (r == 0)
		c->fd = TAKE_FD(fd);
	return r;
}

void
lw_connector_done(struct lw_connector *c)
{
	lw_closep(&c->fd);
}

bool
lw_connector_parse(const void *datagram, size_t length, struct lw_executed_task *task)
{
	struct message m;

	if (length < sizeof(m))
		return false;
	memcpy(&m, datagram, sizeof(m));
	if (m.connector.id.idx != CN_IDX_PROC || m.connector.id.val != CN_VAL_PROC ||
		m.event.what != PROC_EVENT_EXEC)
		return false;
	*task = (struct lw_executed_task){.tid = (uint32_t)m.event.event_data.exec.process_pid,
		.time_us = m.event.timestamp_ns / 1000};
	return true;
}

int
lw_connector_read(struct lw_connector *c, lw_connector_fn *fn, void *arg)
{
	int result = 0;

	for (int i = 0; i < READS_MOST; i++) {
		struct sockaddr_nl from = {0};
		struct lw_executed_task task;
		socklen_t size = sizeof(from);
		struct message m;
		ssize_t n = recvfrom(
			c->fd, &m, sizeof(m), MSG_DONTWAIT, (struct sockaddr *)&from, &size);

		if (n < 0 && errno == EAGAIN)
			return result;
		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return -errno;
		if (n < 0) {
			if (errno == ENOBUFS)
				result = LW_CONNECTOR_LOST;
			continue;
		}
		if (from.nl_pid == 0 && lw_connector_parse(&m, (size_t)n, &task))
			fn(arg, &task);
	}
	return result;
}
