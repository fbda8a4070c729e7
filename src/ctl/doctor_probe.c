/*
 * doctor_probe: what fanotify and overlayfs do here, found out by doing it.
 *
 * The one file beside the gate's that includes sys/fanotify.h: doctor must say what a kernel can do
 * also where layerwatchd is not running or cannot start, and asks by the very calls that the gate
 * makes. It marks nothing but an overlay of its own, in a mount namespace of its own, in a child
 * that ends within PROBE_SECONDS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ctl/doctor.h"

#define PROBE_SECONDS 10
#define EVENT_MS 3000
#define HANDLE_BYTES 128
#define TIME_TRIES 8

/* Newer than the headers may be. */
#ifndef FAN_MARK_EVICTABLE
#define FAN_MARK_EVICTABLE 0x00000200
#endif
#ifndef FAN_MARK_IGNORE
#define FAN_MARK_IGNORE 0x00000400
#endif
#ifndef FAN_REPORT_MNT
#define FAN_REPORT_MNT 0x00004000
#endif
#ifndef FAN_MARK_MNTNS
#define FAN_MARK_MNTNS 0x00000110
#endif
#ifndef FAN_MNT_ATTACH
#define FAN_MNT_ATTACH 0x01000000
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

static int
open_group(void)
{
	return fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_TID |
				     FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS,
		O_RDONLY | O_LARGEFILE | O_CLOEXEC);
}

/*
 * A tmpfs over a folder that is there anyway, seen by nobody else; the overlay is ./m, its file
 * ./m/x.
 */
static int
make_overlay(void)
{
	static const char *const places[] = {"/tmp", "/run", "/mnt"};
	static const char *const folders[] = {"l", "u", "w", "m"};
	size_t i = 0;

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return errno;
	while (mount("tmpfs", places[i], "tmpfs", 0, "size=1m") != 0)
		if (++i == LW_ARRAY_SIZE(places))
			return errno;
	if (chdir(places[i]) != 0)
		return errno;
	for (i = 0; i < LW_ARRAY_SIZE(folders); i++)
		if (mkdir(folders[i], 0755) != 0)
			return errno;
	_cleanup_close_ int fd = open("l/x", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0)
		return errno;
	return mount("overlay", "m", "overlay", 0, "lowerdir=l,upperdir=u,workdir=w") == 0 ? 0
											   : errno;
}

/* The file is empty: the kernel opens it for execution, asks us, and then says ENOEXEC. */
static pid_t
start_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("m/x", "x", (char *)NULL);
		_exit(0);
	}
	return pid;
}

static int
answer_event(int group, struct lw_probe *p)
{
	struct fanotify_event_metadata event = {.fd = -1};
	struct pollfd poll_fd = {.fd = group, .events = POLLIN};

	if (poll(&poll_fd, 1, EVENT_MS) != 1)
		return ETIME;
	if (read(group, &event, sizeof(event)) < (ssize_t)sizeof(event))
		return errno ? errno : EIO;
	p->tid_seen = event.pid > 0;
	struct fanotify_response response = {.fd = event.fd, .response = FAN_ALLOW};
	int r = write(group, &response, sizeof(response)) == sizeof(response) ? 0 : errno;
	if (event.fd >= 0)
		close(event.fd);
	return r == 0 && !(event.mask & FAN_OPEN_EXEC_PERM) ? EIO : r;
}

static int
try_event(int group, struct lw_probe *p)
{
	pid_t pid = start_exec();

	if (pid < 0)
		return errno;
	int r = answer_event(group, p);
	if (r != 0)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static int
try_handle(struct lw_probe *p)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[HANDLE_BYTES];
	} h = {.handle.handle_bytes = HANDLE_BYTES};
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, "m/x", &h.handle, &mount_id, AT_HANDLE_FID) != 0)
		return errno;
	p->handle_type = h.handle.handle_type;
	return 0;
}

static int
try_evictable(int group)
{
	unsigned flags =
		FAN_MARK_ADD | FAN_MARK_IGNORE | FAN_MARK_EVICTABLE | FAN_MARK_IGNORED_SURV_MODIFY;

	return fanotify_mark(group, flags, FAN_OPEN_PERM, AT_FDCWD, "m/x") == 0 ? 0 : errno;
}

static int
try_mount_events(void)
{
	_cleanup_close_ int group = fanotify_init(FAN_REPORT_MNT | FAN_CLOEXEC, 0);
	_cleanup_close_ int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (group < 0 || ns < 0)
		return errno;
	return fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MNTNS, FAN_MNT_ATTACH, ns, NULL) == 0
		       ? 0
		       : errno;
}

static int
try_lease(void)
{
	_cleanup_close_ int fd = open("l/x", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return errno;
	return fcntl(fd, F_SETLEASE, F_UNLCK) == 0 ? 0 : errno;
}

static int
has_fine_times(void)
{
	_cleanup_close_ int fd = open("u/t", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat before, after;
	int fine = fd >= 0;

	for (unsigned i = 0; fine && i < TIME_TRIES; i++)
		fine = pwrite(fd, "a", 1, 0) == 1 && fstat(fd, &before) == 0 &&
		       pwrite(fd, "b", 1, 0) == 1 && fstat(fd, &after) == 0 &&
		       (before.st_ctim.tv_nsec != after.st_ctim.tv_nsec ||
			       before.st_ctim.tv_sec != after.st_ctim.tv_sec);
	return fine;
}

static void
probe(struct lw_probe *p)
{
	_cleanup_close_ int group = open_group();

	if (group < 0)
		p->init = errno;
	p->mount_events = try_mount_events();
	p->overlay = make_overlay();
	if (p->overlay != 0)
		return;
	p->lease = try_lease();
	p->handle = try_handle(p);
	p->fine_times = has_fine_times();
	if (group < 0)
		return;
	if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, AT_FDCWD,
		    "m") != 0)
		p->mark = errno;
	else
		p->event = try_event(group, p);
	p->evictable = try_evictable(group);
}

/*
 * A namespace cannot be left again: it all happens in a child, which a probe that hangs ends with.
 */
void
lw_doctor_probe(struct lw_probe *p)
{
	int fds[2];

	*p = (struct lw_probe){.init = ECHILD,
		.overlay = ECHILD,
		.mark = ECHILD,
		.event = ECHILD,
		.handle = ECHILD,
		.evictable = ECHILD,
		.mount_events = ECHILD,
		.lease = ECHILD};
	if (pipe2(fds, O_CLOEXEC) != 0)
		return;
	_cleanup_close_ int from = fds[0];
	_cleanup_close_ int to = fds[1];
	pid_t pid = fork();
	if (pid < 0)
		return;
	if (pid == 0) {
		struct lw_probe seen = {.event = ECHILD, .evictable = ECHILD};

		alarm(PROBE_SECONDS);
		probe(&seen);
		_exit(write(to, &seen, sizeof(seen)) != sizeof(seen));
	}
	close(TAKE_FD(to));
	struct lw_probe seen;
	if (read(from, &seen, sizeof(seen)) == sizeof(seen))
		*p = seen;
	waitpid(pid, NULL, 0);
}
