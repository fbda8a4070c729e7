/* Arbitrary bytes as a zip archive; what is taken out fits into its room. */
#include <stdlib.h>

#include "classify/zip.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[ROOM];
	_cleanup_(lw_inflater_freep) struct lw_inflater *z = NULL;
	size_t length = 0;

	if (lw_inflater_new(&z) < 0)
		return 0;
	if (lw_zip_read(data, size, "__main__.py", z, out, sizeof(out), &length) == 0 &&
		length > sizeof(out))
		abort();
	return 0;
}
