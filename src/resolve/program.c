#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "resolve/job.h"

/* Where a relative program path begins: -1 = the working directory. Owned by the caller. */
static int
open_start(const struct lw_job *job)
{
	char name[32];
	int fd;

	if (!job->call.at || job->call.dirfd == AT_FDCWD || job->x->program[0] == '/')
		return -1;
	snprintf(name, sizeof(name), "fd/%d", job->call.dirfd);
	fd = openat(job->x->place.task, name, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool
lw_job_is_event_file(const struct lw_job *job, int fd)
{
	struct statx st;

	if (lw_stat_quietly(fd, "", STATX_INO, &st) != 0)
		return false;
	return st.stx_ino == job->ask->program_ino &&
	       makedev(st.stx_dev_major, st.stx_dev_minor) == job->ask->program_dev;
}

/*
 * One call with the container's links followed beneath its root. Where that leads elsewhere than
 * the task's own way does (kernel-facts 36) the file is another one, and the exact walk decides.
 */
static bool
is_event_file_quickly(struct lw_job *job, int start)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	struct lw_place *p = &job->x->place;
	int dir = job->x->program[0] == '/' ? lw_place_root(p) : start;
	_cleanup_close_ int fd = -1;

	if (dir < 0)
		dir = lw_place_cwd(p);
	fd = (int)syscall(SYS_openat2, dir, job->x->program, &how, sizeof(how));
	return fd >= 0 && lw_job_is_event_file(job, fd);
}

static bool
is_event_path(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;

	if (x->program[0] != '/')
		return false;
	lw_copy_string(x->path, sizeof(x->path), job->ask->program_path);
	lw_place_strip(&x->place, x->path);
	return strcmp(x->path, x->program) == 0;
}

/* The program that the task named, O_PATH, or a negative errno; takes start. */
static int
open_program(struct lw_job *job, int start)
{
	_cleanup_close_ int owned = start;

	if (start < -1)
		return start;
	if (job->x->program[0] == '\0' && start >= 0)
		return TAKE_FD(owned);
	return lw_walk(&job->x->place, start, job->x->program);
}

bool
lw_job_is_memfd(struct lw_job *job, int fd)
{
	struct lw_execution_reader *x = job->x;

	return lw_place_path_of(&x->place, fd, x->path, sizeof(x->path)) >= 0 &&
	       lw_open_is_memfd(&x->place, fd, x->path);
}

void
lw_job_take_memfd(struct lw_job *job, int fd)
{
	job->e->flags |= LW_EXEC_MEMFD;
	if (lw_open_for_reading(&job->x->place, fd, &job->x->opened) == 0)
		job->content = TAKE_FD(job->x->opened.fd);
}

void
lw_job_compare_program(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	int start;

	if ((job->ask->program_ino == 0 && job->ask->program_dev == 0) || is_event_path(job))
		return;
	start = open_start(job);
	if (x->program[0] != '\0' && is_event_file_quickly(job, start)) {
		lw_closep(&start);
		return;
	}
	_cleanup_close_ int fd = open_program(job, start);
	if (fd >= 0 && lw_job_is_event_file(job, fd))
		return;
	job->e->flags |= LW_EXEC_INDIRECT;
	if (fd < 0)
		return;
	if (lw_job_is_memfd(job, fd))
		lw_job_take_memfd(job, TAKE_FD(fd));
	else
		lw_job_read_line(job, TAKE_FD(fd));
}
