/*
 * xxh: XXH3-64, seeded. The only file that includes xxHash.
 */
#ifndef LW_BASE_XXH_H
#define LW_BASE_XXH_H

#include "base/util.h"

uint64_t lw_xxh(const void *bytes, size_t length, uint64_t seed);

#endif
