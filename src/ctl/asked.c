#include "ctl/asked.h"

#include <errno.h>
#include <string.h>

#include "layerwatch/words.h"

#define NO_MEMORY "out of memory"

#define WORD(key, field, from_str, wrong)                                                          \
	static const char *set_##key(struct lw_asked *a, const char *value)                        \
	{                                                                                          \
		const int number = from_str(value);                                                \
		if (number >= 0)                                                                   \
			a->field = number;                                                         \
		return number >= 0 ? NULL : (wrong);                                               \
	}
WORD(layer, subject.layer, lw_layer_from_str,
	"is one of image, touched, modified, added, volume, tmpfs, memfd, unknown")
WORD(parent_layer, subject.parent_layer, lw_layer_from_str,
	"is one of image, touched, modified, added, volume, tmpfs, memfd, unknown")
WORD(kind, subject.kind, lw_kind_from_str, "is one of binary, library, script, inline, stdin")
WORD(language, subject.language, lw_language_from_str, "is no language that the policy knows")
WORD(engine, facts.engine, lw_engine_from_str, "is one of docker, podman, containerd, crio")

/* "pending": the deadline passed before content was judged. */
static const char *
set_verdict(struct lw_asked *a, const char *value)
{
	int verdict = lw_verdict_from_str(value);

	a->subject.verdict_known = strcmp(value, "pending") != 0;
	if (!a->subject.verdict_known)
		verdict = LW_VERDICT_UNKNOWN;
	if (verdict < 0)
		return "is one of malicious, suspicious, unknown, trusted, pending";
	a->subject.verdict = verdict;
	return NULL;
}

static const char *
set_path(struct lw_asked *a, const char *value)
{
	free(a->path);
	a->path = strdup(value);
	if (!a->path)
		return NO_MEMORY;
	a->subject.path = a->path;
	a->subject.path_length = strlen(value);
	a->subject.path_exact = true;
	return value[0] == '/' ? NULL : "begins with \"/\", as inside the container";
}

static const char *
set_parent(struct lw_asked *a, const char *value)
{
	free(a->parent);
	a->parent = strdup(value);
	if (!a->parent)
		return NO_MEMORY;
	a->subject.parent = a->parent;
	a->subject.parent_length = strlen(value);
	return NULL;
}

static const char *
set_uid(struct lw_asked *a, const char *value)
{
	uint64_t uid;

	if (lw_parse_u64(value, &uid) != 0 || uid > UINT32_MAX)
		return "is a number from 0 to 4294967295";
	a->subject.uid = uid;
	return NULL;
}

static const char *
set_sha256(struct lw_asked *a, const char *value)
{
	if (lw_unhex(a->sha256, sizeof(a->sha256), value) != 0)
		return "is 64 hexadecimal digits";
	a->subject.sha256 = a->sha256;
	return NULL;
}

/* Any fact makes the container a known one. */
static const char *
set_fact(struct lw_asked *a, char *field, size_t size, const char *value)
{
	a->subject.container = &a->facts;
	a->facts.complete = 1;
	return lw_copy_string(field, size, value) ? NULL : "is too long";
}

#define FACT(key, field)                                                                           \
	static const char *set_##key(struct lw_asked *a, const char *value)                        \
	{                                                                                          \
		return set_fact(a, a->facts.field, sizeof(a->facts.field), value);                 \
	}
FACT(id, id)
FACT(name, name)
FACT(image, image)
FACT(namespace, namespace_)
FACT(pod, pod)

static const char *
set_label(struct lw_asked *a, const char *value)
{
	unsigned n = a->facts.label_count;

	if (n == LW_LABELS_MAX)
		return "is one too many";
	a->facts.label_count++;
	return set_fact(a, a->facts.labels[n], sizeof(a->facts.labels[n]), value);
}

static const char *
set_known_engine(struct lw_asked *a, const char *value)
{
	a->subject.container = &a->facts;
	a->facts.complete = 1;
	return set_engine(a, value);
}

const struct lw_asked_key lw_asked_keys[] = {
	{"layer", set_layer, {"sourceProperties.Layer"}},
	{"kind", set_kind, {"sourceProperties.Kind"}},
	{"verdict", set_verdict, {"sourceProperties.Verdict"}},
	{"language", set_language, {"sourceProperties.Language"}},
	{"path", set_path,
		{"processes.0.script.path", "sourceProperties.Process_Binary_Fullpath",
			"processes.0.binary.path"}},
	{"parent", set_parent, {"processes.1.binary.path"}},
	{"parent-layer", set_parent_layer, {NULL}},
	{"uid", set_uid, {"processes.0.userId"}},
	{"sha256", set_sha256,
		{"sourceProperties.Script_SHA256", "files.0.sha256", "processes.0.binary.sha256"}},
	{"engine", set_known_engine, {"sourceProperties.Engine"}},
	{"id", set_id, {"sourceProperties.Container_Id"}},
	{"name", set_name, {"sourceProperties.Container_Name"}},
	{"image", set_image, {"sourceProperties.Container_Image_Uri"}},
	{"namespace", set_namespace, {"sourceProperties.Pod_Namespace"}},
	{"pod", set_pod, {"sourceProperties.Pod_Name"}},
	{"label", set_label, {NULL}},
};
const size_t lw_asked_key_count = LW_ARRAY_SIZE(lw_asked_keys);

void
lw_asked_init(struct lw_asked *a)
{
	*a = (struct lw_asked){
		.subject = {.kind = LW_KIND_BINARY, .verdict_known = true},
		.facts = {.privileged = 2},
	};
}

void
lw_asked_done(struct lw_asked *a)
{
	lw_freep(&a->path);
	lw_freep(&a->parent);
}

static bool
same_key(const char *json, const char *name)
{
	for (; *json && *name; json++, name++)
		if (*json != *name && !(*json == '_' && *name == '-'))
			return false;
	return *json == *name;
}

static const char *
set_from(struct lw_asked *a, const struct lw_asked_key *key, const struct lw_tree_node *n)
{
	const char *error = NULL;

	if (n->type == LW_TREE_NULL)
		return NULL;
	if (n->type != LW_TREE_LIST)
		return n->text && strlen(n->text) == n->length ? key->set(a, n->text)
							       : "is a text without NUL";
	if (key->set != set_label)
		return "is one value, not a list";
	for (n = n->first; n && !error; n = n->next)
		error = n->text ? key->set(a, n->text) : "is a list of texts";
	return error;
}

static const char *
take_keys(struct lw_asked *a, const struct lw_tree_node *map, const char **key)
{
	const char *error = NULL;

	for (const struct lw_tree_node *n = map->first; n && !error; n = n->next) {
		size_t i = 0;

		*key = n->key;
		while (i < lw_asked_key_count && !same_key(n->key, lw_asked_keys[i].name))
			i++;
		if (i == lw_asked_key_count && strcmp(n->key, "labels") == 0)
			error = set_from(a, &lw_asked_keys[i - 1], n);
		else
			error = i < lw_asked_key_count ? set_from(a, &lw_asked_keys[i], n)
						       : "is no key of an execution";
	}
	return error;
}

/* Labels of a finding: [{"name", "value"}] */
static const char *
take_labels(struct lw_asked *a, const struct lw_tree_node *finding)
{
	const struct lw_tree_node *labels = lw_tree_at(finding, "containers.0.labels");
	char label[LW_LABEL_SIZE];
	const char *error = NULL;

	for (const struct lw_tree_node *n = labels ? labels->first : NULL; n && !error;
		n = n->next) {
		const char *name = lw_tree_text(n, "name"), *value = lw_tree_text(n, "value");

		snprintf(label, sizeof(label), "%s=%s", name ? name : "", value ? value : "");
		error = set_label(a, label);
	}
	return error;
}

/*
 * Of code without a file, only the interpreter's path is there: that is not the path of what is
 * judged.
 */
static bool
has_path(const struct lw_asked *a)
{
	return a->subject.kind != LW_KIND_INLINE && a->subject.kind != LW_KIND_STDIN;
}

static const char *
take_finding(struct lw_asked *a, const struct lw_tree_node *finding, const char **key)
{
	const char *state = lw_tree_text(finding, "sourceProperties.Container_Facts");
	const char *error = NULL;

	for (size_t i = 0; i < lw_asked_key_count && !error; i++) {
		const struct lw_asked_key *k = &lw_asked_keys[i];
		const char *text = NULL;

		for (size_t p = 0; !text && p < LW_ARRAY_SIZE(k->places) && k->places[p]; p++)
			text = lw_tree_text(finding, k->places[p]);
		*key = k->name;
		if (text && (k->set != set_path || has_path(a)))
			error = k->set(a, text);
	}
	if (!error)
		error = take_labels(a, finding);
	if (state && strcmp(state, "late") != 0)
		a->facts.complete = 0;
	if (lw_tree_is_true(finding, "sourceProperties.Deadline_Missed"))
		a->subject.verdict_known = false;
	if (lw_tree_is_true(finding, "sourceProperties.Path_Truncated"))
		a->subject.path_exact = false;
	return error;
}

const char *
lw_asked_take(struct lw_asked *a, const struct lw_tree_node *map, const char **key)
{
	const struct lw_tree_node *finding = lw_tree_at(map, "finding");

	*key = "";
	if (map->type != LW_TREE_MAP)
		return "the JSON is no object";
	return finding ? take_finding(a, finding, key) : take_keys(a, map, key);
}
