/*
 * The place of a file on a real overlay, by statmount(2) and by the mount table: both must say the
 * same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/place.h"
#include "overlay.h"

static struct lw_places places;

static void
start(struct overlay *o)
{
	overlay_write(o, "b/dir/x", "image");
	overlay_mount(o, "");
	lw_places_done(&places);
	lw_places_init(&places, &o->discover);
}

static int
opened(struct overlay *o, const char *name)
{
	int fd = open(overlay_at(o, name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

struct seen {
	bool found;
	struct lw_superblock *superblock;
	struct lw_place_paths paths;
};

static void
ask(int fd, uint32_t tid, bool unique, struct seen *out)
{
	struct lw_identity id;

	assert_int_equal(lw_identity_of(fd, &id), 0);
	id.unique = id.unique && unique;
	const struct lw_place_mount *m = lw_places_find(&places, fd, &id, tid);
	out->found = m;
	out->superblock = m ? m->superblock : NULL;
	if (m)
		lw_place_paths(m, fd, &out->paths);
}

/* Takes fd. inside and relative as they must be, by either way. */
static void
expect(struct overlay *o, int fd, uint32_t tid, const char *inside, const char *relative)
{
	for (int unique = 0; unique < 2; unique++) {
		static struct seen s;

		ask(fd, tid, unique, &s);
		assert_true(s.found);
		assert_ptr_equal(s.superblock, overlay_superblock(o, "m"));
		assert_string_equal(s.paths.inside, inside);
		assert_string_equal(s.paths.relative, relative);
		assert_true(s.paths.exact);
	}
	close(fd);
}

static void
a_file_is_placed_by_its_mount(void **state)
{
	struct overlay *o = *state;

	start(o);
	expect(o, opened(o, "m/dir/x"), getpid(), overlay_at(o, "m/dir/x"), "dir/x");
}

static void
a_part_that_is_mounted_elsewhere_counts_from_the_overlays_root(void **state)
{
	struct overlay *o = *state;

	start(o);
	assert_int_equal(mkdir(overlay_at(o, "bound"), 0755), 0);
	assert_int_equal(
		mount(overlay_at(o, "m/dir"), overlay_at(o, "bound"), "", MS_BIND, NULL), 0);
	expect(o, opened(o, "bound/x"), getpid(), overlay_at(o, "bound/x"), "dir/x");
	assert_int_equal(mkdir(overlay_at(o, "file"), 0755), 0);
	overlay_write(o, "file/one", "");
	assert_int_equal(
		mount(overlay_at(o, "m/dir/x"), overlay_at(o, "file/one"), "", MS_BIND, NULL), 0);
	expect(o, opened(o, "file/one"), getpid(), overlay_at(o, "file/one"), "dir/x");
}

static void
move_in(struct overlay *o)
{
	if (chdir(overlay_at(o, "m")) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
		chroot(".") < 0)
		_exit(1);
}

/* As a container's task sees it: the overlay is its root. */
static void
inside_a_container_paths_count_from_its_root(void **state)
{
	struct overlay *o = *state;
	char path[64];

	start(o);
	pid_t pid = overlay_task_after(o, move_in);
	snprintf(path, sizeof(path), "/proc/%d/root/dir/x", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	expect(o, fd, pid, "/dir/x", "dir/x");
	overlay_end_task(pid);
}

static void
above_the_overlay_a_new_root_is_left_out(void **state)
{
	struct overlay *o = *state;
	char path[64];

	start(o);
	pid_t pid = overlay_task(o, o->base);
	snprintf(path, sizeof(path), "/proc/%d/root/m/dir/x", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	expect(o, fd, pid, "/m/dir/x", "dir/x");
	overlay_end_task(pid);
}

static void
a_deleted_file_says_so_and_keeps_its_path(void **state)
{
	struct overlay *o = *state;
	static struct seen s;

	start(o);
	overlay_write(o, "m/gone", "x");
	overlay_write(o, "m/here (deleted)", "x");
	int gone = opened(o, "m/gone"), here = opened(o, "m/here (deleted)");
	assert_int_equal(unlink(overlay_at(o, "m/gone")), 0);
	ask(gone, getpid(), true, &s);
	assert_true(s.paths.deleted);
	assert_string_equal(s.paths.relative, "gone");
	ask(here, getpid(), true, &s);
	assert_false(s.paths.deleted);
	assert_string_equal(s.paths.relative, "here (deleted)");
	close(gone);
	close(here);
}

static void
what_no_overlay_explains_has_no_place(void **state)
{
	struct overlay *o = *state;
	static struct seen s;

	start(o);
	overlay_write(o, "plain", "x");
	/* a FAILED overlay in the same table is no explanation */
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	int fd = opened(o, "plain");
	for (int unique = 0; unique < 2; unique++) {
		ask(fd, getpid(), unique, &s);
		assert_false(s.found);
	}
	close(fd);
}

/* What is forgotten is not handed out again: its superblock is freed. */
static void
a_superblock_that_is_gone_is_forgotten(void **state)
{
	struct overlay *o = *state;
	struct lw_identity id;
	static struct seen s;

	start(o);
	int fd = opened(o, "m/dir/x");
	for (int unique = 0; unique < 2; unique++)
		ask(fd, getpid(), unique, &s);
	assert_int_equal(lw_identity_of(fd, &id), 0);
	lw_places_forget(&places, s.superblock);
	assert_null(places.scratch.superblock);
	for (size_t i = 0; i < LW_PLACES_MAX; i++)
		assert_null(places.mounts[i].superblock);
	lw_superblock_remove(&o->superblocks, s.superblock);
	ask(fd, getpid(), true, &s); /* the task's namespace shows it anew */
	assert_true(s.found);
	close(fd);
}

/* Two mounts of one slot: the second takes it, the first comes back right. */
static void
mounts_that_share_a_slot_do_not_take_each_others_place(void **state)
{
	struct overlay *o = *state;
	struct lw_identity id;
	static struct seen s;

	start(o);
	int fd = opened(o, "m/dir/x");
	assert_int_equal(lw_identity_of(fd, &id), 0);
	if (!id.unique) {
		close(fd);
		skip();
	}
	struct lw_superblock other = {.major = 99};
	struct lw_place_mount *slot = &places.mounts[id.mount_id % LW_PLACES_MAX];
	slot->id = id.mount_id + LW_PLACES_MAX;
	slot->superblock = &other;
	slot->prefix = strdup("/wrong");
	ask(fd, getpid(), true, &s);
	assert_ptr_equal(s.superblock, overlay_superblock(o, "m"));
	assert_string_equal(s.paths.relative, "dir/x");
	close(fd);
}

static void
a_tmpfs_is_told_by_the_mount_table(void **state)
{
	struct overlay *o = *state;

	start(o);
	overlay_write(o, "plain", "x");
	int fd = opened(o, "plain"), on_overlay = opened(o, "m/dir/x");
	assert_true(lw_place_is_tmpfs(fd, getpid()));
	assert_false(lw_place_is_tmpfs(on_overlay, getpid()));
	assert_false(lw_place_is_tmpfs(fd, 0x7fffffff)); /* no such task */
	close(fd);
	close(on_overlay);
}

static void
a_place_that_is_not_exact_shows_paths_but_claims_nothing(void **state)
{
	struct overlay *o = *state;
	static struct lw_place_paths paths;
	char none[] = "", wrong[] = "/some/where";
	struct lw_place_mount m = {.prefix = none, .root = none, .inside = none};

	start(o);
	int fd = opened(o, "m/dir/x");
	lw_place_paths(&m, fd, &paths);
	assert_false(paths.exact);
	assert_string_equal(paths.inside, overlay_at(o, "m/dir/x"));
	assert_string_equal(paths.relative, "");
	m.exact = true;
	m.prefix = wrong;
	lw_place_paths(&m, fd, &paths);
	assert_false(paths.exact);
	/* "/tmp/lw-overlay-1" is no folder above "/tmp/lw-overlay-12" */
	char half[64];
	lw_copy_string(half, sizeof(half), o->base);
	half[strlen(half) - 1] = '\0';
	m.prefix = half;
	lw_place_paths(&m, fd, &paths);
	assert_false(paths.exact);
	close(fd);
	memset(&paths, 1, sizeof(paths));
	lw_place_paths(&m, -1, &paths);
	assert_false(paths.exact || paths.deleted || paths.inside[0] || paths.relative[0]);
}

static void
times_and_size_tell_contents_apart(void **state)
{
	struct lw_identity a = {.size = 1, .ctime_ns = 2, .mtime_ns = 3, .ino = 4}, b = a;

	b.ino = 5;
	assert_true(lw_identity_same_content(&a, &b));
	b.size++;
	assert_false(lw_identity_same_content(&a, &b));
	b = a;
	b.ctime_ns++;
	assert_false(lw_identity_same_content(&a, &b));
	b = a;
	b.mtime_ns++;
	assert_false(lw_identity_same_content(&a, &b));
	assert_true(lw_identity_of(-1, &b) < 0);
}

static int
tear_down(void **state)
{
	lw_places_done(&places);
	return overlay_tear_down(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, overlay_set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_placed_by_its_mount),
		TEST(a_part_that_is_mounted_elsewhere_counts_from_the_overlays_root),
		TEST(inside_a_container_paths_count_from_its_root),
		TEST(above_the_overlay_a_new_root_is_left_out),
		TEST(a_deleted_file_says_so_and_keeps_its_path),
		TEST(what_no_overlay_explains_has_no_place),
		TEST(a_superblock_that_is_gone_is_forgotten),
		TEST(mounts_that_share_a_slot_do_not_take_each_others_place),
		TEST(a_tmpfs_is_told_by_the_mount_table),
		TEST(a_place_that_is_not_exact_shows_paths_but_claims_nothing),
		cmocka_unit_test(times_and_size_tell_contents_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
