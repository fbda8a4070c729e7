/*
 * behave: which rules of content.rules one execution meets.
 *
 * Called by classify. Makes of an execution's facts what rules can ask about (rules/rules.h), has
 * the rules evaluated, and makes of those that are met what a finding shows. Facts come from the
 * gate and texts from a container: every slice and enum is checked. Owns its buffers and the rules.
 */
#ifndef LW_CLASSIFY_BEHAVE_H
#define LW_CLASSIFY_BEHAVE_H

#include "layerwatch/messages.h"
#include "rules/rules.h"

#define LW_BEHAVE_SCRIPT_MAX (64u * 1024) /* bytes of a script's capture that rules see */

struct lw_behave;

/* Takes rules. -ENOMEM frees neither. */
int lw_behave_new(struct lw_rules *rules, struct lw_behave **out);
struct lw_behave *lw_behave_free(struct lw_behave *b); /* always NULL */
void lw_behave_freep(struct lw_behave **b);

/*
 * The same from the texts of content.rules (policy/rule_files.h). A rule that is refused is no
 * error: refusals get a line "file:line:column: reason" for it. Returns 0, -E2BIG beyond the bounds
 * of the whole, or -ENOMEM.
 */
int lw_behave_load(
	const char *text, size_t length, struct lw_behave **out, struct lw_text *refusals);

/*
 * arena_fd, and capture_fd or -1, are only read. Fills out but for generation and elapsed_us.
 * Returns 0, -EPROTO when a fact is out of its bounds, or a negative errno of reading.
 */
int lw_behave_ask(struct lw_behave *b, const struct lw_msg_behave *m, int arena_fd, int capture_fd,
	struct lw_msg_behaved *out);

#endif
