/*
 * grow: arrays that grow by doubling. Owns nothing.
 */
#ifndef LW_RULES_GROW_H
#define LW_RULES_GROW_H

#include <string.h>

#include "base/util.h"

/*
 * Makes room for `wanted` elements of `size` bytes in *array (a pointer to the caller's pointer).
 * False when memory is out; the array is then what it was.
 */
static inline bool
lw_grow(void *array, size_t *capacity, size_t wanted, size_t size)
{
	size_t next = *capacity < 8 ? 8 : *capacity;
	void *old, *grown;

	if (wanted <= *capacity)
		return true;
	while (next < wanted)
		next *= 2;
	memcpy(&old, array, sizeof(old));
	grown = reallocarray(old, next, size);
	if (!grown)
		return false;
	memcpy(array, &grown, sizeof(grown));
	*capacity = next;
	return true;
}

#endif
