/*
 * A build without libyara. Our own rules are no reason to refuse a policy; others are.
 */
#include <string.h>

#include "classify/yara.h"
#include "policy/rule_files.h"

int
lw_yara_start(void)
{
	return 0;
}

int
lw_yara_load(const char *text, size_t length, struct lw_yara **out, char detail[LW_YARA_DETAIL])
{
	static const char own[] = LW_DATADIR "/yara/";
	struct lw_rule_file file;
	size_t at = 0;

	while (lw_rule_files_next(text, length, &at, &file)) {
		if (strncmp(file.path, own, strlen(own)) == 0)
			continue;
		snprintf(detail, LW_YARA_DETAIL, "%.120s: this layerwatch was built without YARA",
			file.path);
		return 1;
	}
	return 0;
}

struct lw_yara *
lw_yara_free(struct lw_yara *y)
{
	return NULL;
}

void
lw_yara_freep(struct lw_yara **y)
{
	*y = NULL;
}

size_t
lw_yara_count(const struct lw_yara *y)
{
	return 0;
}

void
lw_yara_scan(struct lw_yara *y, const void *bytes, size_t n, uint64_t timeout_us,
	struct lw_yara_matches *out)
{
	memset(out, 0, sizeof(*out));
}
