/*
 * redact: takes secrets out of arguments, environment and contents before they leave the machine.
 *
 * The default patterns are hand-written scanners that look at each byte a bounded number of times.
 * Further patterns (capture.redact_patterns) are POSIX extended regular expressions (REG_NEWLINE)
 * over windows of LW_REDACT_WINDOW bytes, within a time budget for each finding: hostile text can't
 * hold report. What could not be looked at in time is left out, not let out. Hashes are taken by
 * others, of the bytes before redaction.
 */
#ifndef LW_REPORT_REDACT_H
#define LW_REPORT_REDACT_H

#include "base/text.h"
#include "policy/policy.h"
#include "report/evidence.h"

#define LW_REDACT_WINDOW 2048 /* bytes that one regular expression sees at once */
#define LW_REDACT_OVERLAP                                                                          \
	256 /* bytes that two windows share: a longer match may be missed at a border */
#define LW_REDACT_BUDGET_US 100000 /* for the regular expressions of one finding */
#define LW_REDACTED "[REDACTED]"
#define LW_REDACT_GROWTH 4 /* the output is at most so many times the input, plus 64 bytes */

struct lw_redactor;

/* enabled false: texts pass as they are. A pattern that can't be used: -EINVAL, `detail` says why
 * (as lw_child_ops.config). */
int lw_redactor_new(struct lw_redactor **out, bool enabled, const struct lw_string_list *patterns,
	char detail[248]);
struct lw_redactor *lw_redactor_free(struct lw_redactor *r); /* always NULL */
void lw_redactor_freep(struct lw_redactor **r);

/* Starts the time budget of one finding. */
void lw_redactor_begin(struct lw_redactor *r);

/*
 * Each adds its input to out with secrets replaced by LW_REDACTED and returns whether anything was
 * replaced. arguments: NUL-ended items; a flag such as --password also hides the item after it.
 * environment: NUL-ended NAME=value; a telling NAME hides the whole value.
 */
bool lw_redact_text(struct lw_redactor *r, struct lw_bytes in, struct lw_text *out);
bool lw_redact_arguments(struct lw_redactor *r, struct lw_bytes list, struct lw_text *out);
bool lw_redact_environment(struct lw_redactor *r, struct lw_bytes list, struct lw_text *out);

#endif
