/*
 * json_file: state files of engines: opened beneath a root, regular ones only, bounded, parsed.
 *
 * Called by resolve's engines. Owns nothing; results belong to the caller. A rootless engine's
 * files are written by an unprivileged user: every one is hostile until it is parsed.
 */
#ifndef LW_ENGINE_JSON_FILE_H
#define LW_ENGINE_JSON_FILE_H

#include <jansson.h>

#include "base/util.h"

#define LW_STATE_BYTES_MAX (8u * 1024 * 1024) /* of one state file */

/*
 * Opens an absolute path beneath root (openat2(2) RESOLVE_IN_ROOT, 5.6+), read-only. Returns the
 * fd, -EINVAL when it is no regular file, or -errno.
 */
int lw_state_open(int root, const char *path);
/* The same for a directory. */
int lw_state_open_directory(int root, const char *path);
/* The device that the path beneath root is on: 0 or -errno. */
int lw_state_device(int root, const char *path, uint32_t *major, uint32_t *minor);

/*
 * Reads and parses it. Returns 0, -ENOENT and the like, -EFBIG above LW_STATE_BYTES_MAX, -EBADMSG
 * when it is not JSON, -ENOMEM.
 */
int lw_json_file_load(int root, const char *path, json_t **out);
/* The same from bytes in memory. */
int lw_json_bytes_load(const void *bytes, size_t length, json_t **out);

void lw_json_decrefp(json_t **j);
#define _cleanup_json_ _cleanup_(lw_json_decrefp)

/*
 * The string at a path of keys ("Config.Labels" is two keys), or NULL. Never fails on another type.
 */
const char *lw_json_text(const json_t *j, const char *key);
const char *lw_json_text2(const json_t *j, const char *first, const char *second);
/* Copies the string of a key when it is there; cuts what does not fit. */
void lw_json_copy(char *out, size_t size, const json_t *j, const char *key);

#endif
