#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "classify/hashset_line.h"

#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define MD5 "900150983cd24fb0d6963f7d28e17f72"

static enum lw_hashset_line
read_line(struct lw_hashset_columns *columns, const char *text, struct lw_hashset_entry *entry)
{
	const char *why = NULL;
	char line[1024];
	enum lw_hashset_line r;

	snprintf(line, sizeof(line), "%s", text);
	r = lw_hashset_line(columns, line, strlen(line), entry, &why);
	assert_int_equal(r == LW_LINE_BAD, why != NULL);
	if (r == LW_LINE_DIGEST) {
		char hex[65];

		lw_hex(hex, entry->digest, LW_SHA256_SIZE);
		assert_string_equal(hex, SHA256);
	}
	return r;
}

static void
each_form_of_line_is_read(void **state)
{
	static const struct {
		const char *line;
		enum lw_hashset_line result;
		const char *name;
	} rows[] = {
		{"", LW_LINE_NOTHING, ""},
		{" \t\r", LW_LINE_NOTHING, ""},
		{"# a comment, of a kind", LW_LINE_NOTHING, ""},
		{SHA256, LW_LINE_DIGEST, ""},
		{"  " SHA256 "  a file\r", LW_LINE_DIGEST, ""},
		{SHA256 " *a,file", LW_LINE_DIGEST, ""},
		{"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", LW_LINE_DIGEST,
			""},
		{"\\" SHA256 "  a\\nfile", LW_LINE_DIGEST, ""},
		{"SHA256 (a, file) = " SHA256, LW_LINE_DIGEST, ""},
		{SHA256 "0", LW_LINE_BAD, ""},
		{MD5, LW_LINE_BAD, ""},
		{"nothing", LW_LINE_BAD, ""},
		/* ClamAV */
		{SHA256 ":1234:Win.Trojan.Agent-123456-0", LW_LINE_DIGEST, "Win.Trojan.Agent"},
		{SHA256 ":*:Unix.Miner-7:73", LW_LINE_DIGEST, "Unix.Miner"},
		{SHA256 ":*:Unix.Miner.B:73:255", LW_LINE_DIGEST, "Unix.Miner.B"},
		{SHA1 ":12:Name", LW_LINE_OTHER, ""},
		{MD5 ":12:Name", LW_LINE_OTHER, ""},
		{SHA256 ":x:Name", LW_LINE_BAD, ""},
		{SHA256 ":12", LW_LINE_BAD, ""},
		{SHA256 ":", LW_LINE_BAD, ""},
		/* CSV without names of columns */
		{"\"2024-01-01\", \"" SHA256 "\", \"x\"", LW_LINE_DIGEST, ""},
		{"2024-01-01," SHA256, LW_LINE_DIGEST, ""},
		{"\"2024-01-01\",\"" MD5 "\",\"" SHA1 "\"", LW_LINE_OTHER, ""},
		{"\"a\",\"b\"", LW_LINE_BAD, ""},
		{"\"" SHA256, LW_LINE_DIGEST, ""},
		{"\"\"", LW_LINE_BAD, ""},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		struct lw_hashset_columns columns = {0};
		struct lw_hashset_entry entry;
		enum lw_hashset_line r = read_line(&columns, rows[i].line, &entry);

		if (r != rows[i].result)
			fail_msg("%s: %d", rows[i].line, r);
		if (r == LW_LINE_DIGEST)
			assert_string_equal(entry.name, rows[i].name);
	}
}

/* As MalwareBazaar exports it: a comment names the columns. */
static void
columns_are_taken_by_their_names(void **state)
{
	static const char *const headers[] = {
		"# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"sha1_hash\",\"reporter\","
		"\"file_name\",\"file_type_guess\",\"mime_type\",\"signature\",\"clamav\"",
		"first_seen_utc,sha256_hash,md5_hash,sha1_hash,reporter,file_name,file_type_guess,"
		"mime_type,signature,clamav",
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(headers); i++) {
		struct lw_hashset_columns columns = {0};
		struct lw_hashset_entry e;

		assert_int_equal(
			read_line(&columns, "# MalwareBazaar, recent", &e), LW_LINE_NOTHING);
		assert_int_equal(read_line(&columns, headers[i], &e), LW_LINE_NOTHING);
		assert_int_equal(columns.digest, 1);
		assert_int_equal(columns.name, 8);
		assert_int_equal(
			read_line(&columns,
				"\"2024-01-01 00:00:00\", \"" SHA256 "\", \"" MD5 "\", \"" SHA1
				"\", \"someone\", \"a \"\"file\"\", named.exe\", \"elf\", "
				"\"application/x-executable\", \"Mirai\", \"n/a\"",
				&e),
			LW_LINE_DIGEST);
		assert_string_equal(e.name, "Mirai");
		assert_int_equal(
			read_line(&columns, "x," SHA256 "," MD5 "," SHA1 ",a,b,elf,c,n/a,n/a", &e),
			LW_LINE_DIGEST);
		assert_string_equal(e.name, "");
		assert_int_equal(read_line(&columns, "x," SHA256, &e), LW_LINE_DIGEST);
		assert_int_equal(read_line(&columns, "x," SHA1 ",y", &e), LW_LINE_OTHER);
		assert_int_equal(read_line(&columns, "x,y,z", &e), LW_LINE_BAD);
		assert_int_equal(read_line(&columns, "x", &e), LW_LINE_BAD);
	}
}

static void
names_are_cut_and_clean(void **state)
{
	struct lw_hashset_columns columns = {0};
	struct lw_hashset_entry e;
	char line[256];

	snprintf(line, sizeof(line), SHA256 ":1:\x1b[31mRed\xff%0100d", 0);
	assert_int_equal(read_line(&columns, line, &e), LW_LINE_DIGEST);
	assert_int_equal(strlen(e.name), LW_HASHSET_LABEL_SIZE - 1);
	assert_memory_equal(e.name, "[31mRed0", 8);
}

static void
a_nul_is_an_error(void **state)
{
	struct lw_hashset_columns columns = {0};
	struct lw_hashset_entry e;
	const char *why = NULL;
	char line[] = SHA256 "\0 more";

	assert_int_equal(lw_hashset_line(&columns, line, sizeof(line) - 1, &e, &why), LW_LINE_BAD);
	assert_string_equal(why, "the line holds a NUL");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_line_is_read),
		cmocka_unit_test(columns_are_taken_by_their_names),
		cmocka_unit_test(names_are_cut_and_clean),
		cmocka_unit_test(a_nul_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
