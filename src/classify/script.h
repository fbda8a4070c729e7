/*
 * script: what the first bytes of a file that is no ELF say: a "#!" line, text, data. Pure
 * functions over hostile bytes.
 */
#ifndef LW_CLASSIFY_SCRIPT_H
#define LW_CLASSIFY_SCRIPT_H

#include "base/util.h"
#include "layerwatch/facts.h"

struct lw_script {
	enum lw_format format; /* shebang, text, data or empty */
	enum lw_language
		language; /* of the "#!" line; other when no table knows it; shell for text */
	char interpreter[LW_INTERP_SIZE]; /* as the kernel would start it, cut to fit */
	char argument[LW_INTERP_SIZE]; /* the one argument of the line, or "", cut to fit */
};

/*
 * Reads the beginning of a file (at least LW_SHEBANG_LINE bytes of it, or all). A "#!" line that
 * the kernel refuses is text: execve(2) says ENOEXEC, and a shell then runs the file itself.
 */
void lw_script_read(const uint8_t *head, size_t length, struct lw_script *out);

/*
 * The language that env(1) leads to with this "#!" argument: options, assignments and -S as GNU
 * env has them.
 */
enum lw_language lw_script_env_language(const char *argument);

#endif
