/*
 * confine: what the guard gives up for itself and for all that it starts.
 */
#ifndef LW_GUARD_CONFINE_H
#define LW_GUARD_CONFINE_H

/* Returns 0 or a negative errno. */
int lw_guard_confine(void);

#endif
