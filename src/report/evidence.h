/*
 * evidence: one observation with its arena and capture, checked once, so that everything after it
 * can trust slices, enums and strings. Called by report and by the finding writers. Owns what
 * lw_evidence_read made.
 */
#ifndef LW_REPORT_EVIDENCE_H
#define LW_REPORT_EVIDENCE_H

#include "layerwatch/messages.h"
#include "base/util.h"

#define LW_PATH_SHOWN 4096 /* bytes of a path that a finding shows (PATH_MAX) */
#define LW_OBJECTS 2 /* of one observation */

struct lw_bytes {
	const char *data; /* NULL when absent */
	size_t length;
};

struct lw_evidence {
	struct lw_observation seen;
	char *arena; /* owned; seen.arena_length bytes */
	char *capture; /* owned; NULL = none */
	size_t capture_length;
};

/*
 * Takes the observation apart from its descriptors (not owned): reads the arena whole and at most
 * capture_max bytes of the capture (capture_fd -1 = none). Returns 0, -EPROTO when anything in it
 * is out of bounds, or a negative errno. *e is untouched on failure.
 */
int lw_evidence_read(struct lw_evidence *e, const struct lw_observation *seen, int arena_fd,
	int capture_fd, size_t capture_max);
void lw_evidence_done(struct lw_evidence *e);

/* 0 or -EPROTO: every slice within the arena, every enum known, every string ended, every number
 * finite. */
int lw_evidence_check(const struct lw_observation *seen);

/* The bytes of a slice; shortened to LW_PATH_SHOWN by the second form. */
struct lw_bytes lw_evidence_slice(const struct lw_evidence *e, struct lw_slice s);
struct lw_bytes lw_evidence_path(const struct lw_evidence *e, struct lw_slice s);

/* Is this object code for an interpreter (a script file, inline code, code on standard input)? */
bool lw_object_is_script(const struct lw_object *o);
/* The language of an object: from its "#!" line, else from the interpreter that was called. */
enum lw_language lw_evidence_language(const struct lw_observation *seen, unsigned object);
/* Which object the capture belongs to, -1 = there is none. */
int lw_evidence_capture_owner(const struct lw_evidence *e);
/* The next NUL-ended item of a list in an arena; false at its end. *at is the cursor, 0 at first.
 */
bool lw_bytes_next(struct lw_bytes list, size_t *at, struct lw_bytes *item);

#endif
