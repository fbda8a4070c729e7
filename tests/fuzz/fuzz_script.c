/* Arbitrary bytes as the beginning of a script; a line that was taken has a name that is not empty.
 */
#include "classify/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_script s;

	lw_script_read(data, size, &s);
	if (s.format == LW_FORMAT_SHEBANG && (s.interpreter[0] == '\0' || s.language == 0))
		abort();
	if ((s.format == LW_FORMAT_EMPTY) != (size == 0))
		abort();
	return 0;
}
