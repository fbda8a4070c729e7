/*
 * actor32: a 32-bit program without a C library: executes its arguments (argv[1] with argv[1]...).
 * Built with -m32 -nostdlib -static, so that no 32-bit libraries are needed; its system calls are
 * the 32-bit ones.
 */
#define SYS_EXIT 1
#define SYS_EXECVE 11

static long
call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return result;
}

void begin(long *stack);

void
begin(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)&stack[1];
	char **envp = &argv[argc + 1];

	if (argc < 2)
		call(SYS_EXIT, 2, 0, 0);
	call(SYS_EXECVE, (long)argv[1], (long)&argv[1], (long)envp);
	call(SYS_EXIT, 126, 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	movl %esp, %eax\n"
	"	andl $-16, %esp\n"
	"	subl $12, %esp\n"
	"	pushl %eax\n"
	"	call begin\n");
