/*
 * Lines of /proc/TID/syscall: whatever is taken must decode the same way twice, on either machine.
 */
#include <stdlib.h>
#include <string.h>

#include "resolve/registers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode(const struct lw_registers *r, enum lw_machine machine)
{
	struct lw_execve call;

	if (lw_registers_decode(r, machine, &call) != 0)
		return;
	if (call.pointer_size != 4 && call.pointer_size != 8)
		abort();
	if (call.compat && (call.path > UINT32_MAX || call.argv > UINT32_MAX))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_registers r;

	if (lw_registers_parse((const char *)data, size, &r) != 0)
		return 0;
	if (r.number < 0)
		abort();
	decode(&r, LW_MACHINE_X86_64);
	decode(&r, LW_MACHINE_AARCH64);
	return 0;
}
