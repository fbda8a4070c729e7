/*
 * client: one request to the daemon's control socket (layerwatch/control.h) and the lines of its
 * answer.
 *
 * Called by the subcommands. Owns its socket and its buffer. The server is believed in nothing but
 * its file's permissions: lines, and the wait for the first of them, are bounded.
 */
#ifndef LW_CTL_CLIENT_H
#define LW_CTL_CLIENT_H

#include "base/text.h"

#define LW_CLIENT_LINE_MAX (17u * 1024 * 1024) /* bytes: above the longest finding */
#define LW_CLIENT_ANSWER_MS 10000 /* the longest wait for the next line of a finite answer */

struct lw_client {
	int fd;
	struct lw_text in; /* received, not yet handed out */
	size_t at; /* of in: start of the next line */
	bool ended;
};

/*
 * Connects and asks ("VERB" or "VERB ARGUMENT"), and takes the first line of the answer. Returns 0;
 * 1 when the server refused, with its reason in error (any bytes); -EPROTO when it spoke otherwise;
 * or -errno.
 */
int lw_client_ask(
	struct lw_client *c, const char *socket_path, const char *request, struct lw_text *error);
void lw_client_done(struct lw_client *c);

/*
 * The next line, without its newline, ended by NUL and valid until the next call. timeout_ms < 0:
 * wait for ever. Returns 1; 0 at the end; -ETIMEDOUT, -EMSGSIZE, -EPROTO (cut within a line) or
 * -errno.
 */
int lw_client_line(struct lw_client *c, int timeout_ms, const char **line, size_t *length);

#endif
