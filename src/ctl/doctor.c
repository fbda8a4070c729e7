#include "ctl/doctor.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"

#define ROW_MAX 4096
#define NAME_WIDTH 28 /* columns: the longest name and a space */

static const struct lw_check *const groups[] = {
	lw_doctor_system, lw_doctor_fanotify, lw_doctor_daemon};

static const struct {
	const char *word, *colour;
} states[LW_CHECK_STATE_COUNT] = {
	[LW_CHECK_OK] = {"ok", "\033[32m"},
	[LW_CHECK_DEGRADED] = {"degraded", "\033[33m"},
	[LW_CHECK_MISSING] = {"missing", "\033[1;31m"},
	[LW_CHECK_SKIPPED] = {"skipped", ""},
};

void
lw_check_say(struct lw_check_result *r, enum lw_check_state state, const char *fmt, ...)
{
	va_list ap;

	r->state = state;
	va_start(ap, fmt);
	vsnprintf(r->detail, sizeof(r->detail), fmt, ap);
	va_end(ap);
}

static bool
shows_loss(const struct lw_check_result *r)
{
	return r->state == LW_CHECK_DEGRADED || r->state == LW_CHECK_MISSING;
}

static void
add_json(struct lw_text *out, const struct lw_check *check, const struct lw_check_result *r)
{
	struct lw_json j;

	lw_json_init(&j, out);
	lw_json_object(&j);
	lw_json_pair_string(&j, "check", check->name);
	lw_json_pair_string(&j, "state", states[r->state].word);
	lw_json_pair_string(&j, "detail", r->detail);
	if (shows_loss(r))
		lw_json_pair_string(&j, "loss", check->loss);
	if (r->permission)
		lw_json_pair_bool(&j, "permission", true);
	lw_json_object_end(&j);
}

static void
add_row(struct lw_text *out, const struct lw_check *check, const struct lw_check_result *r,
	bool colour)
{
	const char *on = colour ? states[r->state].colour : "";

	lw_text_addf(out, "%s%-9s%s %-*s ", on, states[r->state].word, on[0] ? "\033[0m" : "",
		NAME_WIDTH, check->name);
	lw_text_add_visible(out, r->detail, strlen(r->detail));
	if (shows_loss(r))
		lw_text_addf(out, "\n%-9s %-*s lost: %s", "", NAME_WIDTH, "", check->loss);
}

/* The strongest of what the rows say. */
static int
exit_code(int so_far, const struct lw_check_result *r)
{
	int code = LW_EXIT_OK;

	if (r->state == LW_CHECK_MISSING)
		code = r->permission ? LW_EXIT_PERMISSION : LW_EXIT_KERNEL;
	else if (r->state == LW_CHECK_DEGRADED)
		code = LW_EXIT_FAILED;
	/* A kernel that lacks something lacks it with every permission, too. */
	if (so_far == LW_EXIT_KERNEL || code == LW_EXIT_KERNEL)
		return LW_EXIT_KERNEL;
	return LW_MAX(so_far, code);
}

static int
check_all(struct lw_ctl *ctl, const struct lw_check *check, const struct lw_doctor *d, bool json,
	int code)
{
	for (; check->name; check++) {
		_cleanup_text_ struct lw_text row = {0};
		struct lw_check_result r = {0};

		check->look(d, &r);
		code = exit_code(code, &r);
		lw_text_init(&row, ROW_MAX);
		if (json)
			add_json(&row, check, &r);
		else
			add_row(&row, check, &r, ctl->colour);
		fprintf(ctl->out, "%s\n", row.data ? row.data : "");
	}
	return code;
}

static int
run(struct lw_ctl *ctl, int argc, char **argv)
{
	struct lw_doctor d = {.ctl = ctl};
	bool json;
	int code = lw_ctl_json_only(ctl, argc, argv, &json);

	if (code != 0)
		return code;
	fflush(ctl->out); /* the probe forks */
	lw_doctor_probe(&d.probe);
	for (size_t i = 0; i < LW_ARRAY_SIZE(groups); i++)
		code = check_all(ctl, groups[i], &d, json, code);
	int flushed = lw_ctl_flush(ctl);
	return code != LW_EXIT_OK ? code : flushed;
}

const struct lw_command lw_command_doctor = {
	.name = "doctor",
	.synopsis = "[--json]",
	.summary = "Say what layerwatchd can do on this machine, and what is lost where it cannot",
	.options = "  -j, --json   as JSON lines\n"
		   "\nExit code 0 when all is well, 1 when something is lost, 69 when the\n"
		   "kernel lacks what is needed, 77 when permission is lacking.\n",
	.run = run,
};
