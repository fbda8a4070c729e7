/*
 * Connections that are standard input or output of what was executed.
 */
#include <string.h>

#include "base/address.h"
#include "report/account.h"

#define REVERSE_SHELL "REVERSE_SHELL"

struct connection {
	struct lw_address peer, local;
	bool has_local;
};

/* The remote connection of one stream; false where it is none. */
static bool
connection_of(const struct lw_account *a, enum lw_stdin type, struct lw_slice peer,
	struct lw_slice local, struct connection *out)
{
	const struct lw_evidence *e = a->finding->evidence;
	struct lw_bytes to = lw_evidence_slice(e, peer), from = lw_evidence_slice(e, local);

	if (type != LW_STDIN_SOCKET || !to.data ||
		!lw_address_parse(to.data, to.length, &out->peer) || !out->peer.remote)
		return false;
	out->has_local = from.data && lw_address_parse(from.data, from.length, &out->local);
	return true;
}

static bool
of_stdin(const struct lw_account *a, struct connection *out)
{
	const struct lw_execution *x = &a->seen->execution;

	return connection_of(a, x->stdin_type, x->stdin_peer, x->stdin_local, out);
}

static bool
of_stdout(const struct lw_account *a, struct connection *out)
{
	const struct lw_execution *x = &a->seen->execution;

	return connection_of(a, x->stdout_type, x->stdout_peer, x->stdout_local, out);
}

static bool
is_same(const struct connection *a, const struct connection *b)
{
	return strcmp(a->peer.ip, b->peer.ip) == 0 && a->peer.port == b->peer.port &&
	       a->has_local == b->has_local && (!a->has_local || a->local.port == b->local.port);
}

static void
write_one(struct lw_json *j, const struct connection *c)
{
	lw_json_object(j);
	lw_json_pair_string(j, "destinationIp", c->peer.ip);
	lw_json_pair_i64(j, "destinationPort", c->peer.port);
	if (c->has_local) {
		lw_json_pair_string(j, "sourceIp", c->local.ip);
		lw_json_pair_i64(j, "sourcePort", c->local.port);
	}
	lw_json_object_end(j);
}

void
lw_account_connections(struct lw_json *j, const struct lw_account *a)
{
	struct connection in, out;
	bool has_in = of_stdin(a, &in), has_out = of_stdout(a, &out);

	if (!has_in && !has_out)
		return;
	lw_json_key(j, "connections");
	lw_json_array(j);
	if (has_in)
		write_one(j, &in);
	if (has_out && !(has_in && is_same(&in, &out)))
		write_one(j, &out);
	lw_json_array_end(j);
}

void
lw_account_redirection(struct lw_json *j, const struct lw_account *a)
{
	struct connection c;

	if (strcmp(a->finding->detector->module, REVERSE_SHELL) != 0 || !of_stdin(a, &c))
		return;
	lw_json_pair_string(j, "Reverse_Shell_Stdin_Redirection_Dst_Ip", c.peer.ip);
	lw_json_pair_i64(j, "Reverse_Shell_Stdin_Redirection_Dst_Port", c.peer.port);
	if (!c.has_local)
		return;
	lw_json_pair_string(j, "Reverse_Shell_Stdin_Redirection_Src_Ip", c.local.ip);
	lw_json_pair_i64(j, "Reverse_Shell_Stdin_Redirection_Src_Port", c.local.port);
}
