/*
 * doctor_system: kernel, namespaces, capabilities, and the security modules that can stand in the
 * way.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "ctl/doctor.h"
#include "proc/connector.h"

#define HOST_PID_NAMESPACE 0xeffffffcu /* inode of the initial pid namespace (PROC_PID_INIT_INO) */
#define LANDLOCK_VERSION (1u << 0) /* LANDLOCK_CREATE_RULESET_VERSION */

static void
look_kernel(const struct lw_doctor *d, struct lw_check_result *r)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		lw_check_say(r, LW_CHECK_DEGRADED, "release not understood");
	else if (major < 5)
		lw_check_say(r, LW_CHECK_MISSING, "%s; 5.0 is needed", name.release);
	else if (major * 100 + minor < 606)
		lw_check_say(r, LW_CHECK_DEGRADED, "%s; 6.6 or newer is best", name.release);
	else
		lw_check_say(r, LW_CHECK_OK, "%s", name.release);
}

static void
look_pid_namespace(const struct lw_doctor *d, struct lw_check_result *r)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) != 0)
		lw_check_say(r, LW_CHECK_SKIPPED, "/proc/self/ns/pid: %s", strerror(errno));
	else if (st.st_ino != HOST_PID_NAMESPACE)
		lw_check_say(r, LW_CHECK_MISSING, "this is not the host's pid namespace");
	else
		lw_check_say(r, LW_CHECK_OK, "this is the host's");
}

/* The registers of a task tell what it executes. */
static void
look_syscall_file(const struct lw_doctor *d, struct lw_check_result *r)
{
	char text[256];
	ssize_t n = lw_read_file_at(AT_FDCWD, "/proc/self/syscall", text, sizeof(text));

	if (n < 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "/proc/PID/syscall: %s", strerror(-(int)n));
	else
		lw_check_say(r, LW_CHECK_OK, "/proc/PID/syscall");
}

static void
look_yama(const struct lw_doctor *d, struct lw_check_result *r)
{
	char text[16] = "";
	uint64_t scope = 0;

	if (lw_read_file_at(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", text, sizeof(text)) <
		0) {
		lw_check_say(r, LW_CHECK_OK, "Yama is not there");
		return;
	}
	text[strcspn(text, "\n")] = '\0';
	if (lw_parse_u64(text, &scope) == 0 && scope < 3)
		lw_check_say(r, LW_CHECK_OK, "ptrace_scope %s: CAP_SYS_PTRACE suffices", text);
	else
		lw_check_say(r, LW_CHECK_DEGRADED,
			"ptrace_scope %s: no process may look at another", text);
}

static void
look_modules(const struct lw_doctor *d, struct lw_check_result *r)
{
	char text[200];

	if (lw_read_file_at(AT_FDCWD, "/sys/kernel/security/lsm", text, sizeof(text)) <= 0) {
		lw_check_say(r, LW_CHECK_SKIPPED, "/sys/kernel/security is not mounted");
		return;
	}
	text[strcspn(text, "\n")] = '\0';
	if (strstr(text, "selinux"))
		lw_check_say(r, LW_CHECK_DEGRADED,
			"%s: an SELinux policy must allow layerwatchd watch_sb and watch_with_perm",
			text);
	else
		lw_check_say(r, LW_CHECK_OK, "%s", text);
}

static void
look_landlock(const struct lw_doctor *d, struct lw_check_result *r)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	if (abi < 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "%s", strerror(errno));
	else
		lw_check_say(r, LW_CHECK_OK, "ABI %ld", abi);
}

static void
look_seccomp(const struct lw_doctor *d, struct lw_check_result *r)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "SECCOMP_RET_KILL_PROCESS: %s", strerror(errno));
	else
		lw_check_say(r, LW_CHECK_OK, "filters can end a process");
}

static void
look_connector(const struct lw_doctor *d, struct lw_check_result *r)
{
	struct lw_connector connector;
	int error = lw_connector_open(&connector);

	lw_connector_done(&connector);
	if (error == 0)
		lw_check_say(r, LW_CHECK_OK, "it answers");
	else
		lw_check_say(r, LW_CHECK_DEGRADED, "%s", strerror(-error));
}

struct capability {
	unsigned number;
	const char *name;
};

#define CAPABILITY(name)                                                                           \
	{                                                                                          \
		CAP_##name, #name                                                                  \
	}
static const struct capability gate_needs[] = {CAPABILITY(SYS_ADMIN), CAPABILITY(SYS_PTRACE),
	CAPABILITY(DAC_READ_SEARCH), CAPABILITY(KILL), CAPABILITY(LEASE), {0, NULL}};
static const struct capability resolve_needs[] = {
	CAPABILITY(SYS_PTRACE), CAPABILITY(DAC_READ_SEARCH), {0, NULL}};
static const struct capability guard_needs[] = {CAPABILITY(CHOWN), CAPABILITY(SETUID),
	CAPABILITY(SETGID), CAPABILITY(SETPCAP), CAPABILITY(KILL), {0, NULL}};

/* CapEff of ourselves; 0 when it cannot be read. */
static uint64_t
own_capabilities(void)
{
	char text[4096];
	unsigned long long set = 0;

	if (lw_read_file_at(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0)
		return 0;
	const char *line = strstr(text, "\nCapEff:");
	return line && sscanf(line, "\nCapEff: %llx", &set) == 1 ? set : 0;
}

static void
look_needs(const struct capability *needs, struct lw_check_result *r)
{
	uint64_t have = own_capabilities();
	char lacking[160] = "", all[160] = "";

	for (; needs->name; needs++) {
		char *list = have >> needs->number & 1 ? all : lacking;
		size_t used = strlen(list);

		snprintf(&list[used], sizeof(all) - used, "%s%s", used ? " " : "", needs->name);
	}
	r->permission = lacking[0] != '\0';
	if (lacking[0])
		lw_check_say(r, LW_CHECK_MISSING, "this process lacks %s", lacking);
	else
		lw_check_say(r, LW_CHECK_OK, "%s", all);
}

static void
look_gate(const struct lw_doctor *d, struct lw_check_result *r)
{
	look_needs(gate_needs, r);
}

static void
look_resolve(const struct lw_doctor *d, struct lw_check_result *r)
{
	look_needs(resolve_needs, r);
}

static void
look_guard(const struct lw_doctor *d, struct lw_check_result *r)
{
	look_needs(guard_needs, r);
}

const struct lw_check lw_doctor_system[] = {
	{"kernel", "features of newer kernels, see the rows below", look_kernel},
	{"pid namespace", "layerwatchd cannot see who executes", look_pid_namespace},
	{"capabilities of the guard", "helpers cannot be confined", look_guard},
	{"capabilities of the gate", "nothing can be watched", look_gate},
	{"capabilities of resolve", "arguments, scripts and parents are not known", look_resolve},
	{"system call registers", "arguments and scripts are not known", look_syscall_file},
	{"process connector", "starting a dynamically linked program costs more", look_connector},
	{"ptrace restrictions", "arguments and scripts are not known", look_yama},
	{"security modules", "calls of layerwatchd can be refused", look_modules},
	{"Landlock", "helpers are confined by seccomp and their ids alone", look_landlock},
	{"seccomp", "a helper that breaks its allow-list is not ended", look_seccomp},
	{NULL, NULL, NULL},
};
