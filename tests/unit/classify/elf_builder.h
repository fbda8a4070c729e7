/*
 * elf_builder: small ELF files made byte by byte, of either class and byte order. For tests
 * only.
 */
#ifndef LW_TESTS_ELF_BUILDER_H
#define LW_TESTS_ELF_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_BUILT_SIZE 3072
#define ELF_BUILT_HEADERS 64 /* offset of the program headers */
#define ELF_BUILT_INTERP 512 /* of the PT_INTERP string */
#define ELF_BUILT_DYNAMIC 1024
#define ELF_BUILT_STRINGS 2048

struct elf_recipe {
	bool elf32, big_endian;
	uint16_t type; /* 0 = ET_DYN */
	uint16_t machine; /* 0 = one that the kernel's own layout says nothing of */
	uint64_t entry;
	const char *interp;
	bool dynamic;
	const char *soname, *needed, *symbol; /* with dynamic */
	uint64_t flags_1;
};

/* Fills out; returns ELF_BUILT_SIZE. */
size_t elf_build(const struct elf_recipe *recipe, uint8_t out[ELF_BUILT_SIZE]);

#endif
