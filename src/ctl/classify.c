/*
 * classify: judges files, or labelled samples for measuring a model, as the daemon would: the same
 * code and the same model, without a daemon.
 */
#include "ctl/classify.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "classify/script.h"
#include "layerwatch/interpreter.h"

#define FILE_MAX (64u * 1024 * 1024)
#define LINE_MAX_BYTES (64u * 1024)

struct options {
	const char *model, *samples;
	enum lw_language language;
	bool json;
};

static int
read_options(struct lw_ctl *ctl, int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"language", required_argument, NULL, 'l'},
		{"model", required_argument, NULL, 'm'},
		{"samples", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{0},
	};
	int c, language;

	while ((c = getopt_long(argc, argv, "l:m:s:j", options, NULL)) != -1) {
		if (c == 'l') {
			language = lw_language_from_str(optarg);
			if (language <= LW_LANGUAGE_NONE)
				return lw_ctl_usage(ctl, "no such language: %s", optarg);
			o->language = language;
		} else if (c == 'm') {
			o->model = optarg;
		} else if (c == 's') {
			o->samples = optarg;
		} else if (c == 'j') {
			o->json = true;
		} else {
			return lw_ctl_bad_option(ctl, argv);
		}
	}
	if (o->samples ? optind < argc : optind == argc)
		return lw_ctl_usage(ctl, "a file is needed; - is standard input");
	return 0;
}

/* By the file's ending, where its beginning says nothing. */
static enum lw_language
language_of_name(const char *path)
{
	static const struct {
		const char *ending;
		enum lw_language language;
	} rows[] = {
		{".py", LW_LANGUAGE_PYTHON},
		{".pyw", LW_LANGUAGE_PYTHON},
		{".pyc", LW_LANGUAGE_PYTHON},
		{".pyz", LW_LANGUAGE_PYTHON},
		{".sh", LW_LANGUAGE_SHELL},
		{".bash", LW_LANGUAGE_SHELL},
		{".pl", LW_LANGUAGE_PERL},
		{".pm", LW_LANGUAGE_PERL},
		{".rb", LW_LANGUAGE_RUBY},
		{".js", LW_LANGUAGE_NODE},
		{".mjs", LW_LANGUAGE_NODE},
		{".php", LW_LANGUAGE_PHP},
		{".lua", LW_LANGUAGE_LUA},
		{".awk", LW_LANGUAGE_AWK},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < LW_ARRAY_SIZE(rows); i++)
		if (strcmp(dot, rows[i].ending) == 0)
			return rows[i].language;
	return LW_LANGUAGE_NONE;
}

static enum lw_language
find_language(const struct options *o, const char *path, const struct lw_text *text)
{
	struct lw_script script;
	enum lw_language named = language_of_name(path);

	if (o->language != LW_LANGUAGE_NONE)
		return o->language;
	lw_script_read((const uint8_t *)text->data, text->length, &script);
	if (script.format == LW_FORMAT_SHEBANG || named == LW_LANGUAGE_NONE)
		return script.language;
	return named;
}

static void
print_json(struct lw_ctl *ctl, const char *path, enum lw_language language,
	const struct lw_judgement *r, uint64_t us)
{
	_cleanup_text_ struct lw_text line = {0};
	struct lw_json j;

	lw_text_init(&line, LINE_MAX_BYTES);
	lw_json_init(&j, &line);
	lw_json_object(&j);
	lw_json_key(&j, "path");
	lw_json_bytes(&j, path, LW_MIN(strlen(path), (size_t)LINE_MAX_BYTES / 8));
	lw_json_pair_string(&j, "language", lw_language_to_str(language));
	lw_ctl_write_judgement(&j, r, us);
	lw_json_object_end(&j);
	fprintf(ctl->out, "%s\n", line.data ? line.data : "");
}

static void
print_plain(struct lw_ctl *ctl, const char *path, enum lw_language language,
	const struct lw_judgement *r)
{
	_cleanup_text_ struct lw_text line = {0};

	lw_text_init(&line, LINE_MAX_BYTES);
	lw_ctl_add_shown(&line, path, strlen(path), LINE_MAX_BYTES / 8);
	lw_text_addf(&line, ": %s %.4f (%s)\n", lw_verdict_to_str(r->verdict), r->score,
		lw_language_to_str(language));
	for (uint32_t i = 0; i < r->reason_count; i++) {
		lw_text_adds(&line, "  ");
		lw_ctl_add_shown(&line, r->reasons[i], strlen(r->reasons[i]), 0);
		lw_text_adds(&line, "\n");
	}
	fputs(line.data ? line.data : "", ctl->out);
}

static void
judgement_of(const struct lw_assessment *a, struct lw_judgement *out)
{
	*out = (struct lw_judgement){
		.verdict = a->verdict, .score = a->score, .reason_count = a->reason_count};
	memcpy(out->reasons, a->reasons, sizeof(out->reasons));
}

static int
classify_file(struct lw_ctl *ctl, const struct options *o, struct lw_assessor *a, const char *path,
	bool *found)
{
	_cleanup_text_ struct lw_text text = {0};
	struct lw_msg_assess request = {.flags = LW_ASSESS_AS_SCRIPT};
	struct lw_assessment seen;
	struct lw_judgement r;
	int e = lw_ctl_read(path, FILE_MAX, &text);

	if (e < 0)
		return lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s: %s", path, strerror(-e));
	_cleanup_close_ int fd = lw_memfd_with("file", text.data ? text.data : "", text.length);
	if (fd < 0)
		return lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s: %s", path, strerror(-fd));
	uint64_t start = lw_now_us();
	request.language = (uint8_t)find_language(o, path, &text);
	lw_assess(a, &request, fd, -1, &seen);
	uint64_t us = lw_now_us() - start;

	judgement_of(&seen, &r);
	*found |= r.verdict == LW_VERDICT_MALICIOUS || r.verdict == LW_VERDICT_SUSPICIOUS;
	if (o->json)
		print_json(ctl, path, seen.language, &r, us);
	else
		print_plain(ctl, path, seen.language, &r);
	return 0;
}

/* The installed model; where there is none, that of the source tree around the build folder. */
static void
default_model(char path[PATH_MAX])
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	lw_copy_string(path, PATH_MAX, LW_DATADIR "/layerwatch.model");
	if (access(path, F_OK) == 0 || n <= 0)
		return;
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	snprintf(path, PATH_MAX, "%.*s/../conf/layerwatch.model", PATH_MAX - 64, program);
}

static int
assessor_open(struct lw_ctl *ctl, const char *path, struct lw_assessor *a)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = lw_assessor_init(a);

	if (r < 0)
		return lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s", strerror(-r));
	r = fd < 0 ? -errno : lw_model_open(fd, &a->model);
	return r < 0 ? lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s: %s", path, lw_model_explain(r)) : 0;
}

/* 0 = clean, 1 = found, 2 = error: whoever asks in a script must be able to tell them apart. */
static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	_cleanup_(lw_assessor_done) struct lw_assessor assessor = {0};
	char model[PATH_MAX];
	struct options o = {.model = model};
	bool found = false;
	int code;

	default_model(model);
	code = read_options(ctl, argc, argv, &o);

	if (code != 0)
		return code;
	code = assessor_open(ctl, o.model, &assessor);
	if (code == 0 && o.samples)
		code = lw_ctl_classify_samples(ctl, &assessor, o.samples);
	for (int i = optind; i < argc && !o.samples && assessor.model; i++) {
		int r = classify_file(ctl, &o, &assessor, argv[i], &found);

		code = r != 0 ? r : code;
	}
	if (lw_ctl_flush(ctl) != LW_EXIT_OK)
		return LW_EXIT_USAGE;
	return code != 0 ? code : found;
}

const struct lw_command lw_command_classify = {
	.name = "classify",
	.synopsis = "[--language L] [--model FILE] [--json] FILE... | --samples FILE",
	.summary = "Judge scripts with the model",
	.options =
		"  -l, --language L      what the files are written in; by their first line or\n"
		"                        their name if not given\n"
		"  -m, --model FILE      another model than the one that is installed\n"
		"  -j, --json            one JSON object a file\n"
		"  -s, --samples FILE    JSON objects with id, lang and text, one a line, in;\n"
		"                        with id, verdict, score, reasons and us, one a line, out\n"
		"  FILE                  a script; - is standard input\n"
		"\nExit code 0 when nothing was found, 1 when something was malicious or\n"
		"suspicious, 2 after an error.\n",
	.run = run,
};
