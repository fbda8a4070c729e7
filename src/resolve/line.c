#include <string.h>

#include "layerwatch/interpreter.h"
#include "resolve/job.h"

#define LINE_SIZE 256 /* BINPRM_BUF_SIZE of the kernel: it looks no further */
#define LINKS_MAX 5 /* of a chain of scripts, as the kernel's */

struct line {
	char bytes[LINE_SIZE + 1];
	const char *name; /* of the interpreter */
	const char *argument; /* NULL = none */
};

/* Ends the word at the next blank; what follows the blanks, or NULL. */
static char *
cut_word(char *word)
{
	char *rest = &word[strcspn(word, " \t")];

	if (!*rest)
		return NULL;
	*rest = '\0';
	rest = &rest[1 + strspn(&rest[1], " \t")];
	return *rest ? rest : NULL;
}

/* As load_script() of the kernel takes it apart. */
static bool
read_line(int fd, struct line *l)
{
	ssize_t n = pread(fd, l->bytes, LINE_SIZE, 0);

	if (n < 2 || l->bytes[0] != '#' || l->bytes[1] != '!')
		return false;
	l->bytes[n] = '\0';
	size_t length = strcspn(l->bytes, "\n");
	while (length > 2 && (l->bytes[length - 1] == ' ' || l->bytes[length - 1] == '\t'))
		length--;
	l->bytes[length] = '\0';
	char *name = &l->bytes[2 + strspn(&l->bytes[2], " \t")];
	l->argument = cut_word(name);
	l->name = name;
	return *name;
}

/* O_PATH of a line's interpreter, or a negative errno. */
static int
next_link(struct lw_job *job, int path_fd, struct line *l)
{
	struct lw_opened *opened = &job->x->opened;

	if (lw_open_for_reading(&job->x->place, path_fd, opened) != 0)
		return -1;
	_cleanup_close_ int fd = TAKE_FD(opened->fd);
	return read_line(fd, l) ? lw_walk(&job->x->place, -1, l->name) : -1;
}

/* The command line that the kernel makes of it. */
static void
follow(struct lw_job *job, const struct line *l)
{
	const char *words[LW_JOB_LINE] = {l->name, l->argument, job->x->program};
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
	struct line l;

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
	struct line l;
	size_t length;
	int fd = lw_walk(&x->place, -1, x->program);

	if (fd < 0 || lw_open_for_reading(&x->place, fd, &x->opened) != 0)
		return NULL;
	_cleanup_close_ int script = TAKE_FD(x->opened.fd);
	if (!read_line(script, &l))
		return NULL;
	const char *name = lw_interpreter_base_name(l.name, strlen(l.name), &length);
	return lw_interpreter_find(&x->interpreters, name, length);
}
