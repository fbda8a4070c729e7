#include "gate/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "gate/namespace.h"

#define CONFIG_BYTES (256u * 1024) /* of one configuration file of an engine */

static const char *const names[] = {
	"runc", "crun", "youki", "runsc", "kata-runtime", "crun-wasm", "runc.amd64", "sysbox-runc"};

static const char *const usual_folders[] = {
	"/usr/bin",
	"/usr/sbin",
	"/usr/local/bin",
	"/usr/local/sbin",
	"/usr/libexec/crio",
	"/usr/libexec/podman",
	"/opt/bin",
	"/opt/containerd/bin",
	"/var/lib/rancher/k3s/data/current/bin",
	"/var/lib/rancher/rke2/bin",
	"/snap/docker/current/bin",
	"/opt/kata/bin",
};

/* Files in which an engine may name a runtime by its absolute path. */
static const char *const config_files[] = {
	"/etc/docker/daemon.json",
	"/etc/containerd/config.toml",
	"/etc/containers/containers.conf",
	"/usr/share/containers/containers.conf",
	"/etc/crio/crio.conf",
	"/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool
lw_runtime_is_name(const char *path)
{
	const char *name = base_name(path);

	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

int
lw_runtimes_init(struct lw_runtimes *r, struct lw_group *group)
{
	r->group = group;
	r->count = r->folder_count = 0;
	r->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return r->inotify < 0 ? -errno : 0;
}

void
lw_runtimes_done(struct lw_runtimes *r)
{
	lw_closep(&r->inotify);
}

/* Before the file is opened, so that a replacement in between is told. */
static void
watch_folder(struct lw_runtimes *r, const char *path)
{
	char folder[256];
	char *slash;

	if (!lw_copy_string(folder, sizeof(folder), path) || !(slash = strrchr(folder, '/')))
		return;
	*slash = '\0';
	for (size_t i = 0; i < r->folder_count; i++)
		if (strcmp(r->folders[i], folder) == 0)
			return;
	if (r->folder_count == LW_RUNTIME_FOLDERS_MAX ||
		inotify_add_watch(
			r->inotify, folder, IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) < 0)
		return;
	lw_copy_string(r->folders[r->folder_count++], sizeof(folder), folder);
}

static void
arm(struct lw_runtimes *r, struct lw_runtime *item)
{
	struct stat st;
	_cleanup_close_ int fd = open(item->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0) {
		item->dev = item->ino = 0;
		return;
	}
	/* Each time: a file that was replaced can have the number of the one before. */
	if (lw_group_mark_file(r->group, fd) < 0)
		return;
	item->dev = st.st_dev;
	item->ino = st.st_ino;
}

/* A path may not be there yet: it is remembered, its folder watched. */
static void
consider(struct lw_runtimes *r, const char *path)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->items[i].path, path) == 0) {
			arm(r, &r->items[i]);
			return;
		}
	if (r->count == LW_RUNTIMES_MAX || strlen(path) >= sizeof(r->items[0].path))
		return;
	struct lw_runtime *item = &r->items[r->count++];
	memset(item, 0, sizeof(*item));
	lw_copy_string(item->path, sizeof(item->path), path);
	watch_folder(r, path);
	arm(r, item);
}

static void
consider_usual(struct lw_runtimes *r)
{
	char path[256];

	for (size_t i = 0; i < LW_ARRAY_SIZE(usual_folders); i++) {
		if (access(usual_folders[i], F_OK) < 0)
			continue;
		for (size_t j = 0; j < LW_ARRAY_SIZE(names); j++) {
			snprintf(path, sizeof(path), "%s/%s", usual_folders[i], names[j]);
			if (access(path, X_OK) == 0 ||
				i < 4) /* the first four are where packages put one later */
				watch_folder(r, path);
			if (access(path, X_OK) == 0)
				consider(r, path);
		}
	}
}

/* Every quoted absolute path whose base name is a runtime's, whatever the file's syntax. */
static void
consider_text(struct lw_runtimes *r, char *text)
{
	for (char *word = strtok(text, "\"'=,[] \t\r\n"); word;
		word = strtok(NULL, "\"'=,[] \t\r\n"))
		if (word[0] == '/' && lw_runtime_is_name(word))
			consider(r, word);
}

static void
consider_config(struct lw_runtimes *r)
{
	_cleanup_free_ char *text = malloc(CONFIG_BYTES);

	for (size_t i = 0; text && i < LW_ARRAY_SIZE(config_files); i++) {
		ssize_t n = lw_read_file_at(AT_FDCWD, config_files[i], text, CONFIG_BYTES);

		if (n > 0)
			consider_text(r, text);
	}
}

/*
 * Root's own, in our own mount namespace: what it says of itself can be trusted, and reading it
 * does not wait.
 */
static bool
is_host_root(uint32_t pid, uint64_t own_namespace)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u", pid);
	return stat(path, &st) == 0 && st.st_uid == 0 &&
	       lw_namespace_inode(pid, "mnt") == own_namespace;
}

/* conmon is told its runtime by "-r PATH"; a running runtime is its own witness. */
static void
consider_task(struct lw_runtimes *r, uint32_t pid)
{
	char path[64], exe[256], args[4096];

	snprintf(path, sizeof(path), "/proc/%u/exe", pid);
	ssize_t n = readlink(path, exe, sizeof(exe) - 1);
	if (n <= 0)
		return;
	exe[n] = '\0';
	if (lw_runtime_is_name(exe) && exe[0] == '/')
		consider(r, exe);
	if (strcmp(base_name(exe), "conmon") != 0)
		return;
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	n = lw_read_file_at(AT_FDCWD, path, args, sizeof(args));
	if (n == -EFBIG) /* -r is among the first */
		n = sizeof(args) - 1;
	for (ssize_t i = 0; i < n; i += strlen(args + i) + 1)
		if (args[i] == '/' && lw_runtime_is_name(args + i))
			consider(r, args + i);
}

static void
consider_running(struct lw_runtimes *r)
{
	DIR *proc = opendir("/proc");
	uint64_t pid, own = lw_namespace_inode(0, "mnt");
	struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (lw_parse_u64(e->d_name, &pid) == 0 && is_host_root(pid, own))
			consider_task(r, pid);
	if (proc)
		closedir(proc);
}

size_t
lw_runtimes_search(struct lw_runtimes *r, const struct lw_settings *settings)
{
	consider_usual(r);
	consider_config(r);
	consider_running(r);
	for (size_t i = 0; i < settings->watch.runtimes.count; i++)
		consider(r, settings->watch.runtimes.items[i]);
	return lw_runtimes_marked(r);
}

void
lw_runtimes_rearm(struct lw_runtimes *r)
{
	char buf[4096] __attribute__((aligned(8)));

	while (read(r->inotify, buf, sizeof(buf)) > 0)
		;
	consider_usual(r);
	for (size_t i = 0; i < r->count; i++)
		arm(r, &r->items[i]);
}

bool
lw_runtimes_has(const struct lw_runtimes *r, uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].ino == ino && r->items[i].dev == dev && ino)
			return true;
	return false;
}

size_t
lw_runtimes_marked(const struct lw_runtimes *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->items[i].ino != 0;
	return n;
}
