/*
 * address: "192.0.2.1:443" and "[2001:db8::1]:443", as sockets are shown here. Pure.
 */
#ifndef LW_BASE_ADDRESS_H
#define LW_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LW_ADDRESS_SIZE 46 /* INET6_ADDRSTRLEN */

struct lw_address {
	char ip[LW_ADDRESS_SIZE];
	uint16_t port;
	bool remote; /* neither loopback nor unspecified, also where IPv6 holds an IPv4 address */
};

/* false for what is no such text, as a unix socket's path. */
bool lw_address_parse(const char *text, size_t length, struct lw_address *out);

#endif
