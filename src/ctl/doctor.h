/*
 * doctor: can layerwatchd do its work on this machine, and what is lost where it cannot?
 *
 * A check is a row: name, what is lost without it, a function. Called by the doctor subcommand
 * only.
 */
#ifndef LW_CTL_DOCTOR_H
#define LW_CTL_DOCTOR_H

#include "base/util.h"
#include "ctl/command.h"

enum lw_check_state {
	LW_CHECK_OK,
	LW_CHECK_DEGRADED, /* it works, with the stated loss */
	LW_CHECK_MISSING, /* layerwatchd cannot work */
	LW_CHECK_SKIPPED, /* could not be tried, or does not apply */
	LW_CHECK_STATE_COUNT
};

#define LW_CHECK_DETAIL 320

struct lw_check_result {
	enum lw_check_state state;
	bool permission; /* it fails for want of permission, not for want of a feature */
	char detail[LW_CHECK_DETAIL]; /* what was seen, for people */
};

/*
 * What the kernel answered when it was tried for real: in a mount namespace of our own, on an
 * overlay over a tmpfs, with a process that executes a file there. Errors are errno values, 0 = it
 * worked.
 */
struct lw_probe {
	int init; /* fanotify_init(FAN_CLASS_CONTENT), with FAN_REPORT_TID */
	int overlay; /* private mount namespace, tmpfs and overlay */
	int mark; /* FAN_OPEN_EXEC_PERM on the overlay's superblock */
	int event; /* ETIME = the exec was not held */
	int tid_seen; /* 1 = the event names a task that we see */
	int handle; /* name_to_handle_at(AT_HANDLE_FID) in the overlay */
	int handle_type; /* 0xf8 = overlayfs's own */
	int evictable; /* FAN_MARK_EVICTABLE with an ignore mark (6.0) */
	int mount_events; /* FAN_REPORT_MNT (6.14) */
	int lease; /* F_SETLEASE */
	int fine_times; /* 1 = two writes always have two ctimes (6.13) */
};

struct lw_doctor {
	struct lw_ctl *ctl;
	struct lw_probe probe;
};

struct lw_check {
	const char *name;
	const char *loss; /* what is lost when it is not ok */
	void (*look)(const struct lw_doctor *d, struct lw_check_result *r);
};

/* Fills the probe; everything it makes is gone afterwards. At most about 10 seconds. */
void lw_doctor_probe(struct lw_probe *p);

/*
 * Rows of doctor_fanotify.c, doctor_system.c and doctor_daemon.c, each list ended by a NULL name.
 */
extern const struct lw_check lw_doctor_fanotify[];
extern const struct lw_check lw_doctor_system[];
extern const struct lw_check lw_doctor_daemon[];

void lw_check_say(struct lw_check_result *r, enum lw_check_state state, const char *fmt, ...)
	_printf_(3, 4);

#endif
