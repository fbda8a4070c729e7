/*
 * assess: one content in, one assessment out. Joins what content, elf, script, the hash lists, YARA
 * and the judge say; no process or message business here, so that tests and fuzzers call what the
 * role calls.
 */
#ifndef LW_CLASSIFY_ASSESS_H
#define LW_CLASSIFY_ASSESS_H

#include "classify/content.h"
#include "classify/judge.h"
#include "classify/lists.h"
#include "classify/window.h"
#include "classify/yara.h"
#include "layerwatch/messages.h"
#include "policy/custom.h"

struct lw_assessor {
	struct lw_content content;
	struct lw_window window;
	struct lw_lists lists; /* of the configuration in force */
	struct lw_custom *interpreters; /* of the policy; owned, or NULL */
	struct lw_yara *yara; /* its rules; NULL = none. Freed by lw_assessor_done. */
	uint64_t hash_bytes; /* content.hash_bytes of the policy */
	struct lw_judge *judge;
	struct lw_model *model; /* of the configuration in force; NULL = none */
};

int lw_assessor_init(
	struct lw_assessor *a); /* 0 or -ENOMEM; no lists, no bound but the files' own */
void lw_assessor_done(struct lw_assessor *a);

/*
 * Judges the content of fd; writes its beginning to capture_fd (-1 = none) as request->flags
 * say. Neither fd is taken. Never fails: what could not be read is UNREADABLE, what could not
 * be read whole is PARTIAL.
 *
 * Verdict: malicious when a list of malicious digests holds that of the file, of the part that
 * could be read, or of the capture (the one that findings show); else trusted, by the digest of
 * the whole unchanged file alone, unless more may follow; else what the YARA rules say and, of a
 * script, what the judge says of its text (judge.h); else unknown.
 */
void lw_assess(struct lw_assessor *a, const struct lw_msg_assess *request, int fd, int capture_fd,
	struct lw_assessment *out);

#endif
