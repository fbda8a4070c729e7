#include <string.h>

#include "policy/print.h"

static const char plain_first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_";
static const char plain_rest[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-";

static bool
is_plain(const char *s)
{
	static const char *const taken[] = {
		"null", "Null", "NULL", "true", "false", "yes", "no", "on", "off"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(taken); i++)
		if (strcmp(s, taken[i]) == 0)
			return false;
	return *s && strchr(plain_first, *s) && s[strspn(s, plain_rest)] == 0;
}

static uint32_t
utf8_decode(const unsigned char *p, size_t n)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = p[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/*
 * What libyaml takes unescaped, less the two Unicode line breaks, which it folds, and the byte
 * order mark.
 */
static bool
is_printable(uint32_t c)
{
	if (c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff)
		return false;
	return (c >= 0x20 && c < 0x7f) || c >= 0xa0;
}

static void
print_character(struct lw_text *out, const unsigned char *p, size_t n)
{
	uint32_t c = utf8_decode(p, n);

	if (c == '"' || c == '\\')
		lw_text_addf(out, "\\%c", (int)c);
	else if (is_printable(c))
		lw_text_add(out, p, n);
	else
		lw_text_addf(out, c < 0x100 ? "\\x%02X" : c < 0x10000 ? "\\u%04X" : "\\U%08X", c);
}

static void
print_quoted(struct lw_text *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	const size_t length = strlen(s);
	size_t n;

	lw_text_adds(out, "\"");
	for (size_t i = 0; i < length; i += n) {
		n = lw_utf8_sequence(&p[i], length - i);
		if (n == 0)
			break; /* cannot be: the text came through libyaml */
		print_character(out, &p[i], n);
	}
	lw_text_adds(out, "\"");
}

void
lw_print_text(struct lw_text *out, const char *s)
{
	if (is_plain(s))
		lw_text_adds(out, s);
	else
		print_quoted(out, s);
}

static void
list_separate(struct lw_print_list *list)
{
	if (list->printed++)
		lw_text_adds(list->out, ", ");
}

void
lw_print_list_begin(struct lw_print_list *list, struct lw_text *out, size_t count)
{
	*list = (struct lw_print_list){.out = out, .count = count};
	if (count != 1)
		lw_text_adds(out, "[");
}

void
lw_print_list_text(struct lw_print_list *list, const char *s)
{
	list_separate(list);
	lw_print_text(list->out, s);
}

void
lw_print_list_word(struct lw_print_list *list, const char *s)
{
	list_separate(list);
	lw_text_adds(list->out, s);
}

void
lw_print_list_end(struct lw_print_list *list)
{
	if (list->count != 1)
		lw_text_adds(list->out, "]");
}
