/* Lines of /proc/net/tcp and its like, and what is shown of them. */
#include <stdlib.h>
#include <string.h>

#include "resolve/peer.h"
#include "resolve/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_inet_line line;
	char text[LW_PEER_SIZE], link[64];
	uint64_t inode;
	size_t n = LW_MIN(size, sizeof(link) - 1);

	memcpy(link, data, n);
	link[n] = '\0';
	lw_stream_parse_inode(link, &inode);
	if (lw_peer_parse_inet((const char *)data, size, &line) != 0)
		return 0;
	lw_peer_show_inet(&line, text);
	if (strlen(text) < sizeof("0.0.0.0:0") - 1)
		abort();
	return 0;
}
