#include "rules/modifier.h"

#include <stdarg.h>
#include <string.h>

#include "rules/set.h"

struct modifier {
	const char *name;
	unsigned flag; /* LW_MOD_* */
	unsigned value; /* LW_REGEX_*, enum lw_compare or LW_AT_* */
	unsigned with; /* the modifiers that may stand beside it */
	lw_encoder encoder;
};

#define ON_ANY (LW_MOD_ALL | LW_MOD_NOT)
#define ON_TEXT (ON_ANY | LW_MOD_CASED | LW_MOD_EXPAND | LW_MOD_SHAPE | LW_MOD_ENCODES)

static const struct modifier modifiers[] = {
	{"contains", LW_MOD_SHAPE, 0, ON_TEXT | LW_MOD_FIELDREF, lw_encode_contains},
	{"startswith", LW_MOD_SHAPE, LW_AT_START, ON_TEXT | LW_MOD_FIELDREF, lw_encode_startswith},
	{"endswith", LW_MOD_SHAPE, LW_AT_END, ON_TEXT | LW_MOD_FIELDREF, lw_encode_endswith},
	{"all", LW_MOD_ALL, 0, ~(unsigned)(LW_MOD_COMPARE | LW_MOD_EXISTS)},
	{"cased", LW_MOD_CASED, 0, ON_TEXT | LW_MOD_FIELDREF | LW_MOD_REGEX},
	{"re", LW_MOD_REGEX, 0, ON_ANY | LW_MOD_REGEX_FLAG | LW_MOD_CASED},
	{"i", LW_MOD_REGEX_FLAG, LW_REGEX_CASELESS, ON_ANY | LW_MOD_REGEX | LW_MOD_REGEX_FLAG},
	{"m", LW_MOD_REGEX_FLAG, LW_REGEX_MULTILINE, ON_ANY | LW_MOD_REGEX | LW_MOD_REGEX_FLAG},
	{"s", LW_MOD_REGEX_FLAG, LW_REGEX_DOTALL, ON_ANY | LW_MOD_REGEX | LW_MOD_REGEX_FLAG},
	{"base64", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_base64},
	{"base64offset", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_base64offset},
	{"wide", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_utf16le},
	{"utf16le", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_utf16le},
	{"utf16be", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_utf16be},
	{"utf16", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_utf16},
	{"windash", LW_MOD_ENCODES, 0, ON_TEXT, lw_encode_windash},
	{"cidr", LW_MOD_CIDR, 0, ON_ANY | LW_MOD_EXPAND},
	{"lt", LW_MOD_COMPARE, LW_COMPARE_LESS, LW_MOD_NOT},
	{"lte", LW_MOD_COMPARE, LW_COMPARE_LESS_EQUAL, LW_MOD_NOT},
	{"gt", LW_MOD_COMPARE, LW_COMPARE_GREATER, LW_MOD_NOT},
	{"gte", LW_MOD_COMPARE, LW_COMPARE_GREATER_EQUAL, LW_MOD_NOT},
	{"exists", LW_MOD_EXISTS, 0, 0},
	{"fieldref", LW_MOD_FIELDREF, 0, ON_ANY | LW_MOD_CASED | LW_MOD_SHAPE},
	{"expand", LW_MOD_EXPAND, 0, ON_TEXT | LW_MOD_CIDR},
	{"neq", LW_MOD_NOT, 0, ~(unsigned)LW_MOD_EXISTS},
};

/* Of the specification, but about what no field here is. */
static const char *const of_times[] = {"minute", "hour", "day", "week", "month", "year"};

static int _printf_(2, 3) refuse(char reason[LW_RULE_REASON_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, LW_RULE_REASON_SIZE, fmt, ap);
	va_end(ap);
	return 1;
}

static const struct modifier *
find(const char *name, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(modifiers); i++)
		if (strlen(modifiers[i].name) == length &&
			memcmp(modifiers[i].name, name, length) == 0)
			return &modifiers[i];
	return NULL;
}

static int
refuse_unknown(const char *name, size_t length, char reason[LW_RULE_REASON_SIZE])
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(of_times); i++)
		if (strlen(of_times[i]) == length && memcmp(of_times[i], name, length) == 0)
			return refuse(
				reason, "|%s is not supported: no field is a time", of_times[i]);
	return refuse(reason, "|%.*s is no modifier that is known", (int)LW_MIN(length, 64u), name);
}

static int
apply(struct lw_key *key, const struct modifier *m, char reason[LW_RULE_REASON_SIZE])
{
	unsigned once = LW_MOD_SHAPE | LW_MOD_COMPARE;

	if ((key->modifiers & ~m->with & ~m->flag) || (key->modifiers & m->flag & once))
		return refuse(reason, "|%s does not go with what is before it", m->name);
	if (m->flag == LW_MOD_REGEX_FLAG && !(key->modifiers & LW_MOD_REGEX))
		return refuse(reason, "|%s belongs behind |re", m->name);
	key->modifiers |= m->flag;
	if (m->flag == LW_MOD_REGEX_FLAG)
		key->regex |= m->value;
	if (m->flag == LW_MOD_COMPARE)
		key->compare = m->value;
	if (m->flag == LW_MOD_SHAPE)
		key->at = m->value;
	if (m->encoder && key->encoder_count == LW_KEY_ENCODERS_MAX)
		return refuse(reason, "more than %d modifiers", LW_KEY_ENCODERS_MAX);
	if (m->encoder)
		key->encoders[key->encoder_count++] = m->encoder;
	return 0;
}

int
lw_key_parse(const char *text, struct lw_key *out, char reason[LW_RULE_REASON_SIZE])
{
	size_t length = strcspn(text, "|");
	int r = 0;

	*out = (struct lw_key){.at = LW_AT_START | LW_AT_END};
	if (length >= sizeof(out->field))
		return refuse(
			reason, "a field's name of more than %zu bytes", sizeof(out->field) - 1);
	memcpy(out->field, text, length);
	for (text += length; r == 0 && *text == '|'; text += length) {
		const struct modifier *m;

		text++;
		length = strcspn(text, "|");
		m = find(text, length);
		r = m ? apply(out, m, reason) : refuse_unknown(text, length, reason);
	}
	return r;
}
