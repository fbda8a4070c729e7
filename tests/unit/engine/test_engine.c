/*
 * The engines' state as it was recorded from Docker 20.10, Podman 4.3 and containerd 1.6
 * (tests/unit/engine/recorded), and the same looked up through a real overlay in a mount namespace
 * of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "engine/engine_row.h"

#define DOCKER_ID "7ceaeede455664d21e2786fd6a40c147f99b7974c15cf7f9f57e3293d0383092"
#define DOCKER_LAYER "9805e8a92f130497fce839fdbb237d25cac578d2717257081866d9f12f37be61"
#define PODMAN_ID "d47617b0007a4e43350f66b06ee50b67c56defba270876106043c4d57f81d123"
#define PODMAN_LAYER "c649dc0afb14dc5716e9b327098e280e0cac3f803f144cc9e8eb9e12869e90e1"
#define PODMAN_RM_LAYER "875bf1beeebd3f5d6b22f9c3c23a5d7b27cd9c5fdc9dced98d56dc11a187f57e"

#define DOCKER_MERGED "/var/lib/docker/overlay2/" DOCKER_LAYER "/merged"
#define PODMAN_STORAGE "/var/lib/containers/storage"
#define BUNDLE "/run/containerd/io.containerd.runtime.v2.task/lwtest/lwctl-d"

static char recorded[1024];

static int
open_recorded(const char *engine)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s", recorded, engine);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static struct lw_msg_container_ask
ask_for(const char *mount_point, const char *upper)
{
	struct lw_msg_container_ask ask = {0};

	lw_copy_string(ask.mount_point, sizeof(ask.mount_point), mount_point);
	lw_copy_string(ask.upper, sizeof(ask.upper), upper);
	return ask;
}

/* Recognises the overlay and looks it up beneath the recorded root. */
static int
look_up(const struct lw_engine_row *row, const char *engine, const char *mount_point,
	const char *upper, struct lw_container_facts *facts)
{
	struct lw_msg_container_ask ask = ask_for(mount_point, upper);
	struct lw_engine_place place = {0};
	_cleanup_close_ int root = open_recorded(engine);

	memset(facts, 0, sizeof(*facts));
	facts->privileged = 2;
	assert_true(row->recognise(&ask, &place));
	return row->lookup(root, &place, facts);
}

static void
docker_container_is_known_by_its_layer(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_docker, "docker", DOCKER_MERGED, "", &f), 1);
	assert_string_equal(f.id, DOCKER_ID);
	assert_string_equal(f.name, "lwctl-a");
	assert_string_equal(f.image, "lwctl:1");
	assert_string_equal(f.image_id,
		"sha256:c6160781efba88961ef5fec24671f6a3fed51ea9620b882997bc809e0214d83b");
	assert_int_equal(f.created_us, 1795299054944194);
	assert_int_equal(f.privileged, 0);
	assert_true(f.init_pid > 1);
	assert_int_equal(f.complete, 1);
	assert_int_equal(f.label_count, 2);
	assert_string_equal(f.labels[0], "app=shop");
	assert_string_equal(f.labels[1], "tier=web");
}

static void
docker_container_is_known_by_its_upper_folder(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_docker, "docker", "/",
				 "/var/lib/docker/overlay2/" DOCKER_LAYER "/diff", &f),
		1);
	assert_string_equal(f.name, "lwctl-a");
}

static void
docker_layer_without_a_container_is_not_found(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_docker, "docker",
				 "/var/lib/docker/overlay2/" DOCKER_LAYER "-init/merged", "", &f),
		0);
	assert_int_equal(look_up(&lw_engine_docker, "docker",
				 "/srv/overlay2/" DOCKER_LAYER "/merged", "", &f),
		0);
}

static void
docker_with_containerd_images_names_the_container_in_the_path(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_docker_snapshot, "docker",
				 "/var/lib/docker/rootfs/overlayfs/" DOCKER_ID, "", &f),
		1);
	assert_string_equal(f.name, "lwctl-a");
	assert_int_equal(look_up(&lw_engine_docker_snapshot, "docker",
				 "/run/docker/rootfs/overlayfs/" DOCKER_ID, "", &f),
		1);
	assert_string_equal(f.image, "lwctl:1");
}

static void
podman_container_has_labels_from_the_bolt_database(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_podman, "podman",
				 PODMAN_STORAGE "/overlay/" PODMAN_LAYER "/merged", "", &f),
		1);
	assert_string_equal(f.id, PODMAN_ID);
	assert_string_equal(f.name, "lwctl-b");
	assert_string_equal(f.image, "localhost/lwctl:1");
	assert_string_equal(f.image_id,
		"sha256:e46a613b5c8cd61ba8dcfb96349e9931dd02687079b84cbe241da6abad90c565");
	assert_int_equal(f.created_us, 1795299055245877);
	assert_int_equal(f.privileged, 0);
	assert_int_equal(f.complete, 1);
	assert_int_equal(f.label_count, 2);
	assert_string_equal(f.labels[0], "app=shop");
	assert_string_equal(f.labels[1], "tier=db");
}

static void
podman_container_run_with_rm_and_privileged(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_podman, "podman", "/",
				 PODMAN_STORAGE "/overlay/" PODMAN_RM_LAYER "/diff", &f),
		1);
	assert_string_equal(f.name, "lwctl-c");
	assert_int_equal(f.privileged, 1);
	assert_string_equal(f.labels[0], "x=y");
}

static void
podman_with_sqlite_and_a_volatile_list(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_podman, "podman-sqlite",
				 PODMAN_STORAGE "/overlay/" PODMAN_LAYER "/merged", "", &f),
		1);
	assert_string_equal(f.name, "lwctl-b");
	assert_int_equal(f.complete, 1);
	assert_string_equal(f.labels[1], "tier=db");
	/* No images.json there: the id of the image's configuration stands in. */
	assert_string_equal(f.image_id,
		"sha256:e250235a5f81589a530dfacca9d28bf9129b24d555b0449d0afec6d3d2424c31");
}

static void
podman_layer_of_no_container_is_not_found(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(
		look_up(&lw_engine_podman, "podman", PODMAN_STORAGE "/overlay/abc/merged", "", &f),
		0);
}

static void
containerd_task_has_image_and_labels_from_the_metadata(void **state)
{
	struct lw_container_facts f;

	assert_int_equal(look_up(&lw_engine_containerd, "containerd", BUNDLE "/rootfs", "", &f), 1);
	assert_string_equal(f.id, "lwctl-d");
	assert_string_equal(f.image, "docker.io/library/lwctl:1");
	assert_string_equal(f.image_id,
		"sha256:fa1edf95acf7e0e59b2b4126996bc374aab3c871f06b720146684e3f26641ef8");
	assert_int_equal(f.created_us, 1795299002629032);
	assert_int_equal(f.complete, 1);
	assert_int_equal(f.label_count, 3);
	assert_string_equal(f.labels[0], "app=shop");
}

static void
paths_that_only_look_alike_are_not_recognised(void **state)
{
	static const struct {
		const struct lw_engine_row *row;
		const char *mount_point;
	} cases[] = {
		{&lw_engine_docker, "/var/lib/docker/overlay2/a/b/merged"},
		{&lw_engine_docker, "/overlay2/abc/merged"},
		{&lw_engine_docker, "overlay2/abc/merged"},
		{&lw_engine_docker, "/d/overlay2/../merged"},
		{&lw_engine_docker, "/d/overlay2//merged"},
		{&lw_engine_docker, "/d/overlay2/a b/merged"},
		{&lw_engine_docker, "/d/overlay2/abc/mergedx"},
		{&lw_engine_docker_snapshot, "/var/lib/docker/rootfs/overlayfs/abc"},
		{&lw_engine_podman, "/var/lib/containers/storage/overlay2/abc/merged"},
		{&lw_engine_containerd, "/run/containerd/io.containerd.runtime.v2.task/rootfs"},
		{&lw_engine_containerd,
			"/run/containerd/io.containerd.runtime.v3.task/ns/id/rootfs"},
		{&lw_engine_containerd,
			"/run/containerd/io.containerd.runtime.v2.task/../id/rootfs"},
		{&lw_engine_containerd, ""},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++) {
		struct lw_msg_container_ask ask = ask_for(cases[i].mount_point, "");
		struct lw_engine_place place = {0};

		assert_false(cases[i].row->recognise(&ask, &place));
	}
}

static void
longest_paths_are_recognised_or_refused_whole(void **state)
{
	struct lw_msg_container_ask ask = ask_for("", "");
	struct lw_engine_place place = {0};

	memset(ask.mount_point, 'a', sizeof(ask.mount_point) - 1);
	ask.mount_point[0] = '/';
	for (int i = 0; i < 4; i++) {
		static const struct lw_engine_row *const rows[] = {
			&lw_engine_docker,
			&lw_engine_docker_snapshot,
			&lw_engine_podman,
			&lw_engine_containerd,
		};

		assert_false(rows[i]->recognise(&ask, &place));
	}
	memcpy(ask.mount_point + sizeof(ask.mount_point) - 1 - 20, "/overlay2/abc/merged", 20);
	assert_true(lw_engine_docker.recognise(&ask, &place));
	assert_string_equal(place.layer, "abc");
	assert_string_equal(place.merged, ask.mount_point);
}

static void
times_of_any_offset_are_read(void **state)
{
	assert_int_equal(lw_engine_parse_time("2026-11-21T22:00:08.063763899Z"), 1795298408063763);
	assert_int_equal(lw_engine_parse_time("2026-11-21T23:00:08.06+01:00"), 1795298408060000);
	assert_int_equal(lw_engine_parse_time("2026-11-21T16:30:08-05:30"), 1795298408000000);
	assert_int_equal(lw_engine_parse_time("0001-01-01T00:00:00Z"), 0);
	assert_int_equal(lw_engine_parse_time("2026-11-21"), 0);
	assert_int_equal(lw_engine_parse_time("2026-11-21T22:00:08Zjunk"), 0);
	assert_int_equal(lw_engine_parse_time("2026-11-21T22:00:08+1"), 0);
	assert_int_equal(lw_engine_parse_time(""), 0);
	assert_int_equal(lw_engine_parse_time(NULL), 0);
}

static void
labels_are_bounded_and_say_so(void **state)
{
	struct lw_container_facts f = {0};
	char value[400];

	memset(value, 'v', sizeof(value));
	for (int i = 0; i < LW_LABELS_MAX; i++)
		lw_engine_add_label(&f, "k", "v", 1);
	assert_int_equal(f.labels_truncated, 0);
	lw_engine_add_label(&f, "k", "v", 1);
	assert_int_equal(f.labels_truncated, 1);
	assert_int_equal(f.label_count, LW_LABELS_MAX);

	memset(&f, 0, sizeof(f));
	lw_engine_add_label(&f, "k", value, sizeof(value));
	assert_int_equal(f.labels_truncated, 1);
	assert_int_equal(strlen(f.labels[0]), LW_LABEL_SIZE - 1);
}

/*
 * The rest happens in a child with a mount namespace of its own: 0 good, 77 not allowed here, else
 * the number of what failed.
 */
static int
in_own_namespace(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0 ||
			mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
			mount("tmpfs", "/mnt", "tmpfs", 0, NULL) != 0)
			_exit(77);
		_exit(fn());
	}
	assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/*
 * The recorded store, writable, at /mnt/store, with the container's overlay mounted where Podman
 * mounts it.
 */
static bool
mount_store(struct lw_msg_container_ask *ask)
{
	static const char *const folders[] = {"/mnt/upper", "/mnt/work", "/mnt/store"};
	char options[2400];
	struct stat st;

	for (size_t i = 0; i < LW_ARRAY_SIZE(folders); i++)
		mkdir(folders[i], 0755);
	snprintf(options, sizeof(options),
		"lowerdir=%s/podman,upperdir=/mnt/upper,workdir=/mnt/work", recorded);
	if (mount("overlay", "/mnt/store", "overlay", 0, options) != 0)
		return false;
	*ask = ask_for("/mnt/store" PODMAN_STORAGE "/overlay/" PODMAN_LAYER "/merged", "");
	mkdir("/mnt/store" PODMAN_STORAGE "/overlay", 0755);
	mkdir("/mnt/store" PODMAN_STORAGE "/overlay/" PODMAN_LAYER, 0755);
	mkdir(ask->mount_point, 0755);
	mkdir("/mnt/upper2", 0755);
	mkdir("/mnt/work2", 0755);
	snprintf(options, sizeof(options),
		"lowerdir=/usr/share,upperdir=/mnt/upper2,workdir=/mnt/work2");
	if (mount("overlay", ask->mount_point, "overlay", 0, options) != 0 ||
		stat(ask->mount_point, &st) != 0)
		return false;
	ask->dev_major = major(st.st_dev);
	ask->dev_minor = minor(st.st_dev);
	ask->pid = getpid();
	return true;
}

static int
real_overlay(void)
{
	struct lw_msg_container_ask ask;
	static struct lw_msg_container_tell tell;

	if (!mount_store(&ask))
		return 77;
	if (lw_engine_lookup(&ask, &tell) != 0 || !tell.found ||
		strcmp(tell.facts.name, "lwctl-b") != 0)
		return 1;
	if (tell.facts.engine != LW_ENGINE_PODMAN || tell.dev_minor != ask.dev_minor)
		return 2;
	/*
	 * The mount is not in the host's own namespace (where pid 1 may be looked at; else ours
	 * stands in).
	 */
	ask.pid = 0;
	if (lw_engine_lookup(&ask, &tell) != 0 ||
		(access("/proc/1/root/", X_OK) == 0 && tell.found))
		return 3;
	/*
	 * Another superblock's words: the container's own choice of upperdir and mount point proves
	 * nothing.
	 */
	ask.pid = getpid();
	ask.dev_minor++;
	return lw_engine_lookup(&ask, &tell) != 0 || tell.found ? 4 : 0;
}

static int
state_inside_a_container(void)
{
	struct lw_msg_container_ask ask;
	static struct lw_msg_container_tell tell;
	int ready[2], done[2];
	char byte;

	if (!mount_store(&ask) || pipe(ready) != 0 || pipe(done) != 0)
		return 77;
	pid_t pid = fork();
	if (pid == 0) {
		int failed = chroot("/mnt/store");

		close(done[1]);
		_exit(failed || write(ready[1], "x", 1) != 1 || read(done[0], &byte, 1) != 0);
	}
	close(done[0]);
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	/* Its root is not the host's: what lies beneath it may be written by whom it describes. */
	ask.pid = pid;
	lw_copy_string(ask.mount_point, sizeof(ask.mount_point),
		PODMAN_STORAGE "/overlay/" PODMAN_LAYER "/merged");
	int r = lw_engine_lookup(&ask, &tell);
	close(done[1]);
	waitpid(pid, NULL, 0);
	return r != 0 || tell.found ? 2 : 0;
}

static void
run_or_skip(int (*fn)(void))
{
	int r = in_own_namespace(fn);

	if (r == 77) {
		print_message("# mounting an overlay is not allowed here\n");
		skip();
	}
	assert_int_equal(r, 0);
}

static void
mounted_overlay_is_looked_up_in_the_namespace_that_mounted_it(void **state)
{
	run_or_skip(real_overlay);
}

static void
state_that_a_container_wrote_is_not_believed(void **state)
{
	run_or_skip(state_inside_a_container);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_container_is_known_by_its_layer),
		cmocka_unit_test(docker_container_is_known_by_its_upper_folder),
		cmocka_unit_test(docker_layer_without_a_container_is_not_found),
		cmocka_unit_test(docker_with_containerd_images_names_the_container_in_the_path),
		cmocka_unit_test(podman_container_has_labels_from_the_bolt_database),
		cmocka_unit_test(podman_container_run_with_rm_and_privileged),
		cmocka_unit_test(podman_with_sqlite_and_a_volatile_list),
		cmocka_unit_test(podman_layer_of_no_container_is_not_found),
		cmocka_unit_test(containerd_task_has_image_and_labels_from_the_metadata),
		cmocka_unit_test(paths_that_only_look_alike_are_not_recognised),
		cmocka_unit_test(longest_paths_are_recognised_or_refused_whole),
		cmocka_unit_test(times_of_any_offset_are_read),
		cmocka_unit_test(labels_are_bounded_and_say_so),
		cmocka_unit_test(mounted_overlay_is_looked_up_in_the_namespace_that_mounted_it),
		cmocka_unit_test(state_that_a_container_wrote_is_not_believed),
	};
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	_cleanup_free_ char *absolute = realpath(srcdir, NULL);

	snprintf(recorded, sizeof(recorded), "%s/tests/unit/engine/recorded",
		absolute ? absolute : srcdir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
