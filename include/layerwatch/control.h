/*
 * control: what `layerwatch` and report say to each other on the control socket.
 *
 * The socket is SOCK_STREAM, /run/layerwatch/control.sock, mode 0600. A request is
 * one line, "VERB [ARGUMENT]\n", at most LW_CONTROL_LINE bytes. The answer is JSON
 * lines; the first is {"ok":true} or {"ok":false,"error":"..."}; the server closes the
 * connection after the last (tail: when the client leaves). A connection carries one
 * request. At most LW_CONTROL_CLIENTS connections at a time; a client that does not read
 * is dropped when LW_CONTROL_BACKLOG bytes wait for it.
 *
 * Verbs: status, containers, tail, pause SECONDS, resume, reload.
 */
#ifndef LAYERWATCH_CONTROL_H
#define LAYERWATCH_CONTROL_H

#define LW_CONTROL_LINE 256
#define LW_CONTROL_CLIENTS 16
#define LW_CONTROL_BACKLOG (4u * 1024 * 1024)
#define LW_CONTROL_PATH "/run/layerwatch/control.sock"
#define LW_PAUSE_MAX 3600	/* seconds, longest pause that can be asked for */

#endif
