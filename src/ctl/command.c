#include "ctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

static const struct lw_command *const commands[] = {
	&lw_command_status,
	&lw_command_containers,
	&lw_command_tail,
	&lw_command_pause,
	&lw_command_resume,
	&lw_command_reload,
	&lw_command_policy_check,
	&lw_command_policy_explain,
	&lw_command_hashset_build,
	&lw_command_hashset_query,
	&lw_command_rules_check,
	&lw_command_rules_list,
	&lw_command_rules_test,
	&lw_command_classify,
	&lw_command_doctor,
};

static void
print_synopsis(FILE *f, const struct lw_command *c)
{
	fprintf(f, "usage: layerwatch [-s SOCKET] %s%s%s\n", c->name, c->synopsis[0] ? " " : "",
		c->synopsis);
}

static void
print_commands(FILE *f)
{
	fprintf(f, "usage: layerwatch [-s SOCKET] COMMAND [ARGUMENTS]\n"
		   "       layerwatch help [COMMAND] | --help | --version\n\n");
	for (size_t i = 0; i < LW_ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-16s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(f, "\nSee layerwatch(1).\n");
}

static void
print_help(FILE *f, const struct lw_command *c)
{
	print_synopsis(f, c);
	fprintf(f, "\n%s.\n", c->summary);
	if (c->options[0])
		fprintf(f, "\n%s", c->options);
}

/* How many words of argv are the command's name: 0 = another command. */
static int
match_name(const struct lw_command *c, int argc, char **argv)
{
	size_t first = strcspn(c->name, " ");

	if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], c->name, first) != 0)
		return 0;
	if (c->name[first] == '\0')
		return 1;
	return argc > 1 && strcmp(argv[1], &c->name[first + 1]) == 0 ? 2 : 0;
}

static const struct lw_command *
find_command(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(commands); i++) {
		*words = match_name(commands[i], argc, argv);
		if (*words > 0)
			return commands[i];
	}
	return NULL;
}

/* The second words of the commands that begin with `first`: "check, explain"; "" = none. */
static void
list_seconds(const char *first, char *out, size_t size)
{
	size_t length = strlen(first), at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < LW_ARRAY_SIZE(commands); i++) {
		const char *name = commands[i]->name;

		if (strncmp(name, first, length) == 0 && name[length] == ' ' && at < size)
			at += snprintf(
				&out[at], size - at, "%s%s", at ? ", " : "", &name[length + 1]);
	}
}

static int
refuse_command(struct lw_ctl *ctl, char **argv)
{
	char seconds[128];

	list_seconds(argv[0], seconds, sizeof(seconds));
	if (seconds[0])
		return lw_ctl_fail(
			ctl, LW_EXIT_USAGE, "\"%s\" is followed by one of: %s", argv[0], seconds);
	return lw_ctl_fail(
		ctl, LW_EXIT_USAGE, "there is no command \"%s\"; try \"layerwatch help\"", argv[0]);
}

static int
run_help(struct lw_ctl *ctl, int argc, char **argv)
{
	int words;
	const struct lw_command *c = find_command(argc, argv, &words);

	if (argc == 0) {
		print_commands(ctl->out);
		return lw_ctl_flush(ctl);
	}
	if (!c || words != argc)
		return refuse_command(ctl, argv);
	print_help(ctl->out, c);
	return lw_ctl_flush(ctl);
}

static int
run_command(struct lw_ctl *ctl, int argc, char **argv)
{
	int words = 0;

	if (argc > 0 && strcmp(argv[0], "help") == 0)
		return run_help(ctl, argc - 1, &argv[1]);
	ctl->command = find_command(argc, argv, &words);
	if (!ctl->command && argc > 0)
		return refuse_command(ctl, argv);
	if (!ctl->command) {
		print_commands(ctl->err);
		return LW_EXIT_USAGE;
	}
	argc -= words - 1;
	argv += words - 1;
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help(ctl->out, ctl->command);
		return lw_ctl_flush(ctl);
	}
	opterr = 0;
	optind = 0; /* 0 and not 1: glibc then starts afresh, with the subcommand's own options */
	return ctl->command->run(ctl, argc, argv);
}

int
lw_ctl_run(struct lw_ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int o;

	optind = 0;
	while ((o = getopt_long(argc, argv, "+s:hV", options, NULL)) != -1) {
		if (o == 's') {
			ctl->socket = optarg;
			continue;
		}
		if (o == 'h')
			print_commands(ctl->out);
		else if (o == 'V')
			fprintf(ctl->out, "layerwatch %s\n", PACKAGE_VERSION);
		else
			return LW_EXIT_USAGE;
		return lw_ctl_flush(ctl);
	}
	return run_command(ctl, argc - optind, &argv[optind]);
}

static void
say(struct lw_ctl *ctl, const char *fmt, va_list ap)
{
	_cleanup_text_ struct lw_text shown = {0};
	char text[2048];

	vsnprintf(text, sizeof(text), fmt, ap);
	lw_text_init(&shown, 4 * sizeof(text));
	lw_text_add_visible(&shown, text, strlen(text));
	fprintf(ctl->err, "layerwatch%s%s: %s\n", ctl->command ? " " : "",
		ctl->command ? ctl->command->name : "", shown.data ? shown.data : "");
}

int
lw_ctl_usage(struct lw_ctl *ctl, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(ctl, fmt, ap);
	va_end(ap);
	print_synopsis(ctl->err, ctl->command);
	return LW_EXIT_USAGE;
}

int
lw_ctl_fail(struct lw_ctl *ctl, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(ctl, fmt, ap);
	va_end(ap);
	return code;
}

int
lw_ctl_bad_option(struct lw_ctl *ctl, char **argv)
{
	return lw_ctl_usage(ctl, "no such option, or no value for it: %s", argv[optind - 1]);
}

int
lw_ctl_json_only(struct lw_ctl *ctl, int argc, char **argv, bool *json)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	int o;

	*json = false;
	while ((o = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		if (o != 'j')
			return lw_ctl_bad_option(ctl, argv);
		*json = true;
	}
	return optind < argc ? lw_ctl_usage(ctl, "unexpected \"%s\"", argv[optind]) : 0;
}

int
lw_ctl_ask(struct lw_ctl *ctl, struct lw_client *c, const char *request)
{
	_cleanup_text_ struct lw_text error = {0};

	lw_text_init(&error, 1024);
	int r = lw_client_ask(c, ctl->socket, request, &error);
	if (r == 0)
		return LW_EXIT_OK;
	if (r == 1)
		return lw_ctl_fail(
			ctl, LW_EXIT_FAILED, "refused: %s", error.data ? error.data : "");
	if (r == -ENOENT || r == -ECONNREFUSED)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED,
			"nobody listens at %s: does layerwatchd run?", ctl->socket);
	if (r == -EACCES || r == -EPERM)
		return lw_ctl_fail(ctl, LW_EXIT_PERMISSION, "%s: %s", ctl->socket, strerror(-r));
	return lw_ctl_broken(ctl, r);
}

int
lw_ctl_broken(struct lw_ctl *ctl, int error)
{
	const char *why = error == -EPROTO	? "the answer is not one of layerwatchd"
			  : error == -ETIMEDOUT ? "layerwatchd does not answer"
			  : error == -EMSGSIZE	? "a line of the answer is too long"
						: strerror(-error);

	return lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s: %s", ctl->socket, why);
}

int
lw_ctl_read(const char *path, size_t bound, struct lw_text *out)
{
	_cleanup_close_ int opened = -1;
	char bytes[65536];
	int fd = STDIN_FILENO;
	ssize_t n;

	if (strcmp(path, "-") != 0) {
		fd = opened = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	}
	lw_text_init(out, bound);
	while ((n = lw_read_full(fd, bytes, sizeof(bytes))) > 0) {
		lw_text_add(out, bytes, n);
		if (out->failed)
			return -EFBIG;
	}
	return n;
}

void
lw_ctl_add_shown(struct lw_text *out, const char *text, size_t length, size_t most)
{
	bool cut = most > 0 && length > most;

	if (cut)
		length = most - LW_MIN(most, 3u);
	/* Not within a character. */
	while (cut && length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	lw_text_add_visible(out, text, length);
	if (cut)
		lw_text_adds(out, "...");
}

int
lw_ctl_flush(struct lw_ctl *ctl)
{
	return fflush(ctl->out) == 0 && !ferror(ctl->out) ? LW_EXIT_OK : LW_EXIT_FAILED;
}
