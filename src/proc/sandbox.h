/*
 * sandbox: give up everything that a role does not need, once, before it reads its first foreign byte.
 * libcap and libseccomp are included nowhere else.
 */
#ifndef LW_PROC_SANDBOX_H
#define LW_PROC_SANDBOX_H

#include <sys/types.h>

#include "base/util.h"

struct lw_sandbox {
	const char *role;		/* for messages */
	uid_t uid;			/* (uid_t)-1 = stay who we are */
	gid_t gid;
	const int *capabilities;	/* CAP_*, ended by -1: kept permitted and effective, nothing inheritable or ambient */
	const char *const *syscalls;	/* allow-list by name, ended by NULL; names the kernel or libseccomp lacks are skipped */
	bool no_filesystem;		/* Landlock: no path at all */
	const char *const *write_beneath;	/* Landlock: these folders only, ended by NULL; NULL = no Landlock */
	uint64_t address_space;	/* RLIMIT_AS, bytes; 0 = leave */
	unsigned long open_files;	/* RLIMIT_NOFILE; 0 = leave; never raised above the hard limit */
	unsigned long processes;	/* RLIMIT_NPROC + 1; 0 = leave */
};

/* What was in force afterwards; for doctor and status. */
struct lw_sandbox_report {
	int landlock_abi;		/* 0 = the kernel has none, or not asked for */
	unsigned long open_files;	/* the limit that holds now */
	bool seccomp;
};

/*
 * Order: rlimits, PR_SET_DUMPABLE 0, PR_SET_NO_NEW_PRIVS, groups and ids with the capabilities kept, capabilities and
 * bounding set, Landlock, seccomp (default action: kill the process). Returns 0 or a negative errno; the caller must end.
 */
int lw_sandbox_enter(const struct lw_sandbox *s, struct lw_sandbox_report *report);

/* The ids of a user by name, or of nobody (65534) when there is none. */
void lw_sandbox_user(const char *name, uid_t *uid, gid_t *gid);

#endif
