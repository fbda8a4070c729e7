#include "rules/cidr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define TEXT_SIZE 64 /* of an address with its NUL; INET6_ADDRSTRLEN is 46 */

struct address {
	uint8_t bytes[16];
	bool six;
};

static int
read_address(const char *text, struct address *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	*out = (struct address){0};
	if (inet_pton(AF_INET, text, out->bytes) == 1)
		return 0;
	if (inet_pton(AF_INET6, text, out->bytes) != 1)
		return -EINVAL;
	out->six = memcmp(out->bytes, mapped, sizeof(mapped)) != 0;
	if (!out->six)
		memmove(out->bytes, &out->bytes[12], 4);
	return 0;
}

int
lw_cidr_parse(const char *text, size_t length, struct lw_cidr *out)
{
	char copy[TEXT_SIZE];
	struct address address;
	uint64_t bits;

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	char *slash = strchr(copy, '/');

	if (slash)
		*slash = '\0';
	if (read_address(copy, &address) < 0)
		return -EINVAL;
	bits = address.six ? 128 : 32;
	if (slash && (lw_parse_u64(&slash[1], &bits) < 0 || bits > (address.six ? 128 : 32)))
		return -EINVAL;
	*out = (struct lw_cidr){.bits = bits, .six = address.six};
	memcpy(out->address, address.bytes, sizeof(out->address));
	return 0;
}

/* Cuts a port off, and the brackets that it asks for. */
static void
cut_port(char *text)
{
	char *colon = strchr(text, ':'), *end;

	if (text[0] == '[' && (end = strchr(text, ']'))) {
		*end = '\0';
		memmove(text, &text[1], strlen(text));
	} else if (colon && colon == strrchr(text, ':')) {
		*colon = '\0';
	}
}

bool
lw_cidr_holds(const struct lw_cidr *net, const char *text, size_t length)
{
	char copy[TEXT_SIZE];
	struct address a;

	if (length >= sizeof(copy) || memchr(text, '\0', length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	cut_port(copy);
	if (read_address(copy, &a) < 0 || a.six != net->six)
		return false;
	size_t whole = net->bits / 8;
	uint8_t rest = net->bits % 8 ? 0xff00 >> net->bits % 8 & 0xff : 0;

	return memcmp(a.bytes, net->address, whole) == 0 &&
	       (rest == 0 || ((a.bytes[whole] ^ net->address[whole]) & rest) == 0);
}
