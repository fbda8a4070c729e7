/*
 * The guard stays root and keeps capabilities that it never uses: with no_new_privs an exec as
 * root gives a child at most what its parent was permitted, so whatever a child is to hold the
 * guard must hold. Each child drops to its own part before it reads its first foreign byte.
 *
 * A filter is inherited as well, so this one is a list of what no process of the group ever does.
 */
#include "guard/confine.h"

#include <linux/capability.h>

#include "proc/sandbox.h"

static const int capabilities[] = {
	CAP_CHOWN, /* guard: folders of file sinks */
	CAP_KILL, /* guard: children of other uids; gate: action kill */
	CAP_SETUID, /* children change to the user of processes.user */
	CAP_SETGID,
	CAP_SETPCAP, /* children empty their bounding set and lock their securebits */
	CAP_NET_ADMIN, /* guard: SO_SNDBUFFORCE on the channel to report; gate: process connector */
	CAP_SYS_ADMIN, /* gate: fanotify permission events */
	CAP_SYS_PTRACE, /* gate, resolve: /proc/PID of other users, namespaces */
	CAP_DAC_READ_SEARCH, /* gate: open_by_handle_at(2); resolve; guard: policy and hash lists */
	CAP_LEASE, /* gate: leases on files of others */
	-1,
};

static const char *const forbidden[] = {
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"mount",
	"umount2",
	"pivot_root",
	"move_mount",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"mount_setattr",
	"bpf",
	"perf_event_open",
	"ptrace",
	"process_vm_writev",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"keyctl",
	"add_key",
	"request_key",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"acct",
	"quotactl",
	"quotactl_fd",
	"iopl",
	"ioperm",
	"syslog",
	"sethostname",
	"setdomainname",
	"vhangup",
	"uselib",
	"nfsservctl",
	NULL,
};

int
lw_guard_confine(void)
{
	struct lw_sandbox s = {.role = "guard",
		.uid = (uid_t)-1,
		.capabilities = capabilities,
		.forbidden = forbidden,
		.starts_programs = true};

	return lw_sandbox_enter(&s, NULL);
}
