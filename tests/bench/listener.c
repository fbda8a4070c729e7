/*
 * listener FOLDER: the least that any listener of executions can cost: marks the superblock of
 * FOLDER, allows every execution as soon as it is read, looks at nothing. Three system calls an
 * event. Says "ready"; on SIGTERM how many events it has answered, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

#define BATCH 16 /* events of one read */

static volatile sig_atomic_t ending;

static void
on_term(int signo)
{
	(void)signo;
	ending = 1;
}

static void
die(const char *what)
{
	fprintf(stderr, "listener: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
allow(int group, const struct fanotify_event_metadata *event)
{
	struct fanotify_response answer = {.fd = event->fd, .response = FAN_ALLOW};

	if (event->fd < 0)
		return;
	if (write(group, &answer, sizeof(answer)) != sizeof(answer))
		die("answer");
	close(event->fd);
}

static unsigned long
serve(int group)
{
	struct fanotify_event_metadata events[BATCH];
	unsigned long count = 0;

	while (!ending) {
		ssize_t n = read(group, events, sizeof(events));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("read");
		for (struct fanotify_event_metadata *e = events; FAN_EVENT_OK(e, n);
			e = FAN_EVENT_NEXT(e, n), count++)
			allow(group, e);
	}
	return count;
}

int
main(int argc, char **argv)
{
	struct sigaction term = {.sa_handler = on_term}; /* no SA_RESTART: read(2) returns */
	int group;

	if (argc != 2) {
		fprintf(stderr, "usage: listener FOLDER\n");
		return 2;
	}
	sigaction(SIGTERM, &term, NULL);
	group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE,
		O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (group < 0)
		die("fanotify_init");
	if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, AT_FDCWD,
		    argv[1]) < 0)
		die(argv[1]);
	printf("ready\n");
	fflush(stdout);
	printf("%lu\n", serve(group));
	return 0;
}
