/*
 * Values that are lists of digests or of number ranges, and keys that have but one value in this
 * version.
 */
#include <errno.h>
#include <string.h>

#include "policy/load.h"
#include "policy/print.h"
#include "policy/value.h"

void
lw_value_keep(const struct lw_key *k, void *field)
{
}

int
lw_value_refuse_shape(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n)
{
	return lw_loader_refuse(l, k, n, "one value is expected, not a %s",
		n->type == LW_YAML_LIST ? "list" : "map");
}

static int
check_list(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n)
{
	if (n->type == LW_YAML_MAP)
		return lw_loader_refuse(l, k, n, "a value or a list is expected, not a map");
	if (n->type == LW_YAML_LIST && n->count < k->min)
		return lw_loader_refuse(l, k, n, "the list is empty: this could never match");
	if (n->count > k->max)
		return lw_loader_refuse(l, k, n, "more than %u in the list", (unsigned)k->max);
	return 0;
}

static void
free_items(const struct lw_value_item *item, uint8_t *items, size_t count)
{
	for (size_t i = 0; item->done && i < count; i++)
		item->done(&items[i * item->size]);
	free(items);
}

int
lw_value_read_list(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	const struct lw_value_item *item, void **items, size_t *count)
{
	const struct lw_yaml_node *c = n->type == LW_YAML_LIST ? n->first : n;
	uint8_t *read;
	size_t at = 0;
	int r = check_list(l, k, n);

	if (r != 0)
		return r;
	read = calloc(LW_MAX(n->count, 1), item->size);
	if (!read)
		return -ENOMEM;
	for (; c && r == 0; c = n->type == LW_YAML_LIST ? c->next : NULL) {
		r = item->read(l, k, c, &read[at * item->size]);
		at += r == 0;
	}
	if (r != 0) {
		free_items(item, read, at);
		return r;
	}
	*items = read;
	*count = at;
	return 0;
}

/* Digests */

static void
digests_done(const struct lw_key *k, void *field)
{
	struct lw_digest_list *list = field;

	free(list->items);
	*list = (struct lw_digest_list){0};
}

static int
digest_read(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *item)
{
	if (n->type != LW_YAML_SCALAR)
		return lw_value_refuse_shape(l, k, n);
	if (n->length != 2 * LW_SHA256_SIZE || lw_unhex(item, LW_SHA256_SIZE, n->text) < 0)
		return lw_loader_refuse(
			l, k, n, "\"%.64s\" is no SHA-256: 64 hex digits are expected", n->text);
	return 0;
}

static int
digests_parse(
	struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	static const struct lw_value_item item = {.size = LW_SHA256_SIZE, .read = digest_read};
	struct lw_digest_list *list = field;
	void *items = NULL;
	size_t count = 0;
	int r = lw_value_read_list(l, k, n, &item, &items, &count);

	if (r != 0)
		return r;
	digests_done(k, list);
	*list = (struct lw_digest_list){.items = items, .count = count};
	return 0;
}

static void
digests_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	const struct lw_digest_list *digests = field;
	char hex[2 * LW_SHA256_SIZE + 1];
	struct lw_print_list list;

	lw_print_list_begin(&list, out, digests->count);
	for (size_t i = 0; i < digests->count; i++) {
		lw_hex(hex, digests->items[i], LW_SHA256_SIZE);
		lw_print_list_text(&list, hex);
	}
	lw_print_list_end(&list);
}

static bool
digests_present(const void *field)
{
	return ((const struct lw_digest_list *)field)->count != 0;
}

static void
digests_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "list of SHA-256 in hex, up to %u", (unsigned)k->max);
}

const struct lw_type lw_type_digests = {
	.parse = digests_parse,
	.print = digests_print,
	.done = digests_done,
	.present = digests_present,
	.describe = digests_describe,
};

/* Ranges of numbers */

static void
ranges_done(const struct lw_key *k, void *field)
{
	struct lw_range_list *list = field;

	free(list->items);
	*list = (struct lw_range_list){0};
}

static bool
range_number(const char *text, size_t length, uint32_t *out)
{
	char number[12];
	uint64_t v = 0;

	if (length == 0 || length >= sizeof(number))
		return false;
	memcpy(number, text, length);
	number[length] = 0;
	if (lw_parse_u64(number, &v) < 0 || v > UINT32_MAX)
		return false;
	*out = v;
	return true;
}

static bool
range_scan(const char *text, struct lw_range *out)
{
	const size_t low = strcspn(text, "-");
	const char *high = text[low] ? text + low + 1 : text;

	return range_number(text, low, &out->low) && range_number(high, strlen(high), &out->high) &&
	       out->low <= out->high;
}

static int
range_read(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *item)
{
	if (n->type != LW_YAML_SCALAR)
		return lw_value_refuse_shape(l, k, n);
	if (!range_scan(n->text, item))
		return lw_loader_refuse(l, k, n,
			"\"%.64s\" is neither a number nor a range such as 1000-1999", n->text);
	return 0;
}

static int
ranges_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	static const struct lw_value_item item = {
		.size = sizeof(struct lw_range), .read = range_read};
	struct lw_range_list *list = field;
	void *items = NULL;
	size_t count = 0;
	int r = lw_value_read_list(l, k, n, &item, &items, &count);

	if (r != 0)
		return r;
	ranges_done(k, list);
	*list = (struct lw_range_list){.items = items, .count = count};
	return 0;
}

static void
ranges_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	const struct lw_range_list *ranges = field;
	struct lw_print_list list;
	char text[32];

	lw_print_list_begin(&list, out, ranges->count);
	for (size_t i = 0; i < ranges->count; i++) {
		const struct lw_range *r = &ranges->items[i];

		if (r->low == r->high)
			snprintf(text, sizeof(text), "%u", r->low);
		else
			snprintf(text, sizeof(text), "%u-%u", r->low, r->high);
		lw_print_list_word(&list, text);
	}
	lw_print_list_end(&list);
}

static bool
ranges_present(const void *field)
{
	return ((const struct lw_range_list *)field)->count != 0;
}

static void
ranges_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "list of numbers or ranges, up to %u", (unsigned)k->max);
}

const struct lw_type lw_type_ranges = {
	.parse = ranges_parse,
	.print = ranges_print,
	.done = ranges_done,
	.present = ranges_present,
	.describe = ranges_describe,
};

/*
 * Keys with one value: what they name besides is a feature of a later version, and never
 * silently ignored
 */

static bool
is_later(const struct lw_key *k, const struct lw_yaml_node *n)
{
	if (!k->later)
		return false;
	if (strcmp(k->later, "*") == 0)
		return true;
	return n->type == LW_YAML_SCALAR && strcmp(k->later, n->text) == 0;
}

static int
fixed_parse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n, void *field)
{
	const bool none = n->type == LW_YAML_LIST && n->count == 0;
	const char *text = none ? "[]" : n->type == LW_YAML_SCALAR ? n->text : NULL;

	if (text && strcmp(text, k->fixed) == 0)
		return 0;
	if (is_later(k, n))
		return lw_loader_refuse(l, k, n, "%.64s: not available in this version; only %s is",
			n->type == LW_YAML_SCALAR ? n->text : "a list", k->fixed);
	return lw_loader_refuse(l, k, n, "only %s can stand here", k->fixed);
}

static void
fixed_print(const struct lw_key *k, const void *field, struct lw_text *out)
{
	lw_text_adds(out, k->fixed);
}

static void
fixed_describe(const struct lw_key *k, struct lw_text *out)
{
	lw_text_addf(out, "only %s", k->fixed);
}

const struct lw_type lw_type_fixed = {
	.parse = fixed_parse,
	.print = fixed_print,
	.done = lw_value_keep,
	.describe = fixed_describe,
};
