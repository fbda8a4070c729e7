/* Arbitrary bytes as a zip archive; what is taken out fits into its room. */
#include <stdlib.h>

#include "base/util.h"
#include "classify/zip.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[ROOM];
	_cleanup_(lw_inflater_freep) struct lw_inflater *inflater = NULL;
	_cleanup_close_ int fd = lw_memfd_with("zip", data, size);
	struct lw_zip_member m;
	struct lw_zip z;
	size_t length;

	if (fd < 0 || lw_inflater_new(&inflater) < 0)
		return 0;
	if (lw_zip_open(&z, fd, size) == 0)
		while (lw_zip_next(&z, &m)) {
			length = 0;
			if (lw_zip_read(&z, &m, inflater, out, sizeof(out), &length) == 0 &&
				length > sizeof(out))
				abort();
		}
	lw_zip_done(&z);
	return 0;
}
