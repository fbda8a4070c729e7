/*
 * fuzz_handle: the first byte is the handle's type, the rest its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "gate/handle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_ovl_handle h;

	if (size == 0 || lw_ovl_handle_decode(data[0], &data[1], size - 1, &h) != 0)
		return 0;
	if (h.inner.handle.handle_bytes > LW_OVL_HANDLE_SIZE ||
		h.inner.handle.handle_bytes + 24 > size - 1)
		abort();
	if (memcmp(h.inner.handle.f_handle, &data[25], h.inner.handle.handle_bytes) != 0)
		abort();
	return 0;
}
