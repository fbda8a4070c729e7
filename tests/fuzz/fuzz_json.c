/*
 * json: the input's first bytes choose what is written, the rest is written. Whatever it is: one
 * line, valid UTF-8, within the bound, and nothing in it that a terminal or a web page would act
 * on.
 */
#include <string.h>

#include "base/json.h"

#define BOUND 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct lw_text *t)
{
	const unsigned char *p = (const unsigned char *)t->data;

	if (t->length > BOUND || t->capacity > BOUND + 1)
		abort();
	if (t->failed || !t->data)
		return;
	if (t->data[t->length] != '\0' || !lw_utf8_valid(t->data, t->length))
		abort();
	for (size_t i = 0, n; i < t->length; i += n) {
		uint32_t code = 0;

		n = lw_utf8_decode(&p[i], t->length - i, &code);
		if (n == 0 || lw_utf8_control(code) || code == '<' || code == '>' || code == '&')
			abort();
	}
}

/* One step of the writer, chosen by a byte; returns how many bytes of the rest it used. */
static size_t
write_step(struct lw_json *j, uint8_t choice, const uint8_t *rest, size_t left)
{
	size_t n = LW_MIN(left, choice >> 3);
	char key[32] = "";
	int64_t number = 0;

	memcpy(key, rest, LW_MIN(n, sizeof(key) - 1));
	memcpy(&number, rest, LW_MIN(n, sizeof(number)));
	switch (choice & 7) {
	case 0:
		lw_json_object(j);
		return 0;
	case 1:
		lw_json_array(j);
		return 0;
	case 2:
		lw_json_object_end(j);
		return 0;
	case 3:
		lw_json_array_end(j);
		return 0;
	case 4:
		lw_json_key(j, key);
		return n;
	case 5:
		lw_json_pair_time(j, key, number);
		return n;
	case 6:
		lw_json_double(j, (double)number / 3, choice >> 3);
		return n;
	default:
		lw_json_bytes(j, rest, n);
		return n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct lw_text text;
	struct lw_json json;

	lw_text_init(&text, BOUND);
	lw_json_init(&json, &text);
	for (size_t i = 0; i < size;) {
		uint8_t choice = data[i++];

		i += write_step(&json, choice, &data[i], size - i);
		check(&text);
	}
	lw_text_reset(&text);
	lw_json_init(&json, &text);
	lw_json_bytes(&json, data, size);
	if (size <= (BOUND - 2) / 6 && text.failed)
		abort();
	check(&text);
	return 0;
}
