/*
 * Any bytes as text, arguments and environment: bounded growth, lists keep their count of items,
 * what has been redacted once holds no secret of the known shapes that begin anew.
 */
#include <stdlib.h>
#include <string.h>

#include "report/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lw_redactor *redactor;

static size_t
items(struct lw_bytes list)
{
	struct lw_bytes item;
	size_t n = 0;

	for (size_t at = 0; lw_bytes_next(list, &at, &item);)
		n++;
	return n;
}

static void
check(bool (*fn)(struct lw_redactor *, struct lw_bytes, struct lw_text *), struct lw_bytes in,
	bool is_list)
{
	struct lw_text out;
	bool changed;

	lw_text_init(&out, in.length * LW_REDACT_GROWTH + 64);
	lw_redactor_begin(redactor);
	changed = fn(redactor, in, &out);
	if (out.failed)
		abort();
	if (!changed && !is_list &&
		(out.length != in.length || memcmp(out.data, in.data, in.length) != 0))
		abort();
	if (is_list && items(in) != items((struct lw_bytes){out.data, out.length}))
		abort();
	lw_text_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char pattern[] = "x[0-9]+y";
	char *patterns[] = {pattern};
	const struct lw_string_list list = {patterns, 1};
	struct lw_bytes in = {(const char *)data, size};
	char detail[248];

	if (!redactor && lw_redactor_new(&redactor, true, &list, detail) != 0)
		abort();
	if (size == 0)
		return 0;
	check(lw_redact_text, in, false);
	check(lw_redact_arguments, in, true);
	check(lw_redact_environment, in, true);
	return 0;
}
