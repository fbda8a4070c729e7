/* Arbitrary bytes as the arguments of a process: its URLs, their canonical forms, expressions. */
#include <string.h>

#include "classify/url.h"
#include "classify/url_find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What is canonical stays so: only printable ASCII, no "#", "%" only in escapes. */
static void
check_escaped(const char *part)
{
	for (; *part; part++) {
		must(*part > ' ' && *part < 0x7f && *part != '#');
		must(*part != '%' || (part[1] && part[2]));
	}
}

static void
check_url(const char *bytes, size_t length)
{
	static struct lw_url url;
	static char out[LW_URL_EXPRESSION_SIZE];
	unsigned at = 0, count = 0;
	size_t n;

	if (lw_url_canonicalise(bytes, length, &url) < 0)
		return;
	must(url.host[0] && url.path[0] == '/');
	check_escaped(url.host);
	check_escaped(url.path);
	check_escaped(url.query);
	for (; (n = lw_url_expression(&url, &at, out)) > 0; count++)
		must(strlen(out) == n);
	must(count >= 1 && count <= LW_URL_EXPRESSIONS_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	struct lw_url_text t = {.text = text, .length = size};
	const char *url;
	size_t length;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	check_url(text, size);
	while ((url = lw_url_next(&t, &length))) {
		must(length > 0 && url >= text && url + length <= text + size);
		check_url(url, length);
	}
	must(t.count <= LW_URLS_MAX);
	return 0;
}
