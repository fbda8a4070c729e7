/* Arbitrary bytes as a Python source; what is decoded is never longer. */
#include <stdlib.h>

#include "classify/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *encoding = lw_encoding_of(data, size);
	_cleanup_free_ uint8_t *out = malloc(size + 1);

	if (out && encoding && lw_encoding_decode(encoding, data, size, out) > size)
		abort();
	return 0;
}
