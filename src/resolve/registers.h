/*
 * registers: which execve a held task is in, from the one line of /proc/TID/syscall.
 *
 * Called by execution only. Parsing and decoding are pure; lw_registers_read asks the kernel and
 * retries while the task is still on its way to sleep (kernel-facts 10). Owns nothing.
 *
 * Before Linux 5.7 the kernel holds the task's credential lock during the whole execve, and the
 * read waits for it: there the request runs into its deadline and the task is judged without argv.
 */
#ifndef LW_RESOLVE_REGISTERS_H
#define LW_RESOLVE_REGISTERS_H

#include "base/util.h"

#define LW_REGISTERS_LINE 256	/* bytes; the longest real line has 9 words of 18 digits */
#define LW_REGISTERS_ARGS 6
#define LW_REGISTERS_BUDGET_MAX_US 100000u	/* longest that "running" is retried */

/* Positive outcomes. */
enum {
	LW_REGISTERS_RUNNING = 1,	/* the line says "running" */
	LW_REGISTERS_NOT_EXEC,		/* in no system call, or in another one */
};

enum lw_machine { LW_MACHINE_X86_64, LW_MACHINE_AARCH64 };

#if defined(__aarch64__)
#define LW_MACHINE_NATIVE LW_MACHINE_AARCH64
#else
#define LW_MACHINE_NATIVE LW_MACHINE_X86_64
#endif

struct lw_registers {
	int64_t number;
	uint64_t args[LW_REGISTERS_ARGS];
};

/* The arguments of the execve or execveat, as addresses in the task. */
struct lw_execve {
	bool at;		/* execveat: dirfd and flags are meant */
	bool compat;		/* 32-bit caller */
	bool x32;
	uint8_t pointer_size;	/* of argv[] and envp[]: 4 or 8 */
	int32_t dirfd;
	uint32_t flags;		/* AT_* */
	uint64_t path;
	uint64_t argv;
	uint64_t envp;
};

/*
 * One line, with or without its newline. 0, LW_REGISTERS_RUNNING, LW_REGISTERS_NOT_EXEC, -EINVAL.
 */
int lw_registers_parse(const char *line, size_t length, struct lw_registers *out);

/*
 * Decides by the number which of the machine's interfaces was called. The numbers overlap with
 * those of other calls (11 is munmap on x86_64 and execve on i386; 59 the reverse, oldolduname),
 * but the question is asked of a task that the kernel holds inside an execve, and the exec numbers
 * of one machine's interfaces are all different. The ELF class of the caller would say less: a
 * 64-bit program may call int 0x80. Should the task have left the execve meanwhile (killed, or
 * answered by the deadline), an argument wider than the interface's registers gives it away.
 * Returns 0 or LW_REGISTERS_NOT_EXEC.
 */
int lw_registers_decode(
	const struct lw_registers *registers, enum lw_machine machine, struct lw_execve *out);

/*
 * Reads "syscall" beneath the folder /proc/TID and decodes it; while it says "running", again
 * every 50 us and then more slowly, for at most budget_us (bounded by LW_REGISTERS_BUDGET_MAX_US).
 * Returns 0, a positive outcome, or a negative errno (-ESRCH: the task is gone).
 */
int lw_registers_read(int task_dir, uint32_t budget_us, struct lw_execve *out);

#endif
