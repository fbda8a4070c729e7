/*
 * fuzz_tree: any bytes as a line of the control socket: parsed, told as a finding, taken as an
 * execution.
 */
#include "ctl/asked.h"
#include "ctl/readable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_tree_ struct lw_tree *tree = NULL;
	_cleanup_text_ struct lw_text text = {0};
	struct lw_asked asked;
	const char *key;

	lw_text_init(&text, LW_READABLE_MAX);
	lw_readable_finding((const char *)data, size, size & 1, &text);
	if (lw_tree_parse((const char *)data, size, &tree) != 0)
		return 0;
	lw_asked_init(&asked);
	lw_asked_take(&asked, lw_tree_root(tree), &key);
	lw_asked_done(&asked);
	return 0;
}
