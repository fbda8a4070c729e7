/*
 * doctor_fanotify: what the probe's answers mean.
 */
#include <errno.h>
#include <string.h>

#include "ctl/doctor.h"

#define HANDLE_OVERLAY 0xf8 /* overlayfs's own file handle (6.6) */

/* What an errno of a needed call means: permission, or a kernel without it. */
static bool
failed(struct lw_check_result *r, int error, const char *call)
{
	if (error == 0)
		return false;
	r->permission = error == EPERM || error == EACCES;
	lw_check_say(r, LW_CHECK_MISSING, "%s: %s", call, strerror(error));
	return true;
}

static bool
not_tried(const struct lw_probe *p, struct lw_check_result *r)
{
	if (p->overlay == 0)
		return false;
	lw_check_say(r, LW_CHECK_SKIPPED, "no overlay could be made to try it: %s",
		strerror(p->overlay));
	return true;
}

static void
look_group(const struct lw_doctor *d, struct lw_check_result *r)
{
	if (!failed(r, d->probe.init, "fanotify_init(FAN_CLASS_CONTENT|FAN_REPORT_TID)"))
		lw_check_say(r, LW_CHECK_OK, "a content group with thread ids can be made");
}

static void
look_exec(const struct lw_doctor *d, struct lw_check_result *r)
{
	const struct lw_probe *p = &d->probe;

	if (p->init != 0)
		lw_check_say(r, LW_CHECK_SKIPPED, "no group to try it with");
	else if (!not_tried(p, r) && !failed(r, p->mark, "FAN_OPEN_EXEC_PERM on an overlay") &&
		 !failed(r, p->event, "an exec in an overlay was not held"))
		lw_check_say(r, LW_CHECK_OK, "an exec in an overlay was held and answered");
}

static void
look_tid(const struct lw_doctor *d, struct lw_check_result *r)
{
	if (d->probe.event != 0)
		lw_check_say(r, LW_CHECK_SKIPPED, "no event was seen");
	else
		lw_check_say(r, d->probe.tid_seen ? LW_CHECK_OK : LW_CHECK_MISSING,
			d->probe.tid_seen ? "the event names the executing thread"
					  : "the event's thread is in a pid namespace that we do "
					    "not see");
}

static void
look_handles(const struct lw_doctor *d, struct lw_check_result *r)
{
	const struct lw_probe *p = &d->probe;

	if (not_tried(p, r))
		return;
	if (p->handle != 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "name_to_handle_at(AT_HANDLE_FID): %s",
			strerror(p->handle));
	else if (p->handle_type != HANDLE_OVERLAY)
		lw_check_say(r, LW_CHECK_DEGRADED, "handles of type 0x%x, not overlayfs's own",
			p->handle_type);
	else
		lw_check_say(r, LW_CHECK_OK, "overlayfs tells a file's origin");
}

static void
look_mounts(const struct lw_doctor *d, struct lw_check_result *r)
{
	if (d->probe.mount_events != 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "FAN_REPORT_MNT: %s",
			strerror(d->probe.mount_events));
	else
		lw_check_say(r, LW_CHECK_OK, "FAN_REPORT_MNT");
}

static void
look_evictable(const struct lw_doctor *d, struct lw_check_result *r)
{
	if (d->probe.init != 0 || d->probe.overlay != 0)
		lw_check_say(r, LW_CHECK_SKIPPED, "could not be tried");
	else if (d->probe.evictable != 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "FAN_MARK_EVICTABLE: %s",
			strerror(d->probe.evictable));
	else
		lw_check_say(r, LW_CHECK_OK, "FAN_MARK_EVICTABLE");
}

static void
look_times(const struct lw_doctor *d, struct lw_check_result *r)
{
	if (not_tried(&d->probe, r))
		return;
	if (d->probe.fine_times)
		lw_check_say(r, LW_CHECK_OK, "two writes always have two change times");
	else
		lw_check_say(r, LW_CHECK_DEGRADED, "two writes can share one change time");
}

static void
look_lease(const struct lw_doctor *d, struct lw_check_result *r)
{
	if (not_tried(&d->probe, r))
		return;
	if (d->probe.lease != 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "F_SETLEASE: %s", strerror(d->probe.lease));
	else
		lw_check_say(r, LW_CHECK_OK, "read leases can be taken");
}

const struct lw_check lw_doctor_fanotify[] = {
	{"fanotify permission events", "nothing can be watched", look_group},
	{"exec events on overlays", "nothing can be watched", look_exec},
	{"thread ids in events", "arguments, scripts and parents are not known", look_tid},
	{"overlay file handles",
		"layers are told by proof of the lower file: slower, \"unknown\" more often",
		look_handles},
	{"mount events", "new containers are found by polling mountinfo; the runtime barrier holds",
		look_mounts},
	{"evictable marks", "ignore marks of coverage: open pin inodes in memory", look_evictable},
	{"fine change times", "a verdict is cached only when the file is older than 50 ms",
		look_times},
	{"leases", "a live writable mapping of a file is not seen: such verdicts are not cached",
		look_lease},
	{NULL, NULL, NULL},
};
