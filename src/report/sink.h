/*
 * sink: where findings go. Each kind of sink is a row of a table; all share a spool, retries with
 * back-off and counters, so that a sink that can't take a line now never makes report wait. Owned
 * by report.
 */
#ifndef LW_REPORT_SINK_H
#define LW_REPORT_SINK_H

#include "base/json.h"
#include "base/loop.h"
#include "policy/policy.h"
#include "report/spool.h"

#define LW_SINK_AGAIN 1 /* positive outcome: not now, try again soon */
#define LW_SINK_SOON_US 10000 /* a reader is slow: first pause, doubled up to ... */
#define LW_SINK_SLOW_US 200000
#define LW_SINK_RETRY_US 100000 /* an error: first pause, doubled up to ... */
#define LW_SINK_RETRY_MAX_US 30000000
#define LW_SINK_ROTATE_RETRY_US 60000000 /* a rotation failed: next attempt */

struct lw_sink;

struct lw_sink_ops {
	const char *name; /* the word in the policy */
	int (*open)(struct lw_sink *s);
	/*
	 * Writes line[*at, length) and moves *at: 0 when all is out, LW_SINK_AGAIN, or a negative
	 * errno. A line that is partly out is taken back (*at = 0) or completed later (*at > 0):
	 * never left torn.
	 */
	int (*write)(struct lw_sink *s, const char *line, size_t length, size_t *at);
	bool permanent; /* -EPIPE is the end: the reader can't come back */
	bool reopens; /* lw_sinks_reopen opens it anew */
};

extern const struct lw_sink_ops lw_sink_stdout;
extern const struct lw_sink_ops lw_sink_file;

enum lw_sink_state { LW_SINK_OK, LW_SINK_WAITING, LW_SINK_FAILED, LW_SINK_CLOSED };

struct lw_sink {
	const struct lw_sink_ops *ops;
	struct lw_loop *loop;
	struct lw_sink_settings settings; /* path owned */
	struct lw_spool spool;
	struct lw_timer retry;
	int fd; /* -1 = closed */
	int stdout_fd; /* stdout: what lw_stdout_open gave, not owned */
	enum lw_sink_state state;
	size_t at; /* bytes of the first line that are out */
	uint64_t pause_us; /* of the next retry */
	uint64_t rotate_after_us; /* not before (a rotation failed) */
	uint64_t written, dropped, errors, rotations;
	int last_error; /* errno, 0 = none yet */
};

struct lw_sinks;

/* stdout_fd: of lw_stdout_open, taken; -1 = none. */
int lw_sinks_new(struct lw_sinks **out, struct lw_loop *loop, int stdout_fd);
struct lw_sinks *lw_sinks_free(struct lw_sinks *s); /* always NULL; what is spooled is lost */

/*
 * Takes over a new set: a sink that was there before goes on, with its spool. must_open: a new sink
 * that can't be opened is a refusal (-EACCES and the like, `detail` says which; the old set stays);
 * else it is retried. Or -ENOMEM.
 */
int lw_sinks_configure(struct lw_sinks *s, const struct lw_sink_settings *settings, size_t count,
	bool must_open, char detail[248]);
/* One line with its newline, to every sink. Never blocks. */
void lw_sinks_write(struct lw_sinks *s, const char *line, size_t length);
void lw_sinks_reopen(struct lw_sinks *s);
/* Tries to empty the spools for at most so long; for the end. */
void lw_sinks_drain(struct lw_sinks *s, uint64_t most_us);
uint64_t lw_sinks_dropped(const struct lw_sinks *s);
/* An array, one flat object a sink (layerwatch/control.h). */
void lw_sinks_status(const struct lw_sinks *s, struct lw_json *j);

/*
 * A descriptor for our standard output that does not block and shares no flags with others who have
 * it: a pipe or terminal is opened anew, so call it while that is allowed (before the ids change).
 * Returns it or a negative errno.
 */
int lw_stdout_open(void);

#endif
