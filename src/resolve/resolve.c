#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "engine/engine.h"
#include "policy/policy.h"
#include "resolve/execution.h"
#include "resolve/resolve.h"

#define DISPATCH_MOST 16 /* frames of one gate before the others are looked at */
#define REPLY_WAIT_MS 50 /* a gate whose queue is full is given this long, once */
#define OPEN_FILES 128

struct gate {
	struct lw_resolve *role;
	struct lw_chan chan;
	bool open;
};

struct lw_resolve {
	struct lw_loop *loop; /* not ours */
	struct lw_execution_reader *reader;
	struct gate gates[LW_INSTANCES_MAX];
};

static const int capabilities[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, -1};

/* Beyond what every role has: looking at other tasks and opening their files for reading. */
static const char *const syscalls[] = {
	"openat",
	"openat2",
	"readlinkat",
	"readlink",
	"open",
	"statx",
	"stat",
	"lstat",
	"fstatfs",
	"getdents64",
	"process_vm_readv",
	"pidfd_open",
	"pidfd_getfd",
	"getpeername",
	"getsockname",
	"tee",
	"pipe2",
	"poll",
	"ppoll",
	"memfd_create",
	"dup",
	"access",
	"faccessat",
	"faccessat2",
	"mmap",
	NULL,
};

const struct lw_sandbox lw_resolve_sandbox = {
	.role = "resolve",
	.capabilities = capabilities,
	.syscalls = syscalls,
	.open_files = OPEN_FILES,
	.processes = 1,
	.file_size = LW_ARENA_MAX, /* memfds with text of an execution are all it writes */
};

static void
close_gate(struct gate *g)
{
	if (!g->open)
		return;
	lw_loop_del(g->role->loop, g->chan.fd);
	lw_chan_done(&g->chan);
	g->open = false;
}

int
lw_resolve_new(struct lw_resolve **out, struct lw_loop *loop)
{
	_cleanup_(lw_resolve_freep) struct lw_resolve *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	r->loop = loop;
	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		r->gates[i].role = r;
	error = lw_execution_new(&r->reader);
	if (error < 0)
		return error;
	*out = TAKE_PTR(r);
	return 0;
}

struct lw_resolve *
lw_resolve_free(struct lw_resolve *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		close_gate(&r->gates[i]);
	lw_execution_free(r->reader);
	free(r);
	return NULL;
}

void
lw_resolve_freep(struct lw_resolve **r)
{
	*r = lw_resolve_free(*r);
}

/* The gate reads as fast as it can; a queue that stays full is its own to explain. */
static int
reply(struct gate *g, unsigned type, uint64_t id, const void *body, const int *fds, unsigned count)
{
	struct pollfd room = {.fd = g->chan.fd, .events = POLLOUT};
	int r = lw_chan_send(&g->chan, type, id, body, fds, count);

	if (r != LW_CHAN_FULL)
		return r;
	if (poll(&room, 1, REPLY_WAIT_MS) > 0)
		r = lw_chan_send(&g->chan, type, id, body, fds, count);
	return LW_MIN(r, 0);
}

static bool
is_ended(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static int
on_execution(void *arg, struct lw_received *received)
{
	struct gate *g = arg;
	const struct lw_msg_execution *ask = received->body;
	_cleanup_close_ int arena = -1, content = -1;
	struct lw_msg_executed answer;
	int fds[2] = {-1, -1};
	int r;

	if (!is_ended(ask->program_path, sizeof(ask->program_path)))
		return -EPROTO;
	r = lw_execution_read(g->role->reader, ask, &answer, fds);
	if (r < 0)
		return r;
	arena = fds[0];
	content = fds[1];
	r = reply(g, LW_MSG_EXECUTED, received->frame.id, &answer, fds, content >= 0 ? 2 : 1);
	lw_execution_prepare(g->role->reader);
	return r;
}

static int
on_container_ask(void *arg, struct lw_received *received)
{
	struct gate *g = arg;
	const struct lw_msg_container_ask *ask = received->body;
	struct lw_msg_container_tell answer;
	int r;

	if (!is_ended(ask->mount_point, sizeof(ask->mount_point)) ||
		!is_ended(ask->upper, sizeof(ask->upper)))
		return -EPROTO;
	r = lw_engine_lookup(ask, &answer);
	if (r < 0)
		return r;
	return reply(g, LW_MSG_CONTAINER_TELL, received->frame.id, &answer, NULL, 0);
}

static const struct lw_route routes[] = {
	{LW_MSG_EXECUTION, 1, on_execution},
	{LW_MSG_CONTAINER_ASK, 1, on_container_ask},
};

/* A gate that is gone is replaced by the guard, which then brings a new channel. */
static int
on_gate(void *arg, uint32_t events)
{
	struct gate *g = arg;
	int r = lw_chan_dispatch(&g->chan, DISPATCH_MOST);

	if (r != -EPIPE && r != -ECONNRESET)
		return r;
	close_gate(g);
	return 0;
}

static int
on_peer(void *arg, const struct lw_msg_peer *m, int fd)
{
	struct lw_resolve *r = arg;
	_cleanup_close_ int owned = fd;
	struct gate *g;
	int error;

	if (m->role != LW_ROLE_GATE || m->instance >= LW_INSTANCES_MAX)
		return -EPROTO;
	g = &r->gates[m->instance];
	close_gate(g);
	error = lw_loop_add(r->loop, fd, EPOLLIN, on_gate, g);
	if (error < 0)
		return error;
	lw_chan_init(&g->chan, TAKE_FD(owned), routes, LW_ARRAY_SIZE(routes), g);
	g->chan.phase = 1;
	g->open = true;
	return 0;
}

static int
on_config(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248])
{
	struct lw_resolve *r = arg;
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	_cleanup_text_ struct lw_text errors;
	const struct lw_policy_source source = {"configuration", yaml, length};
	const struct lw_string_list *environment;
	const struct lw_settings *settings;
	int error;

	lw_text_init(&errors, 4096);
	error = lw_policy_load(&source, 1, &policy, &errors);
	if (error < 0) {
		lw_copy_string(detail, 248, errors.data ? errors.data : "the policy can't be read");
		return error == -ENOMEM ? error : 1;
	}
	settings = lw_policy_settings(policy);
	environment = &settings->capture.environment;
	error = lw_execution_names(
		r->reader, &(const struct lw_names){environment->items, environment->count});
	if (error < 0)
		return error;
	return lw_execution_interpreters(
		r->reader, settings->capture.interpreters, settings->capture.interpreter_count);
}

static void
on_stop(void *arg)
{
	struct lw_resolve *r = arg;

	lw_loop_stop(r->loop);
}

const struct lw_child_ops lw_resolve_ops = {
	.config = on_config,
	.peer = on_peer,
	.stop = on_stop,
};
