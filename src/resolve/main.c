#include <string.h>

#include "base/log.h"
#include "resolve/resolve.h"

static int
run(const struct lw_child_args *args)
{
	_cleanup_(lw_loop_freep) struct lw_loop *loop = NULL;
	_cleanup_(lw_resolve_freep) struct lw_resolve *role = NULL;
	_cleanup_(lw_child_freep) struct lw_child *child = NULL;
	struct lw_sandbox sandbox = lw_resolve_sandbox;
	struct lw_sandbox_report report;
	int r = lw_loop_new(&loop);

	if (r == 0)
		r = lw_resolve_new(&role, loop);
	if (r == 0)
		r = lw_child_new(&child, loop, &lw_resolve_ops, role);
	if (r < 0)
		return r;
	sandbox.uid = args->uid;
	sandbox.gid = args->gid;
	r = lw_sandbox_enter(&sandbox, &report);
	return r < 0 ? r : lw_loop_run(loop);
}

int
main(int argc, char **argv)
{
	struct lw_child_args args;
	int r = lw_child_args(&args, argc, argv);

	lw_log_open("resolve", r < 0 ? LW_LOG_ERROR : args.level);
	if (r == 0)
		r = run(&args);
	if (r < 0)
		lw_log(LW_LOG_ERROR, "ends: %s", strerror(-r));
	return r < 0 ? 1 : 0;
}
