#include <errno.h>
#include <string.h>

#include "base/reader.h"
#include "resolve/place.h"
#include "resolve/task.h"

enum { FIELD_NAME, FIELD_TGID, FIELD_PPID, FIELD_UID, FIELD_GID, FIELD_COUNT, LINE_OTHER };

static const char *const fields[FIELD_COUNT] = {"Name", "Tgid", "PPid", "Uid", "Gid"};

/* The first number of a value: "0\t0\t0\t0" has the real id first. */
static int
parse_first(const uint8_t *value, size_t length, uint32_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < length && value[i] >= '0' && value[i] <= '9' && v <= UINT32_MAX; i++)
		v = v * 10 + (value[i] - '0');
	if (i == 0 || v > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

/* The kernel writes a newline in a name as "\n" and a backslash as "\\", nothing else. */
static int
parse_name(const uint8_t *value, size_t length, char out[LW_COMM_SIZE])
{
	size_t at = 0;

	for (size_t i = 0; i < length && at < LW_COMM_SIZE - 1; i++) {
		uint8_t c = value[i];

		if (c == '\\' && i + 1 < length)
			c = value[++i] == 'n' ? '\n' : value[i];
		out[at++] = (char)c;
	}
	out[at] = '\0';
	return 0;
}

static int
parse_field(int field, const uint8_t *value, size_t length, struct lw_task *out)
{
	uint32_t *const numbers[FIELD_COUNT] = {
		[FIELD_TGID] = &out->tgid,
		[FIELD_PPID] = &out->ppid,
		[FIELD_UID] = &out->uid,
		[FIELD_GID] = &out->gid,
	};

	if (field == FIELD_NAME)
		return parse_name(value, length, out->comm);
	return parse_first(value, length, numbers[field]);
}

static int
find_field(const uint8_t *name, size_t length)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (strlen(fields[i]) == length && memcmp(fields[i], name, length) == 0)
			return i;
	return -1;
}

/* One line "Name:\tvalue". Returns the field, LINE_OTHER, or -EINVAL. */
static int
parse_line(const uint8_t *line, size_t length, struct lw_task *out)
{
	struct lw_reader r;
	size_t n;
	int field;

	lw_reader_init(&r, line, length);
	const uint8_t *name = lw_reader_until(&r, ':', &n);
	field = find_field(name, n);
	if (field < 0)
		return LINE_OTHER;
	if (lw_reader_u8(&r) != '\t')
		return -EINVAL;
	n = lw_reader_left(&r);
	int error = parse_field(field, lw_reader_bytes(&r, n), n, out);
	return error < 0 ? error : field;
}

int
lw_task_parse_status(const char *text, size_t length, struct lw_task *out)
{
	struct lw_task task = {0};
	unsigned missing = (1u << FIELD_COUNT) - 1;
	struct lw_reader r;

	lw_reader_init(&r, text, length);
	while (missing && lw_reader_left(&r) > 0) {
		size_t n;
		const uint8_t *line = lw_reader_until(&r, '\n', &n);
		int field = parse_line(line, n, &task);

		if (field < 0)
			return field;
		/* The first of a name counts: what a task can choose (its name) can't add lines. */
		if (field < FIELD_COUNT)
			missing &= ~(1u << field);
	}
	if (missing)
		return -EINVAL;
	*out = task;
	return 0;
}

int
lw_task_read(int dir, struct lw_task *out)
{
	char text[LW_TASK_STATUS];
	ssize_t n = lw_proc_read(dir, "status", text, sizeof(text));

	return n < 0 ? (int)n : lw_task_parse_status(text, (size_t)n, out);
}
