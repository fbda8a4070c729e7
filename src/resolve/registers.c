#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/reader.h"
#include "resolve/place.h"
#include "resolve/registers.h"

#define X32_BIT 0x40000000
#define PAUSE_FIRST_US 50
#define PAUSE_LAST_US 1000
#define DECIMAL_MAX 19 /* digits that fit into 64 bits, whatever they are */
#define HEX_MAX 16

/* The exec calls of every interface of a machine. */
struct call {
	enum lw_machine machine;
	int64_t number;
	bool at;
	bool compat;
	bool x32;
	uint8_t pointer_size;
	uint64_t widest; /* largest value of an argument */
};

static const struct call calls[] = {
	{LW_MACHINE_X86_64, 59, false, false, false, 8, UINT64_MAX},
	{LW_MACHINE_X86_64, 322, true, false, false, 8, UINT64_MAX},
	{LW_MACHINE_X86_64, 11, false, true, false, 4, UINT32_MAX},
	{LW_MACHINE_X86_64, 358, true, true, false, 4, UINT32_MAX},
	{LW_MACHINE_X86_64, X32_BIT | 520, false, false, true, 4, UINT64_MAX},
	{LW_MACHINE_X86_64, X32_BIT | 545, true, false, true, 4, UINT64_MAX},
	{LW_MACHINE_AARCH64, 221, false, false, false, 8, UINT64_MAX},
	{LW_MACHINE_AARCH64, 281, true, false, false, 8, UINT64_MAX},
	{LW_MACHINE_AARCH64, 11, false, true, false, 4, UINT32_MAX},
	{LW_MACHINE_AARCH64, 387, true, true, false, 4, UINT32_MAX},
};

static int
digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int
parse_digits(const uint8_t *digits, size_t length, unsigned base, uint64_t *out)
{
	uint64_t v = 0;

	if (length == 0 || length > (base == 10 ? DECIMAL_MAX : HEX_MAX))
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		int d = digit_value(digits[i]);

		if (d < 0 || (unsigned)d >= base)
			return -EINVAL;
		v = v * base + (unsigned)d;
	}
	*out = v;
	return 0;
}

static int
parse_number(const uint8_t *word, size_t length, int64_t *out)
{
	bool negative = length > 0 && word[0] == '-';
	uint64_t v;
	int r = parse_digits(&word[negative], length - negative, 10, &v);

	if (r < 0)
		return r;
	if (v > INT64_MAX)
		return -EINVAL;
	*out = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

static int
parse_argument(struct lw_reader *r, uint64_t *out)
{
	size_t length;
	const uint8_t *word = lw_reader_until(r, ' ', &length);

	if (r->failed || length < 3 || word[0] != '0' || word[1] != 'x')
		return -EINVAL;
	return parse_digits(&word[2], length - 2, 16, out);
}

int
lw_registers_parse(const char *line, size_t length, struct lw_registers *out)
{
	struct lw_registers registers = {0};
	struct lw_reader r;
	size_t n;
	int error;

	if (length > 0 && line[length - 1] == '\n')
		length--;
	if (length == 7 && memcmp(line, "running", 7) == 0)
		return LW_REGISTERS_RUNNING;
	lw_reader_init(&r, line, length);
	const uint8_t *word = lw_reader_until(&r, ' ', &n);
	if (n == 0)
		return -EINVAL;
	error = parse_number(word, n, &registers.number);
	if (error < 0)
		return error;
	if (registers.number < 0)
		return LW_REGISTERS_NOT_EXEC;
	for (size_t i = 0; i < LW_REGISTERS_ARGS; i++) {
		error = parse_argument(&r, &registers.args[i]);
		if (error < 0)
			return error;
	}
	*out = registers;
	return 0;
}

static bool
fits(const struct call *call, const struct lw_registers *registers)
{
	for (size_t i = 0; i < (call->at ? 5u : 3u); i++)
		if (registers->args[i] > call->widest)
			return false;
	return true;
}

int
lw_registers_decode(
	const struct lw_registers *registers, enum lw_machine machine, struct lw_execve *out)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(calls); i++) {
		const struct call *call = &calls[i];
		const uint64_t *args = registers->args;

		if (call->machine != machine || call->number != registers->number)
			continue;
		if (!fits(call, registers))
			return LW_REGISTERS_NOT_EXEC;
		*out = (struct lw_execve){
			.at = call->at,
			.compat = call->compat,
			.x32 = call->x32,
			.pointer_size = call->pointer_size,
			.dirfd = call->at ? (int32_t)args[0] : -1,
			.flags = call->at ? (uint32_t)args[4] : 0,
			.path = args[call->at ? 1 : 0],
			.argv = args[call->at ? 2 : 1],
			.envp = args[call->at ? 3 : 2],
		};
		return 0;
	}
	return LW_REGISTERS_NOT_EXEC;
}

static int
read_once(int task_dir, struct lw_execve *out)
{
	char line[LW_REGISTERS_LINE];
	struct lw_registers registers;
	ssize_t n = lw_proc_read(task_dir, "syscall", line, sizeof(line));
	int r;

	if (n < 0)
		return (int)n;
	if (n == 0)
		return -ESRCH;
	r = lw_registers_parse(line, (size_t)n, &registers);
	return r != 0 ? r : lw_registers_decode(&registers, LW_MACHINE_NATIVE, out);
}

static void
pause_us(uint32_t us)
{
	struct timespec t = {.tv_sec = 0, .tv_nsec = (long)us * 1000};

	nanosleep(&t, NULL);
}

int
lw_registers_read(int task_dir, uint32_t budget_us, struct lw_execve *out)
{
	uint64_t end = lw_now_us() + LW_MIN(budget_us, LW_REGISTERS_BUDGET_MAX_US);
	uint32_t us = PAUSE_FIRST_US;

	for (;;) {
		int r = read_once(task_dir, out);

		if (r != LW_REGISTERS_RUNNING || lw_now_us() >= end)
			return r;
		pause_us(us);
		us = LW_MIN(us * 2, PAUSE_LAST_US);
	}
}
