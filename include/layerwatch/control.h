/*
 * control: what `layerwatch` and report say to each other on the control socket.
 *
 * The socket is SOCK_STREAM, /run/layerwatch/control.sock, mode 0600. A request is
 * one line, "VERB [ARGUMENT]\n", at most LW_CONTROL_LINE bytes. The answer is JSON
 * lines; the first is {"ok":true} or {"ok":false,"error":"..."}; the server closes the
 * connection after the last (tail: when the client leaves). A connection carries one
 * request. At most LW_CONTROL_CLIENTS connections at a time, LW_CONTROL_TAILS of them with tail:
 * one more takes the place of the oldest that does not follow. A client that does not read
 * is dropped when LW_CONTROL_BACKLOG bytes wait for it.
 *
 * Verbs: status, containers, tail, pause SECONDS, resume, reload. What follows {"ok":true}:
 *
 * status: one object. Every value is a number, a string, a boolean, an object of these, or a list
 *   of flat objects, and its key says what it is to people ("_" for a space), so that a client
 *   shows what it does not know as well:
 *   {"version", "mode", "started" (RFC 3339), "paused_seconds_left", "policy_generation",
 *    "policy_rejected", "overlays_marked", "overlays_unmarked", "overlays_refused",
 *    "processes_unscanned", "barriers", "mnt_notify", "in_flight", "in_flight_max",
 *    "cache_entries", "cache_capacity",
 *    "counters":{one member a counter of lw_msg_counters}, "layers":{WORD:N}, "verdicts":{WORD:N},
 *    "decision_us":{"p50","p99","max","counts":{UPPER BOUND:N, powers of two}},
 *    "queue_us":{the same}, "findings":{...},
 *    "processes":[{"role","instance","pid","restarts"}], "sinks":[{"type","path",...}]}
 * containers: one line for each overlay:
 *   {"overlay":"MAJOR:MINOR", "state" (lw_mark_state), "reason", "error" (errno, 0 = none),
 *    "mount_point", "events" (a few seconds old), "pid", "engine", "id", "name", "image",
 *    "image_id", "created" (RFC 3339), "namespace", "pod", "privileged",
 *    "complete", "labels":["KEY=VALUE"]}; what is not known is absent.
 * tail: findings as the sinks get them, from now on.
 * pause, resume, reload: nothing more. Report only hands them to the guard, with the client's own
 *   socket: {"ok":true} says that the guard was asked. The guard looks at SO_PEERCRED, does it or
 *   not, closes its descriptor and writes nothing to it; report shuts the connection down. What
 *   came of it shows in status (paused_seconds_left, policy_generation, policy_rejected) and as a
 *   finding.
 */
#ifndef LAYERWATCH_CONTROL_H
#define LAYERWATCH_CONTROL_H

#define LW_CONTROL_LINE 256
#define LW_CONTROL_CLIENTS 16
#define LW_CONTROL_TAILS 12
#define LW_CONTROL_BACKLOG (4u * 1024 * 1024)
#define LW_CONTROL_PATH "/run/layerwatch/control.sock"
#define LW_PAUSE_MAX 3600	/* seconds, longest pause that can be asked for */

#endif
