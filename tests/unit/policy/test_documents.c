/*
 * The sample file and the man page say what the schema says, all of it and nothing else.
 */
#include "loaded.h"

#include "policy/describe.h"
#include "policy/schema.h"
#include "yaml/yaml.h"

#define DOCUMENT_MAX (256 * 1024)

static char *sample, *manual;

static char *
document(const char *name)
{
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	_cleanup_free_ char *path = NULL, *text = calloc(1, DOCUMENT_MAX);
	_cleanup_fclose_ FILE *f = NULL;

	if (asprintf(&path, "%s/conf/%s", srcdir, name) < 0 || !text)
		return NULL;
	f = fopen(path, "re");
	if (!f || fread(text, 1, DOCUMENT_MAX - 1, f) == 0)
		return NULL;
	return TAKE_PTR(text);
}

static int
read_documents(void **state)
{
	sample = document("layerwatch.yaml");
	manual = document("layerwatch.yaml.5");
	return sample && manual ? 0 : -1;
}

static int
free_documents(void **state)
{
	free(sample);
	free(manual);
	return 0;
}

/* The sample file */

static void
the_sample_file_changes_nothing(void **state)
{
	_cleanup_policy_ struct lw_policy *p = loaded(sample), *defaults = loaded("");
	_cleanup_text_ struct lw_text one = {0}, other = {0};

	lw_text_init(&one, LW_POLICY_DUMP_MAX);
	lw_text_init(&other, LW_POLICY_DUMP_MAX);
	lw_policy_dump(p, &one, false);
	lw_policy_dump(defaults, &other, false);
	assert_string_equal(one.data, other.data);
}

/* "# text" is prose; "#key" and "#  key" are examples. */
static bool
is_example(const char *line, size_t length, size_t indent)
{
	if (indent >= length || line[indent] != '#' || indent + 2 >= length)
		return false;
	return line[indent + 1] != ' ' || line[indent + 2] == ' ';
}

/* The list that examples follow need not be empty any more. */
static void
drop_empty_list(struct lw_text *out)
{
	static const char empty[] = ": []\n";
	const size_t length = strlen(empty);

	if (out->length > length && strcmp(out->data + out->length - length, empty) == 0) {
		lw_text_cut(out, out->length - length);
		lw_text_adds(out, ":\n");
	}
}

/* The file with its examples in force. */
static void
add_examples(const char *text, struct lw_text *out)
{
	for (const char *line = text; *line;) {
		const size_t length = strcspn(line, "\n"), indent = strspn(line, " ");

		if (is_example(line, length, indent)) {
			drop_empty_list(out);
			lw_text_add(out, line, indent);
			lw_text_add(out, line + indent + 1, length - indent - 1);
		} else {
			lw_text_add(out, line, length);
		}
		lw_text_adds(out, "\n");
		line += length + (line[length] == '\n');
	}
}

/* Is there a value at "rules[].match.layer" somewhere in the tree? */
static bool
tree_has(const struct lw_yaml_node *n, const char *key)
{
	const size_t length = strcspn(key, ".[");
	char name[LW_KEY_MAX] = "";

	if (!n)
		return false;
	if (*key == 0)
		return true;
	if (strncmp(key, "[].", 3) == 0) {
		for (const struct lw_yaml_node *c = n->first; c; c = c->next)
			if (tree_has(c, key + 3))
				return true;
		return false;
	}
	memcpy(name, key, LW_MIN(length, sizeof(name) - 1));
	return tree_has(lw_yaml_child(n, name), key + length + (key[length] == '.'));
}

/* The conditions of exceptions are those of rules, and shown there. */
static bool
is_shown_elsewhere(const char *key)
{
	return strncmp(key, "exceptions[].match.", strlen("exceptions[].match.")) == 0;
}

static void
assert_in_tree(void *arg, const struct lw_policy_key *k)
{
	if (!is_shown_elsewhere(k->key) && !tree_has(arg, k->key))
		fail_msg("conf/layerwatch.yaml does not show %s", k->key);
}

static void
the_sample_file_shows_every_key(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	_cleanup_(lw_yaml_freep) struct lw_yaml *tree = NULL;
	struct lw_yaml_error error;

	lw_text_init(&text, DOCUMENT_MAX);
	add_examples(sample, &text);
	lw_policy_free(loaded(text.data));
	assert_int_equal(lw_yaml_parse(text.data, text.length, &tree, &error), 0);
	lw_policy_schema_each(assert_in_tree, (void *)lw_yaml_root(tree));
}

/* The man page */

/* As the page has it: .It Cm KEY Pq "TYPE; default VALUE" */
static void
item_of(const struct lw_policy_key *k, struct lw_text *out)
{
	lw_text_addf(out, "\n.It Cm %s Pq \"%s", k->key, k->type);
	if (k->fallback && strcmp(k->fallback, "\"\"") == 0)
		lw_text_adds(out, "; default empty");
	else if (k->fallback && strncmp(k->fallback, "[{", 2) != 0)
		lw_text_addf(out, "; default %s", k->fallback);
	lw_text_adds(out, "\"\n");
}

static void
assert_in_manual(void *arg, const struct lw_policy_key *k)
{
	_cleanup_text_ struct lw_text item = {0};
	size_t *count = arg;

	if (is_shown_elsewhere(k->key))
		return;
	lw_text_init(&item, 4096);
	item_of(k, &item);
	if (!strstr(manual, item.data))
		fail_msg("conf/layerwatch.yaml.5 lacks: %s", item.data);
	(*count)++;
}

static void
the_man_page_has_every_key_and_no_other(void **state)
{
	static const char item[] = "\n.It Cm ";
	size_t keys = 0, items = 0;

	lw_policy_schema_each(assert_in_manual, &keys);
	for (const char *at = manual; (at = strstr(at, item)); at++)
		items += strstr(at, " Pq ") && strstr(at, " Pq ") < at + 1 + strcspn(at + 1, "\n");
	assert_int_equal(items, keys);
}

static void
the_example_of_the_man_page_loads(void **state)
{
	char *begin = strstr(manual, ".Bd -literal -offset indent\n"),
	     *end = strstr(manual, "\n.Ed\n");

	assert_non_null(begin);
	assert_non_null(end);
	end[1] = 0;
	lw_policy_free(loaded(strchr(begin, '\n')));
	end[1] = '.';
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_file_changes_nothing),
		cmocka_unit_test(the_sample_file_shows_every_key),
		cmocka_unit_test(the_man_page_has_every_key_and_no_other),
		cmocka_unit_test(the_example_of_the_man_page_loads),
	};

	return cmocka_run_group_tests(tests, read_documents, free_documents);
}
