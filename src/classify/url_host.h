/*
 * url_host: a host name in the canonical form of a URL. Pure.
 */
#ifndef LW_CLASSIFY_URL_HOST_H
#define LW_CLASSIFY_URL_HOST_H

#include "base/util.h"

/*
 * Changes the host in place: lower case, no dots but single ones between labels, and an address in
 * whatever form inet_aton(3) takes as four decimal numbers. `size` is what the host may grow to.
 * Returns its new length; 0 = there is none.
 */
size_t lw_url_host(char *host, size_t length, size_t size, bool *is_address);
/* Is the text an IPv4 address in one of its legal forms: 1-4 decimal, octal or hex numbers? */
bool lw_url_ipv4(const char *text, size_t length, uint32_t *address);

#endif
