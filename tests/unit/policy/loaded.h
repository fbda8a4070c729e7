/*
 * loaded: policies from text, for the tests of this folder.
 */
#ifndef LW_TEST_POLICY_LOADED_H
#define LW_TEST_POLICY_LOADED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "policy/policy.h"

#define _cleanup_policy_ _cleanup_(lw_policy_freep)

/*
 * The errors of a text under the name "p.yaml"; NULL data when it loads, and then *out (if not
 * NULL) is the policy.
 */
static inline int
load_text(const char *text, struct lw_policy **out, struct lw_text *errors)
{
	const struct lw_policy_source source = {"p.yaml", text, strlen(text)};
	_cleanup_policy_ struct lw_policy *p = NULL;
	int r = lw_policy_load(&source, 1, &p, errors);

	if (r == 0 && out)
		*out = TAKE_PTR(p);
	return r;
}

static inline struct lw_policy *
loaded(const char *text)
{
	_cleanup_text_ struct lw_text errors = {0};
	struct lw_policy *p = NULL;

	lw_text_init(&errors, 65536);
	if (load_text(text, &p, &errors) != 0)
		fail_msg("%s", errors.data ? errors.data : "no memory");
	assert_null(errors.data);
	return p;
}

/* The text has exactly these errors. */
static inline void
refused(const char *text, const char *expected)
{
	_cleanup_text_ struct lw_text errors = {0};

	lw_text_init(&errors, 65536);
	assert_int_equal(load_text(text, NULL, &errors), -EINVAL);
	assert_string_equal(errors.data, expected);
}

#endif
