#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/namespace.h"
#include "overlay.h"

static int
count_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
on_changed(struct lw_superblock *sb, void *arg)
{
	struct overlay *o = arg;

	o->changed++;
	o->state = sb->state;
}

static void
on_gone(struct lw_superblock *sb, void *arg)
{
	((struct overlay *)arg)->gone++;
}

/* The host's own overlays, and those of other tests. */
static void
leave_out_others(struct overlay *o)
{
	_cleanup_(lw_walk_done) struct lw_walk w = {0};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	ssize_t n = lw_namespace_read(0, &text, &size);
	struct lw_string_list *out = &o->settings.watch.exclude;

	assert_true(n > 0);
	assert_int_equal(lw_walk_read(&w, text, n), 0);
	out->items = calloc(w.count + 1, sizeof(char *)); /* and one of the test's */
	for (size_t i = 0; i < w.count; i++)
		if (strcmp(w.mounts[i].fs_type, "overlay") == 0)
			out->items[out->count++] = strdup(w.mounts[i].mount_point);
}

int
overlay_set_up(void **state)
{
	struct overlay *o = calloc(1, sizeof(*o));
	static bool apart;

	*state = o;
	o->files = count_files();
	o->group.fd = o->group.mount_fd = -1;
	strcpy(o->base, "/tmp/lw-overlay-XXXXXX");
	if (!mkdtemp(o->base))
		return -1;
	if (!apart &&
		(unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0))
		return 0; /* not root: overlay_mount() skips */
	apart = true;
	leave_out_others(o);
	o->settings.watch.user_namespaces = true;
	o->discover = (struct lw_discover){
		.group = &o->group,
		.superblocks = &o->superblocks,
		.settings = &o->settings,
		.changed = on_changed,
		.gone = on_gone,
		.arg = o,
	};
	if (lw_discover_init(&o->discover) < 0 || mount("tmpfs", o->base, "tmpfs", 0, NULL) < 0)
		return -1;
	for (const char *const *d = (const char *const[]){"a", "b", "b/dir", "u", "w", "m", NULL};
		*d; d++)
		if (mkdir(overlay_at(o, *d), 0755) < 0)
			return -1;
	return 0;
}

int
overlay_tear_down(void **state)
{
	struct overlay *o = *state;
	struct lw_string_list *out = &o->settings.watch.exclude;

	lw_group_done(&o->group);
	lw_superblocks_done(&o->superblocks);
	lw_discover_done(&o->discover);
	umount2(o->base, MNT_DETACH);
	rmdir(o->base);
	for (size_t i = 0; i < out->count; i++)
		free(out->items[i]);
	free(out->items);
	int lost = count_files() - o->files;
	free(o);
	return lost;
}

const char *
overlay_at(struct overlay *o, const char *name)
{
	static char path[4][PATH_MAX];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", o->base, name);
	return path[next];
}

void
overlay_write(struct overlay *o, const char *name, const char *content)
{
	int fd = open(overlay_at(o, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, content, strlen(content)), 0);
	close(fd);
}

void
overlay_mount(struct overlay *o, const char *options)
{
	char data[512];

	if (!o->discover.group)
		skip();
	snprintf(data, sizeof(data), "lowerdir=%s/a:%s/b,upperdir=%s/u,workdir=%s/w%s", o->base,
		o->base, o->base, o->base, options);
	if (mount("overlay", overlay_at(o, "m"), "overlay", 0, data) < 0)
		skip();
}

struct lw_superblock *
overlay_superblock(struct overlay *o, const char *name)
{
	struct stat st;

	assert_int_equal(stat(overlay_at(o, name), &st), 0);
	return lw_superblock_find(&o->superblocks, major(st.st_dev), minor(st.st_dev));
}

static pid_t
task(struct overlay *o, const char *root, void (*fn)(struct overlay *o))
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(30);
		if (unshare(CLONE_NEWNS) < 0 || (root && (chroot(root) < 0 || chdir("/") < 0)))
			_exit(1);
		if (fn)
			fn(o);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	return pid;
}

pid_t
overlay_task(struct overlay *o, const char *root)
{
	return task(o, root, NULL);
}

pid_t
overlay_task_after(struct overlay *o, void (*fn)(struct overlay *o))
{
	return task(o, NULL, fn);
}

void
overlay_end_task(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
