/*
 * words: the vocabulary that code, policy, findings and man pages share.
 *
 * Every enum that a user can meet has to_str and from_str over one table
 * (src/base/words.c). The numbers are internal; the strings are the interface.
 */
#ifndef LAYERWATCH_WORDS_H
#define LAYERWATCH_WORDS_H

#include <stdbool.h>

/* Where an executed file comes from. */
enum lw_layer {
	LW_LAYER_UNKNOWN,	/* could not be told: never treated as image */
	LW_LAYER_IMAGE,		/* pristine file of a lower layer */
	LW_LAYER_TOUCHED,	/* copied up, content still that of the image */
	LW_LAYER_MODIFIED,	/* an image file whose content was changed or replaced */
	LW_LAYER_ADDED,		/* born in the writable upper layer */
	LW_LAYER_VOLUME,	/* a volume or bind mount */
	LW_LAYER_TMPFS,		/* a tmpfs of the container */
	LW_LAYER_MEMFD,		/* an anonymous file of memfd_create(2) */
	LW_LAYER_COUNT
};

/* What is being executed. */
enum lw_kind {
	LW_KIND_BINARY,		/* a program that the kernel loads */
	LW_KIND_LIBRARY,	/* a shared object */
	LW_KIND_SCRIPT,		/* a script file */
	LW_KIND_INLINE,		/* code in an argument: sh -c, python3 -c */
	LW_KIND_STDIN,		/* code on standard input */
	LW_KIND_COUNT
};

/* What is thought of its content. */
enum lw_verdict {
	LW_VERDICT_UNKNOWN,
	LW_VERDICT_TRUSTED,
	LW_VERDICT_SUSPICIOUS,
	LW_VERDICT_MALICIOUS,
	LW_VERDICT_COUNT
};

/* What the policy says to do. Ordered by strength. */
enum lw_action {
	LW_ACTION_ALLOW,
	LW_ACTION_ALERT,
	LW_ACTION_DENY,
	LW_ACTION_KILL,
	LW_ACTION_COUNT
};

/* What became of the execution: findings' sourceProperties.Action. */
enum lw_outcome {
	LW_OUTCOME_ALLOWED,
	LW_OUTCOME_WOULD_DENY,	/* the policy says deny, the mode says detect */
	LW_OUTCOME_DENIED,
	LW_OUTCOME_KILLED,
	LW_OUTCOME_COUNT
};

enum lw_mode {
	LW_MODE_DETECT,		/* answer first, judge after; deny becomes would_deny */
	LW_MODE_ENFORCE,	/* judge, then answer */
	LW_MODE_COUNT
};

/* The language of a script. */
enum lw_language {
	LW_LANGUAGE_NONE,
	LW_LANGUAGE_SHELL,
	LW_LANGUAGE_PYTHON,
	LW_LANGUAGE_PERL,
	LW_LANGUAGE_RUBY,
	LW_LANGUAGE_NODE,
	LW_LANGUAGE_PHP,
	LW_LANGUAGE_LUA,
	LW_LANGUAGE_AWK,
	LW_LANGUAGE_OTHER,	/* "#!" with an interpreter that no table knows */
	LW_LANGUAGE_COUNT
};

/* The shape of a file's first bytes. */
enum lw_format {
	LW_FORMAT_UNKNOWN,	/* not looked at, or unreadable */
	LW_FORMAT_ELF,
	LW_FORMAT_SHEBANG,	/* "#!" */
	LW_FORMAT_TEXT,		/* no NUL in the first bytes: a shell may run it after ENOEXEC */
	LW_FORMAT_DATA,
	LW_FORMAT_EMPTY,
	LW_FORMAT_COUNT
};

/* What file descriptor 0 of the executing task is. */
enum lw_stdin {
	LW_STDIN_UNKNOWN,
	LW_STDIN_NONE,		/* closed */
	LW_STDIN_NULL,		/* /dev/null */
	LW_STDIN_FILE,
	LW_STDIN_PIPE,
	LW_STDIN_SOCKET,
	LW_STDIN_TTY,
	LW_STDIN_OTHER,
	LW_STDIN_COUNT
};

/* The container engines that are told apart. */
enum lw_engine {
	LW_ENGINE_UNKNOWN,
	LW_ENGINE_DOCKER,
	LW_ENGINE_PODMAN,
	LW_ENGINE_CONTAINERD,
	LW_ENGINE_CRIO,
	LW_ENGINE_COUNT
};

/* Whether an overlay superblock is watched, and if not, why. */
enum lw_mark_state {
	LW_MARK_NONE,		/* known, not yet marked */
	LW_MARK_MARKED,
	LW_MARK_OWN,		/* our own programs run from it (kernel-facts 38) */
	LW_MARK_FOREIGN,	/* a layer is not proven local: FUSE, NFS, ... */
	LW_MARK_QUARANTINE,	/* user-namespace overlays are refused after a stall */
	LW_MARK_EXCLUDED,	/* the policy's watch section leaves it out */
	LW_MARK_FAILED,		/* fanotify_mark(2) or the way to the mount point failed */
	LW_MARK_COUNT
};

/*
 * to_str never returns NULL ("invalid" for a number out of range); from_str returns -1 for an
 * unknown word.
 */
const char *lw_layer_to_str(enum lw_layer v);
int lw_layer_from_str(const char *s);
const char *lw_kind_to_str(enum lw_kind v);
int lw_kind_from_str(const char *s);
const char *lw_verdict_to_str(enum lw_verdict v);
int lw_verdict_from_str(const char *s);
const char *lw_action_to_str(enum lw_action v);
int lw_action_from_str(const char *s);
const char *lw_outcome_to_str(enum lw_outcome v);
int lw_outcome_from_str(const char *s);
const char *lw_mode_to_str(enum lw_mode v);
int lw_mode_from_str(const char *s);
const char *lw_language_to_str(enum lw_language v);
int lw_language_from_str(const char *s);
const char *lw_format_to_str(enum lw_format v);
int lw_format_from_str(const char *s);
const char *lw_stdin_to_str(enum lw_stdin v);
int lw_stdin_from_str(const char *s);
const char *lw_engine_to_str(enum lw_engine v);
int lw_engine_from_str(const char *s);
const char *lw_mark_state_to_str(enum lw_mark_state v);
int lw_mark_state_from_str(const char *s);

#endif
