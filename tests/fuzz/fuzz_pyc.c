/* Arbitrary bytes as compiled Python; what is written fits into its room. */
#include <stdlib.h>

#include "classify/pyc.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[ROOM];
	size_t length = 0;

	if (lw_pyc_read(data, size, out, sizeof(out), &length) == 0 && length > sizeof(out))
		abort();
	return 0;
}
