#include "base/xxh.h"

#include <xxhash.h>

uint64_t
lw_xxh(const void *bytes, size_t length, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes, length, seed);
}
