#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

#define LW_LOG_TEXT_MAX 1024 /* bytes of one message before escaping; longer ones are cut */

static const char *log_role = "layerwatch";
static enum lw_log_level log_level = LW_LOG_INFO;
static uint64_t log_dropped;

static const char *const level_words[] = {
	[LW_LOG_ERROR] = "error: ",
	[LW_LOG_WARNING] = "warning: ",
	[LW_LOG_INFO] = "",
	[LW_LOG_DEBUG] = "debug: ",
};

void
lw_log_open(const char *role, enum lw_log_level level)
{
	log_role = role;
	log_level = level;
}

uint64_t
lw_log_dropped(void)
{
	return log_dropped;
}

/*
 * One line, one call: lines of several processes never mix. sendmsg(2) so that a socket whose
 * reader is gone raises no SIGPIPE, and never waits; write(2) where stderr is no socket.
 */
static bool
put_line(const struct lw_text *line)
{
	struct iovec iov = {.iov_base = line->data, .iov_len = line->length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	do {
		n = sendmsg(STDERR_FILENO, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == ENOTSOCK)
			n = write(STDERR_FILENO, line->data, line->length);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)line->length;
}

void
lw_log(enum lw_log_level level, const char *fmt, ...)
{
	_cleanup_text_ struct lw_text line = {0};
	char message[LW_LOG_TEXT_MAX];
	int saved = errno;
	va_list ap;
	int n;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	n = vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);

	lw_text_init(&line, 8 * LW_LOG_TEXT_MAX);
	lw_text_addf(&line, "%s: %s", log_role, level_words[level]);
	if (n > 0)
		lw_text_add_visible(&line, message, strlen(message));
	if (n >= (int)sizeof(message))
		lw_text_adds(&line, "...");
	lw_text_adds(&line, "\n");
	if (line.failed || !put_line(&line))
		log_dropped++;
	errno = saved;
}
