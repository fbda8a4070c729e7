/*
 * log: lines for people on stderr. Only roles (programs) log; libraries return errors.
 *
 * In a child of the guard, stderr is a non-blocking SEQPACKET socket to the guard: a line that does
 * not fit is dropped and counted, so that logging can never hold an answer (kernel-facts 22).
 * Control bytes in the text become "\xNN": nothing from a container can forge a line.
 */
#ifndef LW_BASE_LOG_H
#define LW_BASE_LOG_H

#include "base/util.h"

enum lw_log_level { LW_LOG_ERROR, LW_LOG_WARNING, LW_LOG_INFO, LW_LOG_DEBUG };

/* Name shown in front of each line, and the most detailed level that is written. */
void lw_log_open(const char *role, enum lw_log_level level);
void lw_log(enum lw_log_level level, const char *fmt, ...) _printf_(2, 3);
/* Lines that could not be written so far. */
uint64_t lw_log_dropped(void);

#endif
