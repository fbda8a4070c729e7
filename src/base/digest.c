#include "base/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

struct lw_sha256 {
	EVP_MD_CTX *context;
};

/*
 * The first initialisation of a context makes OpenSSL load its providers: done here, so that a
 * sandboxed role that made its digest early needs no file afterwards. openssl.cnf is left out: it
 * can name modules to load, and SHA-256 needs none.
 */
int
lw_sha256_new(struct lw_sha256 **out)
{
	struct lw_sha256 *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	h->context = EVP_MD_CTX_new();
	if (!h->context || EVP_DigestInit_ex(h->context, EVP_sha256(), NULL) != 1) {
		lw_sha256_free(h);
		return -ENOMEM;
	}
	*out = h;
	return 0;
}

struct lw_sha256 *
lw_sha256_free(struct lw_sha256 *h)
{
	if (h)
		EVP_MD_CTX_free(h->context);
	free(h);
	return NULL;
}

void
lw_sha256_freep(struct lw_sha256 **h)
{
	*h = lw_sha256_free(*h);
}

int
lw_sha256_begin(struct lw_sha256 *h)
{
	return EVP_DigestInit_ex(h->context, NULL, NULL) == 1 ? 0 : -EIO;
}

int
lw_sha256_add(struct lw_sha256 *h, const void *bytes, size_t length)
{
	return EVP_DigestUpdate(h->context, bytes, length) == 1 ? 0 : -EIO;
}

int
lw_sha256_end(struct lw_sha256 *h, uint8_t out[32])
{
	return EVP_DigestFinal_ex(h->context, out, NULL) == 1 ? 0 : -EIO;
}

int
lw_sha256_of(const void *bytes, size_t length, uint8_t out[32])
{
	return EVP_Digest(bytes, length, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}
