/*
 * layerwatch-report itself, in its sandbox, as the guard starts it: what a system call filter or
 * Landlock would break shows here. As root it changes to nobody's ids; else it stays who we are.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "proc/spawn.h"
#include "sample.h"
#include "wire/chan.h"

#define NOBODY 65534
#define WAIT_MS 5000

struct fixture {
	char folder[64];
	char path[96];
	struct sockaddr_un address;
	struct lw_chan guard, gate;
	struct sample *sample;
	pid_t pid;
	int out; /* what it writes to its standard output */
};

/* The ids that it gets: a file sink's folder belongs to them. */
static unsigned
id_for_child(void)
{
	return geteuid() == 0 ? NOBODY : geteuid();
}

static int
listening(struct fixture *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	f->address.sun_family = AF_UNIX;
	snprintf(&f->address.sun_path[1], 64, "lw-program-%d-%p", getpid(), (void *)f);
	assert_int_equal(bind(fd, (void *)&f->address, sizeof(f->address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void
start_program(struct fixture *f)
{
	char uid[12], gid[12], path[512], *real = realpath("./layerwatch-report", NULL);
	const char *argv[] = {
		path, "--instance", "0", "--uid", uid, "--gid", gid, "--verbose", "3", NULL};
	struct lw_spawn s = {
		.path = path, .argv = argv, .fds = {-1, -1, STDERR_FILENO, -1, -1, -1, -1, -1}};
	int pair[2], out[2], control = listening(f);

	assert_non_null(real);
	snprintf(path, sizeof(path), "%s", real);
	free(real);
	snprintf(uid, sizeof(uid), "%u", id_for_child());
	snprintf(gid, sizeof(gid), "%u", geteuid() == 0 ? NOBODY : getegid());
	assert_int_equal(lw_chan_pair(pair, 1024 * 1024), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	s.fds[STDOUT_FILENO] = out[1];
	s.fds[LW_FD_GUARD] = pair[1];
	s.fds[LW_FD_CONTROL] = control;
	f->pid = lw_spawn(&s, NULL);
	assert_true(f->pid > 0);
	close(pair[1]);
	close(out[1]);
	close(control);
	f->out = out[0];
	lw_chan_init(&f->guard, pair[0], NULL, 0, NULL);
}

static void
send_config(struct fixture *f, uint64_t generation)
{
	struct lw_msg_config m = {.generation = generation};
	char yaml[1024];
	int fd;

	m.length = snprintf(yaml, sizeof(yaml),
		"version: 1\nnoise: {repeat_window: 0s, alerts_per_minute: 0}\nsinks:\n- {type: "
		"stdout}\n"
		"- {type: file, path: %s, max_bytes: 64KiB, keep: 2}\n",
		f->path);
	fd = lw_memfd_with("config", yaml, m.length);
	assert_int_equal(lw_chan_send(&f->guard, LW_MSG_CONFIG, generation, &m, &fd, 1), 0);
	close(fd);
}

static void
begin_program(struct fixture *f)
{
	struct lw_msg_peer peer = {.role = LW_ROLE_GATE};
	struct lw_msg_start nothing = {0};
	int pair[2];

	start_program(f);
	send_config(f, 1);
	assert_int_equal(lw_chan_pair(pair, 1024 * 1024), 0);
	lw_chan_init(&f->gate, pair[0], NULL, 0, NULL);
	assert_int_equal(lw_chan_send(&f->guard, LW_MSG_PEER, 0, &peer, &pair[1], 1), 0);
	close(pair[1]);
	assert_int_equal(lw_chan_send(&f->guard, LW_MSG_START, 0, &nothing, NULL, 0), 0);
}

static int
begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/lw-program-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	if (geteuid() == 0 && chown(f->folder, NOBODY, NOBODY) != 0)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/findings.jsonl", f->folder);
	f->sample = sample_new();
	begin_program(f);
	*state = f;
	return 0;
}

static int
end(void **state)
{
	struct fixture *f = *state;
	char command[96];

	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	lw_chan_done(&f->guard);
	lw_chan_done(&f->gate);
	close(f->out);
	sample_free(f->sample);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	free(f);
	return system(command);
}

static void
observe(struct fixture *f, uint8_t hash)
{
	struct lw_evidence *e = &f->sample->e;
	struct lw_msg_container m = {.dev_minor = 45, .facts = f->sample->facts};
	int fd;

	memset(e->seen.objects[0].assessment.sha256, hash, LW_SHA256_SIZE);
	fd = lw_memfd_with("arena", f->sample->arena, e->seen.arena_length);
	assert_int_equal(lw_chan_send(&f->gate, LW_MSG_CONTAINER, 0, &m, NULL, 0), 0);
	assert_int_equal(lw_chan_send(&f->gate, LW_MSG_OBSERVATION, 0, &e->seen, &fd, 1), 0);
	close(fd);
}

/* Lines of the file, its rotated ones included, once there are as many as wanted. */
static unsigned
lines_written(struct fixture *f, unsigned wanted)
{
	unsigned lines = 0;

	for (unsigned ms = 0; ms < WAIT_MS && lines < wanted; ms += 10) {
		lines = 0;
		usleep(10000);
		for (unsigned n = 0; n <= 2; n++) {
			static char buf[256 * 1024];
			char path[112];
			ssize_t got;
			int fd;

			snprintf(path, sizeof(path), n ? "%s.%u" : "%s", f->path, n);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			got = fd >= 0 ? lw_read_full(fd, buf, sizeof(buf)) : 0;
			for (ssize_t i = 0; i < got; i++)
				lines += buf[i] == '\n';
			close(fd);
		}
	}
	return lines;
}

static void
ask(struct fixture *f, const char *request, const char *want)
{
	char answer[65536];
	size_t have = 0;
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (void *)&f->address, sizeof(f->address)), 0);
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	while ((n = recv(fd, &answer[have], sizeof(answer) - 1 - have, 0)) > 0)
		have += n;
	answer[have] = '\0';
	close(fd);
	if (!strstr(answer, want))
		fprintf(stderr, "%s\n", answer);
	assert_non_null(strstr(answer, want));
}

static void
stop_program(struct fixture *f)
{
	struct lw_msg_empty nothing = {0};
	int status;

	assert_int_equal(lw_chan_send(&f->guard, LW_MSG_STOP, 0, &nothing, NULL, 0), 0);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	f->pid = 0;
	if (!WIFEXITED(status))
		fprintf(stderr, "status %x\n", (unsigned)status);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
findings_go_to_file_and_standard_output(void **state)
{
	struct fixture *f = *state;
	char buf[65536] = "";

	observe(f, 1);
	assert_int_equal(lines_written(f, 1), 1);
	assert_true(read(f->out, buf, sizeof(buf) - 1) > 0);
	assert_memory_equal(buf, "{\"finding\":", 11);
	stop_program(f);
}

static void
it_rotates_reopens_reloads_and_answers_in_its_sandbox(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_empty nothing = {0};
	struct stat st;
	char moved[112];

	for (uint8_t i = 0; i < 30; i++)
		observe(f, i);
	assert_int_equal(lines_written(f, 30), 30);
	snprintf(moved, sizeof(moved), "%s.1", f->path);
	assert_int_equal(stat(moved, &st), 0);
	assert_int_equal(st.st_uid, id_for_child());
	send_config(f, 2);
	ask(f, "status\n", "\"state\":\"ok\",\"written\":30,\"dropped\":0");
	snprintf(moved, sizeof(moved), "%s.moved", f->path);
	assert_int_equal(rename(f->path, moved), 0);
	assert_int_equal(lw_chan_send(&f->guard, LW_MSG_REOPEN, 0, &nothing, NULL, 0), 0);
	ask(f, "containers\n", "\"name\":\"web\"");
	ask(f, "pause 5\n", "{\"ok\":true}");
	observe(f, 9);
	for (unsigned ms = 0; ms < WAIT_MS && (stat(f->path, &st) != 0 || st.st_size == 0);
		ms += 10)
		usleep(10000);
	assert_true(st.st_size > 0);
	stop_program(f);
}

static void
it_ends_when_the_guard_is_gone(void **state)
{
	struct fixture *f = *state;
	int status;

	observe(f, 1);
	assert_int_equal(lines_written(f, 1), 1);
	lw_chan_done(&f->guard);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	f->pid = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(findings_go_to_file_and_standard_output),
		T(it_rotates_reopens_reloads_and_answers_in_its_sandbox),
		T(it_ends_when_the_guard_is_gone),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
