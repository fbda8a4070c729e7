#include <errno.h>

#include "classify/behave.h"
#include "policy/rule_files.h"

/* The files of the text, as what the loader takes; names and texts stay in the text. */
static int
list_files(const char *text, size_t length, struct lw_rules_source **out, size_t *count)
{
	struct lw_rules_source *sources = calloc(LW_RULE_FILES_MAX, sizeof(*sources));
	struct lw_rule_file file;
	size_t at = 0;

	if (!sources)
		return -ENOMEM;
	for (*count = 0; *count < LW_RULE_FILES_MAX; ++*count) {
		if (!lw_rule_files_next(text, length, &at, &file))
			break;
		sources[*count] = (struct lw_rules_source){.name = file.path,
			.text = file.text,
			.length = file.length,
			.lists = lw_rules_is_lists(file.path)};
	}
	*out = sources;
	return 0;
}

int
lw_behave_load(const char *text, size_t length, struct lw_behave **out, struct lw_text *refusals)
{
	_cleanup_free_ struct lw_rules_source *sources = NULL;
	struct lw_rules *rules = NULL;
	size_t count;
	int r = list_files(text, length, &sources, &count);

	if (r == 0)
		r = lw_rules_load(sources, count, &rules);
	if (r < 0)
		return r;
	lw_rules_add_refusals(rules, refusals);
	r = lw_behave_new(rules, out);
	if (r < 0)
		lw_rules_free(rules);
	return r;
}
