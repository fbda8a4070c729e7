/*
 * shebang: the "#!" line of a script, taken apart as load_script() of fs/binfmt_script.c does
 * (Linux 5.1 and newer). A pure function over hostile bytes; its fuzzer is fuzz_script.
 */
#ifndef LW_BASE_SHEBANG_H
#define LW_BASE_SHEBANG_H

#include "base/util.h"

#define LW_SHEBANG_LINE 256 /* bytes that the kernel looks at: BINPRM_BUF_SIZE */

struct lw_shebang {
	char interpreter[LW_SHEBANG_LINE + 1]; /* not empty */
	char argument[LW_SHEBANG_LINE + 1]; /* the one of the line, or "" */
};

/*
 * The beginning of a file: at least LW_SHEBANG_LINE bytes of it, or all. False when it has no such
 * line, or one that the kernel refuses.
 */
bool lw_shebang_read(const uint8_t *head, size_t length, struct lw_shebang *out);

#endif
