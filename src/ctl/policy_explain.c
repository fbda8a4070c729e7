/*
 * policy explain: which rule would an execution meet, and why?
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "ctl/asked.h"
#include "ctl/command.h"
#include "layerwatch/words.h"

#define TRACE_MAX (8u * 1024 * 1024)
#define JSON_MAX (17u * 1024 * 1024)
#define KEYS_MAX 24

enum { OPTION_CONFIG = 'c', OPTION_JSON = 'j', OPTION_KEY = 256 };

/* The keys' options behind our own two. */
static void
fill_options(struct option options[KEYS_MAX + 3])
{
	size_t n = 0;

	options[n++] = (struct option){"config", required_argument, NULL, OPTION_CONFIG};
	options[n++] = (struct option){"json", required_argument, NULL, OPTION_JSON};
	for (size_t i = 0; i < lw_asked_key_count && i < KEYS_MAX; i++)
		options[n++] = (struct option){
			lw_asked_keys[i].name, required_argument, NULL, OPTION_KEY + (int)i};
	options[n] = (struct option){0};
}

static int
take_json(struct lw_ctl *ctl, struct lw_asked *asked, const char *path)
{
	_cleanup_text_ struct lw_text json = {0};
	_cleanup_tree_ struct lw_tree *tree = NULL;
	const char *key, *error;
	int r = lw_ctl_read(path, JSON_MAX, &json);

	if (r < 0)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s: %s", path, strerror(-r));
	r = lw_tree_parse(json.data ? json.data : "", json.length, &tree);
	if (r < 0)
		return lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s: %s", path,
			r == -EBADMSG ? "is not one JSON object" : strerror(-r));
	error = lw_asked_take(asked, lw_tree_root(tree), &key);
	return error ? lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s: %s %s", path, key, error) : 0;
}

static int
take_options(struct lw_ctl *ctl, int argc, char **argv, struct lw_asked *asked, const char **config)
{
	struct option options[KEYS_MAX + 3];
	int o, code = 0;

	fill_options(options);
	while (code == 0 && (o = getopt_long(argc, argv, "c:j:", options, NULL)) != -1) {
		const char *error = NULL;

		if (o == OPTION_CONFIG)
			*config = optarg;
		else if (o == OPTION_JSON)
			code = take_json(ctl, asked, optarg);
		else if (o < OPTION_KEY)
			code = lw_ctl_bad_option(ctl, argv);
		else
			error = lw_asked_keys[o - OPTION_KEY].set(asked, optarg);
		if (error)
			code = lw_ctl_usage(
				ctl, "--%s %s", lw_asked_keys[o - OPTION_KEY].name, error);
	}
	if (code == 0 && optind < argc)
		code = lw_ctl_usage(ctl, "unexpected \"%s\"", argv[optind]);
	return code;
}

/* What the action means in the mode that the policy sets. */
static const char *
meaning(const struct lw_policy *policy, const struct lw_decision *d)
{
	bool enforce = lw_policy_settings(policy)->mode == LW_MODE_ENFORCE;

	if (d->action == LW_ACTION_ALLOW)
		return "it runs, and nothing is told";
	if (d->action == LW_ACTION_ALERT)
		return "it runs, and a finding is written";
	if (!enforce)
		return "it runs, and a finding says that mode enforce would have denied it";
	return d->action == LW_ACTION_KILL
		       ? "it does not run, its process is killed, and a finding "
			 "is written"
		       : "it does not run, and a finding is written";
}

static int
explain(struct lw_ctl *ctl, const char *config, const struct lw_asked *asked)
{
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	_cleanup_text_ struct lw_text trace = {0};
	struct lw_decision decision;
	int code = lw_ctl_load_policy(ctl, config, &policy);

	if (code != LW_EXIT_OK)
		return code;
	lw_text_init(&trace, TRACE_MAX);
	lw_policy_explain(policy, &asked->subject, &decision, &trace);
	fputs(trace.data ? trace.data : "", ctl->out);
	if (trace.failed)
		fputs("...\n", ctl->out);
	fprintf(ctl->out, "mode %s: %s\n", lw_mode_to_str(lw_policy_settings(policy)->mode),
		meaning(policy, &decision));
	return lw_ctl_flush(ctl);
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	_cleanup_(lw_asked_done) struct lw_asked asked;
	const char *config = NULL;

	lw_asked_init(&asked);
	int code = take_options(ctl, argc, argv, &asked, &config);
	return code ? code : explain(ctl, config, &asked);
}

const struct lw_command lw_command_policy_explain = {
	.name = "policy explain",
	.synopsis = "[--config FILE] [--json FILE] [--KEY VALUE...]",
	.summary = "Say which rule an execution would meet, and why",
	.options =
		"  -c, --config FILE     of the policy; " LW_POLICY_PATH "\n"
		"                        if not given\n"
		"  -j, --json FILE       the execution as a JSON object of the keys below, or a\n"
		"                        finding; - is standard input\n"
		"  --layer LAYER         image, touched, modified, added, volume, tmpfs, memfd,\n"
		"                        unknown\n"
		"  --kind KIND           binary, library, script, inline, stdin\n"
		"  --verdict VERDICT     malicious, suspicious, unknown, trusted, pending\n"
		"  --language LANGUAGE   of a script: shell, python, perl, ...\n"
		"  --path PATH           of what runs, inside the container\n"
		"  --parent PATH         program of the parent\n"
		"  --parent-layer LAYER  layer of the parent's program\n"
		"  --uid UID             user id of who runs it\n"
		"  --sha256 HEX          of the content\n"
		"  --engine, --id, --name, --image, --namespace, --pod, --label KEY=VALUE\n"
		"                        of the container; --label may be given again\n",
	.run = run,
};
