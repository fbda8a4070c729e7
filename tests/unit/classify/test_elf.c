#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "classify/elf.h"
#include "elf_builder.h"

#define INTERP "/lib64/ld-linux-x86-64.so.2"

static void
read_bytes(const void *bytes, size_t length, struct lw_elf *out)
{
	static struct lw_window w;

	lw_window_init(&w, -1, length, bytes, length);
	assert_int_equal(lw_elf_read(&w, out), 0);
}

static void
read_recipe(const struct elf_recipe *recipe, struct lw_elf *out)
{
	uint8_t bytes[ELF_BUILT_SIZE];

	read_bytes(bytes, elf_build(recipe, bytes), out);
}

static bool
read_path(const char *path, struct lw_elf *out)
{
	static struct lw_window w;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t head[512];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return false;
	assert_int_equal(fstat(fd, &st), 0);
	n = pread(fd, head, sizeof(head), 0);
	assert_true(n > 0);
	lw_window_init(&w, fd, st.st_size, head, n);
	assert_int_equal(lw_elf_read(&w, out), 0);
	return true;
}

/* Runs check on a recipe in both classes and both byte orders. */
static void
in_all_layouts(struct elf_recipe recipe, void (*check)(const struct lw_elf *))
{
	for (int i = 0; i < 4; i++) {
		struct lw_elf elf;

		recipe.elf32 = i & 1;
		recipe.big_endian = i & 2;
		read_recipe(&recipe, &elf);
		assert_int_equal(elf.elf64, !recipe.elf32);
		assert_int_equal(elf.big_endian, recipe.big_endian);
		assert_false(elf.bad);
		check(&elf);
	}
}

static void
expect_interp(const struct lw_elf *elf)
{
	assert_true(elf->has_interp);
	assert_false(elf->is_static || elf->is_library || elf->is_loader);
	assert_string_equal(elf->interpreter, INTERP);
}

static void
a_dynamic_program_names_its_interpreter(void **state)
{
	in_all_layouts(
		(struct elf_recipe){.interp = INTERP, .dynamic = true, .needed = "libc.so.6"},
		expect_interp);
}

static void
expect_static(const struct lw_elf *elf)
{
	assert_true(elf->is_static);
	assert_false(elf->has_interp || elf->is_library || elf->is_loader);
}

static void
static_programs_are_static(void **state)
{
	in_all_layouts((struct elf_recipe){.type = ET_EXEC}, expect_static);
	/* Packers write ET_DYN without PT_DYNAMIC: the kernel starts it, no loader would. */
	in_all_layouts((struct elf_recipe){.type = ET_DYN}, expect_static);
}

static void
static_pie_is_no_library_and_no_loader(void **state)
{
	in_all_layouts((struct elf_recipe){.dynamic = true,
			       .entry = 0x11000,
			       .flags_1 = DF_1_PIE,
			       .symbol = "_dl_relocate_static_pie"},
		expect_static);
}

static void
expect_library(const struct lw_elf *elf)
{
	assert_true(elf->is_library);
	assert_false(elf->has_interp || elf->is_static || elf->is_loader);
}

static void
libraries_are_no_loaders(void **state)
{
	in_all_layouts((struct elf_recipe){.dynamic = true,
			       .soname = "libz.so.1",
			       .needed = "libc.so.6",
			       .entry = 0x11000,
			       .symbol = "_dl_find_object"},
		expect_library);
	in_all_layouts(
		(struct elf_recipe){
			.dynamic = true, .soname = "libdata.so", .symbol = "_dl_iterate"},
		expect_library);
	in_all_layouts(
		(struct elf_recipe){.dynamic = true, .soname = "libold.so", .entry = 0x11000},
		expect_library);
}

static void
expect_loader(const struct lw_elf *elf)
{
	assert_true(elf->is_loader);
	assert_true(elf->is_library);
	assert_false(elf->has_interp || elf->is_static);
}

static void
loaders_are_known_by_name_or_symbols(void **state)
{
	static const char *const names[] = {"ld-linux-x86-64.so.2", "ld.so.1", "ld-uClibc.so.0",
		"ld-musl-aarch64.so.1", "ld64.so.2", "libc.musl-x86_64.so.1"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		in_all_layouts(
			(struct elf_recipe){.dynamic = true, .soname = names[i]}, expect_loader);
	/* With its soname taken away, or musl's "libc.so". */
	in_all_layouts((struct elf_recipe){.dynamic = true,
			       .soname = "libc.so",
			       .entry = 0x11000,
			       .symbol = "_dl_debug_addr"},
		expect_loader);
}

static void
layout_is_the_kernels_not_that_of_e_ident(void **state)
{
	uint8_t bytes[ELF_BUILT_SIZE];
	struct lw_elf elf;

	elf_build(&(struct elf_recipe){.machine = EM_X86_64, .interp = INTERP}, bytes);
	bytes[EI_CLASS] = ELFCLASS32;
	bytes[EI_DATA] = ELFDATA2MSB;
	read_bytes(bytes, sizeof(bytes), &elf);
	assert_true(elf.elf64);
	assert_false(elf.big_endian);
	assert_true(elf.bad);
	assert_string_equal(elf.interpreter, INTERP);
	elf_build(
		&(struct elf_recipe){.machine = EM_X86_64, .elf32 = true, .interp = INTERP}, bytes);
	read_bytes(bytes, sizeof(bytes), &elf);
	assert_false(elf.elf64 || elf.bad);
	assert_string_equal(elf.interpreter, INTERP);
}

static void
put16(uint8_t *bytes, size_t at, uint16_t v)
{
	bytes[at] = (uint8_t)v;
	bytes[at + 1] = (uint8_t)(v >> 8);
}

static void
tables_out_of_bounds_are_bad(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{EI_CLASS, 9}, {EI_DATA, 0},
		{33, 0xff}, /* e_phoff: cut off at the end of the file */
		{39, 0xff}, /* e_phoff: overflows */
		{54, 55}, /* e_phentsize */
		{57, 0xff}, /* e_phnum: 65282 */
		{56, 0}, /* e_phnum: 0 */
		{ELF_BUILT_HEADERS + 32 + 7, 0xff}, /* PT_LOAD p_filesz */
		{ELF_BUILT_HEADERS + 56 + 8 + 7, 0x7f}, /* PT_INTERP p_offset */
		{ELF_BUILT_HEADERS + 56 + 32 + 2, 1}, /* PT_INTERP p_filesz: 64 KiB and more */
		{ELF_BUILT_HEADERS + 56 + 32, 1}, /* PT_INTERP p_filesz: too short */
		{ELF_BUILT_INTERP + sizeof(INTERP) - 1, 'x'}, /* no NUL */
		{ELF_BUILT_HEADERS + 112 + 8 + 6, 0xff}, /* PT_DYNAMIC p_offset */
	};
	uint8_t bytes[ELF_BUILT_SIZE];
	struct lw_elf elf;

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		elf_build(&(struct elf_recipe){.interp = INTERP, .dynamic = true}, bytes);
		bytes[rows[i].at] = rows[i].value;
		read_bytes(bytes, sizeof(bytes), &elf);
		if (!elf.bad)
			fail_msg("byte %zu = %u is not bad", rows[i].at, rows[i].value);
	}
}

static void
an_object_file_needs_no_program_headers(void **state)
{
	uint8_t bytes[ELF_BUILT_SIZE];
	struct lw_elf elf;

	elf_build(&(struct elf_recipe){.type = ET_REL}, bytes);
	put16(bytes, 54, 0); /* e_phentsize */
	put16(bytes, 56, 0); /* e_phnum */
	read_bytes(bytes, sizeof(bytes), &elf);
	assert_false(elf.bad || elf.is_static || elf.is_library);
}

static void
every_truncation_ends_well(void **state)
{
	uint8_t bytes[ELF_BUILT_SIZE];
	static struct lw_window w;
	struct lw_elf elf;

	elf_build(
		&(struct elf_recipe){.interp = INTERP, .dynamic = true, .soname = "ld.so"}, bytes);
	for (size_t n = 0; n < sizeof(bytes); n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, bytes, n);
		lw_window_init(&w, -1, n, copy, n);
		assert_int_equal(lw_elf_read(&w, &elf), n < 4 ? LW_ELF_NOT : 0);
		if (n >= 4)
			assert_true(elf.bad);
		free(copy);
	}
}

/* 1170 headers is the most that the kernel takes; PT_INTERP may be the last of them. */
static void
a_full_table_is_read_to_its_end(void **state)
{
	const size_t count = LW_ELF_HEADERS_MAX / 56;
	_cleanup_close_ int fd = lw_memfd("elf");
	static struct lw_window w;
	static uint8_t file[128 * 1024];
	uint8_t small[ELF_BUILT_SIZE];
	struct lw_elf elf;

	elf_build(&(struct elf_recipe){.interp = INTERP}, small);
	memcpy(file, small, ELF_BUILT_SIZE);
	put16(file, 32, 4096); /* e_phoff */
	put16(file, 56, count);
	memcpy(&file[4096 + (count - 1) * 56], &small[ELF_BUILT_HEADERS + 56], 56);
	assert_int_equal(lw_write_full(fd, file, sizeof(file)), 0);
	lw_window_init(&w, fd, sizeof(file), file, 256);
	assert_int_equal(lw_elf_read(&w, &elf), 0);
	assert_string_equal(elf.interpreter, INTERP);
	assert_true(w.reads < 40);
	put16(file, 56, count + 1);
	read_bytes(file, sizeof(file), &elf);
	assert_true(elf.bad && !elf.has_interp);
}

static void
long_interpreter_is_cut(void **state)
{
	char path[300];
	struct lw_elf elf;

	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	read_recipe(&(struct elf_recipe){.interp = path}, &elf);
	assert_true(elf.has_interp && !elf.bad);
	assert_int_equal(strlen(elf.interpreter), LW_INTERP_SIZE - 1);
}

static void
this_machines_files_are_what_they_are(void **state)
{
	struct lw_elf elf;
	glob_t g;

	assert_true(read_path("/bin/true", &elf));
	assert_true(elf.has_interp && !elf.bad && !elf.is_library);
	assert_true(elf.interpreter[0] == '/');
	/* Its interpreter, whatever it is called here, has the loader's shape. */
	assert_true(read_path(elf.interpreter, &elf));
	assert_true(elf.is_loader && !elf.bad);
	if (read_path("/bin/busybox", &elf))
		assert_true((elf.is_static || elf.has_interp) && !elf.is_loader && !elf.bad);
	assert_int_equal(glob("/usr/lib/*-linux-gnu/libcrypto.so.*", 0, NULL, &g), 0);
	assert_true(read_path(g.gl_pathv[0], &elf));
	assert_true(elf.is_library && !elf.is_loader && !elf.bad);
	globfree(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dynamic_program_names_its_interpreter),
		cmocka_unit_test(static_programs_are_static),
		cmocka_unit_test(static_pie_is_no_library_and_no_loader),
		cmocka_unit_test(libraries_are_no_loaders),
		cmocka_unit_test(loaders_are_known_by_name_or_symbols),
		cmocka_unit_test(layout_is_the_kernels_not_that_of_e_ident),
		cmocka_unit_test(tables_out_of_bounds_are_bad),
		cmocka_unit_test(an_object_file_needs_no_program_headers),
		cmocka_unit_test(every_truncation_ends_well),
		cmocka_unit_test(a_full_table_is_read_to_its_end),
		cmocka_unit_test(long_interpreter_is_cut),
		cmocka_unit_test(this_machines_files_are_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
