#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "report/sink.h"

struct fixture {
	char folder[64];
	char path[96];
	struct lw_loop *loop;
	struct lw_sinks *sinks;
	struct lw_sink_settings settings;
	char detail[248];
};

static int
begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/lw-sink-XXXXXX");
	if (!mkdtemp(f->folder) || lw_loop_new(&f->loop) != 0)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/findings.jsonl", f->folder);
	f->settings = (struct lw_sink_settings){
		.type = LW_SINK_FILE, .path = f->path, .keep = 2, .spool_bytes = 4096};
	*state = f;
	return 0;
}

static int
end(void **state)
{
	struct fixture *f = *state;
	char command[96];

	lw_sinks_free(f->sinks);
	lw_loop_free(f->loop);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	free(f);
	return system(command);
}

static void
configure(struct fixture *f, int stdout_fd)
{
	if (!f->sinks)
		assert_int_equal(lw_sinks_new(&f->sinks, f->loop, stdout_fd), 0);
	assert_int_equal(lw_sinks_configure(f->sinks, &f->settings, 1, false, f->detail), 0);
}

/* A line that looks like ours, of exactly `length` bytes. */
static char *
line_of(size_t length, char fill)
{
	static const char head[] = "{\"finding\":\"";
	char *line = malloc(length + 1);

	memset(line, fill, length);
	memcpy(line, head, sizeof(head) - 1);
	memcpy(&line[length - 3], "\"}\n", 4);
	return line;
}

static void
write_line(struct fixture *f, size_t length, char fill)
{
	char *line = line_of(length, fill);

	lw_sinks_write(f->sinks, line, length);
	free(line);
}

/* Content of a file, NUL-ended; every line in it is whole. */
static char *
content_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 1024 * 1024);
	size_t n;

	assert_true(fd >= 0);
	n = lw_read_full(fd, text, 1024 * 1024 - 1);
	close(fd);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || text[i - 1] == '\n')
			assert_memory_equal(&text[i], "{\"finding\":", 11);
		if (i + 1 == n)
			assert_int_equal(text[i], '\n');
	}
	return text;
}

static size_t
size_of(const char *path)
{
	char *text = content_of(path);
	size_t n = strlen(text);

	free(text);
	return n;
}

static char *
status_of(struct fixture *f)
{
	struct lw_text t;
	struct lw_json j;

	lw_text_init(&t, 65536);
	lw_json_init(&j, &t);
	lw_sinks_status(f->sinks, &j);
	return t.data;
}

static void
assert_status(struct fixture *f, const char *part)
{
	char *status = status_of(f);

	if (!strstr(status, part))
		fprintf(stderr, "%s\n", status);
	assert_non_null(strstr(status, part));
	free(status);
}

static void
run_for(struct fixture *f, unsigned ms)
{
	uint64_t until = lw_now_us() + ms * 1000;

	while (lw_now_us() < until)
		lw_loop_once(f->loop, 5);
}

static void
lines_go_to_the_file_at_once(void **state)
{
	struct fixture *f = *state;

	configure(f, -1);
	write_line(f, 100, 'a');
	write_line(f, 50, 'b');
	assert_int_equal(size_of(f->path), 150);
	assert_status(f, "\"state\":\"ok\",\"written\":2,\"dropped\":0");
}

static void
a_large_file_is_rotated_and_few_are_kept(void **state)
{
	struct fixture *f = *state;
	char rotated[112];

	f->settings.max_bytes = 250;
	configure(f, -1);
	for (int i = 0; i < 9; i++)
		write_line(f, 100, 'a' + i);
	assert_int_equal(size_of(f->path), 100);
	for (int n = 1; n <= 2; n++) {
		snprintf(rotated, sizeof(rotated), "%s.%d", f->path, n);
		assert_int_equal(size_of(rotated), 200);
	}
	snprintf(rotated, sizeof(rotated), "%s.3", f->path);
	assert_int_equal(access(rotated, F_OK), -1);
	assert_status(f, "\"rotations\":4");
}

static void
a_line_longer_than_the_limit_is_written_all_the_same(void **state)
{
	struct fixture *f = *state;

	f->settings.max_bytes = 50;
	configure(f, -1);
	write_line(f, 100, 'a');
	assert_int_equal(size_of(f->path), 100);
}

static void
keep_zero_keeps_nothing(void **state)
{
	struct fixture *f = *state;
	char rotated[112];

	f->settings.max_bytes = 150;
	f->settings.keep = 0;
	configure(f, -1);
	write_line(f, 100, 'a');
	write_line(f, 100, 'b');
	snprintf(rotated, sizeof(rotated), "%s.1", f->path);
	assert_int_equal(size_of(f->path), 100);
	assert_int_equal(access(rotated, F_OK), -1);
}

static void
a_rotation_that_fails_loses_nothing(void **state)
{
	struct fixture *f = *state;
	char rotated[112];

	/* A folder stands where the rotated file should go, and it is not empty. */
	snprintf(rotated, sizeof(rotated), "%s.1", f->path);
	mkdir(rotated, 0700);
	snprintf(rotated, sizeof(rotated), "%s.1/x", f->path);
	mkdir(rotated, 0700);
	f->settings.max_bytes = 150;
	f->settings.keep = 1;
	configure(f, -1);
	for (int i = 0; i < 3; i++)
		write_line(f, 100, 'a');
	assert_int_equal(size_of(f->path), 300);
	assert_status(f, "\"state\":\"ok\"");
	assert_status(f, "\"errors\":1");
}

static void
reopen_follows_a_file_that_others_moved(void **state)
{
	struct fixture *f = *state;
	char moved[112];

	configure(f, -1);
	write_line(f, 100, 'a');
	snprintf(moved, sizeof(moved), "%s.old", f->path);
	assert_int_equal(rename(f->path, moved), 0);
	write_line(f, 60, 'b');
	lw_sinks_reopen(f->sinks);
	write_line(f, 70, 'c');
	assert_int_equal(size_of(moved), 160);
	assert_int_equal(size_of(f->path), 70);
}

static void
reopen_that_fails_keeps_the_old_file(void **state)
{
	struct fixture *f = *state;
	char moved[112];

	configure(f, -1);
	snprintf(moved, sizeof(moved), "%s.old", f->path);
	assert_int_equal(rename(f->path, moved), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	lw_sinks_reopen(f->sinks);
	write_line(f, 70, 'c');
	assert_int_equal(size_of(moved), 70);
	assert_status(f, "\"errors\":1");
}

/* RLIMIT_FSIZE lets a part of the line through: it is cut off again, spooled, and follows when
 * there is room. */
static void
a_full_disk_never_tears_a_line(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, limit;

	configure(f, -1);
	write_line(f, 100, 'a');
	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){130, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	write_line(f, 100, 'b');
	write_line(f, 100, 'c');
	assert_int_equal(size_of(f->path), 100);
	assert_status(f, "\"state\":\"failed\"");
	assert_status(f, "\"spooled\":2,\"spooled_bytes\":200");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	run_for(f, 600);
	assert_int_equal(size_of(f->path), 300);
	assert_status(f, "\"state\":\"ok\",\"written\":3,\"dropped\":0,\"spooled\":0");
}

static void
the_spool_is_bounded_and_what_it_drops_is_counted(void **state)
{
	struct fixture *f = *state;

	f->settings.path = (char *)"/dev/full";
	configure(f, -1);
	for (int i = 0; i < 100; i++)
		write_line(f, 100, 'a');
	assert_status(f, "\"state\":\"failed\",\"written\":0,\"dropped\":60,\"spooled\":40");
	assert_status(f, "\"last_error\":\"No space left on device\"");
	assert_int_equal(lw_sinks_dropped(f->sinks), 60);
}

static void
a_line_torn_by_a_crash_is_cut_at_open(void **state)
{
	struct fixture *f = *state;
	int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char *whole = line_of(100, 'a');

	assert_int_equal(lw_write_full(fd, whole, 100), 0);
	assert_int_equal(lw_write_full(fd, whole, 60), 0);
	close(fd);
	free(whole);
	configure(f, -1);
	assert_int_equal(size_of(f->path), 100);
	write_line(f, 50, 'b');
	assert_int_equal(size_of(f->path), 150);
}

static void
foreign_text_without_an_end_is_ended_not_cut(void **state)
{
	struct fixture *f = *state;
	int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	assert_int_equal(lw_write_full(fd, "notes", 5), 0);
	close(fd);
	configure(f, -1);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size, 6);
}

static void
a_fifo_or_a_link_in_the_place_of_the_file_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	configure(f, -1);
	assert_status(f, "\"state\":\"failed\"");
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink("/dev/null", f->path), 0);
	run_for(f, 300);
	assert_status(f, "\"state\":\"failed\"");
	assert_int_equal(unlink(f->path), 0);
	write_line(f, 50, 'a');
	run_for(f, 1200);
	assert_int_equal(size_of(f->path), 50);
}

static void
a_reload_with_a_bad_sink_keeps_the_old_set(void **state)
{
	struct fixture *f = *state;
	struct lw_sink_settings two[2];

	configure(f, -1);
	two[0] = two[1] = f->settings;
	two[1].path = (char *)"/nonexistent/folder/x";
	assert_int_equal(lw_sinks_configure(f->sinks, two, 2, true, f->detail), -ENOENT);
	assert_non_null(strstr(f->detail, "/nonexistent/folder/x"));
	write_line(f, 50, 'a');
	assert_int_equal(size_of(f->path), 50);
}

static void
a_reload_keeps_the_spool_of_what_stays(void **state)
{
	struct fixture *f = *state;

	f->settings.path = (char *)"/dev/full";
	configure(f, -1);
	write_line(f, 100, 'a');
	f->settings.spool_bytes = 8192;
	configure(f, -1);
	assert_status(f, "\"spooled\":1");
	f->settings.path = f->path;
	configure(f, -1);
	assert_int_equal(lw_sinks_dropped(f->sinks), 1);
}

/* A pipe that nobody reads: report goes on, the spool fills, the rest is counted; then all that was
 * kept comes whole. */
static void
a_full_pipe_never_blocks(void **state)
{
	struct fixture *f = *state;
	int pipe_fds[2], saved = dup(STDOUT_FILENO), fd;
	static char buf[256 * 1024];
	size_t have = 0;
	uint64_t start = lw_now_us();

	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(dup2(pipe_fds[1], STDOUT_FILENO), STDOUT_FILENO);
	fd = lw_stdout_open();
	dup2(saved, STDOUT_FILENO);
	assert_true(fd >= 0);
	/* The description that others share is as it was. */
	assert_int_equal(fcntl(pipe_fds[1], F_GETFL) & O_NONBLOCK, 0);
	f->settings = (struct lw_sink_settings){.type = LW_SINK_STDOUT, .spool_bytes = 40000};
	configure(f, fd);
	for (int i = 0; i < 200; i++)
		write_line(f, 1000, 'a');
	assert_true(lw_now_us() - start < 2000000);
	assert_status(f, "\"state\":\"waiting\"");
	assert_true(lw_sinks_dropped(f->sinks) >= 200 - 66 - 41);
	fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	for (int rounds = 0; rounds < 200; rounds++) {
		ssize_t n = read(pipe_fds[0], &buf[have], sizeof(buf) - have);

		have += n > 0 ? n : 0;
		run_for(f, 5);
	}
	assert_int_equal(have, (200 - lw_sinks_dropped(f->sinks)) * 1000);
	for (size_t at = 0; at < have; at += 1000) {
		assert_memory_equal(&buf[at], "{\"finding\":", 11);
		assert_int_equal(buf[at + 999], '\n');
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(saved);
}

/* The same where the pipe could not be opened anew: what is shared and blocking is written to only
 * where poll says so. */
static void
a_shared_pipe_never_blocks(void **state)
{
	struct fixture *f = *state;
	int pipe_fds[2];
	uint64_t start = lw_now_us();

	assert_int_equal(pipe(pipe_fds), 0);
	f->settings = (struct lw_sink_settings){.type = LW_SINK_STDOUT, .spool_bytes = 40000};
	configure(f, pipe_fds[1]);
	for (int i = 0; i < 30; i++)
		write_line(f, 10000, 'a');
	assert_true(lw_now_us() - start < 2000000);
	assert_status(f, "\"state\":\"waiting\"");
	close(pipe_fds[0]);
}

static void
a_reader_that_is_gone_closes_the_sink(void **state)
{
	struct fixture *f = *state;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	f->settings = (struct lw_sink_settings){.type = LW_SINK_STDOUT, .spool_bytes = 40000};
	configure(f, pair[1]);
	write_line(f, 100, 'a');
	close(pair[0]);
	write_line(f, 100, 'b');
	write_line(f, 100, 'c');
	assert_status(f, "\"state\":\"closed\"");
	assert_true(lw_sinks_dropped(f->sinks) >= 1);
}

static void
draining_waits_for_a_slow_reader_but_not_for_ever(void **state)
{
	struct fixture *f = *state;
	int pipe_fds[2];
	uint64_t start;

	assert_int_equal(pipe(pipe_fds), 0);
	f->settings = (struct lw_sink_settings){.type = LW_SINK_STDOUT, .spool_bytes = 400000};
	configure(f, pipe_fds[1]);
	for (int i = 0; i < 30; i++)
		write_line(f, 10000, 'a');
	start = lw_now_us();
	lw_sinks_drain(f->sinks, 100000);
	assert_in_range(lw_now_us() - start, 90000, 1000000);
	close(pipe_fds[0]);
}

static void
spool_keeps_order_and_bound(void **state)
{
	struct lw_spool s;
	size_t n;

	lw_spool_init(&s, 10);
	assert_null(lw_spool_first(&s, &n));
	assert_true(lw_spool_add(&s, "abcd", 4));
	assert_true(lw_spool_add(&s, "efghij", 6));
	assert_false(lw_spool_add(&s, "k", 1));
	assert_memory_equal(lw_spool_first(&s, &n), "abcd", 4);
	lw_spool_drop_first(&s);
	assert_true(lw_spool_add(&s, "lm", 2));
	assert_memory_equal(lw_spool_first(&s, &n), "efghij", 6);
	lw_spool_drop_first(&s);
	lw_spool_drop_first(&s);
	lw_spool_drop_first(&s);
	assert_int_equal(s.bytes, 0);
	assert_false(lw_spool_add(&s, "12345678901", 11));
	lw_spool_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_go_to_the_file_at_once, begin, end),
		cmocka_unit_test_setup_teardown(
			a_large_file_is_rotated_and_few_are_kept, begin, end),
		cmocka_unit_test_setup_teardown(
			a_line_longer_than_the_limit_is_written_all_the_same, begin, end),
		cmocka_unit_test_setup_teardown(keep_zero_keeps_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_rotation_that_fails_loses_nothing, begin, end),
		cmocka_unit_test_setup_teardown(
			reopen_follows_a_file_that_others_moved, begin, end),
		cmocka_unit_test_setup_teardown(reopen_that_fails_keeps_the_old_file, begin, end),
		cmocka_unit_test_setup_teardown(a_full_disk_never_tears_a_line, begin, end),
		cmocka_unit_test_setup_teardown(
			the_spool_is_bounded_and_what_it_drops_is_counted, begin, end),
		cmocka_unit_test_setup_teardown(a_line_torn_by_a_crash_is_cut_at_open, begin, end),
		cmocka_unit_test_setup_teardown(
			foreign_text_without_an_end_is_ended_not_cut, begin, end),
		cmocka_unit_test_setup_teardown(
			a_fifo_or_a_link_in_the_place_of_the_file_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(
			a_reload_with_a_bad_sink_keeps_the_old_set, begin, end),
		cmocka_unit_test_setup_teardown(a_reload_keeps_the_spool_of_what_stays, begin, end),
		cmocka_unit_test_setup_teardown(a_full_pipe_never_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_shared_pipe_never_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_reader_that_is_gone_closes_the_sink, begin, end),
		cmocka_unit_test_setup_teardown(
			draining_waits_for_a_slow_reader_but_not_for_ever, begin, end),
		cmocka_unit_test(spool_keeps_order_and_bound),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
