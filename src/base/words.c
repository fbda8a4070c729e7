/*
 * words: the strings of include/layerwatch/words.h, one table an enum. Designated initialisers
 * keep word and number together; the assertion of each table's length catches a word that was
 * forgotten at its end, the unit test one in the middle.
 */
#include "layerwatch/words.h"

#include <assert.h>
#include <string.h>

#include "base/util.h"

static const char *
word_of(const char *const *words, size_t count, unsigned v)
{
	return v < count && words[v] ? words[v] : "invalid";
}

static int
number_of(const char *const *words, size_t count, const char *s)
{
	for (size_t i = 0; s && i < count; i++)
		if (words[i] && strcmp(words[i], s) == 0)
			return i;
	return -1;
}

/*
 * lw_NAME_to_str() and lw_NAME_from_str() over NAME_words, which has one word for each number
 * below `count`.
 */
#define WORDS(name, count)                                                                         \
	static_assert(                                                                             \
		LW_ARRAY_SIZE(name##_words) == (count), #name " has a word for each number");      \
	const char *lw_##name##_to_str(enum lw_##name v)                                           \
	{                                                                                          \
		return word_of(name##_words, LW_ARRAY_SIZE(name##_words), v);                      \
	}                                                                                          \
	int lw_##name##_from_str(const char *s)                                                    \
	{                                                                                          \
		return number_of(name##_words, LW_ARRAY_SIZE(name##_words), s);                    \
	}                                                                                          \
	struct lw_##name##_semicolon

static const char *const layer_words[] = {
	[LW_LAYER_UNKNOWN] = "unknown",
	[LW_LAYER_IMAGE] = "image",
	[LW_LAYER_TOUCHED] = "touched",
	[LW_LAYER_MODIFIED] = "modified",
	[LW_LAYER_ADDED] = "added",
	[LW_LAYER_VOLUME] = "volume",
	[LW_LAYER_TMPFS] = "tmpfs",
	[LW_LAYER_MEMFD] = "memfd",
};
WORDS(layer, LW_LAYER_COUNT);

static const char *const kind_words[] = {
	[LW_KIND_BINARY] = "binary",
	[LW_KIND_LIBRARY] = "library",
	[LW_KIND_SCRIPT] = "script",
	[LW_KIND_INLINE] = "inline",
	[LW_KIND_STDIN] = "stdin",
};
WORDS(kind, LW_KIND_COUNT);

static const char *const verdict_words[] = {
	[LW_VERDICT_UNKNOWN] = "unknown",
	[LW_VERDICT_TRUSTED] = "trusted",
	[LW_VERDICT_SUSPICIOUS] = "suspicious",
	[LW_VERDICT_MALICIOUS] = "malicious",
};
WORDS(verdict, LW_VERDICT_COUNT);

static const char *const action_words[] = {
	[LW_ACTION_ALLOW] = "allow",
	[LW_ACTION_ALERT] = "alert",
	[LW_ACTION_DENY] = "deny",
	[LW_ACTION_KILL] = "kill",
};
WORDS(action, LW_ACTION_COUNT);

static const char *const outcome_words[] = {
	[LW_OUTCOME_ALLOWED] = "allowed",
	[LW_OUTCOME_WOULD_DENY] = "would_deny",
	[LW_OUTCOME_DENIED] = "denied",
	[LW_OUTCOME_KILLED] = "killed",
};
WORDS(outcome, LW_OUTCOME_COUNT);

static const char *const mode_words[] = {
	[LW_MODE_DETECT] = "detect",
	[LW_MODE_ENFORCE] = "enforce",
};
WORDS(mode, LW_MODE_COUNT);

static const char *const language_words[] = {
	[LW_LANGUAGE_NONE] = "none",
	[LW_LANGUAGE_SHELL] = "shell",
	[LW_LANGUAGE_PYTHON] = "python",
	[LW_LANGUAGE_PERL] = "perl",
	[LW_LANGUAGE_RUBY] = "ruby",
	[LW_LANGUAGE_NODE] = "node",
	[LW_LANGUAGE_PHP] = "php",
	[LW_LANGUAGE_LUA] = "lua",
	[LW_LANGUAGE_AWK] = "awk",
	[LW_LANGUAGE_OTHER] = "other",
};
WORDS(language, LW_LANGUAGE_COUNT);

static const char *const format_words[] = {
	[LW_FORMAT_UNKNOWN] = "unknown",
	[LW_FORMAT_ELF] = "elf",
	[LW_FORMAT_SHEBANG] = "shebang",
	[LW_FORMAT_TEXT] = "text",
	[LW_FORMAT_DATA] = "data",
	[LW_FORMAT_EMPTY] = "empty",
};
WORDS(format, LW_FORMAT_COUNT);

static const char *const stdin_words[] = {
	[LW_STDIN_UNKNOWN] = "unknown",
	[LW_STDIN_NONE] = "none",
	[LW_STDIN_NULL] = "null",
	[LW_STDIN_FILE] = "file",
	[LW_STDIN_PIPE] = "pipe",
	[LW_STDIN_SOCKET] = "socket",
	[LW_STDIN_TTY] = "tty",
	[LW_STDIN_OTHER] = "other",
};
WORDS(stdin, LW_STDIN_COUNT);

static const char *const engine_words[] = {
	[LW_ENGINE_UNKNOWN] = "unknown",
	[LW_ENGINE_DOCKER] = "docker",
	[LW_ENGINE_PODMAN] = "podman",
	[LW_ENGINE_CONTAINERD] = "containerd",
	[LW_ENGINE_CRIO] = "cri-o",
};
WORDS(engine, LW_ENGINE_COUNT);

static const char *const mark_state_words[] = {
	[LW_MARK_NONE] = "none",
	[LW_MARK_MARKED] = "marked",
	[LW_MARK_OWN] = "own",
	[LW_MARK_FOREIGN] = "foreign",
	[LW_MARK_QUARANTINE] = "quarantine",
	[LW_MARK_EXCLUDED] = "excluded",
	[LW_MARK_FAILED] = "failed",
};
WORDS(mark_state, LW_MARK_COUNT);
