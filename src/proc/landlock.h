/*
 * landlock: path rules for ourselves by raw system calls (Linux 5.13+); newer rights are used
 * where the kernel's ABI has them. For sandbox.c and doctor.
 */
#ifndef LW_PROC_LANDLOCK_H
#define LW_PROC_LANDLOCK_H

#include "base/util.h"

/* The ABI of this kernel; 0 = no Landlock, or switched off at boot. */
int lw_landlock_abi(void);

/*
 * No path at all, no TCP (ABI 4), no signal or abstract socket beyond our own domain (ABI 6). 0 or
 * a negative errno.
 */
int lw_landlock_close_all(void);

/*
 * No execution; writing only beneath the folders, ended by NULL; one that does not exist is left
 * out. 0 or a negative errno.
 */
int lw_landlock_write_beneath(const char *const *folders);

#endif
