#include <elf.h>
#include <limits.h>
#include <string.h>

#include "classify/elf.h"

struct segment {
	bool present;
	uint32_t type, flags;
	uint64_t offset, vaddr, filesz, memsz;
};

struct dynamic {
	bool needed;
	uint64_t strtab, strsz, flags_1;
	bool has_soname;
	uint64_t soname; /* offset in the string table */
};

struct parse {
	struct lw_window *w;
	struct lw_elf *elf;
	uint64_t entry, phoff;
	unsigned phentsize, phnum;
	struct segment interp, dynamic;
	bool has_constants; /* a segment for them alone */
};

/*
 * Names that a loader gives itself; a match is a prefix. musl is its own loader:
 * libc.musl-x86_64.so.1.
 */
static const char *const loader_names[] = {
	"ld-",
	"ld.so",
	"ld64.so",
	"libc.musl-",
};

/* Where things stand for a class: in the file header, and the sizes that go with them. */
struct layout {
	size_t header_size, phentsize_at, segment_size, dynamic_size;
};

static const struct layout layouts[] = {
	[false] = {52, 42, 32, 8},
	[true] = {64, 54, 56, 16},
};

static void
begin(struct lw_reader *r, const struct lw_elf *elf)
{
	r->big_endian = elf->big_endian;
}

static uint64_t
word(struct lw_reader *r, const struct lw_elf *elf)
{
	return elf->elf64 ? lw_reader_u64(r) : lw_reader_u32(r);
}

static uint16_t
u16_at(struct lw_window *w, uint64_t offset)
{
	struct lw_reader r;

	return lw_window_at(w, offset, 2, &r) ? lw_reader_u16(&r) : 0;
}

/* As the kernel on this machine's own byte order would load it, whatever e_ident says. */
static bool
kernel_layout(struct lw_window *w, bool *elf64)
{
	uint16_t machine = u16_at(w, 18);
	bool is64 = u16_at(w, layouts[true].phentsize_at) == layouts[true].segment_size;
	bool is32 = u16_at(w, layouts[false].phentsize_at) == layouts[false].segment_size;

	if (is64 && (machine == EM_X86_64 || machine == EM_AARCH64)) {
		*elf64 = true;
		return true;
	}
	/* x32 programs are ELF32 of EM_X86_64. */
	if (is32 && (machine == EM_386 || machine == EM_ARM || machine == EM_X86_64)) {
		*elf64 = false;
		return true;
	}
	return false;
}

static bool
choose_layout(struct lw_window *w, const uint8_t *ident, struct lw_elf *elf)
{
	bool said64 = ident[EI_CLASS] == ELFCLASS64;
	bool said_big = ident[EI_DATA] == ELFDATA2MSB;

	if (kernel_layout(w, &elf->elf64)) {
		elf->bad = elf->elf64 != said64 || said_big;
		return true;
	}
	elf->elf64 = said64;
	elf->big_endian = said_big;
	return (said64 || ident[EI_CLASS] == ELFCLASS32) &&
	       (said_big || ident[EI_DATA] == ELFDATA2LSB);
}

static bool
read_header(struct parse *p)
{
	const struct layout *l = &layouts[p->elf->elf64];
	struct lw_reader r;

	if (!lw_window_at(p->w, 0, l->header_size, &r))
		return false;
	begin(&r, p->elf);
	lw_reader_skip(&r, EI_NIDENT);
	p->elf->type = lw_reader_u16(&r);
	p->elf->machine = lw_reader_u16(&r);
	lw_reader_u32(&r); /* e_version */
	p->entry = word(&r, p->elf);
	p->phoff = word(&r, p->elf);
	word(&r, p->elf); /* e_shoff */
	lw_reader_u32(&r); /* e_flags */
	lw_reader_u16(&r); /* e_ehsize */
	p->phentsize = lw_reader_u16(&r);
	p->phnum = lw_reader_u16(&r);
	return !r.failed;
}

static bool
read_segment(struct parse *p, unsigned i, struct segment *s)
{
	struct lw_reader r;
	uint64_t at;

	if (__builtin_add_overflow(p->phoff, (uint64_t)i * p->phentsize, &at) ||
		!lw_window_at(p->w, at, p->phentsize, &r))
		return false;
	begin(&r, p->elf);
	s->present = true;
	s->type = lw_reader_u32(&r);
	if (p->elf->elf64)
		s->flags = lw_reader_u32(&r);
	s->offset = word(&r, p->elf);
	s->vaddr = word(&r, p->elf);
	word(&r, p->elf); /* p_paddr */
	s->filesz = word(&r, p->elf);
	s->memsz = word(&r, p->elf);
	if (!p->elf->elf64)
		s->flags = lw_reader_u32(&r);
	return !r.failed;
}

static bool
is_in_file(const struct parse *p, const struct segment *s)
{
	return s->offset <= p->w->size && s->filesz <= p->w->size - s->offset;
}

/* Older linkers put constants into the segment of the code: it counts where there is no other. */
static void
note_constants(struct parse *p, const struct segment *s)
{
	struct lw_elf *elf = p->elf;

	if (s->type != PT_LOAD || s->flags & PF_W || s->filesz == 0 ||
		(s->flags & PF_X && p->has_constants))
		return;
	if (!(s->flags & PF_X) && !p->has_constants)
		elf->constant_count = 0;
	p->has_constants |= !(s->flags & PF_X);
	if (elf->constant_count < LW_ELF_CONSTANTS_MAX)
		elf->constants[elf->constant_count++] = (struct lw_elf_part){s->offset, s->filesz};
}

/* The first of a type counts, as for the kernel. */
static void
note_segment(struct parse *p, const struct segment *s)
{
	struct segment *slot = s->type == PT_INTERP    ? &p->interp
			       : s->type == PT_DYNAMIC ? &p->dynamic
						       : NULL;

	if (s->type == PT_LOAD && (!is_in_file(p, s) || s->filesz > s->memsz))
		p->elf->bad = true;
	if (is_in_file(p, s))
		note_constants(p, s);
	if (!slot || slot->present)
		return;
	*slot = *s;
	if (!is_in_file(p, s))
		p->elf->bad = true;
}

static void
read_segments(struct parse *p)
{
	uint64_t bytes = (uint64_t)p->phentsize * p->phnum;

	/* Objects and kernel modules have none, and no size of them either. */
	if (p->phnum == 0)
		return;
	if (p->phentsize != layouts[p->elf->elf64].segment_size || bytes > LW_ELF_HEADERS_MAX) {
		p->elf->bad = true;
		p->phnum = 0;
		return;
	}
	for (unsigned i = 0; i < p->phnum; i++) {
		struct segment s = {0};

		if (!read_segment(p, i, &s)) {
			p->elf->bad = true;
			p->phnum = i;
			return;
		}
		note_segment(p, &s);
	}
}

/*
 * Keeps the beginning; the kernel wants a NUL at the end of the segment, and at most PATH_MAX
 * bytes.
 */
static void
read_interp(struct parse *p)
{
	uint64_t length = p->interp.filesz;
	struct lw_reader r;

	p->elf->has_interp = true;
	if (length < 2 || length > PATH_MAX || !lw_window_at(p->w, p->interp.offset, length, &r)) {
		p->elf->bad = true;
		return;
	}

	const uint8_t *path = lw_reader_bytes(&r, length);
	if (path[length - 1] != '\0')
		p->elf->bad = true;
	length = strnlen((const char *)path, LW_MIN(length, LW_INTERP_SIZE - 1));
	memcpy(p->elf->interpreter, path, length);
	p->elf->interpreter[length] = '\0';
}

static void
note_dynamic(struct dynamic *d, uint64_t tag, uint64_t value)
{
	switch (tag) {
	case DT_NEEDED:
		d->needed = true;
		break;
	case DT_STRTAB:
		d->strtab = value;
		break;
	case DT_STRSZ:
		d->strsz = value;
		break;
	case DT_SONAME:
		d->has_soname = true;
		d->soname = value;
		break;
	case DT_FLAGS_1:
		d->flags_1 = value;
		break;
	}
}

static void
read_dynamic(struct parse *p, struct dynamic *d)
{
	size_t size = layouts[p->elf->elf64].dynamic_size;
	uint64_t count = LW_MIN(p->dynamic.filesz / size, (uint64_t)LW_ELF_DYNAMIC_MAX);

	for (uint64_t i = 0; i < count; i++) {
		struct lw_reader r;
		uint64_t at;

		if (__builtin_add_overflow(p->dynamic.offset, i * size, &at) ||
			!lw_window_at(p->w, at, size, &r)) {
			p->elf->bad = true;
			return;
		}
		begin(&r, p->elf);
		uint64_t tag = word(&r, p->elf);
		if (tag == DT_NULL)
			return;
		note_dynamic(d, tag, word(&r, p->elf));
	}
}

/* The place in the file of what is loaded at vaddr, length bytes of it. */
static bool
file_offset(struct parse *p, uint64_t vaddr, uint64_t length, uint64_t *out)
{
	for (unsigned i = 0; i < p->phnum; i++) {
		struct segment s = {0};

		if (!read_segment(p, i, &s))
			return false;
		if (s.type != PT_LOAD || vaddr < s.vaddr || vaddr - s.vaddr > s.filesz ||
			length > s.filesz - (vaddr - s.vaddr))
			continue;
		return !__builtin_add_overflow(s.offset, vaddr - s.vaddr, out);
	}
	return false;
}

static bool
is_loader_name(struct parse *p, const struct dynamic *d, uint64_t strings)
{
	size_t length = LW_MIN(d->strsz - d->soname, (uint64_t)64);
	struct lw_reader r;
	uint64_t at;

	if (__builtin_add_overflow(strings, d->soname, &at) || !lw_window_at(p->w, at, length, &r))
		return false;

	const char *name = (const char *)lw_reader_bytes(&r, length);
	for (size_t i = 0; i < LW_ARRAY_SIZE(loader_names); i++) {
		size_t n = strlen(loader_names[i]);

		if (n <= length && memcmp(name, loader_names[i], n) == 0)
			return true;
	}
	return false;
}

/* glibc, musl and uClibc loaders all export some _dl_ symbol, and their libc finds it by that name.
 */
static bool
has_loader_symbols(struct parse *p, const struct dynamic *d, uint64_t strings)
{
	static const char mark[] = "\0_dl_";
	const size_t mark_length = sizeof(mark) - 1;
	uint64_t size = LW_MIN(d->strsz, (uint64_t)LW_ELF_STRINGS_MAX);

	for (uint64_t at = 0; at + mark_length <= size; at += LW_WINDOW_PIECE - mark_length) {
		size_t n = LW_MIN(size - at, (uint64_t)LW_WINDOW_PIECE);
		struct lw_reader r;

		if (strings > UINT64_MAX - at || !lw_window_at(p->w, strings + at, n, &r))
			return false;
		if (memmem(lw_reader_bytes(&r, n), n, mark, mark_length))
			return true;
	}
	return false;
}

static bool
is_loader(struct parse *p, const struct dynamic *d)
{
	uint64_t strings;

	if (!file_offset(p, d->strtab, d->strsz, &strings))
		return false;
	if (d->has_soname && d->soname < d->strsz && is_loader_name(p, d, strings))
		return true;
	return p->entry != 0 && !d->needed && has_loader_symbols(p, d, strings);
}

static void
decide(struct parse *p)
{
	struct lw_elf *elf = p->elf;
	struct dynamic d = {0};
	bool runs = elf->type == ET_EXEC || elf->type == ET_DYN;

	if (p->dynamic.present)
		read_dynamic(p, &d);
	if (d.strsz > 0 && file_offset(p, d.strtab, d.strsz, &elf->names.offset))
		elf->names.size = d.strsz;
	if (p->interp.present)
		read_interp(p);
	elf->is_pie = elf->type == ET_DYN && (d.flags_1 & DF_1_PIE);
	/* The loader refuses objects without PT_DYNAMIC; the kernel starts them. */
	elf->is_library =
		elf->type == ET_DYN && p->dynamic.present && !elf->has_interp && !elf->is_pie;
	elf->is_static = runs && !elf->has_interp && !elf->is_library;
	elf->is_loader = elf->is_library && is_loader(p, &d);
	if (runs && p->phnum == 0)
		elf->bad = true;
}

int
lw_elf_read(struct lw_window *w, struct lw_elf *out)
{
	struct lw_elf elf = {0};
	struct parse p = {.w = w, .elf = &elf};
	uint8_t ident[EI_NIDENT];
	struct lw_reader r;

	if (!lw_window_at(w, 0, SELFMAG, &r) ||
		memcmp(lw_reader_bytes(&r, SELFMAG), ELFMAG, SELFMAG) != 0)
		return LW_ELF_NOT;
	if (lw_window_at(w, 0, EI_NIDENT, &r)) {
		memcpy(ident, lw_reader_bytes(&r, EI_NIDENT), EI_NIDENT);
		if (choose_layout(w, ident, &elf) && read_header(&p)) {
			read_segments(&p);
			decide(&p);
			*out = elf;
			return 0;
		}
	}
	elf.bad = true;
	*out = elf;
	return 0;
}
