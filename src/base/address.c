#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/util.h"

static bool
is_remote_v4(const struct in_addr *a)
{
	uint32_t host = ntohl(a->s_addr);

	return host >> 24 != IN_LOOPBACKNET && host != INADDR_ANY;
}

static bool
is_remote_v6(const struct in6_addr *a)
{
	struct in_addr mapped;

	if (!IN6_IS_ADDR_V4MAPPED(a))
		return !IN6_IS_ADDR_LOOPBACK(a) && !IN6_IS_ADDR_UNSPECIFIED(a);
	memcpy(&mapped, &a->s6_addr[12], sizeof(mapped));
	return is_remote_v4(&mapped);
}

static bool
parse_port(const char *text, size_t length, uint16_t *port)
{
	char digits[6];
	uint64_t v;

	if (length == 0 || length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (lw_parse_u64(digits, &v) < 0 || v > UINT16_MAX)
		return false;
	*port = (uint16_t)v;
	return true;
}

bool
lw_address_parse(const char *text, size_t length, struct lw_address *out)
{
	const char *colon = memrchr(text, ':', length);
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool v6 = n > 2 && text[0] == '[' && colon[-1] == ']';
	struct in6_addr six;
	struct in_addr four;

	if (n == 0 || !parse_port(&colon[1], length - n - 1, &out->port))
		return false;
	if (v6) {
		text = &text[1];
		n -= 2;
	}
	if (n >= sizeof(out->ip))
		return false;
	memcpy(out->ip, text, n);
	out->ip[n] = '\0';
	if (v6 && inet_pton(AF_INET6, out->ip, &six) == 1)
		out->remote = is_remote_v6(&six);
	else if (!v6 && inet_pton(AF_INET, out->ip, &four) == 1)
		out->remote = is_remote_v4(&four);
	else
		return false;
	return true;
}
