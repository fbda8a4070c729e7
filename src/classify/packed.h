/*
 * packed: the code within a file that is not text itself: what Python runs by itself of a zip
 * archive, and the strings of compiled Python.
 *
 * Called by assess. Owns nothing; the bytes are copied into memory of a bounded size first, so that
 * what is looked at does not change meanwhile.
 */
#ifndef LW_CLASSIFY_PACKED_H
#define LW_CLASSIFY_PACKED_H

#include "layerwatch/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LW_PACKED_FILE_MAX (32u * 1024 * 1024) /* bytes of compiled Python that are looked at */
#define LW_PACKED_CODE_MAX (4u * 1024 * 1024) /* bytes of code taken out */

/*
 * A memfd with the code, the caller's; -1 when the file is nothing of the kind. head: its first
 * bytes. *compiled: some of it is strings of compiled code.
 */
int lw_packed_open(int fd, uint64_t size, const uint8_t *head, size_t head_length,
	enum lw_language language, bool *compiled);

#endif
