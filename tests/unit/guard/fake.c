/*
 * A child of the guard that does nothing but write down what it is told: started as layerwatch-
 * gate, layerwatch-report ... through links in a folder of the test's. Beside the link lie "log",
 * to which it appends one line for each thing that happens, and "ROLE.do", which says how it is to
 * misbehave; the file is looked at at the start and every few milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "layerwatch/control.h"
#include "proc/child.h"

#define TICK_US 20000

struct fake {
	char folder[PATH_MAX];
	const char *role;
	struct lw_child_args args;
	struct lw_loop *loop;
	struct lw_child *child;
	struct lw_timer tick;
	int exit_code;
	bool done_once;
	bool owes_ready; /* for a reload: said at the next tick unless told to be slow */
	char orders[256];
};

static void note(struct fake *f, const char *fmt, ...) _printf_(2, 3);

static void
note(struct fake *f, const char *fmt, ...)
{
	char path[PATH_MAX + 8], line[512];
	_cleanup_close_ int fd = -1;
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "%s[%u] %d ", f->role, f->args.instance, (int)getpid());
	va_start(ap, fmt);
	n += vsnprintf(&line[n], sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	snprintf(path, sizeof(path), "%s/log", f->folder);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || lw_write_full(fd, line, (size_t)n) < 0)
		_exit(90);
}

static void
read_orders(struct fake *f)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s.do", f->folder, f->role);
	if (lw_read_file_at(AT_FDCWD, path, f->orders, sizeof(f->orders)) < 0)
		f->orders[0] = '\0';
}

static bool
told_to(const struct fake *f, const char *what)
{
	return strstr(f->orders, what) != NULL;
}

static int
on_config(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248])
{
	struct fake *f = arg;
	bool refuse = told_to(f, "refuse") || (generation == 2 && told_to(f, "reject-2"));

	if (told_to(f, "ponder"))
		usleep(300000);
	note(f, "config %llu %s", (unsigned long long)generation,
		strstr(yaml, "mode: enforce") ? "enforce" : "detect");
	snprintf(detail, 248, "%s", refuse ? "told to refuse" : "");
	f->owes_ready = !refuse && generation > 1 && strcmp(f->role, "gate") == 0;
	return refuse;
}

static int
on_resource(void *arg, const struct lw_msg_resource *m, int fd)
{
	char byte = '?';

	(void)!pread(fd, &byte, 1, 0);
	note(arg, "resource %u generation %llu begins %c", m->index,
		(unsigned long long)m->generation, byte);
	close(fd);
	return 0;
}

/* Both ends of a pair say who they are; each writes down what the other said. */
static int
on_peer_message(void *arg, uint32_t events)
{
	struct fake *f = ((void **)arg)[0];
	int fd = (int)(intptr_t)((void **)arg)[1];
	char buf[64];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	if (n > 0) {
		buf[n] = '\0';
		note(f, "hears %s", buf);
		return 0;
	}
	lw_loop_del(f->loop, fd);
	close(fd);
	free(arg);
	return 0;
}

static int
on_peer(void *arg, const struct lw_msg_peer *m, int fd)
{
	struct fake *f = arg;
	void **pair = calloc(2, sizeof(*pair));
	char hello[64];
	int n = snprintf(hello, sizeof(hello), "hello from %s[%u] %d", f->role, f->args.instance,
		(int)getpid());

	note(f, "peer %s[%u]", lw_role_to_str(m->role), m->instance);
	(void)send(fd, hello, (size_t)n, MSG_NOSIGNAL);
	pair[0] = f;
	pair[1] = (void *)(intptr_t)fd;
	return lw_loop_add(f->loop, fd, EPOLLIN, on_peer_message, pair);
}

/*
 * As report does: one line from a client of the control socket, handed to the guard with the
 * client's descriptor.
 */
static int
on_client(void *arg, uint32_t events)
{
	struct fake *f = arg;
	_cleanup_close_ int client = accept4(LW_FD_CONTROL, NULL, NULL, SOCK_CLOEXEC);
	_cleanup_close_ int other = -1;
	char line[LW_CONTROL_LINE] = "";
	int ends[2];

	if (client < 0 || recv(client, line, sizeof(line) - 1, 0) <= 0)
		return 0;
	if (strncmp(line, "pause", 5) == 0)
		(void)lw_child_control(f->child, LW_CONTROL_PAUSE, 5, client);
	else if (strncmp(line, "resume", 6) == 0)
		(void)lw_child_control(f->child, LW_CONTROL_RESUME, 0, client);
	else if (strncmp(line, "reload", 6) == 0)
		(void)lw_child_control(f->child, LW_CONTROL_RELOAD, 0, client);
	else if (strncmp(line, "forge", 5) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) {
		other = ends[0];
		(void)lw_child_control(f->child, LW_CONTROL_PAUSE, 5, ends[1]);
		close(ends[1]);
	}
	return 0;
}

static int
on_start(void *arg, const struct lw_msg_start *m)
{
	struct fake *f = arg;
	static const char finding[] = "{\"finding\":{}}\n";

	note(f, "start uid %u gid %u", (unsigned)f->args.uid, (unsigned)f->args.gid);
	if (strcmp(f->role, "gate") == 0 && !told_to(f, "unready"))
		return lw_child_ready(f->child, true, 3, "");
	if (strcmp(f->role, "report") != 0)
		return 0;
	(void)lw_write_full(STDOUT_FILENO, finding, sizeof(finding) - 1);
	return lw_loop_add(f->loop, LW_FD_CONTROL, EPOLLIN, on_client, f);
}

static int
on_pause(void *arg, const struct lw_msg_pause *m)
{
	note(arg, "pause %u uid %u", m->seconds, m->uid);
	return 0;
}

static int
on_reopen(void *arg)
{
	note(arg, "reopen");
	return 0;
}

static int
on_processes(void *arg, const struct lw_msg_processes *m)
{
	uint32_t restarts = 0;

	for (uint32_t i = 0; i < m->count; i++)
		restarts += m->processes[i].restarts;
	note(arg, "processes %u restarts %u rejected %u", m->count, restarts, m->policy_rejected);
	return 0;
}

static void
on_stop(void *arg)
{
	struct fake *f = arg;

	note(f, "stop");
	if (!told_to(f, "stubborn"))
		lw_loop_stop(f->loop);
}

static void
flood(struct fake *f)
{
	for (int i = 0; i < 200; i++)
		lw_log(LW_LOG_INFO, "flood %d", i);
	(void)!write(STDERR_FILENO, "gate: forged by \033[31manother\n", 30);
}

static void
once(struct fake *f)
{
	if (f->done_once)
		return;
	f->done_once = true;
	if (told_to(f, "replace"))
		(void)lw_child_replace(f->child, LW_ROLE_CLASSIFY, 0);
	else if (told_to(f, "misuse"))
		(void)lw_child_control(f->child, LW_CONTROL_RELOAD, 0, STDERR_FILENO);
	else if (told_to(f, "flood"))
		flood(f);
	else
		f->done_once = false;
}

static int
on_tick(void *arg)
{
	struct fake *f = arg;

	read_orders(f);
	if (told_to(f, "crash"))
		abort();
	once(f);
	if (strcmp(f->role, "gate") == 0 && !told_to(f, "silent"))
		(void)lw_child_heartbeat(f->child);
	if (f->owes_ready && !told_to(f, "slow")) {
		f->owes_ready = false;
		(void)lw_child_ready(f->child, true, 3, "");
	}
	return lw_timer_arm(f->loop, &f->tick, TICK_US, on_tick, f);
}

static const struct lw_child_ops ops = {.config = on_config,
	.resource = on_resource,
	.peer = on_peer,
	.start = on_start,
	.pause = on_pause,
	.reopen = on_reopen,
	.processes = on_processes,
	/* As report may: the channel is closed, the last findings are still to be written. */
	.stop = on_stop};
static void
linger(struct fake *f)
{
	f->child = lw_child_free(f->child);
	usleep(300000);
	note(f, "has lingered");
}

static int
run(struct fake *f)
{
	struct lw_child_ops own = ops;
	const char *code = strstr(f->orders, "exit ");

	if (code)
		return atoi(&code[5]);
	own.own_ready = strcmp(f->role, "gate") == 0;
	if (lw_loop_new(&f->loop) < 0 || lw_child_new(&f->child, f->loop, &own, f) < 0 ||
		lw_timer_arm(f->loop, &f->tick, 0, on_tick, f) < 0)
		return 91;
	note(f, "born");
	if (lw_loop_run(f->loop) < 0)
		return 92;
	if (told_to(f, "linger"))
		linger(f);
	return 0;
}

int
main(int argc, char **argv)
{
	struct fake f = {0};
	char copy[PATH_MAX];

	if (lw_child_args(&f.args, argc, argv) < 0)
		return 93;
	(void)lw_copy_string(f.folder, sizeof(f.folder), argv[0]);
	(void)lw_copy_string(copy, sizeof(copy), argv[0]);
	dirname(f.folder);
	f.role = strchr(basename(copy), '-');
	if (!f.role)
		return 94;
	f.role++;
	lw_log_open(f.role, f.args.level);
	read_orders(&f);
	f.exit_code = run(&f);
	_exit(f.exit_code);
}
