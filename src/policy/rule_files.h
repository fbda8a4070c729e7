/*
 * rule_files: the YARA and Sigma rule files that a policy names, read into one text for those that
 * can't open files themselves. For the guard, and for `layerwatch policy check`.
 */
#ifndef LW_POLICY_RULE_FILES_H
#define LW_POLICY_RULE_FILES_H

#include "policy/policy.h"

#define LW_RULE_FILES_MAX 8192
#define LW_RULE_FOLDERS_MAX 8 /* one within the other */
#define LW_RULE_FILES_BYTES_MAX (16u * 1024 * 1024) /* of all files and their names */
#define LW_RULE_FILES_DEFAULT "default" /* names our own rules */

enum lw_rule_files {
	LW_RULE_FILES_YARA, /* content.yara: *.yar, *.yara */
	LW_RULE_FILES_SIGMA, /* content.rules: *.yml, *.yaml */
	LW_RULE_FILES_COUNT
};

/*
 * Adds the files to out, each as its path with a NUL, the length of its text in decimal with a
 * NUL, and the text with a NUL. Folders give their files of that kind and then those of their
 * folders, by name. "default" is the folder of our own rules, and nothing where they are not
 * installed. Returns 0, -EINVAL with a line "key: path: reason" in errors, or -ENOMEM.
 */
int lw_rule_files_read(enum lw_rule_files kind, const struct lw_string_list *paths,
	struct lw_text *out, struct lw_text *errors);

/* One file of such a text. */
struct lw_rule_file {
	const char *path;
	const char *text; /* with a NUL behind it, and none inside */
	size_t length;
};

/* The next file from *at on; false at the end. A text that is none of ours ends early. */
bool lw_rule_files_next(const char *text, size_t length, size_t *at, struct lw_rule_file *out);

#endif
