/*
 * Words that announce a secret: names of variables and keys, and the flags of programs.
 */
#include <string.h>
#include <strings.h>

#include "report/secrets.h"

#define NAME_MAX_LENGTH 64 /* of a name that is looked at */

struct text {
	const char *s;
	size_t length;
};

static bool
has_at(struct text t, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= t.length && n <= t.length - at && strncasecmp(&t.s[at], word, n) == 0;
}

/* Is it longer than this end, and has it? */
static bool
ends_in(struct text t, const char *word)
{
	size_t n = strlen(word);

	return t.length > n && has_at(t, t.length - n, word);
}

static bool
is_all(struct text t, const char *word)
{
	return t.length == strlen(word) && has_at(t, 0, word);
}

bool
lw_secret_name(const char *name, size_t length)
{
	static const char *const words[] = {
		"password",
		"passwd",
		"passphrase",
		"passcode",
		"secret",
		"token",
		"apikey",
		"api_key",
		"api-key",
		"accesskey",
		"access_key",
		"access-key",
		"privatekey",
		"private_key",
		"private-key",
		"credential",
		"auth_key",
		"accountkey",
		"account_key",
		"master_key",
		"masterkey",
		"connectionstring",
		"connection_string",
		"sshpass",
		"authorization",
		"x-amz-signature",
		"encryption_key",
		"signing_key",
		"sessionid",
		"session_id",
	};
	struct text t = {name, LW_MIN(length, (size_t)NAME_MAX_LENGTH)};

	for (size_t at = 0; at < t.length; at++) {
		for (size_t w = 0; w < LW_ARRAY_SIZE(words); w++) {
			if (has_at(t, at, words[w]) && !has_at(t, at, "tokeniz") &&
				!has_at(t, at, "secretar"))
				return true;
		}
	}
	return ends_in(t, "pwd") || ends_in(t, "_pass") || ends_in(t, "_auth") ||
	       is_all(t, "pass") || is_all(t, "sig");
}

/* Programs whose short flags take a password. */
static const struct secret_flag {
	const char *program; /* its base name begins with this */
	const char *flag;
	bool glued; /* the value may, or with `next` false must, stand right behind it */
	bool next; /* the value may stand in the next word */
	bool first; /* nothing but the program stands before it */
} secret_flags[] = {
	{"mysql", "-p", true, false},
	{"mariadb", "-p", true, false},
	{"sshpass", "-p", true, true, true},
	{"redis-cli", "-a", false, true},
	{"ldap", "-w", true, true},
	{"mongo", "-p", false, true},
	{"docker", "-p", false, true},
	{"podman", "-p", false, true},
	{"zip", "-P", true, true},
	{"unzip", "-P", true, true},
	{"7z", "-p", true, false},
	{"rar", "-p", true, false},
	{"unrar", "-p", true, false},
	{"openssl", "-k", false, true},
	{"openssl", "-K", false, true},
	{"openssl", "-pass", false, true},
	{"openssl", "-passin", false, true},
	{"openssl", "-passout", false, true},
	{"sqlcmd", "-P", true, true},
	{"bcp", "-P", true, true},
	{"ipmitool", "-P", true, true},
	{"snmp", "-A", false, true},
	{"snmp", "-X", false, true},
	{"snmp", "-c", false, true},
	{"xfreerdp", "/p:", true, false},
	{"rdesktop", "-p", true, true},
	{"smbclient", "-U", false, true},
};

/* docker run -p is a port: only login takes a password. */
static bool
is_login(const char *command, size_t length)
{
	return memmem(command, length, "login", strlen("login")) != NULL;
}

static bool
is_row_of(const struct secret_flag *row, const char *program, size_t length, const char *command,
	size_t command_length)
{
	size_t n = strlen(row->program);

	if (length < n || memcmp(program, row->program, n) != 0)
		return false;
	return (strcmp(row->program, "docker") != 0 && strcmp(row->program, "podman") != 0) ||
	       is_login(command, command_length);
}

size_t
lw_secret_flag(const char *program, size_t program_length, const char *command,
	size_t command_length, const char *word, size_t length, bool *next)
{
	const char *slash = memrchr(program, '/', program_length);
	size_t whole = program_length;

	*next = false;
	if (slash) {
		program_length -= slash + 1 - program;
		program = slash + 1;
	}
	for (size_t i = 0; i < LW_ARRAY_SIZE(secret_flags); i++) {
		const struct secret_flag *row = &secret_flags[i];
		size_t n = strlen(row->flag);

		if (length < n || memcmp(word, row->flag, n) != 0 ||
			!is_row_of(row, program, program_length, command, command_length) ||
			(row->first && word - command > (ptrdiff_t)whole + 1))
			continue;
		if (length == n) {
			*next = row->next;
			return 0;
		}
		if (row->glued)
			return n;
	}
	return 0;
}
