/*
 * Each step is final and the next one does not need what it took. Where the order matters it says
 * why.
 */
#include "proc/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "proc/confine.h"
#include "proc/landlock.h"

#define NOBODY 65534

/*
 * Root is nobody special, ids move no capabilities, nothing becomes ambient: and none of it can be
 * taken back.
 */
#define SECUREBITS                                                                                 \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                           \
		SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |                      \
		SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static void
capabilities_freep(cap_t *c)
{
	if (*c)
		cap_free(*c);
}

static int
set_limit(int resource, rlim_t value)
{
	struct rlimit r;

	if (getrlimit(resource, &r) < 0)
		return -errno;
	r.rlim_cur = r.rlim_max = LW_MIN(value, r.rlim_max);
	return setrlimit(resource, &r) < 0 ? -errno : 0;
}

static int
set_file_size(uint64_t bytes)
{
	(void)signal(SIGXFSZ, SIG_IGN);
	return set_limit(RLIMIT_FSIZE, bytes);
}

static int
set_limits(const struct lw_sandbox *s, struct lw_sandbox_report *report)
{
	struct rlimit files;
	int r;

	r = set_limit(RLIMIT_CORE, 0);
	if (r == 0 && s->open_files)
		r = set_limit(RLIMIT_NOFILE, s->open_files);
	if (r == 0 && s->processes)
		r = set_limit(RLIMIT_NPROC, s->processes - 1);
	if (r == 0 && s->file_size)
		r = set_file_size(s->file_size);
	if (r == 0 && s->address_space)
		r = lw_confine_memory(s->address_space);
	if (r < 0)
		return r;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -errno;
	report->open_files = files.rlim_cur;
	return 0;
}

static bool
is_kept(const struct lw_sandbox *s, cap_value_t capability)
{
	for (const int *c = s->capabilities; c && *c >= 0; c++)
		if (*c == capability)
			return true;
	return false;
}

/*
 * Positive: CAP_SETPCAP is missing. With no_new_privs set nothing can come back through an exec
 * even so.
 */
static int
drop_bounding_set(const struct lw_sandbox *s)
{
	for (cap_value_t c = 0; c < cap_max_bits(); c++) {
		if (!CAP_IS_SUPPORTED(c) || is_kept(s, c))
			continue;
		if (cap_drop_bound(c) < 0)
			return errno == EPERM ? 1 : -errno;
	}
	return 0;
}

static int
bound(const struct lw_sandbox *s, struct lw_sandbox_report *report)
{
	int r;

	r = drop_bounding_set(s);
	if (r != 0)
		return LW_MIN(r, 0);
	if (!s->starts_programs && prctl(PR_SET_SECUREBITS, SECUREBITS) < 0)
		return errno == EPERM ? 0 : -errno;
	report->bounded = true;
	return 0;
}

static bool
is_already(uid_t uid, gid_t gid)
{
	uid_t ru, eu, su;
	gid_t rg, eg, sg;

	if (geteuid() == 0 || getresuid(&ru, &eu, &su) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return false;
	return ru == uid && eu == uid && su == uid && rg == gid && eg == gid && sg == gid;
}

/*
 * The effective set is lost here where securebits could not be set; the permitted one stays by
 * KEEPCAPS.
 */
static int
change_ids(uid_t uid, gid_t gid)
{
	if (uid == (uid_t)-1 || is_already(uid, gid))
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		return -errno;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

static int
keep_one(cap_t next, cap_t now, cap_value_t c)
{
	cap_flag_value_t has = CAP_CLEAR;

	if (cap_get_flag(now, c, CAP_PERMITTED, &has) < 0 || has == CAP_CLEAR)
		return 0;
	if (cap_set_flag(next, CAP_PERMITTED, 1, &c, CAP_SET) < 0 ||
		cap_set_flag(next, CAP_EFFECTIVE, 1, &c, CAP_SET) < 0)
		return -errno;
	return 0;
}

static int
keep_capabilities(const struct lw_sandbox *s)
{
	_cleanup_(capabilities_freep) cap_t now = cap_get_proc();
	_cleanup_(capabilities_freep) cap_t next = cap_init();

	if (!now || !next)
		return -errno;
	for (const int *c = s->capabilities; c && *c >= 0; c++) {
		int r = keep_one(next, now, *c);

		if (r < 0)
			return r;
	}
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return cap_set_proc(next) < 0 ? -errno : 0;
}

/* Trust, but verify: a kernel or LSM that said yes and did nothing would leave us root. */
static int
verify_ids(const struct lw_sandbox *s)
{
	uid_t ru, eu, su;

	if (s->uid == (uid_t)-1)
		return 0;
	if (getresuid(&ru, &eu, &su) < 0)
		return -errno;
	return ru == s->uid && eu == s->uid && su == s->uid && getgid() == s->gid ? 0 : -EPERM;
}

/*
 * The kernel clears both PDEATHSIG and the dumpable flag's meaning when credentials change, so
 * they come after them. A parent that died in between sent no signal: then we are an orphan and
 * end.
 */
static int
drop_privileges(const struct lw_sandbox *s, struct lw_sandbox_report *report)
{
	pid_t parent = getppid();
	int death = 0, r;

	if (prctl(PR_GET_PDEATHSIG, &death) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	r = bound(s, report);
	if (r == 0)
		r = change_ids(s->uid, s->gid);
	if (r == 0)
		r = keep_capabilities(s);
	if (r == 0)
		r = verify_ids(s);
	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, death) < 0)
		return -errno;
	return death && getppid() != parent ? -ESRCH : 0;
}

static int
close_paths(const struct lw_sandbox *s, struct lw_sandbox_report *report)
{
	if (!s->no_filesystem && !s->write_beneath)
		return 0;
	report->landlock_abi = lw_landlock_abi();
	return s->no_filesystem ? lw_landlock_close_all()
				: lw_landlock_write_beneath(s->write_beneath);
}

int
lw_sandbox_enter(const struct lw_sandbox *s, struct lw_sandbox_report *report)
{
	struct lw_sandbox_report done = {0};
	int r;

	r = set_limits(s, &done);
	if (r == 0)
		r = drop_privileges(s, &done);
	if (r == 0)
		r = close_paths(s, &done);
	if (r == 0)
		r = lw_confine_syscalls(s, &done.seccomp);
	if (r < 0)
		return r;
	if (report)
		*report = done;
	return 0;
}

void
lw_sandbox_user(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *p = getpwnam(name);

	*uid = p ? p->pw_uid : NOBODY;
	*gid = p ? p->pw_gid : NOBODY;
}
