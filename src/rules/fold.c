#include "rules/fold.h"

/* Capital letters, and what is added to make small ones of them (Unicode's CaseFolding.txt). */
struct range {
	uint16_t first, last;
	uint8_t step; /* 2: every second code point is a capital */
	int16_t add;
};

static const struct range ranges[] = {
	{0x00c0, 0x00d6, 1, 32},
	{0x00d8, 0x00de, 1, 32},
	{0x0100, 0x012e, 2, 1},
	{0x0132, 0x0136, 2, 1},
	{0x0139, 0x0147, 2, 1},
	{0x014a, 0x0176, 2, 1},
	{0x0178, 0x0178, 1, -121},
	{0x0179, 0x017d, 2, 1},
	{0x0386, 0x0386, 1, 38},
	{0x0388, 0x038a, 1, 37},
	{0x038c, 0x038c, 1, 64},
	{0x038e, 0x038f, 1, 63},
	{0x0391, 0x03a1, 1, 32},
	{0x03a3, 0x03ab, 1, 32},
	{0x0400, 0x040f, 1, 80},
	{0x0410, 0x042f, 1, 32},
	{0x0460, 0x0480, 2, 1},
	{0x048a, 0x04be, 2, 1},
	{0x04d0, 0x052e, 2, 1},
	{0x0531, 0x0556, 1, 48},
};

static uint32_t
fold_code(uint32_t code)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(ranges); i++) {
		const struct range *r = &ranges[i];

		if (code >= r->first && code <= r->last)
			return (code - r->first) % r->step == 0 ? code + r->add : code;
	}
	return code;
}

static bool
is_two_bytes(uint8_t lead, uint8_t next)
{
	return lead >= 0xc3 && lead <= 0xdf && (next & 0xc0) == 0x80;
}

static uint8_t
fold_ascii(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

void
lw_rule_fold(uint8_t *dst, const uint8_t *src, size_t length)
{
	size_t i = 0;

	while (i < length) {
		if (src[i] < 0x80 || i + 1 == length || !is_two_bytes(src[i], src[i + 1])) {
			dst[i] = fold_ascii(src[i]);
			i++;
			continue;
		}
		uint32_t code = fold_code((src[i] & 0x1fu) << 6 | (src[i + 1] & 0x3fu));

		dst[i] = 0xc0 | code >> 6;
		dst[i + 1] = 0x80 | (code & 0x3f);
		i += 2;
	}
}
