/*
 * elf: what an ELF file says of itself, as far as deciding about its execution needs it.
 * Hostile input: every table is bounded, what does not add up sets `bad`, and the rest is told
 * all the same.
 *
 * The layout is chosen as the kernel chooses it (e_machine and e_phentsize), not by EI_CLASS,
 * which the kernel never looks at: a program that lies there is still read as it will be
 * loaded.
 */
#ifndef LW_CLASSIFY_ELF_H
#define LW_CLASSIFY_ELF_H

#include "classify/window.h"
#include "layerwatch/facts.h"

#define LW_ELF_HEADERS_MAX 65536u /* bytes of program headers: the kernel's own limit */
#define LW_ELF_DYNAMIC_MAX 4096u /* entries of PT_DYNAMIC looked at */
#define LW_ELF_STRINGS_MAX 65536u /* bytes of DT_STRTAB searched for the loader's symbols */

#define LW_ELF_CONSTANTS_MAX 4u /* segments of read-only data */

#define LW_ELF_NOT 1 /* positive outcome: no ELF magic */

/* A part of the file; within it. */
struct lw_elf_part {
	uint64_t offset, size;
};

struct lw_elf {
	bool elf64;
	bool big_endian;
	bool bad; /* a header or table is out of bounds or contradicts itself */
	bool has_interp; /* PT_INTERP */
	bool is_pie; /* DF_1_PIE: a program, with or without PT_INTERP */
	bool is_static; /* a program that needs no loader, static-pie included */
	bool is_library; /* ET_DYN with PT_DYNAMIC, without PT_INTERP, not static-pie */
	bool is_loader; /* a library that is by its shape the dynamic loader */
	uint16_t type; /* ET_* */
	uint16_t machine;
	struct lw_elf_part names; /* of imported and exported symbols (DT_STRTAB) */
	struct lw_elf_part constants[LW_ELF_CONSTANTS_MAX]; /* read-only data, by the segments */
	unsigned constant_count;
	char interpreter[LW_INTERP_SIZE]; /* of PT_INTERP, its beginning, NUL-terminated */
};

/* Returns 0 or LW_ELF_NOT. */
int lw_elf_read(struct lw_window *w, struct lw_elf *out);

#endif
