#include <string.h>

#include "base/shebang.h"
#include "layerwatch/interpreter.h"
#include "resolve/job.h"

#define LINKS_MAX 5 /* of a chain of scripts, as the kernel's */

static bool
read_line(int fd, struct lw_shebang *l)
{
	uint8_t head[LW_SHEBANG_LINE];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n > 0 && lw_shebang_read(head, (size_t)n, l);
}

/* O_PATH of a line's interpreter, or a negative errno. */
static int
next_link(struct lw_job *job, int path_fd, struct lw_shebang *l)
{
	struct lw_opened *opened = &job->x->opened;

	if (lw_open_for_reading(&job->x->place, path_fd, opened) != 0)
		return -1;
	_cleanup_close_ int fd = TAKE_FD(opened->fd);
	return read_line(fd, l) ? lw_walk(&job->x->place, -1, l->interpreter) : -1;
}

/* The command line that the kernel makes of it. */
static void
follow(struct lw_job *job, const struct lw_shebang *l)
{
	const char *words[LW_JOB_LINE] = {
		l->interpreter, l->argument[0] ? l->argument : NULL, job->x->program};
	struct lw_argument made[LW_JOB_LINE];
	size_t count = 0;

	for (size_t i = 0; i < LW_JOB_LINE; i++)
		if (words[i])
			made[count++] =
				(struct lw_argument){.text = words[i], .length = strlen(words[i])};
	lw_job_follow_line(job, made, count);
}

void
lw_job_read_line(struct lw_job *job, int path_fd)
{
	_cleanup_close_ int fd = path_fd;
	struct lw_shebang l;

	for (unsigned i = 0; i < LINKS_MAX && fd >= 0; i++) {
		fd = next_link(job, TAKE_FD(fd), &l);
		if (fd >= 0 && lw_job_is_memfd(job, fd)) {
			lw_job_take_memfd(job, TAKE_FD(fd));
			return;
		}
		if (fd < 0 || !lw_job_is_event_file(job, fd))
			continue;
		follow(job, &l);
		return;
	}
}

const struct lw_interpreter *
lw_job_line_interpreter(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	struct lw_shebang l;
	size_t length;
	int fd = lw_walk(&x->place, -1, x->program);

	if (fd < 0 || lw_open_for_reading(&x->place, fd, &x->opened) != 0)
		return NULL;
	_cleanup_close_ int script = TAKE_FD(x->opened.fd);
	if (!read_line(script, &l))
		return NULL;
	const char *name = lw_interpreter_base_name(l.interpreter, strlen(l.interpreter), &length);
	return lw_interpreter_find(&x->interpreters, name, length);
}
