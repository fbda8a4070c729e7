/*
 * classify: the role. Takes hash lists, YARA rules and the policy from the guard and contents
 * from the gate, and answers with assessments, one after the other.
 *
 * It owns what it was given and nothing else: no file, no network, no privilege. A content that
 * kills or hangs it costs one answer; guard and gate replace it.
 */
#ifndef LW_CLASSIFY_CLASSIFY_H
#define LW_CLASSIFY_CLASSIFY_H

#include "base/loop.h"

struct lw_classify;

/*
 * Takes LW_FD_GUARD and waits there for the life of a child (proc/child.h). The loop must live
 * longer. After this no file is opened any more: the caller can enter the sandbox.
 */
int lw_classify_new(struct lw_classify **out, struct lw_loop *loop);
struct lw_classify *lw_classify_free(struct lw_classify *c); /* always NULL */
void lw_classify_freep(struct lw_classify **c);

#endif
