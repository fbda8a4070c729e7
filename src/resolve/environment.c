#include "resolve/environment.h"

#include <assert.h>
#include <string.h>

#include "layerwatch/interpreter.h"

/* Variables that say where code is looked for, whatever the interpreter. */
static const char *const places[] = {"PATH", "HOME"};

static struct lw_variable *
find(struct lw_environment *e, const char *name)
{
	for (size_t i = 0; i < e->variable_count; i++)
		if (strcmp(e->variables[i].name, name) == 0)
			return &e->variables[i];
	return NULL;
}

static void
look_for(struct lw_environment *e, const char *name, bool injects)
{
	struct lw_variable *v = find(e, name);

	if (!v) {
		assert(e->variable_count < LW_ENVIRONMENT_NAMES);
		assert(strlen(name) < sizeof(v->name));
		v = &e->variables[e->variable_count++];
		lw_copy_string(v->name, sizeof(v->name), name);
	}
	v->injects |= injects;
}

/* A home is always there, and brings nothing into most programs. */
static void
look_for_injection(struct lw_environment *e, const struct lw_injection *j)
{
	if (j->kind == LW_INJECT_FUNCTIONS)
		e->functions_name = j->variable;
	else
		look_for(e, j->variable, strcmp(j->variable, "HOME") != 0);
}

/* Blanks are between the names. */
static void
look_for_all(struct lw_environment *e, const char *names)
{
	char name[LW_VARIABLE_NAME];
	size_t n;

	for (const char *word = lw_interpreter_word(&names, &n); n > 0;
		word = lw_interpreter_word(&names, &n)) {
		snprintf(name, sizeof(name), "%.*s", (int)n, word);
		look_for(e, name, false);
	}
}

void
lw_environment_init(struct lw_environment *e)
{
	e->variable_count = 0;
	for (size_t i = 0; i < LW_ARRAY_SIZE(places); i++)
		look_for(e, places[i], false);
	for (size_t i = 0; i < lw_interpreter_count; i++) {
		const struct lw_interpreter *row = &lw_interpreter_rows[i];
		const struct lw_injection *j = row->injections;

		for (; j && j->variable; j++)
			look_for_injection(e, j);
		look_for_all(e, row->modules.folders ? row->modules.folders : "");
		look_for_all(e, row->places ? row->places : "");
	}
}

static bool
is_name(const char *bytes, size_t available, const char *name)
{
	if (available == 0 || bytes[0] != name[0])
		return false;
	size_t length = strlen(name);

	return length < available && length <= LW_ENVIRONMENT_NAME &&
	       memcmp(bytes, name, length) == 0 && bytes[length] == '=';
}

static bool
is_shown(const struct lw_names *names, const char *bytes, size_t available)
{
	for (size_t i = 0; i < names->count; i++)
		if (is_name(bytes, available, names->items[i]))
			return true;
	return false;
}

static void
show(struct lw_environment *e, struct lw_memory *m, uint64_t address)
{
	size_t room = sizeof(e->bytes) - e->length, length;
	int r;

	if (room < 2) {
		e->truncated = true;
		return;
	}
	r = lw_memory_string(
		m, address, &e->bytes[e->length], LW_MIN(room - 1, LW_ENVIRONMENT_VALUE), &length);
	e->truncated |= r != 0;
	e->bytes[e->length + length] = '\0';
	e->length += (uint32_t)length + 1;
	e->count++;
}

static void
read_value(struct lw_value *value, struct lw_memory *m)
{
	size_t length;

	value->cut =
		lw_memory_string(m, value->address, value->text, LW_ENVIRONMENT_KEPT, &length) != 0;
	value->text[length] = '\0';
}

/* Only the last of its repetitions is read, once there is no more: they can be many. */
static void
keep(struct lw_environment *e, struct lw_memory *m, uint64_t address, struct lw_variable *v)
{
	bool first = v->count++ == 0;
	struct lw_value *value = first ? &v->first : &v->last;

	value->address = address + strlen(v->name) + 1;
	if (first)
		read_value(value, m);
	e->injects |= v->injects;
}

static void
keep_function(struct lw_environment *e, struct lw_memory *m, uint64_t address, const char *bytes,
	size_t n)
{
	size_t room = sizeof(e->functions) - e->functions_length, length;
	const char *equals = memchr(bytes, '=', n);

	if (!equals || room < 2) {
		e->functions_cut |= equals != NULL;
		return;
	}
	e->functions_cut |= lw_memory_string(m, address + (uint64_t)(equals - bytes) + 1,
				    &e->functions[e->functions_length], room - 1, &length) != 0;
	e->functions_length += (uint32_t)length;
	e->functions[e->functions_length++] = '\n';
	e->injects = true;
}

static bool
is_function(const struct lw_environment *e, const char *bytes, size_t n)
{
	size_t length = e->functions_name ? strlen(e->functions_name) : 0;

	return length > 0 && n >= length && memcmp(bytes, e->functions_name, length) == 0;
}

/* Returns how many bytes were looked at. A name that lies across two pages is put together. */
static size_t
look_at(struct lw_environment *e, struct lw_memory *m, uint64_t address,
	const struct lw_names *names)
{
	char bytes[LW_ENVIRONMENT_NAME + 2];
	size_t n;

	lw_memory_string(m, address, bytes, sizeof(bytes), &n);
	if (is_shown(names, bytes, n))
		show(e, m, address);
	if (is_function(e, bytes, n))
		keep_function(e, m, address, bytes, n);
	for (size_t i = 0; i < e->variable_count; i++)
		if (is_name(bytes, n, e->variables[i].name))
			keep(e, m, address, &e->variables[i]);
	return n + 1;
}

void
lw_environment_read(struct lw_environment *e, struct lw_memory *m, uint64_t address,
	unsigned pointer_size, const struct lw_names *names)
{
	struct lw_pointers p = {
		.items = e->pointers,
		.size = LW_ENVIRONMENT_COUNT,
		.bound = LW_ENVIRONMENT_COUNT,
	};
	int r = lw_memory_pointers(m, address, pointer_size, &p);
	size_t seen = p.kept * pointer_size;

	e->count = e->length = e->functions_length = 0;
	e->functions_cut = false;
	e->pointer_count = p.kept;
	e->truncated = r != 0;
	e->injects = false;
	for (size_t i = 0; i < e->variable_count; i++)
		e->variables[i].count = 0;
	for (size_t i = 0; i < p.kept && seen < LW_ENVIRONMENT_SCAN; i++) {
		lw_memory_prefetch_strings(m, e->pointers, i, p.kept);
		seen += look_at(e, m, e->pointers[i], names);
	}
	for (size_t i = 0; i < e->variable_count; i++)
		if (e->variables[i].count > 1)
			read_value(&e->variables[i].last, m);
	e->truncated |= seen >= LW_ENVIRONMENT_SCAN;
}

void
lw_environment_find(const struct lw_environment *e, struct lw_memory *m, const char *name,
	char *out, size_t size)
{
	char bytes[LW_ENVIRONMENT_NAME + 2];
	size_t n;

	out[0] = '\0';
	for (size_t i = 0; i < e->pointer_count; i++) {
		lw_memory_string(m, e->pointers[i], bytes, sizeof(bytes), &n);
		if (!is_name(bytes, n, name))
			continue;
		lw_memory_string(m, e->pointers[i] + strlen(name) + 1, out, size - 1, &n);
		out[n] = '\0';
		return;
	}
}

static const struct lw_value nothing;

const struct lw_value *
lw_environment_first(const struct lw_environment *e, const char *name)
{
	const struct lw_variable *v = find((struct lw_environment *)e, name);

	return v && v->count > 0 ? &v->first : &nothing;
}

const struct lw_value *
lw_environment_last(const struct lw_environment *e, const char *name)
{
	const struct lw_variable *v = find((struct lw_environment *)e, name);

	return v && v->count > 1 ? &v->last : lw_environment_first(e, name);
}

const char *
lw_environment_get(const struct lw_environment *e, const char *name)
{
	return lw_environment_first(e, name)->text;
}
