/* layerwatch-classify as it is: a process of its own in its sandbox, judging over its channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "guard_side.h"
#include "judge_model.h"
#include "proc/spawn.h"

#define ONE_LIST                                                                                   \
	"version: 1\ncontent: {hash_lists: [{name: bad, path: /lists/bad, verdict: malicious}]}\n"
#define MIB (1024 * 1024)
#define ROUNDS 41

struct fixture {
	struct guard_side side;
	pid_t pid;
};

static int
begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	_cleanup_free_ char *path = realpath("layerwatch-classify", NULL);
	char uid[16], gid[16];
	const char *argv[] = {"layerwatch-classify", "--instance", "0", "--uid", uid, "--gid", gid,
		"--verbose", "2", NULL};
	struct lw_spawn spawn = {.path = path, .argv = argv};

	*state = f;
	assert_non_null(path);
	/* Root drops to nobody, as in real life; anybody else stays. */
	snprintf(uid, sizeof(uid), "%u", geteuid() == 0 ? 65534 : geteuid());
	snprintf(gid, sizeof(gid), "%u", geteuid() == 0 ? 65534 : getegid());
	guard_side_init(&f->side);
	memset(spawn.fds, -1, sizeof(spawn.fds));
	spawn.fds[2] = STDERR_FILENO;
	spawn.fds[LW_FD_GUARD] = f->side.child_fd;
	f->pid = lw_spawn(&spawn, NULL);
	assert_true(f->pid > 0);
	lw_closep(&f->side.child_fd);

	_cleanup_close_ int list = guard_side_list("evil", 4);
	_cleanup_close_ int model = judge_model_fd();
	guard_side_resource(&f->side, 1, 0, list);
	guard_side_model(&f->side, 1, model);
	assert_int_equal(guard_side_config(&f->side, 1, ONE_LIST)->ok, 1);
	guard_side_peer(&f->side);
	guard_side_start(&f->side);
	return 0;
}

/* STOP ends it in good order. */
static int
end(void **state)
{
	struct lw_msg_empty m = {0};
	struct fixture *f = *state;
	int status = -1;

	assert_int_equal(lw_chan_send(&f->side.guard, LW_MSG_STOP, 0, &m, NULL, 0), 0);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	assert_int_equal(status, 0);
	guard_side_done(&f->side);
	free(f);
	return 0;
}

static void
it_judges_from_inside_its_sandbox(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_assess request = {.flags = LW_ASSESS_WANT_CAPTURE, .capture_max = 65536};
	_cleanup_close_ int fd = lw_memfd_with("content", "#!/bin/sh\necho\n", 15);
	_cleanup_close_ int capture = lw_memfd("capture");
	const struct lw_assessment *a;

	a = guard_side_judge(&f->side, "evil", 4);
	assert_int_equal(a->verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(guard_side_ask(&f->side, 9, &request, fd, capture), 0);
	guard_side_wait(&f->side, f->side.answers + 1);
	a = &f->side.answer.assessment;
	assert_int_equal(a->flags, LW_ASSESS_HASHED);
	assert_int_equal(a->language, LW_LANGUAGE_SHELL);
	assert_int_equal(a->captured_size, 15);
	assert_string_not_equal(a->model, "");
	assert_true(a->score < 0.5f);
	assert_int_equal(lseek(capture, 0, SEEK_END), 15);
}

/* Modules compute digests by another library: its calls must be allowed too. */
static void
rules_are_compiled_and_scanned_in_the_sandbox(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int list = guard_side_list("evil", 4);
	const struct lw_assessment *a;

	if (!LW_WITH_YARA)
		skip();
	guard_side_resource(&f->side, 2, 0, list);
	guard_side_rules(&f->side, 2,
		"import \"hash\"\nimport \"elf\"\nimport \"math\"\nimport \"time\"\n"
		"rule Digest { condition: hash.sha256(0, filesize) == \"ba7816bf8f01cfea414140de5d"
		"ae2223b00361a396177a9cb410ff61f20015ad\" and time.now() > 0 }\n"
		"rule Word { meta: verdict = \"suspicious\" strings: $a = /o+dd/ condition: $a }\n"
		"rule Elf { condition: elf.type == elf.ET_EXEC and math.entropy(0, 9) > 9.0 }\n");
	assert_int_equal(guard_side_config(&f->side, 2, ONE_LIST)->ok, 1);
	a = guard_side_judge(&f->side, "abc", 3);
	assert_int_equal(a->verdict, LW_VERDICT_MALICIOUS);
	assert_string_equal(a->reasons[0], "yara: Digest");
	a = guard_side_judge(&f->side, "this is ooodd", 13);
	assert_int_equal(a->verdict, LW_VERDICT_SUSPICIOUS);
	assert_int_equal(guard_side_judge(&f->side, "this", 4)->verdict, LW_VERDICT_UNKNOWN);
	a = guard_side_judge(&f->side, "\177ELF\2\1\1 it is cut short", 24);
	assert_int_equal(a->verdict, LW_VERDICT_UNKNOWN);
}

static void
bad_rules_are_refused_and_the_old_ones_stay(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int list = guard_side_list("evil", 4);
	const struct lw_msg_ready *ready;

	if (!LW_WITH_YARA)
		skip();
	guard_side_resource(&f->side, 2, 0, list);
	guard_side_rules(&f->side, 2, "rule A { condition: filesize == 3 }\n");
	assert_int_equal(guard_side_config(&f->side, 2, ONE_LIST)->ok, 1);
	guard_side_resource(&f->side, 3, 0, list);
	guard_side_rules(&f->side, 3, "rule A {\n condition: nothing }\n");
	ready = guard_side_config(&f->side, 3, ONE_LIST);
	assert_int_equal(ready->ok, 0);
	assert_non_null(strstr(ready->detail, "content.yara: /rules.yar:2: "));
	assert_string_equal(guard_side_judge(&f->side, "abc", 3)->reasons[0], "yara: A");
}

/* The number in hex or decimal behind "NAME:\t" of /proc/PID/status. */
static uint64_t
status_field(pid_t pid, const char *name, int base)
{
	char path[64], text[4096];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	assert_true(lw_read_file_at(-1, path, text, sizeof(text)) > 0);
	at = strstr(text, name);
	assert_non_null(at);
	return strtoull(at + strlen(name), NULL, base);
}

static void
it_has_no_privilege_left(void **state)
{
	struct fixture *f = *state;

	guard_side_judge(&f->side, "x", 1); /* it is in its loop: the sandbox is complete */
	assert_int_equal(status_field(f->pid, "CapEff:", 16), 0);
	assert_int_equal(status_field(f->pid, "CapPrm:", 16), 0);
	assert_int_equal(status_field(f->pid, "NoNewPrivs:", 10), 1);
	assert_int_not_equal(status_field(f->pid, "Uid:", 10), 0);
	assert_int_equal(status_field(f->pid, "Seccomp:", 10), LW_INSTRUMENTED ? 0 : 2);
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Reported for the record; the bound is loose, for a machine that is busy and a build that is
 * instrumented.
 */
static void
a_mebibyte_takes_little(void **state)
{
	struct fixture *f = *state;
	struct lw_msg_assess request = {0};
	uint32_t inside[ROUNDS], whole[ROUNDS];
	uint8_t *bytes = calloc(1, MIB);
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, MIB);

	free(bytes);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = lw_now_us();

		assert_int_equal(guard_side_ask(&f->side, i, &request, fd, -1), 0);
		guard_side_wait(&f->side, i + 1);
		whole[i] = lw_now_us() - start;
		inside[i] = f->side.answer.elapsed_us;
		assert_int_equal(f->side.answer.assessment.flags, LW_ASSESS_HASHED);
	}
	qsort(inside, ROUNDS, sizeof(inside[0]), by_value);
	qsort(whole, ROUNDS, sizeof(whole[0]), by_value);
	print_message("# 1 MiB: median %u us judging, %u us with the way there and back\n",
		inside[ROUNDS / 2], whole[ROUNDS / 2]);
	assert_true(inside[ROUNDS / 2] < 500000);
}

static void
its_share_of_memory_is_small(void **state)
{
	struct fixture *f = *state;
	char path[64], text[4096];
	const char *at;

	guard_side_judge(&f->side, "x", 1);
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", f->pid);
	if (lw_read_file_at(-1, path, text, sizeof(text)) <= 0 || !(at = strstr(text, "\nPss:")))
		skip(); /* only root reads it of a process that is not dumpable */
	print_message("# PSS: %lu KiB\n", strtoul(at + 5, NULL, 10));
	assert_true(LW_INSTRUMENTED || strtoul(at + 5, NULL, 10) < 8192);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(it_judges_from_inside_its_sandbox),
		TEST(rules_are_compiled_and_scanned_in_the_sandbox),
		TEST(bad_rules_are_refused_and_the_old_ones_stay),
		TEST(it_has_no_privilege_left),
		TEST(a_mebibyte_takes_little),
		TEST(its_share_of_memory_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
