/*
 * Values that are numbers, with or without a unit.
 */
#include <assert.h>
#include <string.h>

#include "policy/load.h"
#include "policy/value.h"

static const struct lw_unit *
unit_find(const struct lw_units *units, const char *suffix)
{
	for (size_t i = 0; i < units->count; i++)
		if (strcmp(units->units[i].suffix, suffix) == 0)
			return &units->units[i];
	return NULL;
}

static void
units_describe(const struct lw_units *units, struct lw_text *out)
{
	const char *separator = " (with ";

	for (size_t i = units->count; i-- > 0;) {
		if (!*units->units[i].suffix)
			continue;
		lw_text_addf(out, "%s%s", separator, units->units[i].suffix);
		separator = ", ";
	}
	if (*separator == ',')
		lw_text_adds(out, ")");
}

/* "500", "500ms", "64KiB" in units of factor 1; false when it is no such thing. */
static bool
number_split(const struct lw_units *units, const char *text, uint64_t *value, uint64_t *factor)
{
	const size_t digits = strspn(text, "0123456789");
	const struct lw_unit *unit = unit_find(units, text + digits);
	char number[24];

	if (digits == 0 || digits >= sizeof(number) || (digits > 1 && text[0] == '0'))
		return false;
	memcpy(number, text, digits);
	number[digits] = 0;
	if (lw_parse_u64(number, value) < 0)
		return false;
	*factor = unit ? unit->factor : 1;
	return unit || (text[digits] == 0 && (units->bare || *value == 0));
}

static void
number_print(const struct lw_units *units, uint64_t v, struct lw_text *out)
{
	for (size_t i = 0; i < units->count && v != 0; i++) {
		const struct lw_unit *u = &units->units[i];

		if (v % u->factor == 0) {
			lw_text_addf(out, "%llu%s", (unsigned long long)(v / u->factor), u->suffix);
			return;
		}
	}
	lw_text_addf(out, "%llu", (unsigned long long)v);
}

static void
number_bounds(const struct lw_key *k, struct lw_text *out)
{
	number_print(k->units, k->min, out);
	lw_text_adds(out, " to ");
	number_print(k->units, k->max, out);
}

static int
refuse_number(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, bool range)
{
	_cleanup_text_ struct lw_text what = {0};

	lw_text_init(&what, 256);
	if (!range) {
		lw_text_addf(&what, "is no %s", k->units->name);
		units_describe(k->units, &what);
	} else {
		lw_text_adds(&what, "is out of bounds: ");
		number_bounds(k, &what);
	}
	return lw_loader_refuse(l, k, n, "\"%.64s\" %s", n->text, what.data ? what.data : "");
}

static int
number_parse(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, uint64_t *out)
{
	uint64_t value = 0, factor = 1;

	if (n->type != LW_YAML_SCALAR)
		return lw_value_refuse_shape(l, k, n);
	if (!number_split(k->units, n->text, &value, &factor))
		return refuse_number(l, k, n, false);
	if (__builtin_mul_overflow(value, factor, &value) || value < k->min || value > k->max)
		return refuse_number(l, k, n, true);
	*out = value;
	return 0;
}

static int
u32_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	uint64_t v = 0;
	int r = number_parse(l, k, n, &v);

	assert(k->max <= UINT32_MAX);
	if (r == 0)
		*(uint32_t *)field = v;
	return r;
}

static int
u64_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	return number_parse(l, k, n, field);
}

static void
u32_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	number_print(k->units, *(const uint32_t *)field, out);
}

static void
u64_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	number_print(k->units, *(const uint64_t *)field, out);
}

static void
number_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "%s, ", k->units->name);
	number_bounds(k, out);
}

const struct lw_type lw_type_u32 = {
	.parse = u32_parse,
	.print = u32_print,
	.done = lw_value_keep,
	.describe = number_describe,
};

const struct lw_type lw_type_u64 = {
	.parse = u64_parse,
	.print = u64_print,
	.done = lw_value_keep,
	.describe = number_describe,
};
