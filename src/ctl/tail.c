/*
 * tail: findings as they come, for people or as JSON lines; also those of a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/readable.h"

struct options {
	bool json;
	const char *file; /* findings to show instead of the daemon's */
};

static int
read_options(struct lw_ctl *ctl, int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"file", required_argument, NULL, 'f'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "jf:", options, NULL)) != -1) {
		if (c == 'j')
			o->json = true;
		else if (c == 'f')
			o->file = optarg;
		else
			return lw_ctl_bad_option(ctl, argv);
	}
	return optind < argc ? lw_ctl_usage(ctl, "unexpected \"%s\"", argv[optind]) : 0;
}

/* Every line is written at once: who looks on waits for it. */
static int
show_line(struct lw_ctl *ctl, bool json, const char *line, size_t length)
{
	_cleanup_text_ struct lw_text text = {0};

	if (length == 0)
		return LW_EXIT_OK;
	lw_text_init(&text, LW_READABLE_MAX);
	if (json) {
		fwrite(line, 1, length, ctl->out);
		fputc('\n', ctl->out);
	} else if (lw_readable_finding(line, length, ctl->colour, &text) == 0 && text.data) {
		fprintf(ctl->out, "%s\n", text.data);
	} else {
		lw_ctl_fail(ctl, 0, "a line of %zu bytes is no finding", length);
	}
	return lw_ctl_flush(ctl);
}

static int
show_file(struct lw_ctl *ctl, const struct options *o)
{
	struct lw_client c = {.fd = strcmp(o->file, "-") == 0
					    ? dup(STDIN_FILENO)
					    : open(o->file, O_RDONLY | O_CLOEXEC)};
	const char *line;
	size_t length;
	int r, code = LW_EXIT_OK;

	if (c.fd < 0)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s: %s", o->file, strerror(errno));
	lw_text_init(&c.in, LW_CLIENT_LINE_MAX);
	while (code == LW_EXIT_OK && (r = lw_client_line(&c, -1, &line, &length)) == 1)
		code = show_line(ctl, o->json, line, length);
	if (code == LW_EXIT_OK && r < 0)
		code = lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s: %s", o->file,
			r == -EPROTO ? "the last line has no end" : strerror(-r));
	lw_client_done(&c);
	return code;
}

static int
show_daemon(struct lw_ctl *ctl, const struct options *o)
{
	struct lw_client c;
	const char *line;
	size_t length;
	int r = 0, code = lw_ctl_ask(ctl, &c, "tail");

	while (code == LW_EXIT_OK && (r = lw_client_line(&c, -1, &line, &length)) == 1)
		code = show_line(ctl, o->json, line, length);
	if (code == LW_EXIT_OK)
		code = r < 0 ? lw_ctl_broken(ctl, r)
			     : lw_ctl_fail(ctl, LW_EXIT_FAILED, "layerwatchd has closed");
	lw_client_done(&c);
	return code;
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	struct options o = {0};
	int code = read_options(ctl, argc, argv, &o);

	if (code != 0)
		return code;
	return o.file ? show_file(ctl, &o) : show_daemon(ctl, &o);
}

const struct lw_command lw_command_tail = {
	.name = "tail",
	.synopsis = "[--json] [--file FILE]",
	.summary = "Show findings as they come",
	.options = "  -j, --json        as JSON lines, as the sinks get them\n"
		   "  -f, --file FILE   those of a file (- = standard input), not the daemon's\n",
	.run = run,
};
