#include "gate/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "base/xxh.h"

#define NO_REGISTERS 0

void
lw_chain_init(struct lw_chain *c)
{
	memset(c, 0, sizeof(*c));
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) != sizeof(c->seed))
		c->seed = lw_now_us();
}

static struct lw_chain_link *
slot(struct lw_chain *c, uint32_t tid)
{
	return &c->links[tid & (LW_CHAIN_SLOTS - 1)];
}

/*
 * System call, arguments, stack pointer and program counter of the held task; none while the
 * kernel says "running".
 */
static uint64_t
registers(const struct lw_chain *c, uint32_t tid)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%u/syscall", tid);
	ssize_t n = lw_read_file_at(AT_FDCWD, path, text, sizeof(text));
	if (n <= 0 || text[0] < '0' || text[0] > '9')
		return NO_REGISTERS;
	return lw_xxh(text, n, c->seed) | 1;
}

void
lw_chain_expect(struct lw_chain *c, uint32_t tid, enum lw_follower follower)
{
	struct lw_chain_link *link = slot(c, tid);

	if (follower != LW_FOLLOWER_NONE)
		*link = (struct lw_chain_link){
			.tid = tid, .registers = registers(c, tid), .follower = follower};
	else if (link->tid == tid)
		link->tid = 0;
}

enum lw_follower
lw_chain_take(struct lw_chain *c, uint32_t tid)
{
	struct lw_chain_link *link = slot(c, tid);

	if (link->tid != tid || tid == 0)
		return LW_FOLLOWER_NONE;
	link->tid = 0;
	if (link->registers == NO_REGISTERS || link->registers != registers(c, tid))
		return LW_FOLLOWER_NONE;
	return link->follower;
}
