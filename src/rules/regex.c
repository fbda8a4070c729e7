#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/regex.h"

#include <errno.h>
#include <pcre2.h>
#include <string.h>

#include "base/text.h"
#include "rules/regex_literal.h"

struct lw_regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	uint8_t literal[LW_REGEX_LITERAL_MAX];
	size_t literal_length;
};

struct lw_regex *
lw_regex_free(struct lw_regex *r)
{
	if (r) {
		pcre2_match_data_free(r->match);
		pcre2_match_context_free(r->limits);
		pcre2_code_free(r->code);
		free(r);
	}
	return NULL;
}

static void
lw_regex_freep(struct lw_regex **r)
{
	*r = lw_regex_free(*r);
}

static uint32_t
options_of(const char *text, size_t length, unsigned flags)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;

	if (flags & LW_REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & LW_REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & LW_REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	return options | PCRE2_NEVER_UTF;
}

static int
compile(const char *text, size_t length, uint32_t options, pcre2_code **out,
	char reason[LW_REGEX_REASON_SIZE])
{
	size_t at;
	int error;
	char message[96];

	*out = pcre2_compile((PCRE2_SPTR)text, length, options, &error, &at, NULL);
	if (*out)
		return 0;
	if (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof(message));
	snprintf(reason, LW_REGEX_REASON_SIZE, "at character %zu: %s", at + 1, message);
	return 1;
}

/* As it is first, for its errors: within the group, ")" would close what is not its own. */
static int
compile_anchored(struct lw_regex *r, const char *text, size_t length, unsigned flags,
	char reason[LW_REGEX_REASON_SIZE])
{
	uint32_t options = options_of(text, length, flags);
	_cleanup_text_ struct lw_text whole = {0};
	pcre2_code *bare = NULL;
	int error = compile(text, length, options, &bare, reason);

	pcre2_code_free(bare);
	if (error != 0)
		return error;
	if (length > 1 && text[0] == '(' && text[1] == '*') {
		snprintf(reason, LW_REGEX_REASON_SIZE, "verbs such as (*UTF) are not supported");
		return 1;
	}
	lw_text_init(&whole, LW_REGEX_BYTES_MAX + 32);
	lw_text_adds(&whole, "(?s:.*?)(?:");
	lw_text_add(&whole, text, length);
	lw_text_adds(&whole, ")");
	if (whole.failed)
		return -ENOMEM;
	return compile(whole.data, whole.length, options | PCRE2_ANCHORED, &r->code, reason);
}

static int
prepare(struct lw_regex *r)
{
	r->match = pcre2_match_data_create(1, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (!r->match || !r->limits)
		return -ENOMEM;
	pcre2_set_match_limit(r->limits, LW_REGEX_STEPS);
	pcre2_set_depth_limit(r->limits, LW_REGEX_DEPTH);
	pcre2_set_heap_limit(r->limits, LW_REGEX_HEAP_KIB);
	return 0;
}

int
lw_regex_new(const char *text, size_t length, unsigned flags, struct lw_regex **out,
	char reason[LW_REGEX_REASON_SIZE])
{
	_cleanup_(lw_regex_freep) struct lw_regex *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	if (length > LW_REGEX_BYTES_MAX) {
		snprintf(reason, LW_REGEX_REASON_SIZE, "more than %u bytes", LW_REGEX_BYTES_MAX);
		return 1;
	}
	error = compile_anchored(r, text, length, flags, reason);
	if (error == 0)
		error = prepare(r);
	if (error != 0)
		return error;
	r->literal_length = lw_regex_literal_of(text, length, r->literal);
	*out = TAKE_PTR(r);
	return 0;
}

int
lw_regex_search(struct lw_regex *r, const char *text, size_t length)
{
	int n = pcre2_match(
		r->code, (PCRE2_SPTR)text, length, 0, PCRE2_ANCHORED, r->match, r->limits);

	return n >= 0 ? 1 : n == PCRE2_ERROR_NOMATCH ? 0 : -E2BIG;
}

const uint8_t *
lw_regex_literal(const struct lw_regex *r, size_t *length)
{
	*length = r->literal_length;
	return r->literal_length > 0 ? r->literal : NULL;
}
