/*
 * offer: the candidates for further code, one after the other: the one whose number is asked for
 * becomes the content, and the next one after it is told to exist.
 *
 * Internal to further, loads and variables, which offer them in a fixed order.
 */
#ifndef LW_RESOLVE_OFFER_H
#define LW_RESOLVE_OFFER_H

#include "resolve/job.h"

/* Nothing more is looked at: what is asked for was found, and whether there is more is known. */
bool lw_offer_is_done(const struct lw_job *job);
/* What an attempt to open came to: r, and x->opened. False when there is no such file. */
bool lw_offer_opened(struct lw_job *job, int r);
/* A file by its path. False when there is none. */
bool lw_offer_file(struct lw_job *job, const char *path);
/* FOLDER/NAME SUFFIX; length bytes of each of the first two, suffix may be NULL. */
bool lw_offer_in(struct lw_job *job, const char *folder, size_t folder_length, const char *name,
	size_t name_length, const char *suffix);
/* All of `names`, blanks between them, in one folder. */
void lw_offer_names(
	struct lw_job *job, const char *folder, size_t folder_length, const char *names);
/* whole: it is not the beginning of more. */
void lw_offer_code(struct lw_job *job, const char *code, size_t length, bool whole);
/* What standard input holds. */
void lw_offer_input(struct lw_job *job);

#endif
