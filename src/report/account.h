/*
 * account: one finding while it is written: its inputs, and the redacted texts that several parts
 * of it show. Shared by the files that write a finding (finding, process, properties, describe);
 * made and released by finding.
 */
#ifndef LW_REPORT_ACCOUNT_H
#define LW_REPORT_ACCOUNT_H

#include "base/json.h"
#include "report/finding.h"

struct lw_account {
	const struct lw_finding_context *context;
	const struct lw_finding *finding;
	const struct lw_observation *seen;
	const struct lw_object *object;
	bool brief; /* the long texts are left out */
	bool redacted;
	bool has_contents;
	struct lw_bytes captured; /* as captured: what hashes are of */
	struct lw_text args; /* redacted, NUL-ended items */
	struct lw_text env;
	struct lw_text contents;
	struct lw_text decoded; /* of the assessment's layer */
};

static inline struct lw_bytes
lw_text_bytes(const struct lw_text *t)
{
	return (struct lw_bytes){.data = t->length ? t->data : NULL, .length = t->length};
}

/* key and text of foreign bytes; nothing when they are absent. */
static inline void
lw_account_bytes(struct lw_json *j, const char *key, struct lw_bytes b)
{
	if (!b.data)
		return;
	lw_json_key(j, key);
	lw_json_bytes(j, b.data, b.length);
}

/* key and where VirusTotal tells of this content; nothing unless all of it was hashed. */
void lw_account_virustotal(struct lw_json *j, const char *key, const struct lw_assessment *v);

/* Path of the program that runs: for a script its interpreter. Absent when not known. */
struct lw_bytes lw_account_binary(const struct lw_account *a);
/* Path of the script; absent when it is in no file. */
struct lw_bytes lw_account_script(const struct lw_account *a);

/* process.c: "processes": [child, parent, ...]; sets a->redacted. "files": [...]. */
void lw_account_processes(struct lw_json *j, struct lw_account *a);
void lw_account_files(struct lw_json *j, const struct lw_account *a);
/* connection.c: "connections": remote ones that are standard input or output. */
void lw_account_connections(struct lw_json *j, const struct lw_account *a);
/* ... and the properties that a reverse shell has of its standard input's. */
void lw_account_redirection(struct lw_json *j, const struct lw_account *a);
/* properties.c: "sourceProperties". After processes. */
void lw_account_properties(struct lw_json *j, const struct lw_account *a);
/* describe.c: what ran, from which layer, in which container, what was done: one or two sentences.
 */
void lw_account_describe(const struct lw_account *a, struct lw_text *out);

#endif
