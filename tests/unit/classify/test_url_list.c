#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <cmocka.h>

#include "classify/url_list.h"

struct fixture {
	char folder[64], input[96], output[96];
	struct lw_sha256 *sha256;
	struct lw_hashset *list;
	struct lw_hashset_counts counts;
};

static const char lines[] = "# one a line\n"
			    "\n"
			    "http://Evil.example:8080/a/b.exe\r\n"
			    "https://q.example/x?id=1\n"
			    "folder.example/bad/\n"
			    "host.example\n"
			    "0.0.0.0 hosts.example\n"
			    "127.0.0.1\tother-hosts.example\n"
			    "http://203.0.113.7/i\n"
			    "http://evil.example/a/b.exe#again\n";

static int
build(struct fixture *f, const char *text, struct lw_text *errors)
{
	const char *inputs[] = {f->input};
	_cleanup_close_ int fd = open(f->input, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, text, strlen(text)), 0);
	return lw_hashset_build_urls(inputs, 1, "bad urls", f->output, errors, &f->counts);
}

static int
make_list(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	_cleanup_text_ struct lw_text errors = {0};

	lw_text_init(&errors, 4096);
	strcpy(f->folder, "/tmp/lw-url-list-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->input, sizeof(f->input), "%s/input", f->folder);
	snprintf(f->output, sizeof(f->output), "%s/list", f->folder);
	assert_int_equal(lw_sha256_new(&f->sha256), 0);
	assert_int_equal(build(f, lines, &errors), 0);
	_cleanup_close_ int fd = open(f->output, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_hashset_open_urls(fd, &f->list), 0);
	*state = f;
	return 0;
}

static int
drop_list(void **state)
{
	struct fixture *f = *state;

	lw_hashset_free(f->list);
	lw_sha256_free(f->sha256);
	unlink(f->input);
	unlink(f->output);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static void
listed_urls_hosts_and_folders_are_found(void **state)
{
	static const struct {
		const char *url, *expression; /* NULL: not listed */
	} rows[] = {
		{"http://evil.example/a/b.exe", "evil.example/a/b.exe"},
		{"https://EVIL.example/a/./b.exe?x=1#y", "evil.example/a/b.exe"},
		{"http://sub.evil.example/a/b.exe", "evil.example/a/b.exe"},
		{"evil.example/a/%62.exe", "evil.example/a/b.exe"},
		{"http://evil.example/a/", NULL},
		{"http://evil.example/a/b.exe/c", NULL},
		{"http://q.example/x?id=1", "q.example/x?id=1"},
		{"http://q.example/x", NULL},
		{"http://folder.example/bad/deeper/x", "folder.example/bad/"},
		{"http://folder.example/badly", NULL},
		{"http://a.b.host.example:99/any?thing", "host.example/"},
		{"http://nothost.example/", NULL},
		{"http://hosts.example/", "hosts.example/"},
		{"http://other-hosts.example/", "other-hosts.example/"},
		{"http://0xcb007107/i", "203.0.113.7/i"},
		{"http://127.0.0.1/", NULL},
		{"javascript:alert()", NULL},
		{"", NULL},
	};
	struct fixture *f = *state;
	static struct lw_url_match match;

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		int r = lw_url_lookup(f->list, f->sha256, rows[i].url, strlen(rows[i].url), &match);

		assert_int_equal(r, rows[i].expression != NULL);
		if (r > 0)
			assert_string_equal(match.expression, rows[i].expression);
	}
}

static void
lines_are_counted(void **state)
{
	const struct fixture *f = *state;

	assert_int_equal(f->counts.lines, 10);
	assert_int_equal(f->counts.digests, 7);
	assert_int_equal(f->counts.duplicates, 1);
	assert_int_equal(f->counts.errors, 0);
}

static void
bad_lines_are_refused(void **state)
{
	struct fixture *f = *state;
	_cleanup_text_ struct lw_text errors = {0};

	lw_text_init(&errors, 4096);
	assert_int_equal(
		build(f, "a.example b.example\nfile:///etc/passwd\nhttp://\n", &errors), -EINVAL);
	assert_int_equal(f->counts.errors, 3);
	assert_non_null(strstr(errors.data, "input:1: more than a URL"));
	assert_non_null(strstr(errors.data, "input:2: not a URL"));
	assert_non_null(strstr(errors.data, "input:3: not a URL"));
}

static void
a_list_of_urls_is_no_list_of_files_nor_the_reverse(void **state)
{
	struct fixture *f = *state;
	_cleanup_text_ struct lw_text errors = {0};
	const char *inputs[] = {f->input};
	struct lw_hashset_counts counts;
	struct lw_hashset *list = NULL;
	_cleanup_close_ int urls = open(f->output, O_RDONLY | O_CLOEXEC);

	lw_text_init(&errors, 4096);
	assert_int_equal(lw_hashset_open(urls, &list), -EPROTOTYPE);
	_cleanup_close_ int fd = open(f->input, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(lw_hashset_build(inputs, 1, "files", f->output, &errors, &counts), 0);
	_cleanup_close_ int files = open(f->output, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_hashset_open_urls(files, &list), -EPROTOTYPE);
	assert_null(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			listed_urls_hosts_and_folders_are_found, make_list, drop_list),
		cmocka_unit_test_setup_teardown(lines_are_counted, make_list, drop_list),
		cmocka_unit_test_setup_teardown(bad_lines_are_refused, make_list, drop_list),
		cmocka_unit_test_setup_teardown(
			a_list_of_urls_is_no_list_of_files_nor_the_reverse, make_list, drop_list),
	};

	return cmocka_run_group_tests_name("url_list", tests, NULL, NULL);
}
