/*
 * fusehang: a FUSE filesystem that stops answering. It has one file, "x", with the bytes of FILE.
 *
 *   fusehang MOUNTPOINT FILE open|read|never COMMAND...
 *
 * Mounts itself in the caller's user and mount namespace, serves in a child, runs COMMAND there
 * and ends with it. From the first open (or read) of x on, the requests of that kind get no answer
 * until the mount goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT_INODE 1
#define FILE_INODE 2
#define REQUEST_MAX (1u << 20)

struct server {
	int fd;
	const char *content;
	size_t size;
	uint32_t hang_on; /* opcode, 0 = none */
};

static void
die(const char *what)
{
	fprintf(stderr, "fusehang: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void
reply(const struct server *s, const struct fuse_in_header *in, int error, const void *body,
	size_t length)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + length),
		.error = -error,
		.unique = in->unique,
	};
	struct iovec parts[] = {{&out, sizeof(out)}, {(void *)(uintptr_t)body, length}};

	/* ENOENT: the request was interrupted meanwhile */
	if (writev(s->fd, parts, length ? 2 : 1) < 0 && errno != ENOENT)
		die("writev");
}

static struct fuse_attr
attributes(const struct server *s, uint64_t inode)
{
	return (struct fuse_attr){
		.ino = inode,
		.size = inode == FILE_INODE ? s->size : 0,
		.mode = inode == FILE_INODE ? S_IFREG | 0755 : S_IFDIR | 0755,
		.nlink = 1,
	};
}

static void
on_init(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	const struct fuse_init_in *init = body;
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = init->minor < FUSE_KERNEL_MINOR_VERSION ? init->minor
								 : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = init->max_readahead,
		.max_write = 65536,
	};

	reply(s, in, 0, &out, sizeof(out));
}

static void
on_lookup(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	struct fuse_entry_out out = {
		.nodeid = FILE_INODE,
		.entry_valid = 60,
		.attr_valid = 60,
		.attr = attributes(s, FILE_INODE),
	};

	if (in->nodeid == ROOT_INODE && strcmp(body, "x") == 0)
		reply(s, in, 0, &out, sizeof(out));
	else
		reply(s, in, ENOENT, NULL, 0);
}

static void
on_getattr(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	struct fuse_attr_out out = {.attr_valid = 60, .attr = attributes(s, in->nodeid)};

	reply(s, in, 0, &out, sizeof(out));
}

static void
on_open(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	struct fuse_open_out out = {.fh = in->nodeid};

	reply(s, in, 0, &out, sizeof(out));
}

static void
on_read(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	const struct fuse_read_in *want = body;
	size_t left = want->offset < s->size ? s->size - want->offset : 0;

	reply(s, in, 0, &s->content[want->offset < s->size ? want->offset : 0],
		want->size < left ? want->size : left);
}

static void
on_statfs(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	struct fuse_statfs_out out = {.st = {.bsize = 4096, .frsize = 4096, .namelen = 255}};

	reply(s, in, 0, &out, sizeof(out));
}

static void
on_nothing(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	reply(s, in, 0, NULL, 0);
}

static void
on_forget(const struct server *s, const struct fuse_in_header *in, const void *body)
{
}

static const struct {
	uint32_t opcode;
	void (*answer)(const struct server *s, const struct fuse_in_header *in, const void *body);
} operations[] = {
	{FUSE_INIT, on_init},
	{FUSE_LOOKUP, on_lookup},
	{FUSE_GETATTR, on_getattr},
	{FUSE_OPEN, on_open},
	{FUSE_OPENDIR, on_open},
	{FUSE_READ, on_read},
	{FUSE_READDIR, on_nothing},
	{FUSE_STATFS, on_statfs},
	{FUSE_FLUSH, on_nothing},
	{FUSE_RELEASE, on_nothing},
	{FUSE_RELEASEDIR, on_nothing},
	{FUSE_FORGET, on_forget},
	{FUSE_BATCH_FORGET, on_forget},
	{FUSE_INTERRUPT, on_forget},
};

static void
answer(const struct server *s, const struct fuse_in_header *in, const void *body)
{
	if (in->opcode == s->hang_on && in->nodeid == FILE_INODE)
		return;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (operations[i].opcode == in->opcode) {
			operations[i].answer(s, in, body);
			return;
		}
	}
	reply(s, in, ENOSYS, NULL, 0);
}

static void
serve(const struct server *s)
{
	static char request[REQUEST_MAX + 1] __attribute__((aligned(8)));
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((n = read(s->fd, request, REQUEST_MAX)) > 0 || errno == EINTR) {
		if (n < (ssize_t)sizeof(struct fuse_in_header))
			continue;
		request[n] = '\0';
		answer(s, (const void *)request, &request[sizeof(struct fuse_in_header)]);
	}
	_exit(0);
}

static void
load(struct server *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes || read(fd, bytes, (size_t)st.st_size) != st.st_size)
		die(path);
	close(fd);
	s->content = bytes;
	s->size = (size_t)st.st_size;
}

int
main(int argc, char **argv)
{
	struct server s = {};
	char options[128];
	int status = 0;
	pid_t pid;

	if (argc < 5)
		return 2;
	s.hang_on = strcmp(argv[3], "open") == 0   ? FUSE_OPEN
		    : strcmp(argv[3], "read") == 0 ? FUSE_READ
						   : 0;
	load(&s, argv[2]);
	s.fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (s.fd < 0)
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		s.fd);
	if (mount("fusehang", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0)
		die("mount");
	if (fork() == 0)
		serve(&s);
	pid = fork();
	if (pid == 0) {
		execvp(argv[4], &argv[4]);
		die(argv[4]);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
