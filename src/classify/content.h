/*
 * content: reads a file once, in bounded blocks, and hashes it; keeps its beginning for the
 * parsers and for the capture.
 *
 * The file is an attacker's: it can be huge, sparse, endless, growing, cut short or slow.
 * Reading stops at the bounds below and says so. A read(2) that never returns (FUSE, NFS) hangs
 * this process alone: the gate's deadline replaces it.
 */
#ifndef LW_CLASSIFY_CONTENT_H
#define LW_CLASSIFY_CONTENT_H

#include <sys/stat.h>

#include "base/digest.h"
#include "layerwatch/facts.h"

/*
 * Hashing with SHA-NI (1.6 GB/s, reading included) is the same from blocks of 16 KiB to 1 MiB:
 * larger ones only cost resident memory. Large enough for the tables of nearly every ELF file's
 * beginning.
 */
#define LW_CONTENT_BLOCK (64u * 1024)
#define LW_CONTENT_CAPTURE_MAX (1024u * 1024) /* bytes, whatever is asked for */

/* A reader of contents: made once, used for one content after the other. */
struct lw_content {
	int fd; /* of the content, not owned */
	struct lw_sha256 *whole;
	struct lw_sha256 *captured;
	uint8_t *block; /* LW_CONTENT_BLOCK bytes: first the head, then what comes after it */
	struct stat st; /* before the first read */
	size_t head_length; /* bytes of the first block */
	uint8_t *text; /* LW_CONTENT_TEXT_MAX bytes; text[0..text_length) once it was finished */
	size_t text_length;
};

/*
 * What is kept of a script for those who judge it: all of it, or of a longer one its beginning and
 * its end, as the bytes were when they were hashed.
 */
#define LW_CONTENT_TEXT_HEAD (768u * 1024)
#define LW_CONTENT_TEXT_TAIL (256u * 1024)
#define LW_CONTENT_TEXT_MAX (LW_CONTENT_TEXT_HEAD + LW_CONTENT_TEXT_TAIL)

struct lw_content_limits {
	bool keep_text;
	uint64_t hash_bytes; /* read no more */
	uint64_t deadline_us; /* CLOCK_MONOTONIC; 0 = none */
	int capture_fd; /* gets the beginning, from offset 0; -1 = no capture. Not taken. */
	uint32_t capture_max; /* bytes */
};

struct lw_content_result {
	uint32_t flags; /* LW_ASSESS_HASHED or _PARTIAL, _UNREADABLE, _TRUNCATED */
	uint64_t size, hashed_size, captured_size;
	uint8_t sha256[LW_SHA256_SIZE];
	uint8_t captured_sha256[LW_SHA256_SIZE];
};

int lw_content_init(struct lw_content *c); /* 0 or -ENOMEM */
void lw_content_done(struct lw_content *c);

/*
 * Reads the first block: the head, block[0..head_length). Returns 0, or a negative errno when
 * fd is no regular file or cannot be read.
 */
int lw_content_begin(struct lw_content *c, int fd);
/*
 * Reads and hashes the rest within the limits. HASHED is said only of a file that was read to
 * its end and did not change meanwhile; all else is PARTIAL. Overwrites the block. Returns 0 or
 * a negative errno of the digest library.
 */
int lw_content_finish(struct lw_content *c, const struct lw_content_limits *limits,
	struct lw_content_result *out);

#endif
