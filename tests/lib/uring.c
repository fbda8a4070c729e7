#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper.h"
#include "uring.h"

static void *
ring_part(int ring, size_t size, off_t at)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, at);

	if (p == MAP_FAILED)
		die("io_uring mmap");
	return p;
}

int
lw_uring_open(int argc, char **argv)
{
	struct io_uring_params p = {0};
	int ring = syscall(SYS_io_uring_setup, 1, &p);

	if (ring < 0)
		die("io_uring_setup");
	char *sq = ring_part(ring, p.sq_off.array + p.sq_entries * 4, IORING_OFF_SQ_RING);
	char *cq = ring_part(ring, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = ring_part(ring, p.sq_entries * sizeof(*sqe), IORING_OFF_SQES);
	*sqe = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
		.flags = IOSQE_ASYNC,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)argv[0],
		.open_flags = O_RDONLY};
	*(uint32_t *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		die("io_uring_enter");
	int r = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
	errno = r < 0 ? -r : 0;
	if (errno)
		die(argv[0]);
	return 0;
}
