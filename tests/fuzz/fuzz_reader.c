/*
 * reader: the first half of the input is a program of reads, the second half the bytes that are
 * read. The sanitizer watches for access outside; the position must never leave the bytes, and a
 * failed read must not move.
 */
#include <string.h>

#include "base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where every byte read goes, so that no read is optimised away. */
static volatile uint64_t sink;

static uint64_t
touch(const uint8_t *p, size_t length)
{
	uint64_t sum = 0;

	for (size_t i = 0; p && i < length; i++)
		sum += p[i];
	return sum;
}

static uint64_t
read_step(struct lw_reader *r, uint8_t choice, uint64_t number)
{
	size_t length = 0;
	const uint8_t *p;

	switch (choice & 7) {
	case 0:
		return lw_reader_seek(r, number);
	case 1:
		return lw_reader_skip(r, number);
	case 2:
		return touch(lw_reader_bytes(r, number), number);
	case 3:
		p = lw_reader_until(r, number, &length);
		return touch(p, length);
	case 4:
		return lw_reader_u8(r);
	case 5:
		return lw_reader_u16(r);
	case 6:
		return lw_reader_u32(r);
	default:
		return lw_reader_u64(r);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2;
	uint8_t *own = malloc(LW_MAX(size - half, 1)); /* so that a byte too far is seen */
	struct lw_reader r;

	if (!own)
		return 0;
	memcpy(own, &data[half], size - half);
	lw_reader_init(&r, own, size - half);
	for (size_t i = 0; i + 1 < half; i += 2) {
		/* Small numbers, and those just below the largest. */
		uint64_t number = data[i] & 8 ? UINT64_MAX - data[i + 1] : data[i + 1];
		size_t before = r.at;

		r.big_endian = data[i] & 16;
		r.failed = false;
		sink += read_step(&r, data[i], number);
		if (r.at > r.length || (r.failed && r.at != before))
			abort();
	}
	free(own);
	return 0;
}
