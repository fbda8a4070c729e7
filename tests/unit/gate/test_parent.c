/*
 * The parent's program: real tasks that run from an overlay of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/gate.h"
#include "gate/parent.h"
#include "overlay.h"

static struct lw_gate *gate;
static struct lw_flight *flight;

static void
copy_program(struct overlay *o, const char *name)
{
	int from = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
	int to = open(overlay_at(o, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;

	assert_true(from >= 0 && to >= 0);
	assert_int_equal(fstat(from, &st), 0);
	assert_int_equal(sendfile(to, from, NULL, st.st_size), st.st_size);
	close(from);
	close(to);
}

static void
start(struct overlay *o)
{
	copy_program(o, "b/dir/image");
	overlay_mount(o, "");
	copy_program(o, "m/added");
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	gate = calloc(1, sizeof(*gate));
	flight = calloc(1, sizeof(*flight));
	assert_int_equal(lw_cache_new(64, &gate->cache), 0);
	lw_places_init(&gate->places, &o->discover);
	flight->gate = gate;
	flight->have_facts = true;
}

static pid_t
run(const char *path)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		execl(path, path, "60", NULL);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0); /* it has been executed */
	close(ready[0]);
	return pid;
}

static struct lw_parent
parent_of(pid_t pid)
{
	struct lw_parent p;

	flight->execution.ppid = pid;
	lw_parent_of(flight, &p);
	return p;
}

static int
tear_down(void **state)
{
	if (gate) {
		lw_places_done(&gate->places);
		lw_cache_free(gate->cache);
	}
	free(gate);
	free(flight);
	gate = NULL;
	flight = NULL;
	return overlay_tear_down(state);
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
a_parent_of_the_image_and_one_that_was_added_are_told_apart(void **state)
{
	struct overlay *o = *state;

	start(o);
	pid_t pid = run(overlay_at(o, "m/dir/image"));
	struct lw_parent p = parent_of(pid);
	end(pid);
	assert_string_equal(p.path, overlay_at(o, "m/dir/image"));
	assert_int_equal(p.layer, LW_LAYER_IMAGE);
	pid = run(overlay_at(o, "m/added"));
	p = parent_of(pid);
	end(pid);
	assert_string_equal(p.path, overlay_at(o, "m/added"));
	assert_int_equal(p.layer, LW_LAYER_ADDED);
}

/* Only a comparison of contents could tell touched from modified: nobody vouches for it. */
static void
a_parent_that_was_copied_up_is_of_no_known_layer(void **state)
{
	struct overlay *o = *state;

	start(o);
	assert_int_equal(chmod(overlay_at(o, "m/dir/image"), 0700), 0);
	pid_t pid = run(overlay_at(o, "m/dir/image"));
	struct lw_parent p = parent_of(pid);
	end(pid);
	assert_string_equal(p.path, overlay_at(o, "m/dir/image"));
	assert_int_equal(p.layer, LW_LAYER_UNKNOWN);
}

static void
what_its_own_execution_found_is_taken_from_the_cache(void **state)
{
	struct overlay *o = *state;
	struct lw_cache_value v = {.layer = LW_LAYER_TOUCHED};
	struct lw_layer_handle h;
	struct lw_cache_key key;
	struct lw_identity id;

	start(o);
	int fd = open(overlay_at(o, "m/added"), O_PATH | O_CLOEXEC);
	assert_int_equal(lw_identity_of(fd, &id), 0);
	lw_layer_handle_of(fd, &h);
	close(fd);
	assert_true(lw_flight_key(overlay_superblock(o, "m"), &id, &h, &key));
	lw_cache_put(gate->cache, &key, &v);
	pid_t pid = run(overlay_at(o, "m/added"));
	struct lw_parent p = parent_of(pid);
	end(pid);
	assert_int_equal(p.layer, LW_LAYER_TOUCHED);
}

static void
nobody(struct lw_parent p)
{
	assert_string_equal(p.path, "");
	assert_int_equal(p.layer, LW_LAYER_UNKNOWN);
}

/* A path that names another file by now would let that one's name pass for the parent's. */
static void
a_deleted_program_is_nobody(void **state)
{
	struct overlay *o = *state;

	start(o);
	pid_t pid = run(overlay_at(o, "m/added"));
	assert_int_equal(unlink(overlay_at(o, "m/added")), 0);
	copy_program(o, "m/added");
	struct lw_parent p = parent_of(pid);
	end(pid);
	nobody(p);
}

static void
without_a_parent_in_a_container_there_is_nobody(void **state)
{
	struct overlay *o = *state;

	start(o);
	nobody(parent_of(0));
	nobody(parent_of(0x7fffffff));
	nobody(parent_of(getpid())); /* runs from the host's own filesystem */
	pid_t pid = run(overlay_at(o, "m/added"));
	flight->have_facts = false;
	struct lw_parent p = parent_of(pid);
	end(pid);
	nobody(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, overlay_set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_parent_of_the_image_and_one_that_was_added_are_told_apart),
		TEST(a_parent_that_was_copied_up_is_of_no_known_layer),
		TEST(what_its_own_execution_found_is_taken_from_the_cache),
		TEST(a_deleted_program_is_nobody),
		TEST(without_a_parent_in_a_container_there_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
