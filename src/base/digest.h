/*
 * digest: SHA-256 (OpenSSL EVP). The only file that includes OpenSSL. All return 0, -ENOMEM, or
 * -EIO when the library refuses. Make it before a sandbox closes: OpenSSL reads its configuration
 * then.
 */
#ifndef LW_BASE_DIGEST_H
#define LW_BASE_DIGEST_H

#include "base/util.h"

struct lw_sha256;
int lw_sha256_new(struct lw_sha256 **out);		/* reusable; 0 or -ENOMEM */
struct lw_sha256 *lw_sha256_free(struct lw_sha256 *h);	/* always NULL */
void lw_sha256_freep(struct lw_sha256 **h);
int lw_sha256_begin(struct lw_sha256 *h);
int lw_sha256_add(struct lw_sha256 *h, const void *bytes, size_t length);
int lw_sha256_end(struct lw_sha256 *h, uint8_t out[32]);
/* One shot. */
int lw_sha256_of(const void *bytes, size_t length, uint8_t out[32]);

#endif
