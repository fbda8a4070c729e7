#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#define FILE_MAX (1024u * 1024)
#define STEP_US 10000

static const char *const roles[] = {"gate", "classify", "resolve", "report"};

void
rig_path(struct rig *r, const char *file, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/%s", r->folder, file);

	assert_true(n > 0 && (size_t)n < size);
}

static void
write_file(struct rig *r, const char *file, const char *text)
{
	char path[256];
	int fd;

	rig_path(r, file, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, text, strlen(text)), 0);
	close(fd);
}

static char *
read_file(struct rig *r, const char *file)
{
	static char buf[FILE_MAX];
	char path[256];
	ssize_t n;

	rig_path(r, file, path, sizeof(path));
	n = lw_read_file_at(AT_FDCWD, path, buf, sizeof(buf));
	if (n < 0)
		buf[0] = '\0';
	return buf;
}

static void
link_children(struct rig *r)
{
	char program[PATH_MAX], path[256], name[64];

	assert_non_null(realpath("guard-fake", program));
	for (size_t i = 0; i < LW_ARRAY_SIZE(roles); i++) {
		snprintf(name, sizeof(name), "layerwatch-%s", roles[i]);
		rig_path(r, name, path, sizeof(path));
		assert_int_equal(symlink(program, path), 0);
	}
}

static int
listen_as_manager(struct rig *r)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = RIG_PATIENCE_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	rig_path(r, "notify", a.sun_path, sizeof(a.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return fd;
}

int
rig_set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	strcpy(r->folder, "/tmp/layerwatch-guard-XXXXXX");
	assert_non_null(mkdtemp(r->folder));
	link_children(r);
	r->manager = listen_as_manager(r);
	rig_policy(r, "");
	*state = r;
	return 0;
}

static void
remove_folder(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", "--", folder, NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
}

int
rig_tear_down(void **state)
{
	struct rig *r = *state;

	if (r->guard > 0) {
		(void)kill(r->guard, SIGKILL);
		(void)waitpid(r->guard, NULL, 0);
	}
	close(r->manager);
	remove_folder(r->folder);
	free(r);
	return 0;
}

void
rig_policy_text(struct rig *r, const char *text)
{
	write_file(r, "layerwatch.yaml", text);
}

void
rig_policy(struct rig *r, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"version: 1\n"
		"decision: {stall_ms: 1000}\n"
		"processes: {classify: 2, resolve: 1, user: nobody, control: %s/run/control.sock}\n"
		"sinks: [{type: stdout}, {type: file, path: %s/sinks/deep/findings.jsonl}]\n%s",
		r->folder, r->folder, more);
	rig_policy_text(r, text);
}

void
rig_order(struct rig *r, const char *role, const char *what)
{
	char file[32];

	snprintf(file, sizeof(file), "%s.do", role);
	write_file(r, file, what);
}

static void
limit_files(const struct rig *r)
{
	struct rlimit limit = {.rlim_cur = r->open_files, .rlim_max = r->open_files};

	if (r->open_files && setrlimit(RLIMIT_NOFILE, &limit) < 0)
		_exit(87);
}

static _Noreturn void
become_guard(struct rig *r)
{
	char config[256], out[256], err[256], notify[256], program[PATH_MAX];

	rig_path(r, "layerwatch.yaml", config, sizeof(config));
	rig_path(r, "out", out, sizeof(out));
	rig_path(r, "err", err, sizeof(err));
	rig_path(r, "notify", notify, sizeof(notify));
	if (!realpath("layerwatchd", program) || setenv("NOTIFY_SOCKET", notify, 1) < 0 ||
		dup2(open(out, O_WRONLY | O_CREAT | O_APPEND, 0600), STDOUT_FILENO) < 0 ||
		dup2(open(err, O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO) < 0)
		_exit(89);
	limit_files(r);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(program, program, "-v", "-c", config, "-L", r->folder, NULL);
	_exit(88);
}

void
rig_start(struct rig *r)
{
	assert_int_equal(r->guard, 0);
	r->guard = fork();
	assert_true(r->guard >= 0);
	if (r->guard == 0)
		become_guard(r);
}

void
rig_start_ready(struct rig *r)
{
	rig_start(r);
	rig_hear(r, "READY=1");
}

int
rig_wait_end(struct rig *r)
{
	for (int waited = 0; waited < RIG_PATIENCE_MS * 1000; waited += STEP_US) {
		if (waitpid(r->guard, &r->status, WNOHANG) == r->guard) {
			r->guard = 0;
			if (!WIFEXITED(r->status))
				fail_msg("ended by signal %d", WTERMSIG(r->status));
			return WEXITSTATUS(r->status);
		}
		usleep(STEP_US);
	}
	fail_msg("layerwatchd does not end");
	return -1;
}

int
rig_count(struct rig *r, const char *file, const char *text)
{
	int count = 0;

	for (char *at = read_file(r, file), *line; (line = strsep(&at, "\n"));)
		count += strstr(line, text) != NULL;
	return count;
}

void
rig_wait(struct rig *r, const char *file, const char *text, int count)
{
	for (int waited = 0; waited < RIG_PATIENCE_MS * 1000; waited += STEP_US) {
		if (rig_count(r, file, text) >= count)
			return;
		usleep(STEP_US);
	}
	print_message("# %s\n", read_file(r, "err"));
	fail_msg("\"%s\" in %s: %d of %d", text, file, rig_count(r, file, text), count);
}

void
rig_first(struct rig *r, const char *file, const char *text, char *out, size_t size)
{
	out[0] = '\0';
	for (char *at = read_file(r, file), *line; (line = strsep(&at, "\n"));)
		if (strstr(line, text)) {
			(void)lw_copy_string(out, size, line);
			return;
		}
}

/* 0 = no such line yet */
static pid_t
born_pid(struct rig *r, const char *who)
{
	char buf[1024];
	pid_t pid = 0;

	for (char *at = read_file(r, "log"), *line; (line = strsep(&at, "\n"));) {
		if (strncmp(line, who, strlen(who)) != 0 || !strstr(line, " born"))
			continue;
		(void)lw_copy_string(buf, sizeof(buf), line);
		pid = (pid_t)strtol(strchr(buf, ' '), NULL, 10);
	}
	return pid;
}

pid_t
rig_pid(struct rig *r, const char *who)
{
	pid_t pid = 0;

	for (int waited = 0; waited < RIG_PATIENCE_MS * 1000; waited += STEP_US) {
		pid = born_pid(r, who);
		if (pid > 0)
			return pid;
		usleep(STEP_US);
	}
	fail_msg("%s was never born", who);
	return -1;
}

bool
rig_heard(struct rig *r, char *out, size_t size)
{
	ssize_t n = recv(r->manager, out, size - 1, MSG_DONTWAIT);

	out[LW_MAX(n, 0)] = '\0';
	return n >= 0;
}

void
rig_hear(struct rig *r, const char *text)
{
	char buf[512];

	for (int i = 0; i < 1000; i++) {
		ssize_t n = recv(r->manager, buf, sizeof(buf) - 1, 0);

		if (n < 0)
			break;
		buf[n] = '\0';
		if (strstr(buf, text))
			return;
	}
	print_message("# %s\n", read_file(r, "err"));
	fail_msg("the manager does not hear %s", text);
}

void
rig_ask(struct rig *r, const char *line)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char byte;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	rig_path(r, "run/control.sock", a.sun_path, sizeof(a.sun_path));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	(void)!recv(fd, &byte, 1, 0); /* the fake closes when it has handed it on */
	close(fd);
}

bool
rig_exists(pid_t pid)
{
	return kill(pid, 0) == 0;
}
