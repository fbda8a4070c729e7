#include "guard/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/*
 * One name beneath parent: 1 = made, 0 = was there, else a negative errno. *out is the folder's
 * O_PATH fd. A link that an administrator laid (/var/log -> /data/log) is followed where it was
 * there before; what we make we open without.
 */
static int
enter(int parent, const char *name, mode_t mode, int *out)
{
	int made = mkdirat(parent, name, mode) == 0, fd;

	if (!made && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (made ? O_NOFOLLOW : 0));
	if (fd < 0)
		return -errno;
	*out = fd;
	return made;
}

/*
 * Of "/a/b/c/file": the folder is /a/b/c. Walks it from the root; only the last name gets an
 * owner.
 */
static int
make_folder(const char *path, uid_t uid, gid_t gid)
{
	_cleanup_close_ int at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char copy[PATH_MAX], *rest = copy, *name, *slash;
	int made = 0;

	if (at < 0 || !lw_copy_string(copy, sizeof(copy), path))
		return at < 0 ? -errno : -ENAMETOOLONG;
	slash = strrchr(copy, '/');
	if (!slash)
		return -EINVAL;
	*slash = '\0';
	while ((name = strsep(&rest, "/"))) {
		int next = -1;

		if (*name == '\0')
			continue;
		made = enter(at, name, rest ? 0755 : 0750, &next);
		if (made < 0)
			return made;
		lw_closep(&at);
		at = next;
	}
	return made && fchown(at, uid, gid) < 0 ? -errno : 0;
}

int
lw_sinks_prepare(const struct lw_settings *s, uid_t uid, gid_t gid, char *failed, size_t size)
{
	int result = 0;

	for (size_t i = 0; i < s->sink_count; i++) {
		int r = s->sinks[i].type == LW_SINK_FILE ? make_folder(s->sinks[i].path, uid, gid)
							 : 0;

		if (r < 0) {
			result = r;
			(void)lw_copy_string(failed, size, s->sinks[i].path);
		}
	}
	return result;
}
