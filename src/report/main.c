/*
 * layerwatch-report: started by layerwatchd. Keeps no privilege: its own uid, no capability, writes
 * only beneath the folders of the file sinks (Landlock), and a short list of system calls. The one
 * thing done before is to open standard output anew.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "proc/sandbox.h"
#include "report/report.h"
#include "report/sink.h"

#define FILES_MAX 1024 /* sinks, clients, and two descriptors for each frame in hand */

static const char *const syscalls[] = {
	"accept4",
	"open",
	"openat",
	"rename",
	"renameat",
	"renameat2",
	"unlink",
	"unlinkat",
	"ftruncate",
	"dup",
	"setsockopt",
	"shutdown",
	"statx",
	"sysinfo",
	NULL,
};

static const int no_capabilities[] = {-1};

/* "/a/b" of "/a/b/file". */
static const char *
folder_of(char *out, const char *path)
{
	char *slash;

	(void)lw_copy_string(out, PATH_MAX, path);
	slash = strrchr(out, '/');
	if (!slash || slash == out)
		return "/";
	*slash = '\0';
	return out;
}

static int
confine(void *arg, const struct lw_settings *settings)
{
	const struct lw_child_args *args = arg;
	const char *folders[LW_SINKS_MAX + 1] = {NULL};
	char paths[LW_SINKS_MAX][PATH_MAX];
	struct lw_sandbox_report report = {0};
	size_t count = 0;
	int r;

	for (size_t i = 0; i < settings->sink_count && count < LW_SINKS_MAX; i++) {
		if (settings->sinks[i].type == LW_SINK_FILE)
			folders[count] = folder_of(paths[count], settings->sinks[i].path), count++;
	}
	r = lw_sandbox_enter(
		&(struct lw_sandbox){
			.role = "report",
			.uid = args->uid,
			.gid = args->gid,
			.capabilities = no_capabilities,
			.syscalls = syscalls,
			.write_beneath = folders,
			.open_files = FILES_MAX,
			.processes = 1,
		},
		&report);
	if (r == 0)
		lw_log(LW_LOG_DEBUG, "sandbox: Landlock %d, seccomp %d", report.landlock_abi,
			report.seccomp);
	return r;
}

static int
run(const struct lw_child_args *args, struct lw_report *report, struct lw_loop *loop)
{
	_cleanup_(lw_child_freep) struct lw_child *child = NULL;
	int r = lw_child_new(&child, loop, &lw_report_ops, report);

	if (r != 0)
		return r;
	lw_report_set_child(report, child);
	r = lw_loop_run(loop);
	lw_report_set_child(report, NULL);
	return r;
}

int
main(int argc, char **argv)
{
	_cleanup_(lw_loop_freep) struct lw_loop *loop = NULL;
	_cleanup_(lw_report_freep) struct lw_report *report = NULL;
	struct lw_child_args args;
	char host[HOST_NAME_MAX + 1] = "";
	int r;

	if (lw_child_args(&args, argc, argv) != 0)
		return 2;
	lw_log_open("report", args.level);
	/* A full RLIMIT_FSIZE is an error of the sink, not our end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (gethostname(host, sizeof(host) - 1) != 0 || !host[0])
		strcpy(host, "localhost");
	struct lw_report_options options = {
		.host = host,
		.stdout_fd = lw_stdout_open(),
		.control_fd = fcntl(LW_FD_CONTROL, F_GETFD) >= 0 ? LW_FD_CONTROL : -1,
		.confine = confine,
		.confine_arg = &args,
	};
	r = lw_loop_new(&loop);
	if (r == 0)
		r = lw_report_new(&report, loop, &options);
	if (r == 0)
		r = run(&args, report, loop);
	if (r != 0)
		lw_log(LW_LOG_ERROR, "%s", strerror(-r));
	return r != 0;
}
