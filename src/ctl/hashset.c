/*
 * hashset build and query: lists of SHA-256, of files or of URLs, as files that classify maps.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "base/digest.h"
#include "classify/hashset.h"
#include "classify/url_list.h"
#include "ctl/command.h"

#define ERRORS_MAX (1024u * 1024)

struct build_options {
	const char *out, *name;
	bool urls;
};

static int
read_build_options(struct lw_ctl *ctl, int argc, char **argv, struct build_options *o)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'},
		{"name", required_argument, NULL, 'n'},
		{"urls", no_argument, NULL, 'u'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:n:u", options, NULL)) != -1) {
		if (c == 'o')
			o->out = optarg;
		else if (c == 'n')
			o->name = optarg;
		else if (c == 'u')
			o->urls = true;
		else
			return lw_ctl_bad_option(ctl, argv);
	}
	if (!o->out)
		return lw_ctl_usage(ctl, "-o OUT is needed");
	return optind == argc ? lw_ctl_usage(ctl, "IN is needed; - is standard input") : 0;
}

/* The file's own name without folder and suffix. */
static void
default_name(const char *path, char out[LW_HASHSET_NAME_SIZE])
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? &slash[1] : path;
	const char *dot = strrchr(base, '.');

	snprintf(out, LW_HASHSET_NAME_SIZE, "%.*s",
		dot && dot != base ? (int)(dot - base) : (int)strlen(base), base);
}

static int
run_build(struct lw_ctl *ctl, int argc, char **argv)
{
	_cleanup_text_ struct lw_text errors = {0};
	struct build_options o = {0};
	struct lw_hashset_counts counts = {0};
	char name[LW_HASHSET_NAME_SIZE];
	int code = read_build_options(ctl, argc, argv, &o);

	if (code != 0)
		return code;
	if (!o.name)
		default_name(o.out, name);
	lw_text_init(&errors, ERRORS_MAX);
	int r = (o.urls ? lw_hashset_build_urls : lw_hashset_build)(
		(const char *const *)&argv[optind], argc - optind, o.name ? o.name : name, o.out,
		&errors, &counts);
	fputs(errors.data ? errors.data : "", ctl->err);
	if (r == -EINVAL)
		return lw_ctl_fail(ctl, LW_EXIT_CONFIG, "%s was not written", o.out);
	if (r < 0)
		return lw_ctl_fail(
			ctl, LW_EXIT_FAILED, "%s was not written: %s", o.out, strerror(-r));
	if (counts.others > 0)
		fprintf(ctl->err, "%llu rows with an MD5 or SHA-1 in place of a SHA-256 left out\n",
			(unsigned long long)counts.others);
	fprintf(ctl->out, "%s: list \"%s\", %llu %s, ", o.out, o.name ? o.name : name,
		(unsigned long long)counts.digests, o.urls ? "URLs" : "digests");
	if (!o.urls)
		fprintf(ctl->out, "%llu with a name, ", (unsigned long long)counts.named);
	fprintf(ctl->out, "%llu duplicates left out\n", (unsigned long long)counts.duplicates);
	return lw_ctl_flush(ctl);
}

static int
hash_file(const char *path, uint8_t sha256[LW_SHA256_SIZE])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_(lw_sha256_freep) struct lw_sha256 *h = NULL;
	char bytes[65536];
	ssize_t n;

	if (fd < 0)
		return -errno;
	int r = lw_sha256_new(&h);
	if (r == 0)
		r = lw_sha256_begin(h);
	while (r == 0 && (n = lw_read_full(fd, bytes, sizeof(bytes))) != 0)
		r = n < 0 ? n : lw_sha256_add(h, bytes, n);
	return r == 0 ? lw_sha256_end(h, sha256) : r;
}

/* Opens a list of either kind; *urls says which. */
static int
open_list(struct lw_ctl *ctl, const char *path, struct lw_hashset **out, bool *urls)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return lw_ctl_fail(ctl, errno == EACCES ? LW_EXIT_PERMISSION : LW_EXIT_FAILED,
			"%s: %s", path, strerror(errno));
	int r = lw_hashset_open(fd, out);
	*urls = r == -EPROTOTYPE;
	if (*urls)
		r = lw_hashset_open_urls(fd, out);
	return r < 0 ? lw_ctl_fail(ctl, LW_EXIT_CONFIG, "%s: %s", path, lw_hashset_explain(r)) : 0;
}

static void
show(struct lw_ctl *ctl, const char *text)
{
	_cleanup_text_ struct lw_text shown = {0};

	lw_text_init(&shown, 65536);
	lw_ctl_add_shown(&shown, text, strlen(text), 0);
	fputs(shown.data ? shown.data : "", ctl->out);
}

struct query {
	const struct lw_hashset *list;
	struct lw_sha256 *sha256; /* of URLs */
	bool file;
	unsigned unlisted;
};

/* One operand: a digest, or with --file the file that has it. */
static int
query_digest(struct lw_ctl *ctl, struct query *q, const char *what)
{
	uint8_t sha256[LW_SHA256_SIZE];
	char hex[2 * LW_SHA256_SIZE + 1];
	int r = q->file ? hash_file(what, sha256) : lw_unhex(sha256, sizeof(sha256), what);

	if (r < 0)
		return lw_ctl_fail(ctl, q->file ? LW_EXIT_FAILED : LW_EXIT_USAGE, "%s: %s", what,
			q->file ? strerror(-r) : "is not 64 hexadecimal digits");
	bool has = lw_hashset_has(q->list, sha256);
	q->unlisted += !has;
	lw_hex(hex, sha256, sizeof(sha256));
	fprintf(ctl->out, "%s %s%s", hex, has ? "listed" : "not listed", q->file ? "  " : "");
	if (q->file)
		show(ctl, what);
	fputc('\n', ctl->out);
	return 0;
}

/* One operand that is a URL: what of it is on the list. */
static int
query_url(struct lw_ctl *ctl, struct query *q, const char *what)
{
	struct lw_url_match match;
	int r = lw_url_lookup(q->list, q->sha256, what, strlen(what), &match);

	if (r < 0)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s: %s", what, strerror(-r));
	q->unlisted += r == 0;
	show(ctl, what);
	fputs(r > 0 ? " listed  " : " not listed", ctl->out);
	if (r > 0)
		show(ctl, match.expression);
	fputc('\n', ctl->out);
	return 0;
}

static int
run_query(struct lw_ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {{"file", no_argument, NULL, 'f'}, {0}};
	_cleanup_(lw_hashset_freep) struct lw_hashset *hs = NULL;
	_cleanup_(lw_sha256_freep) struct lw_sha256 *sha256 = NULL;
	struct query q = {0};
	bool urls;
	int c, code;

	while ((c = getopt_long(argc, argv, "f", options, NULL)) != -1) {
		if (c != 'f')
			return lw_ctl_bad_option(ctl, argv);
		q.file = true;
	}
	if (argc - optind < 2)
		return lw_ctl_usage(ctl, "a list and what to look for in it are needed");
	code = open_list(ctl, argv[optind], &hs, &urls);
	if (code == 0 && urls && q.file)
		return lw_ctl_usage(ctl, "the list is of URLs: --file has no meaning");
	if (code == 0 && lw_sha256_new(&sha256) < 0)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s", strerror(ENOMEM));
	q.list = hs;
	q.sha256 = sha256;
	for (int i = optind + 1; code == 0 && i < argc; i++)
		code = (urls ? query_url : query_digest)(ctl, &q, argv[i]);
	if (code == 0)
		code = lw_ctl_flush(ctl);
	return code == 0 && q.unlisted > 0 ? LW_EXIT_FAILED : code;
}

const struct lw_command lw_command_hashset_build = {
	.name = "hashset build",
	.synopsis = "-o OUT [--name NAME] [--urls] IN...",
	.summary = "Make a hash list from files of SHA-256, CSV or ClamAV's .hsb, or of URLs",
	.options =
		"  -o, --output OUT   the list to write; it appears whole or not at all\n"
		"  -n, --name NAME    shown in findings; OUT's own name if not given\n"
		"  -u, --urls         make a list of URLs: IN has a URL or a host a line\n"
		"  IN                 a digest a line, alone or as sha256sum writes it; CSV with\n"
		"                     MalwareBazaar's columns; ClamAV's .hsb; \"#\" begins a\n"
		"                     comment; - is standard input\n"
		"                     with --urls: a URL, a host with or without a path, or a\n"
		"                     line of a hosts file\n",
	.run = run_build,
};

const struct lw_command lw_command_hashset_query = {
	.name = "hashset query",
	.synopsis = "LIST HASH... | LIST URL... | --file LIST PATH...",
	.summary = "Say whether digests, files or URLs are on a list",
	.options = "  -f, --file   what follows the list are files; their digests are looked for\n"
		   "\nExit code 0 when all are listed, 1 when one is not.\n",
	.run = run_query,
};
