/* The role as the guard and the gate meet it: configuration in, frames in, findings out. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

#include "report/report.h"
#include "report/containers.h"
#include "sample.h"

struct fixture {
	char path[64];
	struct lw_loop *loop;
	struct lw_report *report;
	struct lw_chan gate;
	struct sample *sample;
	struct sockaddr_un address;
	unsigned confined;
};

static int
count_confine(void *arg, const struct lw_settings *settings)
{
	struct fixture *f = arg;

	f->confined++;
	assert_int_equal(settings->sink_count, 1);
	return 0;
}

static int
listening(struct fixture *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	f->address.sun_family = AF_UNIX;
	snprintf(&f->address.sun_path[1], 64, "lw-report-%d-%p", getpid(), (void *)f);
	assert_int_equal(bind(fd, (void *)&f->address, sizeof(f->address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int
configure(struct fixture *f, const char *more, char detail[248])
{
	char yaml[1024];
	int n = snprintf(yaml, sizeof(yaml), "version: 1\nsinks: [{type: file, path: %s}]\n%s",
		f->path, more);

	return lw_report_ops.config(f->report, yaml, n, 1, detail);
}

static void
connect_gate(struct fixture *f)
{
	struct lw_msg_peer peer = {.role = LW_ROLE_GATE};
	int pair[2];

	assert_int_equal(lw_chan_pair(pair, 1024 * 1024), 0);
	lw_chan_done(&f->gate);
	lw_chan_init(&f->gate, pair[0], NULL, 0, NULL);
	assert_int_equal(lw_report_ops.peer(f->report, &peer, pair[1]), 0);
}

static int
begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct lw_report_options options = {.host = "node-1",
		.stdout_fd = -1,
		.control_fd = listening(f),
		.confine = count_confine,
		.confine_arg = f};
	char detail[248] = "";
	int fd;

	strcpy(f->path, "/tmp/lw-report-XXXXXX");
	fd = mkostemp(f->path, O_CLOEXEC);
	close(fd);
	f->gate.fd = -1;
	f->sample = sample_new();
	if (lw_loop_new(&f->loop) != 0 || lw_report_new(&f->report, f->loop, &options) != 0)
		return -1;
	if (configure(f, "noise: {repeat_window: 1h, alerts_per_minute: 0}\n", detail) != 0)
		fprintf(stderr, "%s\n", detail);
	connect_gate(f);
	assert_int_equal(lw_report_ops.start(f->report, &(struct lw_msg_start){0}), 0);
	*state = f;
	return 0;
}

static int
end(void **state)
{
	struct fixture *f = *state;

	lw_report_free(f->report);
	lw_chan_done(&f->gate);
	lw_loop_free(f->loop);
	sample_free(f->sample);
	unlink(f->path);
	free(f);
	return 0;
}

static void
run(struct fixture *f, unsigned ms)
{
	uint64_t until = lw_now_us() + ms * 1000;

	do
		assert_int_equal(lw_loop_once(f->loop, 2), 0);
	while (lw_now_us() < until);
}

static void
observe(struct fixture *f)
{
	struct lw_evidence *e = &f->sample->e;
	int fds[2] = {-1, -1};

	fds[0] = lw_memfd_with("arena", f->sample->arena, e->seen.arena_length);
	if (e->seen.has_capture)
		fds[1] = lw_memfd_with("capture", e->capture, e->capture_length);
	assert_int_equal(lw_chan_send(&f->gate, LW_MSG_OBSERVATION, 0, &e->seen, fds,
				 1 + e->seen.has_capture),
		0);
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
}

static void
tell_container(struct fixture *f, bool complete)
{
	struct lw_msg_container m = {.dev_minor = 45, .state = LW_MARK_MARKED};

	m.facts = f->sample->facts;
	m.facts.complete = complete;
	if (!complete)
		m.facts.id[0] = '\0';
	assert_int_equal(lw_chan_send(&f->gate, LW_MSG_CONTAINER, 0, &m, NULL, 0), 0);
}

/* What was written, NUL-ended, in a static buffer; *lines of it. */
static const char *
written(struct fixture *f, unsigned *lines)
{
	static char text[1024 * 1024];
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = lw_read_full(fd, text, sizeof(text) - 1);

	close(fd);
	text[n] = '\0';
	*lines = 0;
	for (ssize_t i = 0; i < n; i++)
		*lines += text[i] == '\n';
	return text;
}

static char *
ask(struct fixture *f, const char *request)
{
	static char answer[65536];
	size_t have = 0;
	ssize_t n = -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, (void *)&f->address, sizeof(f->address)), 0);
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	for (unsigned i = 0; n != 0 && i < 200; i++) {
		run(f, 1);
		n = recv(fd, &answer[have], sizeof(answer) - 1 - have, 0);
		have += n > 0 ? n : 0;
	}
	close(fd);
	answer[have] = '\0';
	return answer;
}

static void
an_observation_of_a_known_container_is_told_at_once(void **state)
{
	struct fixture *f = *state;
	unsigned lines;
	const char *text;

	tell_container(f, true);
	observe(f);
	run(f, 20);
	text = written(f, &lines);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(text, "\"Container_Name\":\"web\""));
	assert_null(strstr(text, "Container_Facts"));
	assert_int_equal(f->confined, 1);
}

static void
facts_that_come_in_time_are_waited_for(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	observe(f);
	run(f, 50);
	written(f, &lines);
	assert_int_equal(lines, 0);
	tell_container(f, true);
	run(f, 20);
	assert_null(strstr(written(f, &lines), "Container_Facts"));
	assert_int_equal(lines, 1);
}

static void
facts_that_come_late_complete_the_finding(void **state)
{
	struct fixture *f = *state;
	unsigned lines;
	const char *text, *second;

	observe(f);
	run(f, LW_FACTS_WAIT_US / 1000 + 100);
	assert_non_null(strstr(written(f, &lines), "\"Container_Facts\":\"pending\""));
	assert_int_equal(lines, 1);
	tell_container(f, true);
	run(f, 20);
	text = written(f, &lines);
	assert_int_equal(lines, 2);
	second = strchr(text, '\n') + 1;
	assert_non_null(strstr(second, "\"Container_Facts\":\"late\""));
	assert_memory_equal(text, second, 120);
}

/* An overlay of no engine: only the first finding waits. */
static void
an_overlay_without_an_engine_is_waited_for_once(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	tell_container(f, false);
	observe(f);
	run(f, LW_FACTS_WAIT_US / 1000 + 100);
	f->sample->e.seen.objects[0].assessment.sha256[0]++;
	observe(f);
	run(f, 20);
	written(f, &lines);
	assert_int_equal(lines, 2);
}

static void
repeats_are_folded(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	tell_container(f, true);
	for (int i = 0; i < 10; i++)
		observe(f);
	run(f, 20);
	written(f, &lines);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(
		ask(f, "status\n"), "\"observations\":10,\"told\":1,\"health\":0,\"folded\":9"));
}

static void
program_and_script_may_each_have_a_finding(void **state)
{
	struct fixture *f = *state;
	unsigned lines;
	const char *text;

	tell_container(f, true);
	sample_python(f->sample, "evil()", 6);
	f->sample->e.seen.objects[0].layer = LW_LAYER_ADDED;
	f->sample->e.seen.objects[0].action = LW_ACTION_ALERT;
	observe(f);
	run(f, 20);
	text = written(f, &lines);
	assert_int_equal(lines, 2);
	assert_non_null(strstr(text, "ADDED_BINARY_EXECUTED"));
	assert_non_null(strstr(text, "\"contents\":\"evil()\""));
}

static void
what_was_allowed_silently_or_only_checked_is_not_told(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	tell_container(f, true);
	f->sample->e.seen.execution.flags = LW_EXEC_CHECK;
	observe(f);
	f->sample->e.seen.execution.flags = 0;
	f->sample->e.seen.objects[0].action = LW_ACTION_ALLOW;
	observe(f);
	run(f, 20);
	written(f, &lines);
	assert_int_equal(lines, 0);
}

static void
a_malformed_observation_is_counted_and_dropped(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	tell_container(f, true);
	f->sample->e.seen.execution.args.length = UINT32_MAX;
	observe(f);
	f->sample->e.seen.execution.args.length = 0;
	observe(f);
	run(f, 20);
	written(f, &lines);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(ask(f, "status\n"), "\"malformed\":1"));
}

static void
a_new_gate_takes_over(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	tell_container(f, true);
	run(f, 5);
	lw_chan_done(&f->gate);
	run(f, 10);
	connect_gate(f);
	observe(f);
	run(f, 20);
	written(f, &lines);
	assert_int_equal(lines, 1);
}

static void
health_and_drops_are_findings(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_health h = {
		.what = LW_HEALTH_PAUSED, .time_us = 1000, .detail = "by uid 0 for 60 s"};
	struct lw_msg_counters c = {
		.report_drops = 3, .mode = LW_MODE_ENFORCE, .decision_histogram = {[5] = 10}};
	unsigned lines;
	const char *text;

	assert_int_equal(lw_chan_send(&f->gate, LW_MSG_HEALTH, 0, &h, NULL, 0), 0);
	assert_int_equal(lw_chan_send(&f->gate, LW_MSG_COUNTERS, 0, &c, NULL, 0), 0);
	run(f, 20);
	text = written(f, &lines);
	assert_int_equal(lines, 2);
	assert_non_null(strstr(text, "WATCHING_PAUSED"));
	assert_non_null(strstr(text, "OBSERVATIONS_DROPPED"));
	text = ask(f, "status\n");
	assert_non_null(strstr(text, "\"mode\":\"enforce\""));
	assert_non_null(strstr(
		text, "\"decision_us\":{\"p50\":32,\"p99\":32,\"max\":32,\"counts\":{\"32\":10}}"));
	assert_non_null(strstr(text, "\"sinks\":[{\"type\":\"file\""));
}

static void
containers_are_listed(void **state)
{
	struct fixture *f = *state;

	tell_container(f, true);
	run(f, 5);
	assert_non_null(strstr(ask(f, "containers\n"),
		"{\"ok\":true}\n{\"overlay\":\"0:45\",\"state\":\"marked\""));
}

static void
a_bad_configuration_keeps_the_old_one(void **state)
{
	struct fixture *f = *state;
	char detail[248] = "";
	unsigned lines;

	assert_int_equal(configure(f, "nonsense: 1\n", detail), 1);
	assert_non_null(strstr(detail, "nonsense"));
	assert_int_equal(configure(f, "capture: {redact_patterns: [\"(\"]}\n", detail), 1);
	assert_non_null(strstr(detail, "redact_patterns"));
	tell_container(f, true);
	observe(f);
	run(f, 20);
	written(f, &lines);
	assert_int_equal(lines, 1);
}

static void
the_end_tells_what_still_waits(void **state)
{
	struct fixture *f = *state;
	unsigned lines;

	observe(f);
	lw_report_ops.stop(f->report);
	assert_non_null(strstr(written(f, &lines), "\"Container_Facts\":\"pending\""));
	assert_int_equal(lines, 1);
}

static void
only_the_gate_may_be_a_peer(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_peer peer = {.role = LW_ROLE_CLASSIFY};

	assert_int_equal(lw_report_ops.peer(f->report, &peer, dup(STDERR_FILENO)), -EPROTO);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_observation_of_a_known_container_is_told_at_once),
		T(facts_that_come_in_time_are_waited_for),
		T(facts_that_come_late_complete_the_finding),
		T(an_overlay_without_an_engine_is_waited_for_once),
		T(repeats_are_folded),
		T(program_and_script_may_each_have_a_finding),
		T(what_was_allowed_silently_or_only_checked_is_not_told),
		T(a_malformed_observation_is_counted_and_dropped),
		T(a_new_gate_takes_over),
		T(health_and_drops_are_findings),
		T(containers_are_listed),
		T(a_bad_configuration_keeps_the_old_one),
		T(the_end_tells_what_still_waits),
		T(only_the_gate_may_be_a_peer),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
