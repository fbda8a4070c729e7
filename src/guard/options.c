#include "guard/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "policy/policy.h"

struct row {
	const char *name;
	char letter; /* 0 = none */
	const char *argument; /* NULL = takes none */
	const char *help;
	void (*apply)(struct lw_options *o, const char *value);
};

static void
set_config(struct lw_options *o, const char *value)
{
	o->config = value;
}

static void
set_libexec(struct lw_options *o, const char *value)
{
	o->libexec = value;
}

static void
set_verbose(struct lw_options *o, const char *value)
{
	o->level = LW_LOG_DEBUG;
}

static void
set_check(struct lw_options *o, const char *value)
{
	o->command = LW_COMMAND_CHECK;
}

static void
set_dump(struct lw_options *o, const char *value)
{
	o->command = LW_COMMAND_DUMP;
}

static void
set_version(struct lw_options *o, const char *value)
{
	o->command = LW_COMMAND_VERSION;
}

static void
set_help(struct lw_options *o, const char *value)
{
	o->command = LW_COMMAND_HELP;
}

static const struct row rows[] = {
	{"config", 'c', "FILE", "the policy (default: " LW_POLICY_PATH ")", set_config},
	{"check-config", 0, NULL, "say what is wrong with the policy, and end", set_check},
	{"dump-config", 0, NULL, "print the effective policy with comments, and end", set_dump},
	{"libexec", 'L', "DIR", "folder of the helper programs", set_libexec},
	{"verbose", 'v', NULL, "log details", set_verbose},
	{"version", 0, NULL, "print the version, and end", set_version},
	{"help", 'h', NULL, "print this, and end", set_help},
};

#define ROWS LW_ARRAY_SIZE(rows)

/* Long options are known to getopt_long by their row, beyond all letters. */
#define ROW_BASE 256

static void
build_tables(struct option longs[ROWS + 1], char shorts[2 * ROWS + 1])
{
	size_t at = 0;

	memset(longs, 0, (ROWS + 1) * sizeof(longs[0]));
	for (size_t i = 0; i < ROWS; i++) {
		longs[i] = (struct option){.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument : no_argument,
			.val = ROW_BASE + (int)i};
		if (!rows[i].letter)
			continue;
		shorts[at++] = rows[i].letter;
		if (rows[i].argument)
			shorts[at++] = ':';
	}
	shorts[at] = '\0';
}

static const struct row *
row_of(int value)
{
	if (value >= ROW_BASE && value < ROW_BASE + (int)ROWS)
		return &rows[value - ROW_BASE];
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].letter && rows[i].letter == value)
			return &rows[i];
	return NULL;
}

static int
complain(const char *program, const char *operand)
{
	if (operand)
		fprintf(stderr, "%s: unexpected argument '%s'\n", program, operand);
	fprintf(stderr, "%s: try --help\n", program);
	return -EINVAL;
}

int
lw_options_parse(struct lw_options *out, int argc, char **argv)
{
	struct lw_options o = {.level = LW_LOG_INFO};
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 1];
	int value;

	build_tables(longs, shorts);
	optind = 0; /* glibc: begin anew, for a second call in one process */
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *row = row_of(value);

		if (!row)
			return complain(argv[0], NULL);
		row->apply(&o, optarg);
	}
	if (optind < argc)
		return complain(argv[0], argv[optind]);
	*out = o;
	return 0;
}

static void
print_row(const struct row *r)
{
	char left[40], letter[8] = "    ";

	if (r->letter)
		snprintf(letter, sizeof(letter), "-%c, ", r->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, r->name, r->argument ? " " : "",
		r->argument ? r->argument : "");
	printf("  %-24s%s\n", left, r->help);
}

void
lw_options_help(void)
{
	printf("usage: layerwatchd [-v] [-c FILE] [-L DIR] [--check-config | --dump-config]\n\n"
	       "Watches what containers execute.\n\n");
	for (size_t i = 0; i < ROWS; i++)
		print_row(&rows[i]);
}

void
lw_options_version(void)
{
	printf("layerwatchd (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
}
