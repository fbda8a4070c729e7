/*
 * memory: bounded reading of another task's memory: strings, and arrays of pointers that end in
 * NULL.
 *
 * Called by arguments, environment and execution. Reads whole pages with process_vm_readv(2) into a
 * small cache that lives for one request: batches cost one system call, and what was looked at is
 * what is captured, also when another thread of the task rewrites it meanwhile. Owns the cache.
 * Pages of the task may be backed by FUSE: every read here can block (the process is replaced
 * then).
 */
#ifndef LW_RESOLVE_MEMORY_H
#define LW_RESOLVE_MEMORY_H

#include <sys/types.h>

#include "base/util.h"

#define LW_MEMORY_PAGE 4096u	/* unit of reading; no machine's pages are smaller */
#define LW_MEMORY_PAGES 64u	/* cached */

/* Positive outcomes. */
enum {
	LW_MEMORY_CUT = 1,	/* more than asked for */
	LW_MEMORY_UNREADABLE,	/* a page could not be read: what came before it is there */
};

struct lw_memory;

int lw_memory_new(struct lw_memory **out);
struct lw_memory *lw_memory_free(struct lw_memory *m);	/* always NULL */
void lw_memory_freep(struct lw_memory **m);

/* A new request: forgets what was cached. */
void lw_memory_begin(struct lw_memory *m, pid_t tid);

/* Brings the pages of these addresses in with as few calls as can be; at most LW_MEMORY_PAGES. */
void lw_memory_prefetch(struct lw_memory *m, const uint64_t *addresses, size_t count);
/* String i of an array is looked at next: now and then, brings in those after it. */
void lw_memory_prefetch_strings(
	struct lw_memory *m, const uint64_t *pointers, size_t i, size_t count);

/*
 * The bytes at an address, up to the end of their page; valid until the next call. Returns how
 * many, 0 when the page can't be read.
 */
size_t lw_memory_at(struct lw_memory *m, uint64_t address, const uint8_t **bytes);

/*
 * Copies a string into out, without its NUL: at most size bytes. *length is what was copied.
 * Returns 0, LW_MEMORY_CUT or LW_MEMORY_UNREADABLE.
 */
int lw_memory_string(
	struct lw_memory *m, uint64_t address, char *out, size_t size, size_t *length);

struct lw_pointers {
	uint64_t *items;	/* the caller's */
	size_t size;		/* room in items */
	size_t bound;		/* counted at most; >= size */
	size_t kept;		/* in items */
	size_t count;		/* seen, kept or not */
};

/*
 * Follows an array of pointers (pointer_size 4 or 8) until NULL; address 0 is an empty array.
 * Returns 0, LW_MEMORY_CUT at the bound, LW_MEMORY_UNREADABLE.
 */
int lw_memory_pointers(
	struct lw_memory *m, uint64_t address, unsigned pointer_size, struct lw_pointers *p);

#endif
