#include <assert.h>
#include <errno.h>
#include <string.h>

#include "rules/field.h"

static bool
is_layer(const char *text)
{
	return lw_layer_from_str(text) >= 0;
}

static bool
is_kind(const char *text)
{
	return lw_kind_from_str(text) >= 0;
}

static bool
is_verdict(const char *text)
{
	return lw_verdict_from_str(text) >= 0;
}

static bool
is_descriptor(const char *text)
{
	return lw_stdin_from_str(text) >= 0;
}

#define LAYERS "image, touched, modified, added, volume, tmpfs, memfd, unknown"
#define KINDS "binary, library, script, inline, stdin"
#define VERDICTS "malicious, suspicious, unknown, trusted"
#define DESCRIPTORS "file, pipe, socket, tty, null, none, other, unknown"

static const struct lw_field fields[] = {
	[LW_RULE_IMAGE] = {"Image", LW_FIELD_TEXT},
	[LW_RULE_ORIGINAL_FILE_NAME] = {"OriginalFileName", LW_FIELD_TEXT},
	[LW_RULE_COMMAND_LINE] = {"CommandLine", LW_FIELD_TEXT},
	[LW_RULE_PARENT_IMAGE] = {"ParentImage", LW_FIELD_TEXT},
	[LW_RULE_PARENT_COMMAND_LINE] = {"ParentCommandLine", LW_FIELD_TEXT},
	[LW_RULE_CURRENT_DIRECTORY] = {"CurrentDirectory", LW_FIELD_TEXT},
	[LW_RULE_USER] = {"User", LW_FIELD_TEXT},
	[LW_RULE_LOGON_ID] = {"LogonId", LW_FIELD_TEXT},
	[LW_RULE_HASHES] = {"Hashes", LW_FIELD_TEXT},
	[LW_RULE_MD5] = {"md5", LW_FIELD_TEXT},
	[LW_RULE_SHA1] = {"sha1", LW_FIELD_TEXT},
	[LW_RULE_SHA256] = {"sha256", LW_FIELD_TEXT},
	[LW_RULE_IMPHASH] = {"imphash", LW_FIELD_TEXT},
	[LW_RULE_LAYER] = {"Layer", LW_FIELD_TEXT, is_layer, LAYERS},
	[LW_RULE_KIND] = {"Kind", LW_FIELD_TEXT, is_kind, KINDS},
	[LW_RULE_VERDICT] = {"Verdict", LW_FIELD_TEXT, is_verdict, VERDICTS},
	[LW_RULE_SCRIPT] = {"Script", LW_FIELD_TEXT},
	[LW_RULE_SCRIPT_CONTENTS] = {"ScriptContents", LW_FIELD_TEXT},
	[LW_RULE_STDIN] = {"Stdin", LW_FIELD_TEXT, is_descriptor, DESCRIPTORS},
	[LW_RULE_STDIN_PEER] = {"Stdin.Peer", LW_FIELD_TEXT},
	[LW_RULE_STDOUT] = {"Stdout", LW_FIELD_TEXT, is_descriptor, DESCRIPTORS},
	[LW_RULE_STDOUT_PEER] = {"Stdout.Peer", LW_FIELD_TEXT},
	[LW_RULE_CONTAINER_NAME] = {"Container.Name", LW_FIELD_TEXT},
	[LW_RULE_CONTAINER_IMAGE] = {"Container.Image", LW_FIELD_TEXT},
	[LW_RULE_CONTAINER_NAMESPACE] = {"Container.Namespace", LW_FIELD_TEXT},
	[LW_RULE_PROCESS_ID] = {"ProcessId", LW_FIELD_NUMBER},
	[LW_RULE_PARENT_PROCESS_ID] = {"ParentProcessId", LW_FIELD_NUMBER},
	[LW_RULE_UID] = {"Uid", LW_FIELD_NUMBER},
	[LW_RULE_CONTAINER_AGE] = {"ContainerAge", LW_FIELD_NUMBER},
	[LW_RULE_ANCESTORS] = {"Ancestors", LW_FIELD_LIST},
	[LW_RULE_ENVIRONMENT] = {"Environment.", LW_FIELD_NAMED},
	[LW_RULE_LABEL] = {"Container.Label.", LW_FIELD_NAMED},
};
static_assert(LW_ARRAY_SIZE(fields) == LW_RULE_FIELD_COUNT, "each field has a row");
static_assert(LW_RULE_FIELD_COUNT <= 64, "fields fit into a mask");

const struct lw_field *
lw_field_row(enum lw_rule_field field)
{
	return &fields[field];
}

int
lw_field_find(const char *name, const char **rest)
{
	for (int i = 0; i < LW_RULE_FIELD_COUNT; i++) {
		size_t length = strlen(fields[i].name);
		bool named = fields[i].type == LW_FIELD_NAMED;

		if (strncmp(name, fields[i].name, length) != 0 || (name[length] != '\0') != named)
			continue;
		*rest = &name[length];
		return i;
	}
	return -ENOENT;
}
