/*
 * util: ownership helpers and small arithmetic that every folder uses.
 * Owns nothing.
 */
#ifndef LW_BASE_UTIL_H
#define LW_BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_ __attribute__((unused))

#define LW_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Each argument is evaluated once; the result's type is as "?:" has it. */
#define LW_MIN(a, b) LW_CHOOSE_((a), <, (b), __COUNTER__)
#define LW_MAX(a, b) LW_CHOOSE_((a), >, (b), __COUNTER__)
#define LW_CHOOSE_(a, than, b, n) LW_CHOOSE_N_(a, than, b, n)
#define LW_CHOOSE_N_(a, than, b, n) LW_CHOOSE_AS_(a, than, b, lw_a_##n, lw_b_##n)
#define LW_CHOOSE_AS_(a, than, b, one, other)                                                      \
	({                                                                                         \
		__auto_type one = a;                                                               \
		__auto_type other = b;                                                             \
		one than other ? one : other;                                                      \
	})

/* Hand an owning variable's content on and leave it empty. */
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int _lw_fd = (fd);                                                                 \
		(fd) = -1;                                                                         \
		_lw_fd;                                                                            \
	})
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) _lw_p = (p);                                                         \
		(p) = NULL;                                                                        \
		_lw_p;                                                                             \
	})

/* For _cleanup_(): close if >= 0, keeping errno; free(*p). */
void lw_closep(int *fd);
void lw_freep(void *p);
void lw_fclosep(FILE **f);

#define _cleanup_close_ _cleanup_(lw_closep)
#define _cleanup_free_ _cleanup_(lw_freep)
#define _cleanup_fclose_ _cleanup_(lw_fclosep)

/* CLOCK_MONOTONIC and CLOCK_REALTIME, microseconds. */
uint64_t lw_now_us(void);
int64_t lw_realtime_us(void);

/*
 * Copies at most size - 1 bytes of src and ends dst in NUL.
 * Returns false when src did not fit (dst then holds its beginning).
 */
bool lw_copy_string(char *dst, size_t size, const char *src);

/* Parses a whole decimal string without sign or space; returns 0, -EINVAL or -ERANGE. */
int lw_parse_u64(const char *s, uint64_t *out);

/* Reads up to size bytes from fd until end of file; returns bytes read or -errno. Retries EINTR. */
ssize_t lw_read_full(int fd, void *buf, size_t size);
/* The same from offset, whatever the position is: it may be shared with whoever wrote it. */
ssize_t lw_pread_full(int fd, void *buf, size_t size, uint64_t offset);
/* Writes all bytes; returns 0 or -errno. Retries EINTR. */
int lw_write_full(int fd, const void *buf, size_t size);
/*
 * Reads a small file (such as /proc/PID/stat) beneath dirfd into buf and ends it in NUL. Returns
 * its length (< size), -EFBIG when it is longer than size - 1 (buf then holds the beginning), or
 * -errno.
 */
ssize_t lw_read_file_at(int dirfd, const char *path, char *buf, size_t size);

/*
 * memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL where the kernel has it.
 * Returns the fd or -errno.
 */
int lw_memfd(const char *name);
/* The same holding these bytes, offset at 0. Returns the fd or -errno. */
int lw_memfd_with(const char *name, const void *buf, size_t size);

#endif
