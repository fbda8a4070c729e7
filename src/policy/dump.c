/*
 * dump: a policy as canonical YAML, by the schema: the groups of the dotted keys become nested
 * maps.
 */
#include <string.h>

#include "policy/describe.h"
#include "policy/object.h"
#include "policy/rule.h"
#include "policy/schema.h"

#define INDENT 2

struct dump {
	struct lw_text *out;
	bool comments;
	unsigned indent;
	bool dash; /* the next line begins an item of a list */
};

static void rows(struct dump *d, const struct lw_key *keys, size_t count, const void *base);

/* Begins a line at `extra` levels below the present one. */
static void
line(struct dump *d, unsigned extra)
{
	const unsigned width = d->indent + INDENT * extra;

	if (d->dash)
		lw_text_addf(d->out, "%*s- ", (int)width - INDENT, "");
	else
		lw_text_addf(d->out, "%*s", (int)width, "");
	d->dash = false;
}

static void
objects(struct dump *d, const struct lw_key *k, const void *base)
{
	const struct lw_objects *o = k->objects;
	const void *field = lw_field_const(k, base);
	const size_t count = lw_object_count(k, field);
	struct dump item = {.out = d->out, .indent = d->indent + 2 * INDENT};

	item.indent += strchr(k->key, '.') ? INDENT : 0;
	lw_text_adds(d->out, count ? "\n" : " []\n");
	for (size_t i = 0; i < count; i++) {
		item.dash = true;
		rows(&item, o->keys, o->key_count, lw_object_at(k, field, i));
	}
}

static void
comment(struct dump *d, const struct lw_key *k, unsigned level)
{
	const unsigned width = d->indent + INDENT * level;
	_cleanup_text_ struct lw_text type = {0};

	if (!d->comments)
		return;
	lw_text_init(&type, 1024);
	k->type->describe(k, &type);
	lw_text_addf(d->out, "%*s# %s\n", (int)width, "", k->doc);
	lw_text_addf(d->out, "%*s# (%s", (int)width, "", type.data ? type.data : "");
	if (k->fallback && !k->objects)
		lw_text_addf(d->out, "; default %s", k->fallback);
	lw_text_adds(d->out, ")\n");
}

/*
 * Opens the maps of `key` that `before` was not in. Returns the level of the key's last
 * component.
 */
static unsigned
groups(struct dump *d, const char *key, const char *before)
{
	unsigned level = 0;
	bool same = true;
	const char *dot;

	while ((dot = strchr(key, '.'))) {
		const size_t length = dot - key + 1;

		same = same && strncmp(key, before, length) == 0;
		if (!same) {
			line(d, level);
			lw_text_add(d->out, key, length - 1);
			lw_text_adds(d->out, ":\n");
		} else {
			before += length;
		}
		key += length;
		level++;
	}
	return level;
}

static void
row(struct dump *d, const struct lw_key *k, const char *before, const void *base)
{
	const char *dot = strrchr(k->key, '.');
	const unsigned level = groups(d, k->key, before);

	comment(d, k, level);
	line(d, level);
	lw_text_addf(d->out, "%s:", dot ? dot + 1 : k->key);
	if (k->objects) {
		objects(d, k, base);
		return;
	}
	lw_text_adds(d->out, " ");
	k->type->print(k, lw_field_const(k, base), d->out);
	lw_text_adds(d->out, "\n");
}

static bool
is_shown(const struct lw_key *k, const void *base)
{
	if (k->applies && !k->applies(base))
		return false;
	return k->fallback || !k->type->present || k->type->present(lw_field_const(k, base));
}

static void
rows(struct dump *d, const struct lw_key *keys, size_t count, const void *base)
{
	const char *before = "";

	for (size_t i = 0; i < count; i++) {
		if (!is_shown(&keys[i], base))
			continue;
		row(d, &keys[i], before, base);
		before = keys[i].key;
	}
}

void
lw_policy_dump(const struct lw_policy *p, struct lw_text *out, bool comments)
{
	struct dump d = {.out = out, .comments = comments};

	rows(&d, lw_schema, lw_schema_count, p);
}

/* Descriptions */

static void
describe_row(const struct lw_key *k, const char *context, lw_policy_schema_fn fn, void *arg)
{
	_cleanup_text_ struct lw_text type = {0};
	char key[2 * LW_KEY_MAX];
	struct lw_policy_key described = {.key = key, .fallback = k->fallback, .doc = k->doc};

	lw_text_init(&type, 1024);
	k->type->describe(k, &type);
	snprintf(key, sizeof(key), "%s%s", context, k->key);
	described.type = type.data ? type.data : "";
	described.required = k->required;
	fn(arg, &described);
}

static void
describe_rows(const struct lw_key *keys, size_t count, const char *context, lw_policy_schema_fn fn,
	void *arg)
{
	for (size_t i = 0; i < count; i++) {
		const struct lw_objects *o = keys[i].objects;
		char below[LW_KEY_MAX + 4];

		describe_row(&keys[i], context, fn, arg);
		if (!o)
			continue;
		snprintf(below, sizeof(below), "%s[].", keys[i].key);
		describe_rows(o->keys, o->key_count, below, fn, arg);
	}
}

void
lw_policy_schema_each(lw_policy_schema_fn fn, void *arg)
{
	describe_rows(lw_schema, lw_schema_count, "", fn, arg);
}
