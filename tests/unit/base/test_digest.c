#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/text.h"
#include "base/xxh.h"

/* FIPS 180-4's examples. */
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
assert_digest(const uint8_t digest[32], const char *expected)
{
	char hex[65];

	lw_hex(hex, digest, 32);
	assert_string_equal(hex, expected);
}

static void
one_shot_gives_the_known_digests(void **state)
{
	uint8_t out[32];

	assert_int_equal(lw_sha256_of("abc", 3, out), 0);
	assert_digest(out, SHA_ABC);
	assert_int_equal(lw_sha256_of("", 0, out), 0);
	assert_digest(out, SHA_EMPTY);
}

static void
digest_in_parts_can_be_used_again(void **state)
{
	_cleanup_(lw_sha256_freep) struct lw_sha256 *h = NULL;
	uint8_t out[32];

	assert_int_equal(lw_sha256_new(&h), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lw_sha256_begin(h), 0);
		assert_int_equal(lw_sha256_add(h, "a", 1), 0);
		assert_int_equal(lw_sha256_add(h, "bc", 2), 0);
		assert_int_equal(lw_sha256_end(h, out), 0);
		assert_digest(out, SHA_ABC);
	}
	assert_int_equal(lw_sha256_begin(h), 0);
	assert_int_equal(lw_sha256_add(h, "left over", 9), 0);
	assert_int_equal(lw_sha256_begin(h), 0);
	assert_int_equal(lw_sha256_end(h, out), 0);
	assert_digest(out, SHA_EMPTY);
	assert_null(lw_sha256_free(NULL));
}

static void
xxh_depends_on_bytes_and_seed(void **state)
{
	assert_true(lw_xxh("", 0, 0) == UINT64_C(0x2d06800538d394c2));
	assert_true(lw_xxh("abc", 3, 1) == lw_xxh("abc", 3, 1));
	assert_true(lw_xxh("abc", 3, 1) != lw_xxh("abc", 3, 2));
	assert_true(lw_xxh("abc", 3, 1) != lw_xxh("abd", 3, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_shot_gives_the_known_digests),
		cmocka_unit_test(digest_in_parts_can_be_used_again),
		cmocka_unit_test(xxh_depends_on_bytes_and_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
