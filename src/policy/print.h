/*
 * print: YAML scalars and flow lists that read back as what they were. Private to src/policy.
 */
#ifndef LW_POLICY_PRINT_H
#define LW_POLICY_PRINT_H

#include "base/text.h"

/* Plain where that is safe, else in double quotes. s is valid UTF-8. */
void lw_print_text(struct lw_text *out, const char *s);

/* A list of one is written as its one value. */
struct lw_print_list {
	struct lw_text *out;
	size_t count;
	size_t printed;
};

void lw_print_list_begin(struct lw_print_list *list, struct lw_text *out, size_t count);
void lw_print_list_text(struct lw_print_list *list, const char *s);
void lw_print_list_word(struct lw_print_list *list, const char *s);	/* unquoted */
void lw_print_list_end(struct lw_print_list *list);

#endif
