#include <string.h>

#include "report/account.h"

#define PATH_DESCRIBED 256 /* bytes of a path in a sentence */

static void
add_path(struct lw_text *out, struct lw_bytes path)
{
	if (!path.data)
		path = (struct lw_bytes){"(path not known)", strlen("(path not known)")};
	lw_text_add_visible(out, path.data, LW_MIN(path.length, (size_t)PATH_DESCRIBED));
	if (path.length > PATH_DESCRIBED)
		lw_text_adds(out, "...");
}

/* " (python, layer added)". Code that is in no file mostly has no layer. */
static void
describe_nature(const struct lw_account *a, struct lw_text *out)
{
	enum lw_language language = lw_evidence_language(a->seen, a->finding->object);
	enum lw_kind kind = a->object->kind;
	bool says_language = lw_object_is_script(a->object) && language != LW_LANGUAGE_NONE;
	bool says_layer = a->object->layer != LW_LAYER_UNKNOWN ||
			  (kind != LW_KIND_INLINE && kind != LW_KIND_STDIN);

	if (!says_language && !says_layer)
		return;
	lw_text_addf(out, " (%s%s", says_language ? lw_language_to_str(language) : "",
		says_language && says_layer ? ", " : "");
	if (says_layer)
		lw_text_addf(out, "layer %s", lw_layer_to_str(a->object->layer));
	lw_text_adds(out, ")");
}

/* How each kind is spoken of, and whether the path is that of the code or of who runs it. */
static void
describe_what(const struct lw_account *a, struct lw_text *out)
{
	static const char *const words[LW_KIND_COUNT] = {
		[LW_KIND_BINARY] = "Program ",
		[LW_KIND_LIBRARY] = "Library ",
		[LW_KIND_SCRIPT] = "Script ",
		[LW_KIND_INLINE] = "Code in the arguments of ",
		[LW_KIND_STDIN] = "Code on the standard input of ",
	};
	bool file = a->object->kind == LW_KIND_SCRIPT || a->object->kind == LW_KIND_LIBRARY;
	struct lw_bytes path = file ? lw_account_script(a) : lw_account_binary(a);

	if (file && !path.data)
		path = lw_evidence_path(a->finding->evidence, a->object->path);
	lw_text_adds(out, words[a->object->kind]);
	add_path(out, path);
	describe_nature(a, out);
}

static void
describe_where(const struct lw_account *a, struct lw_text *out)
{
	const struct lw_container_facts *f = a->finding->container;
	const char *name = f && f->name[0] ? f->name : f ? f->id : "";

	if (!name[0]) {
		if (a->seen->dev_major || a->seen->dev_minor)
			lw_text_addf(out, " in the container of overlay %u:%u", a->seen->dev_major,
				a->seen->dev_minor);
		return;
	}
	lw_text_adds(out, " in container ");
	lw_text_add_visible(out, name, strlen(name));
	if (f->image[0]) {
		lw_text_adds(out, " (");
		lw_text_add_visible(out, f->image, strlen(f->image));
		lw_text_adds(out, ")");
	}
}

static void
describe_done(const struct lw_account *a, struct lw_text *out)
{
	static const char *const words[2][LW_OUTCOME_COUNT] = {
		{
			[LW_OUTCOME_ALLOWED] = "was executed",
			[LW_OUTCOME_WOULD_DENY] = "was executed; mode enforce would have denied it",
			[LW_OUTCOME_DENIED] = "was denied before it ran",
			[LW_OUTCOME_KILLED] = "was killed",
		},
		{
			[LW_OUTCOME_ALLOWED] = "was opened",
			[LW_OUTCOME_WOULD_DENY] = "was opened; mode enforce would have denied it",
			[LW_OUTCOME_DENIED] = "was denied before it was opened",
			[LW_OUTCOME_KILLED] = "was opened by a process that was killed",
		},
	};
	bool opened = a->seen->execution.flags & LW_EXEC_OPENED;

	lw_text_addf(out, " %s", words[opened][a->object->outcome]);
	if (a->object->rule[0]) {
		lw_text_adds(out, " (rule \"");
		lw_text_add_visible(out, a->object->rule, strlen(a->object->rule));
		lw_text_adds(out, "\")");
	}
	lw_text_adds(out, ".");
}

static void
describe_why(const struct lw_account *a, struct lw_text *out)
{
	const struct lw_assessment *v = &a->object->assessment;

	if (v->verdict != LW_VERDICT_MALICIOUS && v->verdict != LW_VERDICT_SUSPICIOUS)
		return;
	lw_text_addf(out, " It is %s", lw_verdict_to_str(v->verdict));
	for (unsigned i = 0; i < v->reason_count; i++) {
		lw_text_adds(out, i ? ", " : ": ");
		lw_text_add_visible(out, v->reasons[i], strlen(v->reasons[i]));
	}
	lw_text_adds(out, ".");
}

/* The rule that was met, in its author's words. */
static void
describe_rule(const struct lw_account *a, struct lw_text *out)
{
	const struct lw_rule_hit *hit = &a->seen->hit;

	if (!hit->present)
		return;
	lw_text_addf(out, " Detection rule \"");
	lw_text_add_visible(out, hit->title, strlen(hit->title));
	lw_text_adds(out, "\"");
	if (hit->description[0]) {
		lw_text_adds(out, ": ");
		lw_text_add_visible(out, hit->description, strlen(hit->description));
	} else {
		lw_text_adds(out, ".");
	}
}

void
lw_account_describe(const struct lw_account *a, struct lw_text *out)
{
	describe_what(a, out);
	describe_where(a, out);
	describe_done(a, out);
	describe_why(a, out);
	describe_rule(a, out);
}
