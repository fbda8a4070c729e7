#include <arpa/inet.h>
#include <string.h>

#include "classify/url_host.h"

#define PARTS_MAX 4

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A number as C writes it, of at most 32 bits. */
static bool
read_number(const char *text, size_t length, uint64_t *out)
{
	int base = 10;
	size_t at = 0;

	if (length > 1 && text[0] == '0') {
		base = (text[1] | 0x20) == 'x' ? 16 : 8;
		at = base == 16 ? 2 : 1;
	}
	if (at == length)
		return false;
	for (*out = 0; at < length; at++) {
		if (digit(text[at]) >= base)
			return false;
		*out = *out * base + digit(text[at]);
		if (*out > UINT32_MAX)
			return false;
	}
	return true;
}

bool
lw_url_ipv4(const char *text, size_t length, uint32_t *address)
{
	uint64_t parts[PARTS_MAX], sum = 0;
	size_t count = 0, start = 0;

	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] != '.')
			continue;
		if (count == PARTS_MAX || !read_number(&text[start], i - start, &parts[count]))
			return false;
		count++;
		start = i + 1;
	}
	/* All but the last are bytes; the last fills what is left. */
	for (size_t i = 0; i + 1 < count; i++) {
		if (parts[i] > UINT8_MAX)
			return false;
		sum |= parts[i] << (24 - 8 * i);
	}
	if (parts[count - 1] >> (8 * (PARTS_MAX + 1 - count)) != 0)
		return false;
	*address = sum | parts[count - 1];
	return true;
}

static size_t
write_ipv4(char *host, size_t size, uint32_t a)
{
	int n = snprintf(
		host, size, "%u.%u.%u.%u", a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);

	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* The IPv4 address that an IPv6 one stands for: mapped, or behind NAT64's well-known prefix. */
static bool
embedded_ipv4(const struct in6_addr *a, uint32_t *out)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	uint32_t last;

	if (!IN6_IS_ADDR_V4MAPPED(a) && memcmp(a->s6_addr, nat64, sizeof(nat64)) != 0)
		return false;
	memcpy(&last, &a->s6_addr[12], sizeof(last));
	*out = ntohl(last);
	return true;
}

/* "[...]"; returns 0 when it is no address. */
static size_t
read_ipv6(char *host, size_t length, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;
	uint32_t v4;

	if (length < 3 || length - 2 >= sizeof(text) || host[0] != '[' || host[length - 1] != ']')
		return 0;
	memcpy(text, &host[1], length - 2);
	text[length - 2] = '\0';
	if (strlen(text) != length - 2 || inet_pton(AF_INET6, text, &a) != 1)
		return 0;
	if (embedded_ipv4(&a, &v4))
		return write_ipv4(host, size, v4);
	inet_ntop(AF_INET6, &a, text, sizeof(text));
	int n = snprintf(host, size, "[%s]", text);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* Dots at the ends and all but one of several are left out; ASCII becomes lower case. */
static size_t
tidy(char *host, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		char c = host[i];

		if (c == '.' && (n == 0 || host[n - 1] == '.'))
			continue;
		host[n++] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
	return n > 0 && host[n - 1] == '.' ? n - 1 : n;
}

size_t
lw_url_host(char *host, size_t length, size_t size, bool *is_address)
{
	uint32_t v4;
	size_t n = read_ipv6(host, length, size);

	*is_address = true;
	if (n > 0)
		return n;
	n = tidy(host, length);
	if (lw_url_ipv4(host, n, &v4))
		return write_ipv4(host, size, v4);
	*is_address = false;
	return n;
}
