/*
 * layerwatch-classify: started by the guard, not by hand.
 */
#include <string.h>

#include "classify/classify.h"
#include "classify/content.h"
#include "classify/yara.h"
#include "proc/child.h"
#include "proc/sandbox.h"

/* Two configurations' hash lists at the time of a reload, and next to nothing else. */
#define ADDRESS_SPACE (4ull * 1024 * 1024 * 1024)
#define OPEN_FILES 96

static int
enter_sandbox(const struct lw_child_args *args)
{
	/* What is allowed always covers reading, hashing and answering. */
	static const char *const syscalls[] = {"memfd_create", NULL};
	const struct lw_sandbox sandbox = {
		.role = "classify",
		.uid = args->uid,
		.gid = args->gid,
		.syscalls = syscalls,
		.no_filesystem = true,
		.address_space = ADDRESS_SPACE,
		.open_files = OPEN_FILES,
		.processes = 1,
		/* the only file that is ever written is a capture */
		.file_size = LW_CONTENT_CAPTURE_MAX,
	};

	return lw_sandbox_enter(&sandbox, NULL);
}

static int
run(const struct lw_child_args *args)
{
	_cleanup_(lw_loop_freep) struct lw_loop *loop = NULL;
	_cleanup_(lw_classify_freep) struct lw_classify *classify = NULL;
	int r = lw_loop_new(&loop);

	if (r == 0)
		r = lw_yara_start();
	if (r == 0)
		r = lw_classify_new(&classify, loop);
	if (r == 0)
		r = enter_sandbox(args);
	return r < 0 ? r : lw_loop_run(loop);
}

int
main(int argc, char **argv)
{
	struct lw_child_args args;
	int r;

	if (lw_child_args(&args, argc, argv) < 0) {
		fprintf(stderr, "%s is started by layerwatchd\n", argv[0]);
		return 2;
	}
	lw_log_open("classify", args.level);
	r = run(&args);
	if (r < 0)
		lw_log(LW_LOG_ERROR, "%s", strerror(-r));
	return r < 0 ? 1 : 0;
}
