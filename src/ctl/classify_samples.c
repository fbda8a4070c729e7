/*
 * classify --samples: a labelled set goes through the judge, a line at a time, so that a set of any
 * size takes little memory.
 */
#include <errno.h>
#include <string.h>

#include "ctl/classify.h"
#include "ctl/tree.h"

#define OUT_MAX (64u * 1024)
#define ID_MAX 4096 /* bytes of an id that are written back */

void
lw_ctl_write_judgement(struct lw_json *j, const struct lw_judgement *r, uint64_t us)
{
	lw_json_pair_string(j, "verdict", lw_verdict_to_str(r->verdict));
	lw_json_key(j, "score");
	lw_json_double(j, r->score, 16);
	lw_json_key(j, "reasons");
	lw_json_array(j);
	for (uint32_t i = 0; i < r->reason_count; i++)
		lw_json_string(j, r->reasons[i]);
	lw_json_array_end(j);
	lw_json_pair_i64(j, "us", us);
}

static void
write_result(struct lw_ctl *ctl, const struct lw_tree_node *id, const struct lw_judgement *r,
	uint64_t us)
{
	_cleanup_text_ struct lw_text line = {0};
	struct lw_json j;

	lw_text_init(&line, OUT_MAX);
	lw_json_init(&j, &line);
	lw_json_object(&j);
	lw_json_key(&j, "id");
	lw_json_bytes(&j, id->text, LW_MIN(id->length, (size_t)ID_MAX));
	lw_ctl_write_judgement(&j, r, us);
	lw_json_object_end(&j);
	fprintf(ctl->out, "%s\n", line.data ? line.data : "");
}

/* Returns NULL, or what is wrong with the line. */
static const char *
judge_line(struct lw_ctl *ctl, struct lw_assessor *a, const char *line, size_t length)
{
	const struct lw_judge_by by = {.model = a->model};
	_cleanup_tree_ struct lw_tree *tree = NULL;
	struct lw_judgement r;

	if (lw_tree_parse(line, length, &tree) < 0)
		return "is not JSON";
	const struct lw_tree_node *root = lw_tree_root(tree);
	const struct lw_tree_node *id = lw_tree_at(root, "id"), *text = lw_tree_at(root, "text");
	const char *lang = lw_tree_text(root, "lang");

	if (!id || !id->text || !text || !text->text || !lang)
		return "has no id, lang or text";
	int language = lw_language_from_str(lang);
	if (language <= LW_LANGUAGE_NONE)
		return "has a language that is not known";
	uint64_t start = lw_now_us();
	lw_judge_script(a->judge, &by, language, (const uint8_t *)text->text, text->length, &r);
	write_result(ctl, id, &r, lw_now_us() - start);
	return NULL;
}

int
lw_ctl_classify_samples(struct lw_ctl *ctl, struct lw_assessor *a, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	_cleanup_fclose_ FILE *opened = is_stdin ? NULL : fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	unsigned long number = 0;
	size_t room = 0;
	ssize_t n;

	if (!is_stdin && !opened)
		return lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s: %s", path, strerror(errno));
	while ((n = getline(&line, &room, is_stdin ? stdin : opened)) > 0) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		const char *wrong = judge_line(ctl, a, line, n);
		if (wrong)
			return lw_ctl_fail(ctl, LW_EXIT_USAGE, "%s:%lu: %s", path, number, wrong);
	}
	return 0;
}
