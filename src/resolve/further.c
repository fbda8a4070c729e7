#include "resolve/further.h"

#include <string.h>

#include "layerwatch/interpreter.h"
#include "resolve/loads.h"
#include "resolve/offer.h"
#include "resolve/python.h"
#include "resolve/variables.h"

/* Code beside a script file, and script files after the first one: "awk -f a -f b". */
static void
offer_parts(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;
	const struct lw_argv_plan *plan = &x->plan;
	char path[LW_PLACE_PATH];
	bool whole = true;

	if (plan->beside_count > 0 && !lw_offer_is_done(job)) {
		size_t length = lw_job_join(job, plan->beside, plan->beside_count, &whole);

		lw_offer_code(job, x->code, length, whole);
	}
	for (unsigned i = 1; plan->kind == LW_PLAN_FILE && i < plan->part_count; i++)
		if (lw_job_part_text(job, plan->parts[i], path))
			lw_offer_opened(job, lw_job_open_script(job, path));
	if (plan->stays)
		lw_offer_input(job);
}

/* The file that descriptor 0 stands in the middle of: its whole, with its layer. */
static void
offer_whole(struct lw_job *job)
{
	struct lw_execution_reader *x = job->x;

	if (x->plan.kind != LW_PLAN_STDIN || x->input.type != LW_STDIN_FILE ||
		x->input.position == 0 || lw_offer_is_done(job))
		return;
	int fd = lw_walk(&x->place, -1, "/proc/self/fd/0");
	if (fd < 0 || !lw_offer_opened(job, lw_open_for_reading(&x->place, fd, &x->opened)))
		return;
	if (job->content >= 0)
		job->e->content_kind = LW_KIND_STDIN;
}

void
lw_further_read(struct lw_job *job)
{
	const struct lw_interpreter *i = job->x->plan.interpreter;

	if (!i && job->x->environment.injects)
		i = lw_job_line_interpreter(job);
	if (!i)
		return;
	lw_loads_begin(job);
	offer_parts(job);
	offer_whole(job);
	lw_variables_offer(job, i);
	if (!job->x->plan.interpreter)
		return;
	lw_loads_offer(job);
	if (i->language == LW_LANGUAGE_PYTHON)
		lw_python_offer(job);
}
