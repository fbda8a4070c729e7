/*
 * policy check: is this a policy that layerwatchd would take? The same loader says so.
 */
#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "policy/policy.h"

#define DEFAULT_POLICY LW_SYSCONFDIR "/layerwatch/layerwatch.yaml"
#define ERRORS_MAX (1024u * 1024)

int
lw_ctl_load_policy(struct lw_ctl *ctl, const char *path, struct lw_policy **out)
{
	_cleanup_text_ struct lw_text errors = {0};

	lw_text_init(&errors, ERRORS_MAX);
	int r = lw_policy_load_file(path, out, &errors);
	if (r == 0)
		return LW_EXIT_OK;
	if (errors.data && errors.length > 0)
		fputs(errors.data, ctl->err);
	else
		lw_ctl_fail(ctl, 0, "%s: %s", path, strerror(-r));
	if (r == -EACCES || r == -EPERM)
		return LW_EXIT_PERMISSION;
	return r == -ENOMEM ? LW_EXIT_FAILED : LW_EXIT_CONFIG;
}

static int
check(struct lw_ctl *ctl, const char *path)
{
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	int code = lw_ctl_load_policy(ctl, path, &policy);

	if (code == LW_EXIT_OK)
		fprintf(ctl->out, "%s: good, mode %s\n", path,
			lw_mode_to_str(lw_policy_settings(policy)->mode));
	return code;
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	int code = LW_EXIT_OK;

	if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0)
		return lw_ctl_usage(ctl, "no such option: %s", argv[1]);
	if (argc < 2)
		code = check(ctl, DEFAULT_POLICY);
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
	.options = "  FILE   " DEFAULT_POLICY " if not given;\n"
		   "         the folder policy.d beside it is read as well\n",
	.run = run,
};
