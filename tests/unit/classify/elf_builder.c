#include "elf_builder.h"

#include <elf.h>
#include <string.h>

#define BASE 0x10000 /* vaddr of offset 0 */

struct writer {
	const struct elf_recipe *recipe;
	uint8_t *out;
	size_t at;
};

static void
put(struct writer *w, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t shift = 8 * (w->recipe->big_endian ? size - 1 - i : i);

		w->out[w->at++] = (uint8_t)(value >> shift);
	}
}

static void
word(struct writer *w, uint64_t value)
{
	put(w, value, w->recipe->elf32 ? 4 : 8);
}

static void
header(struct writer *w, unsigned segments)
{
	const struct elf_recipe *r = w->recipe;
	const uint8_t ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', r->elf32 ? ELFCLASS32 : ELFCLASS64,
		r->big_endian ? ELFDATA2MSB : ELFDATA2LSB, EV_CURRENT};

	memcpy(w->out, ident, sizeof(ident));
	w->at = sizeof(ident);
	put(w, r->type ? r->type : ET_DYN, 2);
	put(w, r->machine ? r->machine : EM_PPC64, 2);
	put(w, EV_CURRENT, 4);
	word(w, r->entry);
	word(w, ELF_BUILT_HEADERS);
	word(w, 0);
	put(w, 0, 4);
	put(w, r->elf32 ? 52 : 64, 2);
	put(w, r->elf32 ? 32 : 56, 2);
	put(w, segments, 2);
}

static void
segment(struct writer *w, uint32_t type, uint64_t offset, uint64_t size)
{
	put(w, type, 4);
	if (!w->recipe->elf32)
		put(w, PF_R, 4);
	word(w, offset);
	word(w, offset + BASE);
	word(w, offset + BASE);
	word(w, size);
	word(w, size);
	if (w->recipe->elf32)
		put(w, PF_R, 4);
	word(w, 1);
}

static void
dynamic_entry(struct writer *w, uint64_t tag, uint64_t value)
{
	word(w, tag);
	word(w, value);
}

/* Adds a string to the table; returns its offset there. */
static uint64_t
string(uint8_t *out, size_t *used, const char *s)
{
	uint64_t at = *used;

	memcpy(&out[ELF_BUILT_STRINGS + at], s, strlen(s) + 1);
	*used += strlen(s) + 1;
	return at;
}

static void
dynamic(struct writer *w)
{
	const struct elf_recipe *r = w->recipe;
	size_t used = 1;

	w->at = ELF_BUILT_DYNAMIC;
	if (r->needed)
		dynamic_entry(w, DT_NEEDED, string(w->out, &used, r->needed));
	if (r->soname)
		dynamic_entry(w, DT_SONAME, string(w->out, &used, r->soname));
	if (r->symbol)
		string(w->out, &used, r->symbol);
	if (r->flags_1)
		dynamic_entry(w, DT_FLAGS_1, r->flags_1);
	dynamic_entry(w, DT_STRTAB, ELF_BUILT_STRINGS + BASE);
	dynamic_entry(w, DT_STRSZ, used);
	dynamic_entry(w, DT_NULL, 0);
}

size_t
elf_build(const struct elf_recipe *recipe, uint8_t out[ELF_BUILT_SIZE])
{
	struct writer w = {.recipe = recipe, .out = out};

	memset(out, 0, ELF_BUILT_SIZE);
	header(&w, 1 + !!recipe->interp + recipe->dynamic);
	w.at = ELF_BUILT_HEADERS;
	segment(&w, PT_LOAD, 0, ELF_BUILT_SIZE);
	if (recipe->interp) {
		size_t length = strlen(recipe->interp) + 1;

		segment(&w, PT_INTERP, ELF_BUILT_INTERP, length);
		memcpy(&out[ELF_BUILT_INTERP], recipe->interp, length);
	}
	if (recipe->dynamic) {
		segment(&w, PT_DYNAMIC, ELF_BUILT_DYNAMIC, ELF_BUILT_STRINGS - ELF_BUILT_DYNAMIC);
		dynamic(&w);
	}
	return ELF_BUILT_SIZE;
}
