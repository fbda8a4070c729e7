/*
 * The vectors of the first two tests are those of Safe Browsing's public documentation, "URLs and
 * Hashing", https://developers.google.com/safe-browsing/v4/urls-hashing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "classify/url.h"
#include "classify/url_host.h"

struct vector {
	const char *url, *canonical; /* NULL: it is none */
};

static void
check(const struct vector *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		static struct lw_url url;
		static char text[4 * LW_URL_PART_SIZE];
		int r = lw_url_canonicalise(rows[i].url, strlen(rows[i].url), &url);

		assert_int_equal(r, rows[i].canonical ? 0 : -EINVAL);
		if (r < 0)
			continue;
		snprintf(text, sizeof(text), "%s://%s%s%s%s", url.scheme, url.host, url.path,
			url.has_query ? "?" : "", url.query);
		assert_string_equal(text, rows[i].canonical);
	}
}

static void
the_documentation_s_urls_become_canonical(void **state)
{
	static const struct vector rows[] = {
		{"http://host/%25%32%35", "http://host/%25"},
		{"http://host/%25%32%35%25%32%35", "http://host/%25%25"},
		{"http://host/%2525252525252525", "http://host/%25"},
		{"http://host/asdf%25%32%35asd", "http://host/asdf%25asd"},
		{"http://host/%%%25%32%35asd%%", "http://host/%25%25%25asd%25%25"},
		{"http://www.google.com/", "http://www.google.com/"},
		{"http://%31%36%38%2e%31%38%38%2e%39%39%2e%32%36/%2E%73%65%63%75%72%65/"
		 "%77%77%77%2E%65%62%61%79%2E%63%6F%6D/",
			"http://168.188.99.26/.secure/www.ebay.com/"},
		{"http://195.127.0.11/uploads/%20%20%20%20/.verify/"
		 ".eBaysecure=updateuserdataxplimnbqmn-xplmvalidateinfoswqpcmlx=hgplmcx/",
			"http://195.127.0.11/uploads/%20%20%20%20/.verify/"
			".eBaysecure=updateuserdataxplimnbqmn-xplmvalidateinfoswqpcmlx=hgplmcx/"},
		{"http://host%23.com/%257Ea%2521b%2540c%2523d%2524e%25f%255E00%252611%252A22%252833"
		 "%252944_55%252B",
			"http://host%23.com/~a!b@c%23d$e%25f^00&11*22(33)44_55+"},
		{"http://3279880203/blah", "http://195.127.0.11/blah"},
		{"http://www.google.com/blah/..", "http://www.google.com/"},
		{"www.google.com/", "http://www.google.com/"},
		{"www.google.com", "http://www.google.com/"},
		{"http://www.evil.com/blah#frag", "http://www.evil.com/blah"},
		{"http://www.GOOgle.com/", "http://www.google.com/"},
		{"http://www.google.com.../", "http://www.google.com/"},
		{"http://www.google.com/foo\tbar\rbaz\n2", "http://www.google.com/foobarbaz2"},
		{"http://www.google.com/q?", "http://www.google.com/q?"},
		{"http://www.google.com/q?r?", "http://www.google.com/q?r?"},
		{"http://www.google.com/q?r?s", "http://www.google.com/q?r?s"},
		{"http://evil.com/foo#bar#baz", "http://evil.com/foo"},
		{"http://evil.com/foo;", "http://evil.com/foo;"},
		{"http://evil.com/foo?bar;", "http://evil.com/foo?bar;"},
		{"http://\x01\x80.com/", "http://%01%80.com/"},
		{"http://notrailingslash.com", "http://notrailingslash.com/"},
		{"http://www.gotaport.com:1234/", "http://www.gotaport.com/"},
		{"  http://www.google.com/  ", "http://www.google.com/"},
		{"http:// leadingspace.com/", "http://%20leadingspace.com/"},
		{"http://%20leadingspace.com/", "http://%20leadingspace.com/"},
		{"%20leadingspace.com/", "http://%20leadingspace.com/"},
		{"https://www.securesite.com/", "https://www.securesite.com/"},
		{"http://host.com/ab%23cd", "http://host.com/ab%23cd"},
		{"http://host.com//twoslashes?more//slashes",
			"http://host.com/twoslashes?more//slashes"},
	};

	check(rows, LW_ARRAY_SIZE(rows));
}

static void
other_forms_become_canonical(void **state)
{
	static const struct vector rows[] = {
		{"http://user:p@ss@Host.Example:8080/a", "http://host.example/a"},
		{"HTTPS://EXAMPLE.com/A", "https://example.com/A"},
		{"ftp://host.com/foo?bar", "ftp://host.com/foo?bar"},
		{"http://host?q=1", "http://host/?q=1"},
		{"http://host/?u=http://other/", "http://host/?u=http://other/"},
		{"host/?u=http://other/", "http://host/?u=http://other/"},
		{"http://host%2Fpath", "http://host/path"},
		{"http://host/a/./b/../c/.", "http://host/a/c/"},
		{"http://host/a/b/..", "http://host/a/"},
		{"http://host/../../a", "http://host/a"},
		{"http://host/.../a..b/.c", "http://host/.../a..b/.c"},
		{"http://.......host...com.....//abc/////def%2F%2F%2Fxyz",
			"http://host.com/abc/def/xyz"},
		{"http://host/%4%31", "http://host/A"},
		/* addresses */
		{"http://0xC0.0xa8.0.1/", "http://192.168.0.1/"},
		{"http://0300.0250.1/", "http://192.168.0.1/"},
		{"http://0xC0A80001:81/", "http://192.168.0.1/"},
		{"http://192.11010049/", "http://192.168.0.1/"},
		{"http://1.2.3.4.5/", "http://1.2.3.4.5/"},
		{"http://256.1.1.1/", "http://256.1.1.1/"},
		{"http://08.1.1.1/", "http://08.1.1.1/"},
		{"http://4294967296/", "http://4294967296/"},
		{"http://0x/", "http://0x/"},
		{"http://[2001:0db8:0000::1]:80/x", "http://[2001:db8::1]/x"},
		{"http://[::ffff:1.2.3.4]/", "http://1.2.3.4/"},
		{"http://[64:ff9b::1.2.3.4]/", "http://1.2.3.4/"},
		{"http://[not:one]/", "http://[not:one]/"},
		/* none */
		{"", NULL},
		{"http://", NULL},
		{"http:///path", NULL},
		{"http://:80/", NULL},
		{"http://user@/", NULL},
		{"http://.../", NULL},
		{"file://host/etc/passwd", NULL},
		{"javascript://host/", NULL},
	};

	check(rows, LW_ARRAY_SIZE(rows));
}

static void
check_expressions(const char *text, const char *const *expected, size_t count)
{
	static struct lw_url url;
	static char out[LW_URL_EXPRESSION_SIZE];
	unsigned at = 0;

	assert_int_equal(lw_url_canonicalise(text, strlen(text), &url), 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(lw_url_expression(&url, &at, out), strlen(expected[i]));
		assert_string_equal(out, expected[i]);
	}
	assert_int_equal(lw_url_expression(&url, &at, out), 0);
	assert_int_equal(lw_url_expression(&url, &at, out), 0);
}

static void
the_documentation_s_urls_have_its_expressions(void **state)
{
	static const char *const query[] = {"a.b.c/1/2.html?param=1", "a.b.c/1/2.html", "a.b.c/",
		"a.b.c/1/", "b.c/1/2.html?param=1", "b.c/1/2.html", "b.c/", "b.c/1/"};
	static const char *const labels[] = {"a.b.c.d.e.f.g/1.html", "a.b.c.d.e.f.g/",
		"c.d.e.f.g/1.html", "c.d.e.f.g/", "d.e.f.g/1.html", "d.e.f.g/", "e.f.g/1.html",
		"e.f.g/", "f.g/1.html", "f.g/"};
	static const char *const address[] = {"1.2.3.4/1/", "1.2.3.4/"};

	check_expressions("http://a.b.c/1/2.html?param=1", query, LW_ARRAY_SIZE(query));
	check_expressions("http://a.b.c.d.e.f.g/1.html", labels, LW_ARRAY_SIZE(labels));
	check_expressions("http://1.2.3.4/1/", address, LW_ARRAY_SIZE(address));
}

static void
expressions_end_where_there_are_enough(void **state)
{
	static const char *const folders[] = {"host/1/2/3/4/5?q", "host/1/2/3/4/5", "host/",
		"host/1/", "host/1/2/", "host/1/2/3/"};
	static const char *const root[] = {"b.c/"};
	static const char *const five[] = {"a.b.c.d.e/", "b.c.d.e/", "c.d.e/", "d.e/"};
	static const char *const ipv6[] = {"[2001:db8::1]/"};

	check_expressions("http://host/1/2/3/4/5?q", folders, LW_ARRAY_SIZE(folders));
	check_expressions("http://b.c/?", root, LW_ARRAY_SIZE(root));
	check_expressions("http://a.b.c.d.e", five, LW_ARRAY_SIZE(five));
	check_expressions("http://[2001:db8::1]/", ipv6, LW_ARRAY_SIZE(ipv6));
}

static void
a_long_url_keeps_its_host_and_first_folders(void **state)
{
	static char text[4 * LW_URL_MAX];
	static struct lw_url url;
	static char out[LW_URL_EXPRESSION_SIZE];
	unsigned at = 0, n = 0;
	bool folder = false;

	memset(text, '\x80', sizeof(text));
	memcpy(text, "http://evil.example/a/", 22);
	assert_int_equal(lw_url_canonicalise(text, sizeof(text), &url), 0);
	for (; lw_url_expression(&url, &at, out) > 0; n++)
		folder |= strcmp(out, "evil.example/a/") == 0;
	assert_int_equal(n, 3);
	assert_true(folder);
	/* nothing but what is escaped once more by the next byte */
	memset(text, '%', sizeof(text));
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(&text[i], "25", 2);
	memcpy(text, "http://evil.example/", 20);
	assert_int_equal(lw_url_canonicalise(text, sizeof(text), &url), 0);
	assert_string_equal(url.host, "evil.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documentation_s_urls_become_canonical),
		cmocka_unit_test(other_forms_become_canonical),
		cmocka_unit_test(the_documentation_s_urls_have_its_expressions),
		cmocka_unit_test(expressions_end_where_there_are_enough),
		cmocka_unit_test(a_long_url_keeps_its_host_and_first_folders),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
