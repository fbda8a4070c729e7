/*
 * 32-bit callers: a program of that class, made here of a header and a few instructions, and a
 * 64-bit program that calls int 0x80. On other machines than x86_64 there is nothing to run.
 */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "asked.h"

#define BASE 0x08048000u
#define TEXT_AT 0x100u /* code, in the file */
#define DATA_AT 0x180u /* argv, envp, strings */

/* mov eax,11; mov ebx,path; mov ecx,argv; mov edx,envp; int 0x80; mov eax,1; int 0x80 */
struct code {
	uint8_t mov_eax;
	uint32_t number;
	uint8_t mov_ebx;
	uint32_t path;
	uint8_t mov_ecx;
	uint32_t argv;
	uint8_t mov_edx;
	uint32_t envp;
	uint8_t trap[2];
	uint8_t rest[7];
} __attribute__((packed));

struct data {
	uint32_t argv[4];
	uint32_t envp[2];
	char path[8], sh[4], option[4], text[16], variable[24];
};

struct image {
	Elf32_Ehdr header;
	Elf32_Phdr segment;
	uint8_t room[TEXT_AT - sizeof(Elf32_Ehdr) - sizeof(Elf32_Phdr)];
	struct code code;
	uint8_t more[DATA_AT - TEXT_AT - sizeof(struct code)];
	struct data data;
};

static uint32_t
address(size_t offset)
{
	return BASE + DATA_AT + (uint32_t)offset;
}

static void
fill_code(struct code *c)
{
	*c = (struct code){
		.mov_eax = 0xb8,
		.number = 11,
		.mov_ebx = 0xbb,
		.path = address(offsetof(struct data, path)),
		.mov_ecx = 0xb9,
		.argv = address(offsetof(struct data, argv)),
		.mov_edx = 0xba,
		.envp = address(offsetof(struct data, envp)),
		.trap = {0xcd, 0x80},
		.rest = {0xb8, 1, 0, 0, 0, 0xcd, 0x80},
	};
}

static void
fill_data(struct data *d)
{
	*d = (struct data){
		.argv = {address(offsetof(struct data, sh)), address(offsetof(struct data, option)),
			address(offsetof(struct data, text))},
		.envp = {address(offsetof(struct data, variable))},
		.path = "/bin/sh",
		.sh = "sh",
		.option = "-c",
		.text = "echo 32",
		.variable = "LD_PRELOAD=/x32.so",
	};
}

static void
make_program(const char *path)
{
	struct image image = {
		.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
			.e_type = ET_EXEC,
			.e_machine = EM_386,
			.e_version = EV_CURRENT,
			.e_entry = BASE + TEXT_AT,
			.e_phoff = sizeof(Elf32_Ehdr),
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1},
		.segment = {.p_type = PT_LOAD,
			.p_vaddr = BASE,
			.p_filesz = sizeof(struct image),
			.p_memsz = sizeof(struct image),
			.p_flags = PF_R | PF_X,
			.p_align = 4096},
	};
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	fill_code(&image.code);
	fill_data(&image.data);
	assert_int_equal(write(fd, &image, sizeof(image)), sizeof(image));
	close(fd);
}

/* held_start stops at the first execve, which is this one's own: go through it by the second. */
static void
run_program(void *arg)
{
	struct command *c = arg;

	execve(c->path, (char *const *)c->argv, (char *const *)c->envp);
	_exit(77);
}

static void
expect_compat(struct answer *a)
{
	assert_int_equal(a->e->flags, LW_EXEC_COMPAT);
	assert_int_equal(a->e->argc, 3);
	assert_memory_equal(&a->arena[a->e->args.offset], "sh\0-c\0echo 32", a->e->args.length);
	assert_string_equal(answer_text(a, a->e->env), "LD_PRELOAD=/x32.so");
	assert_string_equal(answer_text(a, a->e->program), "/bin/sh");
	assert_string_equal(a->content, "echo 32");
}

static void
a_32_bit_program_is_read(void **state)
{
	char folder[64], path[128];
	struct command c = {.path = path, .argv = {path}};
	struct answer a;

	held_folder(folder);
	snprintf(path, sizeof(path), "%s/thirty-two", folder);
	make_program(path);
	held_skip_execs(1);
	if (hold_and_ask_or_not(&a, run_program, &c, "/bin/sh") < 0) {
		held_remove(folder);
		print_message("# this kernel runs no 32-bit programs\n");
		skip();
	}
	expect_compat(&a);
	answer_done(&a);
	held_remove(folder);
}

/* The same call from a 64-bit program: the class of its ELF file would mislead. */
static void
call_int80(void *arg)
{
	struct data *d = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t base = (uint32_t)(uintptr_t)d;

	fill_data(d);
	for (int i = 0; i < 3; i++)
		d->argv[i] += base - address(0);
	d->envp[0] += base - address(0);
	__asm__ volatile("int $0x80"
			 :
			 : "a"(11), "b"(base + offsetof(struct data, path)),
			 "c"(base + offsetof(struct data, argv)),
			 "d"(base + offsetof(struct data, envp))
			 : "memory");
}

static void
a_64_bit_program_that_calls_int_80_is_read(void **state)
{
	struct answer a;

	if (hold_and_ask_or_not(&a, call_int80, NULL, "/bin/sh") < 0) {
		print_message("# this kernel has no int 0x80\n");
		skip();
	}
	expect_compat(&a);
	answer_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_32_bit_program_is_read),
		cmocka_unit_test(a_64_bit_program_that_calls_int_80_is_read),
	};

	return cmocka_run_group_tests(tests, asked_open, asked_close);
}
