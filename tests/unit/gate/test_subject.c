/*
 * The code that arguments name: where it comes from, and what of a program is remembered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/subject.h"
#include "rig.h"

static const char policy[] = "version: 1\nmode: enforce\n"
			     "rules:\n"
			     "  - {name: bad, match: {verdict: malicious}, action: deny}\n"
			     "  - {name: memory, match: {layer: memfd}, action: deny}\n"
			     "  - {name: inline, match: {kind: inline}, action: alert}\n";

static const struct lw_assessment good = {.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_TRUSTED};

struct named {
	struct lw_execution execution;
	const char *arena;
	uint32_t arena_length;
	int content;
};

/* A program without a place runs this; answers resolve's question and returns the flight. */
static struct lw_flight *
run(struct rig *r, const struct named *n)
{
	struct lw_msg_executed m = {
		.execution = n->execution, .arena_length = n->arena_length, .has_content_fd = 1};
	struct lw_arrival a = rig_arrive(r);
	struct lw_flight *f = r->gate->flights.free;

	a.place = NULL;
	lw_flight_begin(r->gate, &a);
	rig_listen(r);
	m.execution.tid = m.execution.tgid = a.tid;
	int fds[] = {lw_memfd_with("arena", n->arena, strlen(n->arena)), n->content};
	assert_true(fds[0] >= 0 && fds[1] >= 0);
	assert_int_equal(lw_chan_send(&r->resolve.chan, LW_MSG_EXECUTED,
				 r->resolve.ids[r->resolve.asked - 1], &m, fds, 2),
		0);
	close(fds[0]);
	close(fds[1]);
	lw_loop_once(r->loop, 1000);
	rig_listen(r);
	return f;
}

static void
code_in_memory_is_told_by_its_flag(void **state)
{
	struct rig *r = *state;
	struct named n = {.execution = {.flags = LW_EXEC_MEMFD, .content_kind = LW_KIND_SCRIPT},
		.arena = "",
		.content = lw_memfd_with("x", "echo", 4)};

	rig_gate(r, policy, 4);
	struct lw_flight *f = run(r, &n);
	assert_int_equal(f->subjects[LW_CONTENT].object.layer, LW_LAYER_MEMFD);
	assert_int_equal(f->subjects[LW_CONTENT].object.kind, LW_KIND_SCRIPT);
	assert_int_equal(f->subjects[LW_CONTENT].object.size, 4);
	for (int i = 0; i < 2; i++) {
		assert_true(rig_is_held(r, 0));
		rig_assessed(r, r->classify.ids[i], &good);
		rig_listen(r);
	}
	assert_int_equal(rig_outcome(r, 0), EPERM);
	assert_int_equal(r->report.last.observation.objects[1].action, LW_ACTION_DENY);
	assert_int_equal(r->report.last.observation.objects[0].action, LW_ACTION_ALLOW);
}

static void
inline_code_has_no_layer(void **state)
{
	struct rig *r = *state;
	struct named n = {.execution = {.content_kind = LW_KIND_INLINE, .language = 1},
		.arena = "",
		.content = lw_memfd_with("x", "echo", 4)};

	rig_gate(r, policy, 4);
	struct lw_flight *f = run(r, &n);
	assert_int_equal(f->subjects[LW_CONTENT].object.layer, LW_LAYER_UNKNOWN);
	rig_assessed(r, r->classify.ids[0], &good);
	rig_listen(r);
	assert_true(r->classify.last.assess.flags & LW_ASSESS_AS_SCRIPT);
	assert_int_equal(r->classify.last.assess.language, 1);
	rig_assessed(r, r->classify.ids[1], &good);
	rig_listen(r);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->report.last.observation.objects[1].outcome, LW_OUTCOME_ALLOWED);
}

static struct lw_subject_state *
script_at(struct rig *r, struct lw_slice path, uint32_t arena_length)
{
	struct named n = {
		.execution = {.content_kind = LW_KIND_SCRIPT, .content_path = path},
		.arena = "/app/run.sh",
		.arena_length = arena_length,
		.content = open(r->file, O_RDONLY | O_CLOEXEC),
	};

	return &run(r, &n)->subjects[LW_CONTENT];
}

/* On no overlay of ours: a volume, whose path is what resolve found. */
static void
a_script_elsewhere_has_the_path_that_resolve_found(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_subject_state *s = script_at(r, (struct lw_slice){.length = 11}, 11);
	assert_int_equal(s->object.layer, LW_LAYER_VOLUME);
	assert_string_equal(s->path, "/app/run.sh");
	assert_false(s->path_exact);
}

/* resolve reads what is hostile: its slices are looked at before they are used. */
static void
a_slice_beyond_the_arena_is_no_path(void **state)
{
	struct rig *r = *state;
	const struct lw_slice bad[] = {
		{.offset = 12, .length = 1},
		{.offset = 5, .length = 7},
		{.offset = 5, .length = UINT32_MAX},
		{.offset = UINT32_MAX, .length = 12},
	};

	rig_gate(r, policy, 8);
	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++)
		assert_string_equal(script_at(r, bad[i], 11)->path, "");
	/* the arena has more bytes than it was said to hold */
	assert_string_equal(script_at(r, (struct lw_slice){.offset = 5, .length = 3}, 4)->path, "");
	/* what the arena was said to hold, and does not */
	assert_string_equal(
		script_at(r, (struct lw_slice){.offset = 5, .length = 20}, 40)->path, "run.sh");
}

static uint32_t
remembered(struct rig *r)
{
	struct lw_cache_counts c;

	lw_cache_count(r->gate->cache, &c);
	return c.entries;
}

static void
judge(struct rig *r, const struct lw_assessment *a)
{
	struct lw_arrival b = rig_arrive(r);

	b.tid = 0;
	lw_flight_begin(r->gate, &b);
	rig_listen(r);
	rig_assessed(r, r->classify.ids[r->classify.asked - 1], a);
	rig_outcome(r, r->task_count - 1);
}

static void
only_a_whole_binary_of_a_known_layer_is_remembered(void **state)
{
	struct rig *r = *state;
	struct lw_assessment script = good, part = good, elf = good;

	script.format = LW_FORMAT_SHEBANG;
	part.flags = LW_ASSESS_PARTIAL;
	elf.format = LW_FORMAT_ELF;
	rig_gate(r, policy, 4);
	r->gate->exact_times = true;
	judge(r, &script);
	judge(r, &part);
	judge(r, NULL);
	assert_int_equal(remembered(r), 0);
	r->superblock->filesystem_count = 0; /* its layer can't be told */
	judge(r, &elf);
	assert_int_equal(remembered(r), 0);
	r->superblock->filesystem_count = 1;
	r->gate->generation = 2; /* the verdict is of an older policy */
	judge(r, &elf);
	assert_int_equal(remembered(r), 0);
	r->gate->generation = 1;
	judge(r, &elf);
	assert_int_equal(remembered(r), 1);
}

/* Two writes can share a coarse ctime. kernel-facts 33 */
static void
with_coarse_times_only_a_file_at_rest_is_remembered(void **state)
{
	struct rig *r = *state;
	struct lw_assessment elf = good;

	elf.format = LW_FORMAT_ELF;
	rig_gate(r, policy, 4);
	r->gate->exact_times = false;
	uint64_t start = 0;
	for (int i = 0; i < 8 && lw_now_us() - start > 40000; i++) { /* on a busy machine */
		lw_cache_clear(r->gate->cache);
		start = lw_now_us();
		assert_int_equal(chmod(r->file, 0755), 0);
		judge(r, &elf);
	}
	uint32_t young = remembered(r);
	usleep(80000);
	judge(r, &elf);
	assert_int_equal(young, 0);
	assert_int_equal(remembered(r), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(code_in_memory_is_told_by_its_flag),
		TEST(inline_code_has_no_layer),
		TEST(a_script_elsewhere_has_the_path_that_resolve_found),
		TEST(a_slice_beyond_the_arena_is_no_path),
		TEST(only_a_whole_binary_of_a_known_layer_is_remembered),
		TEST(with_coarse_times_only_a_file_at_rest_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
