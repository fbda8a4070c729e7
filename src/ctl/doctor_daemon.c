/*
 * doctor_daemon: the running daemon's own gaps, and tasks that wait for a fanotify answer, whoever
 * owes it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "ctl/doctor.h"
#include "ctl/tree.h"

#define TASKS_MAX 262144 /* looked at */
#define LINES_MAX 65536
#define SHOWN_MAX 8
#define HELD_MAX 4096 /* remembered of one look */

static void
look_daemon(const struct lw_doctor *d, struct lw_check_result *r)
{
	_cleanup_text_ struct lw_text error = {0};
	_cleanup_tree_ struct lw_tree *tree = NULL;
	struct lw_client c;
	const char *line;
	size_t length;

	lw_text_init(&error, 256);
	int e = lw_client_ask(&c, d->ctl->socket, "status", &error);
	if (e == 0)
		e = lw_client_line(&c, LW_CLIENT_ANSWER_MS, &line, &length) == 1 ? 0 : -EPROTO;
	if (e == 0)
		e = lw_tree_parse(line, length, &tree);
	if (e == -ENOENT || e == -ECONNREFUSED) {
		lw_check_say(r, LW_CHECK_SKIPPED, "nobody listens at %s", d->ctl->socket);
	} else if (e != 0) {
		lw_check_say(r, LW_CHECK_DEGRADED, "%s: %s", d->ctl->socket,
			e == 1 ? "refused" : strerror(-e));
	} else {
		const struct lw_tree_node *root = lw_tree_root(tree);
		const char *mode = lw_tree_text(root, "mode");
		int64_t paused = lw_tree_number(root, "paused_seconds_left", 0);
		bool rejected = lw_tree_is_true(root, "policy_rejected");

		lw_check_say(r, paused > 0 || rejected ? LW_CHECK_DEGRADED : LW_CHECK_OK,
			"it runs, mode %.20s%s%s", mode ? mode : "not known",
			paused > 0 ? ", paused" : "", rejected ? ", newest policy rejected" : "");
	}
	lw_client_done(&c);
}

/* Is this overlay one that ought to be watched and is not? These states are left out on purpose. */
static bool
is_gap(const char *state)
{
	static const char *const meant[] = {"marked", "own", "excluded"};

	for (size_t i = 0; state && i < LW_ARRAY_SIZE(meant); i++)
		if (strcmp(state, meant[i]) == 0)
			return false;
	return state != NULL;
}

static unsigned
count_gaps(struct lw_client *c, char *first, size_t size)
{
	unsigned gaps = 0;
	const char *line;
	size_t length;

	for (unsigned i = 0; i < LINES_MAX; i++) {
		_cleanup_tree_ struct lw_tree *tree = NULL;

		if (lw_client_line(c, LW_CLIENT_ANSWER_MS, &line, &length) != 1)
			break;
		if (lw_tree_parse(line, length, &tree) != 0)
			continue;
		const char *state = lw_tree_text(lw_tree_root(tree), "state");
		const char *overlay = lw_tree_text(lw_tree_root(tree), "overlay");
		if (is_gap(state) && gaps++ == 0)
			snprintf(first, size, "%.32s (%.32s)", overlay ? overlay : "?", state);
	}
	return gaps;
}

static void
look_overlays(const struct lw_doctor *d, struct lw_check_result *r)
{
	_cleanup_text_ struct lw_text error = {0};
	struct lw_client c;
	char first[80] = "";

	lw_text_init(&error, 256);
	if (lw_client_ask(&c, d->ctl->socket, "containers", &error) != 0) {
		lw_check_say(r, LW_CHECK_SKIPPED, "layerwatchd was not asked");
	} else {
		unsigned gaps = count_gaps(&c, first, sizeof(first));

		if (gaps > 0)
			lw_check_say(r, LW_CHECK_DEGRADED, "%u not watched, the first is %s", gaps,
				first);
		else
			lw_check_say(r, LW_CHECK_OK, "every overlay is watched");
	}
	lw_client_done(&c);
}

static bool
names_wait(const char *text)
{
	/* The compiler may have made one of the other. */
	static const char *const functions[] = {"fanotify_get_response", "fanotify_handle_event"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(functions); i++)
		if (strstr(text, functions[i]))
			return true;
	return false;
}

/* wchan names the function a task sleeps in; where the kernel hides it ("0"), the stack says it. */
static bool
is_waiting(int tasks, const char *tid)
{
	char path[64], text[2048] = "";

	snprintf(path, sizeof(path), "%.20s/wchan", tid);
	if (lw_read_file_at(tasks, path, text, sizeof(text)) > 0 && strcmp(text, "0") != 0)
		return names_wait(text);
	text[0] = '\0';
	snprintf(path, sizeof(path), "%.20s/stack", tid);
	(void)lw_read_file_at(tasks, path, text, sizeof(text));
	return names_wait(text);
}

struct waiting {
	unsigned looked, found;
	int tids[HELD_MAX];
};

static void
scan_process(int proc, const char *pid, struct waiting *w)
{
	char path[64];

	snprintf(path, sizeof(path), "%.20s/task", pid);
	int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *tasks = fd >= 0 ? fdopendir(fd) : NULL;
	if (!tasks) {
		lw_closep(&fd);
		return;
	}
	struct dirent *e;
	while (w->looked < TASKS_MAX && (e = readdir(tasks))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		w->looked++;
		if (w->found < HELD_MAX && is_waiting(dirfd(tasks), e->d_name))
			w->tids[w->found++] = atoi(e->d_name);
	}
	closedir(tasks);
}

static void
scan_all(struct waiting *w)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	w->looked = w->found = 0;
	while (proc && (e = readdir(proc)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			scan_process(dirfd(proc), e->d_name, w);
	if (proc)
		closedir(proc);
}

static bool
has(const struct waiting *w, int tid)
{
	for (unsigned i = 0; i < w->found; i++)
		if (w->tids[i] == tid)
			return true;
	return false;
}

/* A task is held for a moment whenever something is executed: only those seen twice are stuck. */
static unsigned
list_stuck(const struct waiting *before, const struct waiting *now, char *list, size_t size)
{
	unsigned stuck = 0;
	size_t used = 0;

	for (unsigned i = 0; i < now->found; i++) {
		if (!has(before, now->tids[i]))
			continue;
		if (stuck++ < SHOWN_MAX && used < size)
			used += snprintf(&list[used], size - used, " %d", now->tids[i]);
	}
	return stuck;
}

static void
look_waiting(const struct lw_doctor *d, struct lw_check_result *r)
{
	static struct waiting before, now;
	char list[160] = "";
	unsigned stuck = 0;

	scan_all(&before);
	if (before.found > 0) {
		usleep(500 * 1000);
		scan_all(&now);
		stuck = list_stuck(&before, &now, list, sizeof(list));
	}
	if (stuck > 0)
		lw_check_say(r, LW_CHECK_DEGRADED, "%u of %u tasks wait for an answer:%s%s", stuck,
			now.looked, list, stuck > SHOWN_MAX ? " ..." : "");
	else
		lw_check_say(r, LW_CHECK_OK, "none of %u tasks", before.looked);
}

const struct lw_check lw_doctor_daemon[] = {
	{"layerwatchd", "nothing is watched as long as it is so", look_daemon},
	{"overlays", "what those containers execute is not seen", look_overlays},
	{"tasks held by fanotify", "a listener (not always ours) is silent: its tasks hang",
		look_waiting},
	{NULL, NULL, NULL},
};
