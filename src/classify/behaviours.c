#include "classify/behaviours.h"

#include <assert.h>

#define A(name) (1ull << LW_ATOM_##name)

const struct lw_behaviour lw_behaviours[] = {
	{"decode-then-exec", {A(EXEC), A(DECODE) | A(MARSHAL)}},
	{"exec of text built from numbers", {A(EXEC), A(CHARS)}},
	{"exec of a download", {A(EXEC) | A(COMPILE), A(DOWNLOAD) | A(READ)}},
	{"exec by reflection", {A(EXEC) | A(DECODE) | A(COMPILE), A(REFLECT)}},
	{"decrypt-then-run", {A(CRYPT), A(EXEC) | A(SPAWN)}},
	{"decode-then-run", {A(DECODE), A(SPAWN) | A(SHELL)}},
	{"download-and-run", {A(DOWNLOAD), A(SPAWN) | A(SHELL) | A(RUNNABLE) | A(INTERPRETER)}},
	{"download, make executable, run",
		{A(DOWNLOAD), A(RUNNABLE), A(TEMP) | A(SPAWN) | A(SHELL) | A(BACKGROUND)}},
	{"socket + dup2", {A(SOCKET), A(DUP), A(CONNECT) | A(LISTEN) | A(SPAWN)}},
	{"reverse shell: socket, process, shell",
		{A(SOCKET) | A(CONNECT) | A(DEVTCP), A(SPAWN) | A(PTY) | A(EXEC),
			A(SHELL) | A(POWERSHELL)},
		.alone = true},
	{"socket + process", {A(SOCKET), A(CONNECT), A(SPAWN) | A(PTY) | A(EXEC)}, .alone = true},
	{"remote commands",
		{A(SOCKET) | A(CONNECT) | A(DEVTCP), A(READ), A(SPAWN) | A(EXEC) | A(PTY)},
		.alone = true},
	{"bind shell: socket, listen, shell",
		{A(SOCKET), A(LISTEN), A(SPAWN) | A(PTY) | A(EXEC), A(SHELL) | A(POWERSHELL)},
		.alone = true},
	{"netcat + shell", {A(NETCAT), A(SHELL)}},
	{"fifo + shell", {A(FIFO), A(SHELL) | A(NETCAT)}},
	{"/dev/tcp + shell", {A(DEVTCP), A(SHELL) | A(READ) | A(DUP) | A(EXEC) | A(SPAWN)},
		.alone = true},
	{"pty over a connection", {A(PTY), A(SOCKET) | A(NETCAT) | A(SHELL), A(SPAWN) | A(DUP)}},
	{"secrets sent out", {A(SECRETS), A(UPLOAD) | A(CHAT) | A(TUNNEL)}},
	{"environment sent out", {A(ENVIRON), A(UPLOAD) | A(CHAT) | A(TUNNEL)}},
	{"host facts sent out", {A(HOST), A(UPLOAD) | A(CHAT) | A(TUNNEL) | A(DOWNLOAD),
					A(URL) | A(SOCKET) | A(ADDRESS)}},
	{"accounts file sent out",
		{A(SECRETS), A(READ) | A(WALK), A(UPLOAD) | A(CHAT) | A(TUNNEL) | A(DOWNLOAD)}},
	{"browser data",
		{A(BROWSER), A(SECRETS) | A(CRYPT), A(TEMP) | A(WINDOWS) | A(WALK) | A(ENVIRON)}},
	{"wallet theft", {A(WALLET), A(UPLOAD) | A(CHAT) | A(SPY) | A(TEMP) | A(WINDOWS)}},
	{"webhook or bot", {A(CHAT), A(URL), A(UPLOAD)}},
	{"out-of-band receiver", {A(TUNNEL), A(URL) | A(UPLOAD) | A(DOWNLOAD) | A(SOCKET)}},
	{"paste site + run", {A(PASTE), A(DOWNLOAD) | A(URL), A(EXEC) | A(SPAWN) | A(SHELL)}},
	{"raw address contacted", {A(ADDRESS), A(DOWNLOAD) | A(CONNECT) | A(URL) | A(UPLOAD)}},
	{"install hook runs a process", {A(HOOK), A(SETUP), A(SPAWN) | A(POWERSHELL)}},
	{"install hook uses the network", {A(HOOK), A(SETUP), A(DOWNLOAD) | A(SOCKET) | A(UPLOAD)}},
	{"install hook runs text", {A(HOOK), A(SETUP), A(EXEC) | A(DECODE)}},
	{"setup with network and process", {A(SETUP), A(DOWNLOAD) | A(SOCKET), A(SPAWN) | A(EXEC)}},
	{"persistence", {A(PERSIST), A(SPAWN) | A(DOWNLOAD) | A(RUNNABLE),
				A(TEMP) | A(SHELL) | A(WINDOWS)}},
	{"cron or start-up download", {A(PERSIST), A(DOWNLOAD), A(SHELL) | A(PASTE)}},
	{"ssh keys planted", {A(SECRETS), A(SSH), A(REMOVE) | A(DEFENCE) | A(RUNNABLE)}},
	{"temporary file run",
		{A(TEMP), A(SPAWN) | A(BACKGROUND) | A(EXEC), A(DOWNLOAD) | A(DECODE)}},
	{"PowerShell started", {A(POWERSHELL), A(SPAWN) | A(DOWNLOAD) | A(SHELL)}},
	{"Windows dropper", {A(WINDOWS), A(DOWNLOAD), A(SPAWN) | A(POWERSHELL)}},
	{"memory injection",
		{A(WINDOWS), A(CRYPT) | A(DECODE) | A(CHARS), A(BACKGROUND) | A(EXEC)}},
	{"spying", {A(SPY), A(UPLOAD) | A(CHAT) | A(SOCKET)}},
	{"screen or keys recorded",
		{A(SPY), A(BACKGROUND) | A(TEMP), A(SOCKET) | A(CHAT) | A(UPLOAD) | A(DOWNLOAD)}},
	{"analysis check + run", {A(WATCHED), A(SPAWN) | A(HOST) | A(EXEC) | A(WINDOWS)}},
	{"miner", {A(MINER), A(DOWNLOAD) | A(URL) | A(BACKGROUND)}},
	{"rivals killed", {A(KILL), A(MINER) | A(SCAN), A(REMOVE) | A(SILENT)}},
	{"defence switched off", {A(DEFENCE), A(KILL) | A(DOWNLOAD) | A(REMOVE) | A(ACCOUNT)}},
	{"library preloaded", {A(PRELOAD), A(TEMP) | A(PERSIST) | A(DOWNLOAD)}},
	{"account added", {A(ACCOUNT), A(SECRETS) | A(SSH) | A(SHELL)}},
	{"scan and spread", {A(SCAN), A(SSH) | A(CONTAINER) | A(DOWNLOAD), A(SHELL)}},
	{"container escape",
		{A(CONTAINER), A(SHELL) | A(PERSIST), A(RUNNABLE) | A(TEMP) | A(DOWNLOAD)}},
	{"files encrypted", {A(CRYPT), A(WALK), A(REMOVE) | A(RANSOM)}},
	{"CGI runs commands", {A(CGI), A(SPAWN) | A(EXEC), A(READ) | A(SHELL) | A(SECRETS)}},
	{"silent background run", {A(BACKGROUND), A(SILENT), A(DOWNLOAD) | A(SPAWN)}},
	{"unknown text run in the background",
		{A(BACKGROUND), A(EXEC), A(DECODE) | A(DOWNLOAD) | A(CRYPT)}},
	{"encrypted archive of folders sent out", {A(ARCHIVE), A(WALK), A(UPLOAD) | A(CHAT)}},
};

const size_t lw_behaviour_count = LW_ARRAY_SIZE(lw_behaviours);

static_assert(LW_ARRAY_SIZE(lw_behaviours) <= LW_BEHAVIOURS_MAX,
	"more behaviours than features have room for");

unsigned
lw_behaviour_groups(const struct lw_behaviour *behaviour)
{
	unsigned groups = 0;

	while (groups < LW_BEHAVIOUR_GROUPS && behaviour->any[groups])
		groups++;
	return groups;
}

bool
lw_behaviour_holds(const struct lw_behaviour *behaviour, uint64_t atoms)
{
	for (size_t i = 0; i < LW_BEHAVIOUR_GROUPS; i++)
		if (behaviour->any[i] != 0 && !(behaviour->any[i] & atoms))
			return false;
	return true;
}
