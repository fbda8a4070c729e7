/*
 * policy check: is this a policy that layerwatchd would take? The same loader says so.
 */
#include <errno.h>
#include <string.h>

#include "classify/yara.h"
#include "ctl/command.h"
#include "policy/policy.h"
#include "policy/rule_files.h"

#define ERRORS_MAX (1024u * 1024)

static bool
is_built_in(const char *path)
{
	return !path && access(LW_POLICY_PATH, F_OK) < 0 && errno == ENOENT;
}

/* Without a file of its own the daemon works by the built-in policy: so do we, and say so. */
static int
load(struct lw_ctl *ctl, const char *path, struct lw_policy **out, struct lw_text *errors)
{
	if (!is_built_in(path))
		return lw_policy_load_file(path ? path : LW_POLICY_PATH, out, errors);
	lw_ctl_fail(ctl, 0, "there is no " LW_POLICY_PATH ": this is the built-in policy");
	return lw_policy_load_built_in(out, errors);
}

int
lw_ctl_load_policy(struct lw_ctl *ctl, const char *path, struct lw_policy **out)
{
	_cleanup_text_ struct lw_text errors = {0};

	lw_text_init(&errors, ERRORS_MAX);
	int r = load(ctl, path, out, &errors);
	if (r == 0)
		return LW_EXIT_OK;
	if (errors.data && errors.length > 0)
		fputs(errors.data, ctl->err);
	else
		lw_ctl_fail(ctl, 0, "%s: %s", path ? path : LW_POLICY_PATH, strerror(-r));
	if (r == -EACCES || r == -EPERM)
		return LW_EXIT_PERMISSION;
	return r == -ENOMEM ? LW_EXIT_FAILED : LW_EXIT_CONFIG;
}

/* They lie on the host that the policy is for, which need not be this one: no error. */
static void
note_missing_lists(struct lw_ctl *ctl, const struct lw_settings *s)
{
	for (size_t i = 0; i < s->content.hash_list_count; i++)
		if (access(s->content.hash_lists[i].path, R_OK) < 0)
			lw_ctl_fail(ctl, 0,
				"hash list %s: %s: %s; layerwatchd does not start without it",
				s->content.hash_lists[i].name, s->content.hash_lists[i].path,
				strerror(errno));
}

/* Compiles the YARA rules that the policy names. Files that are not here are no error either. */
static int
check_rules(struct lw_ctl *ctl, const char *path, const struct lw_policy *policy)
{
	_cleanup_text_ struct lw_text text = {0}, errors = {0};
	_cleanup_(lw_yara_freep) struct lw_yara *yara = NULL;
	char detail[LW_YARA_DETAIL];

	lw_text_init(&text, LW_RULE_FILES_BYTES_MAX);
	lw_text_init(&errors, ERRORS_MAX);
	int r = lw_rule_files_read(
		LW_RULE_FILES_YARA, &lw_policy_settings(policy)->content.yara, &text, &errors);
	if (r == -EINVAL) {
		fprintf(ctl->err, "%s: %slayerwatchd does not start without it\n", path,
			errors.data ? errors.data : "");
		return LW_EXIT_OK;
	}
	if (r == 0)
		r = lw_yara_start();
	if (r == 0)
		r = lw_yara_load(text.data, text.length, &yara, detail);
	if (r > 0)
		fprintf(ctl->err, "%s: content.yara: %s\n", path, detail);
	if (r < 0)
		return lw_ctl_fail(ctl, LW_EXIT_FAILED, "%s: %s", path, strerror(-r));
	return r == 0 ? LW_EXIT_OK : LW_EXIT_CONFIG;
}

static int
check(struct lw_ctl *ctl, const char *path)
{
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	int code = lw_ctl_load_policy(ctl, path, &policy);

	if (code == LW_EXIT_OK)
		code = check_rules(ctl, path ? path : LW_POLICY_PATH, policy);
	if (code != LW_EXIT_OK)
		return code;
	note_missing_lists(ctl, lw_policy_settings(policy));
	fprintf(ctl->out, "%s: good, mode %s\n",
		is_built_in(path) ? "built-in policy"
		: path		  ? path
				  : LW_POLICY_PATH,
		lw_mode_to_str(lw_policy_settings(policy)->mode));
	return LW_EXIT_OK;
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	int code = LW_EXIT_OK;

	if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0)
		return lw_ctl_usage(ctl, "no such option: %s", argv[1]);
	if (argc < 2)
		code = check(ctl, NULL);
	for (int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1; i < argc; i++) {
		int r = check(ctl, argv[i]);

		code = r != LW_EXIT_OK ? r : code;
	}
	return code != LW_EXIT_OK ? code : lw_ctl_flush(ctl);
}

const struct lw_command lw_command_policy_check = {
	.name = "policy check",
	.synopsis = "[FILE...]",
	.summary = "Say whether a policy is good, and if not, why",
	.options = "  FILE   " LW_POLICY_PATH " if not given;\n"
		   "         the folder policy.d beside it is read as well\n",
	.run = run,
};
