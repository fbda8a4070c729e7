/*
 * hashset_line: one line of the texts that hash lists are made of. Pure, over bytes of others.
 *
 * What is understood: a SHA-256 in hex alone or as sha256sum(1) writes it, with or without --tag;
 * CSV with a column of SHA-256, as MalwareBazaar (abuse.ch) has it: a comment names the columns,
 * sha256_hash and signature are taken, and without one the first field that is a SHA-256; and
 * ClamAV's .hsb, DIGEST:SIZE:NAME. "#" begins a comment. MD5 and SHA-1 of the last two are none.
 */
#ifndef LW_CLASSIFY_HASHSET_LINE_H
#define LW_CLASSIFY_HASHSET_LINE_H

#include "classify/hashset.h"

enum lw_hashset_line {
	LW_LINE_NOTHING, /* blank, or a comment */
	LW_LINE_DIGEST,
	LW_LINE_OTHER, /* a row whose digest is none of SHA-256 */
	LW_LINE_BAD,
};

/* What a text has said of its columns; zeros before its first line. */
struct lw_hashset_columns {
	bool known;
	int digest, name; /* of the columns, from 0; -1 = there is none */
};

struct lw_hashset_entry {
	uint8_t digest[LW_SHA256_SIZE];
	char name[LW_HASHSET_LABEL_SIZE]; /* of the malware; "" = it has none */
};

/*
 * Reads a line without its end, of `length` bytes with a NUL behind them; changes it. *why says
 * what is wrong with a bad one.
 */
enum lw_hashset_line lw_hashset_line(struct lw_hashset_columns *columns, char *line, size_t length,
	struct lw_hashset_entry *out, const char **why);

#endif
