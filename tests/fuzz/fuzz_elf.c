/* Arbitrary bytes as an ELF file, of which only a part is in the head. */
#include "classify/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lw_window w;
	struct lw_elf elf;
	_cleanup_close_ int fd = -1;

	lw_window_init(&w, -1, size, data, size);
	if (lw_elf_read(&w, &elf) == LW_ELF_NOT || size < 128)
		return 0;
	fd = lw_memfd_with("elf", data, size);
	lw_window_init(&w, fd, size, data, 64);
	lw_elf_read(&w, &elf);
	return 0;
}
