#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "guard/children.h"
#include "guard/config.h"
#include "guard/sinks.h"
#include "policy/rule_files.h"

struct place {
	char folder[64];
	char file[96];
	struct lw_text errors;
};

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->folder, "/tmp/layerwatch-config-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->file, sizeof(p->file), "%s/policy.yaml", p->folder);
	lw_text_init(&p->errors, LW_CONFIG_ERRORS_MAX);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;

	(void)unlink(p->file);
	assert_int_equal(rmdir(p->folder), 0);
	lw_text_done(&p->errors);
	free(p);
	return 0;
}

static void
put(struct place *p, const char *text)
{
	int fd = open(p->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(lw_write_full(fd, text, strlen(text)), 0);
	close(fd);
}

static void
the_text_is_canonical_and_sealed(void **state)
{
	_cleanup_(lw_config_freep) struct lw_config *c = NULL;
	struct place *p = *state;
	struct lw_config_source source = {.path = p->file};
	char buf[64] = "";

	put(p, "version: 1\nmode: enforce\n");
	assert_int_equal(lw_config_load(&c, &source, 7, &p->errors), 0);
	assert_int_equal(c->generation, 7);
	assert_int_equal(lw_config_settings(c)->mode, LW_MODE_ENFORCE);
	assert_true(c->length > 100);
	assert_int_equal(pread(c->text, buf, sizeof(buf) - 1, 0), sizeof(buf) - 1);
	assert_non_null(strstr(buf, "mode: enforce"));
	assert_int_equal(pwrite(c->text, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(c->text, 0), -1);
}

static void
without_a_file_the_defaults_hold_only_where_that_is_meant(void **state)
{
	_cleanup_(lw_config_freep) struct lw_config *c = NULL, *d = NULL, *none = NULL;
	struct place *p = *state;
	struct lw_config_source source = {.path = p->file, .optional = true};

	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), 0);
	assert_true(source.built_in);
	put(p, "version: 1\nmode: enforce\n");
	assert_int_equal(lw_config_load(&d, &source, 2, &p->errors), 0);
	assert_false(source.built_in);
	assert_int_equal(unlink(p->file), 0);
	assert_true(lw_config_load(&none, &source, 3, &p->errors) < 0);
	assert_null(none);
}

static void
an_error_says_where(void **state)
{
	struct place *p = *state;
	struct lw_config_source source = {.path = p->file};
	struct lw_config *c = NULL;

	put(p, "version: 1\nmode: maybe\n");
	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), -EINVAL);
	assert_non_null(strstr(p->errors.data, "policy.yaml:2:7: mode"));
	assert_null(c);
}

static void
a_hash_list_must_be_a_file(void **state)
{
	struct place *p = *state;
	struct lw_config_source source = {.path = p->file};
	struct lw_config *c = NULL;

	put(p, "version: 1\ncontent: {hash_lists: [{name: a, path: /dev/zero, verdict: "
	       "trusted}]}\n");
	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), -EINVAL);
	assert_non_null(strstr(p->errors.data, "a: /dev/zero: Invalid argument"));
	put(p, "version: 1\ncontent: {hash_lists: [{name: a, path: /tmp, verdict: trusted}]}\n");
	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), -EINVAL);
	assert_non_null(strstr(p->errors.data, "a: /tmp: Is a directory"));
}

/* The files of a folder in the order of their names, each with its path. */
static void
yara_rules_are_read_for_others(void **state)
{
	struct place *p = *state;
	_cleanup_(lw_config_freep) struct lw_config *c = NULL;
	struct lw_config_source source = {.path = p->file};
	char policy[256], rules[128], text[512] = "";
	struct lw_rule_file file;
	size_t at = 0;
	ssize_t n;

	snprintf(policy, sizeof(policy), "version: 1\ncontent: {yara: [%s]}\n", p->folder);
	put(p, policy);
	snprintf(rules, sizeof(rules), "%s/b.yar", p->folder);

	_cleanup_close_ int fd = open(rules, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(lw_write_full(fd, "rule B {}", 9), 0);
	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), 0);
	n = pread(c->yara, text, sizeof(text), 0);
	assert_true(n > 0);
	assert_true(lw_rule_files_next(text, n, &at, &file));
	assert_string_equal(file.path, rules);
	assert_string_equal(file.text, "rule B {}");
	assert_false(lw_rule_files_next(text, n, &at, &file));
	assert_int_equal(at, n);
	assert_int_equal(unlink(rules), 0);
}

static void
yara_rules_must_be_there(void **state)
{
	struct place *p = *state;
	struct lw_config_source source = {.path = p->file};
	struct lw_config *c = NULL;

	put(p, "version: 1\ncontent: {yara: [/no/such/file.yar]}\n");
	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), -EINVAL);
	assert_non_null(strstr(
		p->errors.data, "content.yara: /no/such/file.yar: No such file or directory"));
}

static void
a_model_that_is_named_must_be_there(void **state)
{
	_cleanup_(lw_config_freep) struct lw_config *none = NULL, *named = NULL, *c = NULL;
	struct place *p = *state;
	struct lw_config_source source = {.path = p->file};
	char text[256];

	put(p, "version: 1\ncontent: {model: /nonexistent/x.model}\n");
	assert_int_equal(lw_config_load(&c, &source, 1, &p->errors), -EINVAL);
	assert_non_null(strstr(p->errors.data, "content.model: /nonexistent/x.model: No such"));
	put(p, "version: 1\ncontent: {model: none}\n");
	assert_int_equal(lw_config_load(&none, &source, 1, &p->errors), 0);
	assert_int_equal(none->model, -1);
	assert_false(none->model_missing);
	snprintf(text, sizeof(text), "version: 1\ncontent: {model: %s}\n", p->file);
	put(p, text);
	assert_int_equal(lw_config_load(&named, &source, 1, &p->errors), 0);
	assert_true(named->model >= 0);
}

static void
folders_that_are_there_stay_as_they_are(void **state)
{
	struct place *p = *state;
	struct lw_settings s = {.sink_count = 2};
	char path[128], failed[128] = "";
	struct stat before, after;

	snprintf(path, sizeof(path), "%s/findings.jsonl", p->folder);
	s.sinks[0].type = LW_SINK_STDOUT;
	s.sinks[1].type = LW_SINK_FILE;
	s.sinks[1].path = path;
	assert_int_equal(stat(p->folder, &before), 0);
	assert_int_equal(lw_sinks_prepare(&s, 65534, 65534, failed, sizeof(failed)), 0);
	assert_int_equal(stat(p->folder, &after), 0);
	assert_int_equal(before.st_uid, after.st_uid);
	assert_int_equal(before.st_mode, after.st_mode);
	s.sinks[1].path = (char *)"/dev/null/no/findings.jsonl";
	assert_int_equal(lw_sinks_prepare(&s, 65534, 65534, failed, sizeof(failed)), -ENOTDIR);
	assert_string_equal(failed, "/dev/null/no/findings.jsonl");
}

static void
back_off_doubles_up_to_its_bound(void **state)
{
	assert_int_equal(lw_backoff_us(1), 100000);
	assert_int_equal(lw_backoff_us(2), 200000);
	assert_int_equal(lw_backoff_us(9), 25600000);
	assert_int_equal(lw_backoff_us(10), 30000000);
	assert_int_equal(lw_backoff_us(4000000000u), 30000000);
}

#define in_place(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(the_text_is_canonical_and_sealed),
		in_place(without_a_file_the_defaults_hold_only_where_that_is_meant),
		in_place(an_error_says_where),
		in_place(a_hash_list_must_be_a_file),
		in_place(yara_rules_are_read_for_others),
		in_place(yara_rules_must_be_there),
		in_place(a_model_that_is_named_must_be_there),
		in_place(folders_that_are_there_stay_as_they_are),
		cmocka_unit_test(back_off_doubles_up_to_its_bound),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
