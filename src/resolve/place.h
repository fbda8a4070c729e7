/*
 * place: where a held task stands: its folder in /proc, its root, its working directory; and the
 * way to open what it would open.
 *
 * Called by execution, open, stdin and task. Owns the descriptors of one request. Everything goes
 * through descriptors: this process never changes its own root or working directory.
 */
#ifndef LW_RESOLVE_PLACE_H
#define LW_RESOLVE_PLACE_H

#include <sys/stat.h>

#include "base/util.h"

#define LW_PLACE_PATH 4096u /* PATH_MAX of the kernel, with the NUL */

/* The host's /proc, opened once before the sandbox. */
struct lw_procfs {
	int proc; /* /proc, O_PATH */
	int self_fd; /* /proc/self/fd, O_PATH */
};

struct lw_place {
	const struct lw_procfs *procfs;
	pid_t tid;
	/* /proc/TID, O_PATH: stays with the task, whoever gets its number next */
	int task;
	int root; /* -1 = not asked for yet */
	int cwd;
	bool prefix_known;
	/* what the paths of /proc have in front of the task's own; "" = nothing */
	char prefix[LW_PLACE_PATH];
};

int lw_procfs_open(struct lw_procfs *p); /* 0 or a negative errno */
void lw_procfs_close(struct lw_procfs *p);

/* 0 or a negative errno: -ENOENT when the task is gone. */
int lw_place_open(struct lw_place *p, const struct lw_procfs *procfs, pid_t tid);
void lw_place_close(struct lw_place *p);

/* O_PATH descriptors, owned by the place; or a negative errno. */
int lw_place_root(struct lw_place *p);
int lw_place_cwd(struct lw_place *p);
/* This folder, O_PATH, is the working directory from now on. Takes fd; negative: no change. */
void lw_place_enter(struct lw_place *p, int fd);

/*
 * A link beneath the task's folder ("cwd", "exe", "fd/0") as text, as the kernel has it. Returns
 * its length, or a negative errno. out is NUL-terminated; size <= LW_PLACE_PATH.
 */
ssize_t lw_place_link(const struct lw_place *p, const char *name, char *out, size_t size);
/* The path of an open descriptor of ours, seen from the task's root. As above. */
ssize_t lw_place_path_of(struct lw_place *p, int fd, char *out, size_t size);
/*
 * Cuts the task's root off a path that the kernel gave us: "/merged/a" becomes "/a". Returns the
 * length.
 */
size_t lw_place_strip(struct lw_place *p, char *path);

/*
 * The beginning of a file beneath /proc, in one read and NUL-terminated: what the kernel puts
 * together at once. Returns its length (< size) or a negative errno.
 */
ssize_t lw_proc_read(int dir, const char *name, char *out, size_t size);

/* A descriptor number of ours as a name beneath /proc/self/fd. */
struct lw_fd_name {
	char text[16];
};
struct lw_fd_name lw_fd_name(int fd);

/*
 * statx(2) that asks no server: a FUSE or network file answers from the kernel's cache. Returns 0
 * or a negative errno. With path "" it is about fd itself.
 */
int lw_stat_quietly(int fd, const char *path, unsigned mask, struct statx *out);
bool lw_stat_same(const struct statx *a, const struct statx *b); /* device and inode */

#endif
