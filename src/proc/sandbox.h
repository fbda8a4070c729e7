/*
 * sandbox: give up everything that a role does not need, once, before it reads its first foreign
 * byte. Called by the mains of roles while they have one thread. libcap and libseccomp are
 * included nowhere but in this folder (sandbox.c, confine.c).
 */
#ifndef LW_PROC_SANDBOX_H
#define LW_PROC_SANDBOX_H

#include <sys/types.h>

#include "base/util.h"

struct lw_sandbox {
	const char *role; /* for messages */
	uid_t uid; /* (uid_t)-1 = stay who we are */
	gid_t gid;
	/* CAP_*, ended by -1: kept permitted and effective; nothing inheritable or ambient */
	const int *capabilities;
	/*
	 * Allow-list by name, ended by NULL; names the kernel or libseccomp lacks are skipped.
	 * What libc, base/loop, base/log, wire/chan and proc/child need is allowed always
	 * (confine.c), mmap and mprotect only without PROT_EXEC.
	 */
	const char *const *syscalls;
	/*
	 * Deny-list in place of the allow-list, for a process that starts others: a filter is
	 * inherited, so an allow-list of the guard would have to hold the needs of all its
	 * children. NULL = none.
	 */
	const char *const *forbidden;
	/* children exec'd as root start with our permitted set: no SECBIT_NOROOT */
	bool starts_programs;
	bool no_filesystem; /* Landlock: no path at all, no TCP, no signals to others */
	/*
	 * Landlock: nothing is executed, and written to only beneath these folders, ended by
	 * NULL; NULL = no Landlock. Reading stays as it is. A folder that does not exist now is
	 * left out. A process in any Landlock domain can no longer read other processes' /proc
	 * files that ask for ptrace rights: not for gate and resolve.
	 */
	const char *const *write_beneath;
	uint64_t address_space; /* RLIMIT_AS, bytes; 0 = leave */
	unsigned long open_files; /* RLIMIT_NOFILE; 0 = leave; never raised above the hard limit */
	unsigned long processes; /* RLIMIT_NPROC + 1; 0 = leave */
	/* RLIMIT_FSIZE, bytes: a write beyond it fails with EFBIG, memfds included; 0 = leave */
	uint64_t file_size;
};

/* What was in force afterwards; for doctor and status. */
struct lw_sandbox_report {
	int landlock_abi; /* 0 = the kernel has none, or not asked for */
	unsigned long open_files; /* the limit that holds now */
	bool seccomp; /* false: no list given, or an instrumented build */
	bool bounded; /* bounding set and securebits took (CAP_SETPCAP was there) */
};

/*
 * Order: rlimits, PR_SET_NO_NEW_PRIVS, bounding set and securebits, groups and ids with the
 * capabilities kept, capabilities, PR_SET_DUMPABLE 0, Landlock, seccomp (default action: kill the
 * process). A PDEATHSIG that was set before holds afterwards. A capability that we do not have is
 * left out. Returns 0 or a negative errno; the caller must end. report may be NULL.
 */
int lw_sandbox_enter(const struct lw_sandbox *s, struct lw_sandbox_report *report);

/* The ids of a user by name, or of nobody (65534) when there is none. */
void lw_sandbox_user(const char *name, uid_t *uid, gid_t *gid);

#endif
