#include "engine/engine.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/engine_row.h"
#include "engine/json_file.h"

/* Asked in this order; the first that recognises the overlay answers. */
static const struct lw_engine_row *const engines[] = {
	&lw_engine_docker,
	&lw_engine_docker_snapshot,
	&lw_engine_podman,
	&lw_engine_containerd,
};

bool
lw_engine_is_id(const char *s, size_t length)
{
	if (length == 0 || length >= LW_ID_SIZE || s[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_-.", s[i]))
			return false;
	return true;
}

/*
 * Cuts the last component off `path` of the given length: its start goes to *name, the rest's
 * length is returned.
 */
static size_t
last_component(const char *path, size_t length, const char **name, size_t *name_length)
{
	size_t end = length;

	while (length > 0 && path[length - 1] != '/')
		length--;
	*name = path + length;
	*name_length = end - length;
	return length > 0 ? length - 1 : 0;
}

static bool
is_word(const char *s, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(s, word, length) == 0;
}

bool
lw_engine_split(const char *path, const char *name, const char *last, char root[LW_ENGINE_PATH],
	char layer[LW_ID_SIZE])
{
	const char *end, *id, *folder;
	size_t end_length, id_length, folder_length;
	size_t left = last_component(path, strlen(path), &end, &end_length);

	left = last_component(path, left, &id, &id_length);
	left = last_component(path, left, &folder, &folder_length);
	if (path[0] != '/' || !is_word(end, end_length, last) ||
		!is_word(folder, folder_length, name))
		return false;
	if (!lw_engine_is_id(id, id_length) || left == 0 || left >= LW_ENGINE_PATH)
		return false;
	memcpy(root, path, left);
	root[left] = '\0';
	memcpy(layer, id, id_length);
	layer[id_length] = '\0';
	return true;
}

void
lw_engine_add_label(
	struct lw_container_facts *facts, const char *key, const char *value, size_t length)
{
	if (facts->label_count >= LW_LABELS_MAX) {
		facts->labels_truncated = 1;
		return;
	}
	char *label = facts->labels[facts->label_count++];
	int n = snprintf(
		label, LW_LABEL_SIZE, "%s=%.*s", key, (int)LW_MIN(length, LW_LABEL_SIZE), value);

	if (n >= LW_LABEL_SIZE)
		facts->labels_truncated = 1;
}

/* "+HH:MM", "-HH:MM" or "Z": seconds east of UTC. */
static bool
parse_offset(const char *s, int *out)
{
	int hours, minutes, used = 0;

	*out = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if ((s[0] != '+' && s[0] != '-') ||
		sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2)
		return false;
	*out = (s[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return s[1 + used] == '\0';
}

int64_t
lw_engine_parse_time(const char *s)
{
	struct tm tm = {0};
	int64_t fraction = 0, unit = 1000000;
	int offset;

	s = s ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!s)
		return 0;
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s); s++) {
			unit /= 10;
			fraction += unit * (*s - '0');
		}
	if (!parse_offset(s, &offset))
		return 0;
	int64_t seconds = (int64_t)timegm(&tm) - offset;
	return seconds > 0 ? seconds * 1000000 + fraction : 0;
}

/*
 * The root of the host: of pid 1, which is the host's own since the host's pid namespace is
 * required.
 */
static int
open_host_root(void)
{
	int fd = open("/proc/1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int
open_task_root(uint32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/root", pid);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool
same_directory(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/*
 * The overlay itself must stand where the engine would have mounted it: a mountinfo line's words
 * can be chosen freely.
 */
static bool
is_mounted_there(int root, const struct lw_msg_container_ask *ask, const char *merged)
{
	uint32_t major, minor;

	return lw_state_device(root, merged, &major, &minor) == 0 && major == ask->dev_major &&
	       minor == ask->dev_minor;
}

/*
 * The root to read beneath: that of the namespace which mounted it, when that is the host's root
 * directory seen through other mounts (rootless engines), else the host's own.
 */
static int
choose_root(const struct lw_msg_container_ask *ask, const struct lw_engine_place *place)
{
	_cleanup_close_ int host = open_host_root();
	_cleanup_close_ int task = ask->pid ? open_task_root(ask->pid) : -1;

	if (host < 0)
		return host;
	if (task >= 0 && same_directory(task, host) && is_mounted_there(task, ask, place->merged))
		return TAKE_FD(task);
	if (is_mounted_there(host, ask, place->merged))
		return TAKE_FD(host);
	return -ENOENT;
}

static int
lookup_at(const struct lw_engine_row *row, const struct lw_msg_container_ask *ask,
	const struct lw_engine_place *place, struct lw_container_facts *facts)
{
	_cleanup_close_ int root = choose_root(ask, place);

	if (root < 0)
		return root == -ENOENT ? 0 : root;
	facts->engine = row->engine;
	facts->privileged = 2;
	return row->lookup(root, place, facts);
}

int
lw_engine_lookup(const struct lw_msg_container_ask *ask, struct lw_msg_container_tell *tell)
{
	struct lw_engine_place place;
	struct lw_container_facts facts;

	*tell = (struct lw_msg_container_tell){
		.dev_major = ask->dev_major, .dev_minor = ask->dev_minor};
	for (size_t i = 0; i < LW_ARRAY_SIZE(engines); i++) {
		memset(&place, 0, sizeof(place));
		memset(&facts, 0, sizeof(facts));
		if (!engines[i]->recognise(ask, &place))
			continue;
		int r = lookup_at(engines[i], ask, &place, &facts);

		if (r == 1) {
			tell->found = 1;
			tell->facts = facts;
		}
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 0;
}
