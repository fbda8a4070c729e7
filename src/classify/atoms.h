/*
 * atoms: what single words of a script are about: sockets, decoding, spawning, browsers' files.
 *
 * One table for all languages (atoms.c): a word means much the same in each of them, in code and
 * in strings. Features count atoms; rules (behaviours.h) join them.
 */
#ifndef LW_CLASSIFY_ATOMS_H
#define LW_CLASSIFY_ATOMS_H

#include <assert.h>

#include "base/util.h"

enum lw_atom {
	LW_ATOM_EXEC, /* runs text as code: exec, eval */
	LW_ATOM_COMPILE,
	LW_ATOM_DECODE, /* base64, hex, compression */
	LW_ATOM_MARSHAL,
	LW_ATOM_CRYPT,
	LW_ATOM_SOCKET,
	LW_ATOM_CONNECT,
	LW_ATOM_LISTEN,
	LW_ATOM_DUP,
	LW_ATOM_SPAWN, /* starts processes */
	LW_ATOM_PTY,
	LW_ATOM_SHELL, /* a shell's name or path */
	LW_ATOM_POWERSHELL,
	LW_ATOM_DOWNLOAD,
	LW_ATOM_UPLOAD,
	LW_ATOM_URL,
	LW_ATOM_ADDRESS, /* four numbers with dots between */
	LW_ATOM_ENVIRON,
	LW_ATOM_HOST, /* who and where am I */
	LW_ATOM_SECRETS, /* files of keys and passwords */
	LW_ATOM_BROWSER,
	LW_ATOM_WALLET,
	LW_ATOM_CHAT, /* webhooks and bots */
	LW_ATOM_TUNNEL, /* out-of-band receivers and tunnels */
	LW_ATOM_PASTE, /* places that host anybody's files */
	LW_ATOM_PERSIST,
	LW_ATOM_TEMP,
	LW_ATOM_RUNNABLE, /* chmod, modes */
	LW_ATOM_WINDOWS,
	LW_ATOM_WATCHED, /* looks for debuggers and virtual machines */
	LW_ATOM_SPY, /* keys, screen, camera, clipboard */
	LW_ATOM_MINER,
	LW_ATOM_KILL,
	LW_ATOM_DEFENCE, /* turns protection off, wipes traces */
	LW_ATOM_PRELOAD,
	LW_ATOM_REFLECT, /* getattr, __import__ */
	LW_ATOM_CHARS, /* chr, ord, join: text made from numbers */
	LW_ATOM_SETUP,
	LW_ATOM_HOOK, /* runs at installation */
	LW_ATOM_BACKGROUND,
	LW_ATOM_SCAN,
	LW_ATOM_CONTAINER,
	LW_ATOM_SILENT, /* output thrown away, errors passed over */
	LW_ATOM_INSTALL, /* package managers */
	LW_ATOM_ARCHIVE,
	LW_ATOM_NETCAT,
	LW_ATOM_FIFO,
	LW_ATOM_DEVTCP,
	LW_ATOM_INTERPRETER,
	LW_ATOM_CGI,
	LW_ATOM_RANSOM,
	LW_ATOM_WALK, /* looks through folders */
	LW_ATOM_REMOVE,
	LW_ATOM_ACCOUNT,
	LW_ATOM_TEST, /* tests, documentation, arguments: marks of ordinary code */
	LW_ATOM_CLASSIFIER, /* metadata of packages */
	LW_ATOM_SSH,
	LW_ATOM_READ, /* recv, read, readline */
	LW_ATOM_COUNT
};

static_assert(LW_ATOM_COUNT <= 64, "a set of atoms is one uint64_t");

/* The atom of a word by its hash (tokens.h), or LW_ATOM_COUNT. */
enum lw_atom lw_atom_find(uint64_t hash);
/* For people, as in "socket". */
const char *lw_atom_to_str(enum lw_atom atom);

#endif
