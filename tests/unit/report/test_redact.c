#include <setjmp.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "report/redact.h"
#include "report/secrets.h"

#define SLACK_US 20000 /* caches grow cold, clocks tick */

struct fixture {
	struct lw_redactor *r;
	struct lw_text out;
};

static void
fixture_done(struct fixture *f)
{
	lw_redactor_free(f->r);
	lw_text_done(&f->out);
}

static void
fixture_init(struct fixture *f, bool enabled, char **patterns, size_t count)
{
	struct lw_string_list list = {patterns, count};
	char detail[248];

	*f = (struct fixture){0};
	assert_int_equal(lw_redactor_new(&f->r, enabled, &list, detail), 0);
	lw_text_init(&f->out, 64u * 1024 * 1024);
}

#define KEEPS NULL /* the text has no secret */

static const char *const texts[][2] = {
	/* Tokens known by their prefix */
	{"key AKIAIOSFODNN7EXAMPLE.", "key [REDACTED]."},
	{"AKIAIOSFODNN7EXAMPLEX", KEEPS},
	{"AKIA-SHORT", KEEPS},
	{"xAKIAIOSFODNN7EXAMPLE", KEEPS},
	{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "[REDACTED]"},
	{"ghp_short", KEEPS},
	{"github_pat_11ABCDEFG0123456789abc_def", "[REDACTED]"},
	{"x glpat-abcdefghij0123456789 y", "x [REDACTED] y"},
	{"xoxb-123456789012-abcdefghij", "[REDACTED]"},
	{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl x", "[REDACTED] x"},
	{"eyJ alone", KEEPS},
	{"x glrt-abcdefghij0123456789", "x [REDACTED]"},
	{"ya29.a0AfH6SMBx-abc_defghijklmnop", "[REDACTED]"},
	{"npm_0123456789abcdefghijABCDEFGHIJ012345", "[REDACTED]"},
	{"pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDA", "[REDACTED]"},
	{"sk_test_0123456789abcdef", "[REDACTED]"},
	{"sk-ant-api03-abcdefghijklmnop", "[REDACTED]"},
	{"sk-learn is a library", KEEPS},
	{"hvs.CAESIabcdefghij0123456789", "[REDACTED]"},
	{"SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789", "[REDACTED]"},
	{"dckr_pat_abcdefghij0123456789", "[REDACTED]"},
	{"hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", "[REDACTED]"},
	{"key-0123456789abcdef0123456789abcdef", "[REDACTED]"},
	{"key-value", KEEPS},
	{"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXX",
		"https://hooks.slack.com/services/[REDACTED]"},
	{"https://discord.com/api/webhooks/1234567890/abc_DEF-0123456789",
		"https://discord.com/api/webhooks/[REDACTED]"},
	{"https://api.telegram.org/bot123456789:AAabcdefghij0123456789/sendMessage",
		"https://api.telegram.org/bot[REDACTED]/sendMessage"},
	{"https://api.slack.com/services/list", KEEPS},
	{"DefaultEndpointsProtocol=https;AccountKey=abc/def==;x",
		"DefaultEndpointsProtocol=https;AccountKey=[REDACTED];x"},
	{"https://a.blob.example.test/c?sv=1&sig=abc%2Bdef&se=2",
		"https://a.blob.example.test/c?sv=1&sig=[REDACTED]&se=2"},
	{"root:$6$saltsalt$abcdefghijklmnop0123456789./:19000:0", "root:[REDACTED]:19000:0"},
	{"echo $1 $6", KEEPS},
	/* Headers */
	{"Authorization: abcdefghij0123456789", "Authorization: [REDACTED]"},
	{"Proxy-Authorization: Basic dXNlcjpwYXNz", "Proxy-Authorization: Basic [REDACTED]"},
	{"-H 'Cookie: session=abc; x=y' -v", "-H 'Cookie: [REDACTED]' -v"},
	{"Set-Cookie: id=1", "Set-Cookie: [REDACTED]"},
	{"a cookie: sweet", KEEPS},
	{"PRIVATE-TOKEN: abcdef012345", "PRIVATE-TOKEN: [REDACTED]"},
	/* Flags whose meaning is the program's */
	{"mysql -uroot -phunter2 db", "mysql -uroot -p[REDACTED] db"},
	{"x; sudo mysqldump -phunter2 db", "x; sudo mysqldump -p[REDACTED] db"},
	{"mysql -uroot -p db", KEEPS},
	{"mysql -p$PASSWORD", KEEPS},
	{"mkdir -p /var/lib/mysql", KEEPS},
	{"sshpass -p hunter2 ssh host -p 22", "sshpass -p [REDACTED] ssh host -p 22"},
	{"sshpass -phunter2 ssh host", "sshpass -p[REDACTED] ssh host"},
	{"redis-cli -h h -a hunter2 ping", "redis-cli -h h -a [REDACTED] ping"},
	{"docker login -u me -p hunter2 r", "docker login -u me -p [REDACTED] r"},
	{"docker run -p 80:80 nginx", KEEPS},
	{"ls | zip -P hunter2 a.zip -@", "ls | zip -P [REDACTED] a.zip -@"},
	{"7z a -phunter2 a.7z", "7z a -p[REDACTED] a.7z"},
	{"machine h login me password hunter2", "machine h login me password [REDACTED]"},
	{"the password was forgotten", KEEPS},
	{"-H 'Authorization: Basic dXNlcjpwYXNz'", "-H 'Authorization: Basic [REDACTED]'"},
	{"Authorization: Bearer abc", "Authorization: Bearer [REDACTED]"},
	{"{\"authorization\": \"token abcdef\"}", "{\"authorization\": \"token [REDACTED]\"}"},
	{"bearer 0123456789abcdef0123", "bearer [REDACTED]"},
	{"the bearer of bad news", KEEPS},
	{"X-Api-Key: 0123456789", "X-Api-Key: [REDACTED]"},
	/* Names with values */
	{"password=hunter2", "password=[REDACTED]"},
	{"DB_PASSWORD=hunter2;x=1", "DB_PASSWORD=[REDACTED];x=1"},
	{"--token=abc --fast", "--token=[REDACTED] --fast"},
	{"--password hunter2 --fast", "--password [REDACTED] --fast"},
	{"--password --fast", KEEPS},
	{"secret = \"a b c\"", "secret = \"[REDACTED]\""},
	{"os.environ['API_KEY'] = 'abc'", "os.environ['API_KEY'] = '[REDACTED]'"},
	{"{\"password\": \"a\\\"b\", \"x\": 1}", "{\"password\": \"[REDACTED]\", \"x\": 1}"},
	{"password: hunter22", "password: [REDACTED]"},
	{"token = get_token()", KEEPS},
	{"password=$PASSWORD", KEEPS},
	{"password=\"$PASSWORD\"", KEEPS},
	{"if token == other:", KEEPS},
	{"tokenizer=bert", KEEPS},
	{"password=", KEEPS},
	{"path=/usr/bin", KEEPS},
	{"PWD=/root", KEEPS},
	{"db_pwd=abc", "db_pwd=[REDACTED]"},
	/* URLs */
	{"curl https://bob:s3cr3t@host/x", "curl https://bob:[REDACTED]@host/x"},
	{"postgres://u:p%40q@db:5432/x", "postgres://u:[REDACTED]@db:5432/x"},
	{"https://host:8080/a@b", KEEPS},
	{"https://bob@host/", KEEPS},
	/* Private keys */
	{"a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb",
		"a\n[REDACTED]\nb"},
	{"-----BEGIN PRIVATE KEY-----\nMII", "[REDACTED]"},
	{"-----BEGIN CERTIFICATE-----\nMII", KEEPS},
	{"-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----\ny",
		"[REDACTED]\ny"},
	{"-----BEGIN OPENSSH PRIVATE KEY-----\\nb3B\\n-----END OPENSSH PRIVATE KEY-----\\n\"",
		"[REDACTED]\\n\""},
};

static void
known_shapes_are_found_and_others_kept(void **state)
{
	struct fixture f;

	fixture_init(&f, true, NULL, 0);
	for (size_t i = 0; i < LW_ARRAY_SIZE(texts); i++) {
		const char *want = texts[i][1] ? texts[i][1] : texts[i][0];
		bool changed;

		lw_text_reset(&f.out);
		changed = lw_redact_text(
			f.r, (struct lw_bytes){texts[i][0], strlen(texts[i][0])}, &f.out);
		if (strcmp(f.out.data, want) != 0)
			fail_msg("%s: %s", texts[i][0], f.out.data);
		assert_int_equal(changed, texts[i][1] != NULL);
	}
	fixture_done(&f);
}

static void
disabled_changes_nothing(void **state)
{
	static const char text[] = "password=hunter2";
	struct fixture f;

	fixture_init(&f, false, NULL, 0);
	assert_false(lw_redact_text(f.r, (struct lw_bytes){text, strlen(text)}, &f.out));
	assert_string_equal(f.out.data, text);
	fixture_done(&f);
}

static void
flags_hide_the_next_argument(void **state)
{
	static const char args[] =
		"mysql\0--password\0a b\0-u\0root:toor\0-u\0001000:1000\0-u\0http://x/";
	static const char want[] = "mysql\0--password\0[REDACTED]\0-u\0root:[REDACTED]\0-u\0001000:"
				   "1000\0-u\0http://x/";
	struct fixture f;

	fixture_init(&f, true, NULL, 0);
	assert_true(lw_redact_arguments(f.r, (struct lw_bytes){args, sizeof(args)}, &f.out));
	assert_int_equal(f.out.length, sizeof(want));
	assert_memory_equal(f.out.data, want, sizeof(want));
	fixture_done(&f);
}

/* -p of mysql is a password, of mkdir none. */
static void
flags_mean_what_the_program_says(void **state)
{
	static const struct {
		const char *args, *want;
		size_t length, want_length;
	} rows[] = {
#define ROW(a, w) {a, w, sizeof(a), sizeof(w)}
		ROW("/usr/bin/mysql\0-uroot\0-phunter2\0db",
			"/usr/bin/mysql\0-uroot\0-p[REDACTED]\0db"),
		ROW("mysql\0-p\0db", "mysql\0-p\0db"),
		ROW("sshpass\0-p\0a b\0ssh", "sshpass\0-p\0[REDACTED]\0ssh"),
		ROW("docker\0login\0-p\0hunter2", "docker\0login\0-p\0[REDACTED]"),
		ROW("docker\0run\0-p\00080:80", "docker\0run\0-p\00080:80"),
		ROW("mkdir\0-p\0/x", "mkdir\0-p\0/x"),
		ROW("sh\0-c\0mysql -phunter2", "sh\0-c\0mysql -p[REDACTED]"),
		ROW("openssl\0enc\0-k\0hunter2\0-in\0x", "openssl\0enc\0-k\0[REDACTED]\0-in\0x"),
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		struct lw_bytes in = {rows[i].args, rows[i].length};
		struct fixture f;

		fixture_init(&f, true, NULL, 0);
		lw_redact_arguments(f.r, in, &f.out);
		if (f.out.length != rows[i].want_length ||
			memcmp(f.out.data, rows[i].want, f.out.length) != 0)
			fail_msg("row %zu", i);
		fixture_done(&f);
	}
}

static void
empty_arguments_keep_their_place(void **state)
{
	static const char args[] = "\0\0x\0";
	struct fixture f;

	fixture_init(&f, true, NULL, 0);
	assert_false(lw_redact_arguments(f.r, (struct lw_bytes){args, sizeof(args)}, &f.out));
	assert_int_equal(f.out.length, sizeof(args));
	assert_memory_equal(f.out.data, args, sizeof(args));
	fixture_done(&f);
}

static void
telling_names_hide_the_whole_value(void **state)
{
	static const char env[] =
		"LD_PRELOAD=/x.so\0MY_TOKEN=a b;c\0EMPTY_SECRET=\0URL=ftp://a:b@c";
	static const char want[] =
		"LD_PRELOAD=/x.so\0MY_TOKEN=[REDACTED]\0EMPTY_SECRET=\0URL=ftp://a:[REDACTED]@c";
	struct fixture f;

	fixture_init(&f, true, NULL, 0);
	assert_true(lw_redact_environment(f.r, (struct lw_bytes){env, sizeof(env)}, &f.out));
	assert_int_equal(f.out.length, sizeof(want));
	assert_memory_equal(f.out.data, want, sizeof(want));
	fixture_done(&f);
}

static void
own_patterns_are_used(void **state)
{
	char *patterns[] = {(char *)"CORP-[0-9]{4}", (char *)"^internal$"};
	static const char text[] = "a CORP-1234 b CORP-12\ninternal\n\0CORP-9999";
	static const char want[] = "a [REDACTED] b CORP-12\n[REDACTED]\n\0[REDACTED]";
	struct fixture f;

	fixture_init(&f, true, patterns, 2);
	lw_redactor_begin(f.r);
	assert_true(lw_redact_text(f.r, (struct lw_bytes){text, sizeof(text) - 1}, &f.out));
	assert_int_equal(f.out.length, sizeof(want) - 1);
	assert_memory_equal(f.out.data, want, sizeof(want) - 1);
	fixture_done(&f);
}

/* A match that a window cuts hides the rest of its word too, and one on the border is found. */
static void
windows_do_not_cut_secrets(void **state)
{
	char *patterns[] = {(char *)"CORP-[0-9]+"};
	size_t length = 4 * LW_REDACT_WINDOW;
	char *text = malloc(length);
	struct fixture f;

	fixture_init(&f, true, patterns, 1);
	for (size_t at = LW_REDACT_WINDOW - 20; at < LW_REDACT_WINDOW + 5; at++) {
		memset(text, ' ', length);
		memcpy(&text[at], "CORP-", 5);
		memset(&text[at + 5], '7', LW_REDACT_WINDOW + 100);
		lw_text_reset(&f.out);
		lw_redactor_begin(f.r);
		assert_true(lw_redact_text(f.r, (struct lw_bytes){text, length}, &f.out));
		assert_null(memchr(f.out.data, '7', f.out.length));
	}
	free(text);
	fixture_done(&f);
}

static void
bad_patterns_are_refused_with_a_reason(void **state)
{
	static const char *const bad[] = {"(", "(a)\\1", "x*", "["};

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		char *item = (char *)bad[i];
		struct lw_string_list list = {&item, 1};
		struct lw_redactor *r = NULL;
		char detail[248] = "";

		assert_int_equal(lw_redactor_new(&r, true, &list, detail), -EINVAL);
		assert_null(r);
		assert_non_null(strstr(detail, "capture.redact_patterns"));
	}
}

/* Microseconds of this thread's own: what else the machine does is not in it. */
static uint64_t
processor_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static uint64_t
redacted_us(struct fixture *f, const char *text, size_t length)
{
	uint64_t start = processor_us();

	lw_text_reset(&f->out);
	lw_redact_text(f->r, (struct lw_bytes){text, length}, &f->out);
	assert_false(f->out.failed);
	assert_true(f->out.length <= length * LW_REDACT_GROWTH + 64);
	return processor_us() - start;
}

/*
 * What costs most: texts that start every scanner again and again. Eight times the text takes eight
 * times as long; 64 times would be quadratic.
 */
static void
hostile_text_takes_linear_time(void **state)
{
	static const char *const units[] = {
		"authorization",
		"authorization=",
		"bearer ",
		"://a:",
		"eyJ.",
		"token='$",
		"--token ",
		"-----BEGIN ",
		"-----BEGIN RSA PRIVATE KEY----- ",
		"=",
		":",
		"a=",
		"password: ",
		"AKIA",
		"token=\\\"",
		"\"",
		"--",
		"://",
		"ghp_",
		"password=\"",
		"@",
		" -p",
		"mysql -p ",
		"login password ",
		"cookie: ",
		"$6$",
		"/hooks.slack.com/services/",
		"SG.",
		"sk-",
	};
	size_t length = 1024 * 1024;
	char *text = malloc(length);
	struct fixture f;

	fixture_init(&f, true, NULL, 0);
	for (size_t i = 0; i < LW_ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i]);

		for (size_t at = 0; at < length; at++)
			text[at] = units[i][at % n];
		uint64_t part = redacted_us(&f, text, length / 8);
		uint64_t whole = redacted_us(&f, text, length);
		if (whole > 24 * part + SLACK_US)
			fail_msg("%s: %llu us, an eighth of it %llu us", units[i],
				(unsigned long long)whole, (unsigned long long)part);
	}
	free(text);
	fixture_done(&f);
}

/* Regular expressions that are slow on purpose: the budget ends them, and what was not searched
 * does not pass. */
static void
slow_patterns_are_cut_by_time(void **state)
{
	char *patterns[LW_LIST_MAX];
	size_t length = 1024 * 1024;
	char *text = malloc(length);
	struct fixture f;
	uint64_t start;

	for (size_t i = 0; i < LW_LIST_MAX; i++)
		patterns[i] = (char *)"(a|aa|aaa|aaaa)+(a|b|c)*d{3}e";
	fixture_init(&f, true, patterns, LW_LIST_MAX);
	memset(text, 'a', length);
	lw_redactor_begin(f.r);
	start = lw_now_us();
	assert_true(lw_redact_text(f.r, (struct lw_bytes){text, length}, &f.out));
	assert_true(lw_now_us() - start < 50 * LW_REDACT_BUDGET_US);
	assert_non_null(strstr(f.out.data, "not searched in time"));
	assert_true(f.out.length < length);
	free(text);
	fixture_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_shapes_are_found_and_others_kept),
		cmocka_unit_test(disabled_changes_nothing),
		cmocka_unit_test(flags_hide_the_next_argument),
		cmocka_unit_test(flags_mean_what_the_program_says),
		cmocka_unit_test(empty_arguments_keep_their_place),
		cmocka_unit_test(telling_names_hide_the_whole_value),
		cmocka_unit_test(own_patterns_are_used),
		cmocka_unit_test(windows_do_not_cut_secrets),
		cmocka_unit_test(bad_patterns_are_refused_with_a_reason),
		cmocka_unit_test(hostile_text_takes_linear_time),
		cmocka_unit_test(slow_patterns_are_cut_by_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
