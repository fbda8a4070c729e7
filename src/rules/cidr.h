/*
 * cidr: does a text name an address of a network? "10.1.2.3", "10.1.2.3:80", "fe80::1", "[::1]:80";
 * an IPv4 address in IPv6 ("::ffff:10.1.2.3") is the IPv4 address. Pure.
 */
#ifndef LW_RULES_CIDR_H
#define LW_RULES_CIDR_H

#include "base/util.h"

struct lw_cidr {
	uint8_t address[16]; /* IPv4: the first four */
	uint8_t bits;
	bool six;
};

/* "10.0.0.0/8", "fe80::/10"; without a slash a single address. Returns 0 or -EINVAL. */
int lw_cidr_parse(const char *text, size_t length, struct lw_cidr *out);
bool lw_cidr_holds(const struct lw_cidr *net, const char *text, size_t length);

#endif
