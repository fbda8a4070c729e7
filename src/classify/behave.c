#include "classify/behave.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"

#define IMAGE_MAX 1280 /* a path and an applet's name */
#define ENVIRONMENT_MAX 64
#define OTHER_MAX (LW_ARENA_MAX / 4) /* "image arguments" of the other end of a pipe */

struct lw_behave {
	struct lw_rules *rules;
	const struct lw_msg_behave *m;
	struct lw_rule_event event;
	char arena[LW_ARENA_MAX];
	char script[LW_BEHAVE_SCRIPT_MAX];
	/* texts of the event that are made here; arguments with blanks between them */
	char command[LW_ARENA_MAX], parent_command[LW_ARENA_MAX];
	char others[2][OTHER_MAX];
	char image[IMAGE_MAX], user[16], sha256[2 * LW_SHA256_SIZE + 1];
	struct lw_rule_text ancestors[LW_ANCESTORS_MAX];
	struct lw_rule_pair environment[ENVIRONMENT_MAX], labels[LW_LABELS_MAX];
};

int
lw_behave_new(struct lw_rules *rules, struct lw_behave **out)
{
	struct lw_behave *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->rules = rules;
	*out = b;
	return 0;
}

struct lw_behave *
lw_behave_free(struct lw_behave *b)
{
	if (b)
		lw_rules_free(b->rules);
	free(b);
	return NULL;
}

void
lw_behave_freep(struct lw_behave **b)
{
	*b = lw_behave_free(*b);
}

/* --- checking what came --- */

static bool
slice_fits(struct lw_slice s, uint32_t length)
{
	return s.offset <= length && s.length <= length - s.offset;
}

static bool
ancestor_fits(const struct lw_ancestor *a, uint32_t length)
{
	return slice_fits(a->exe, length) && slice_fits(a->args, length);
}

static bool
execution_fits(const struct lw_execution *x, uint32_t length)
{
	const struct lw_slice slices[] = {x->args, x->env, x->cwd, x->stdin_peer, x->stdout_peer};

	for (size_t i = 0; i < LW_ARRAY_SIZE(slices); i++)
		if (!slice_fits(slices[i], length))
			return false;
	if (x->ancestor_count > LW_ANCESTORS_MAX || x->stdin_type >= LW_STDIN_COUNT ||
		x->stdout_type >= LW_STDIN_COUNT)
		return false;
	for (uint32_t i = 0; i < x->ancestor_count; i++)
		if (!ancestor_fits(&x->ancestors[i], length))
			return false;
	return ancestor_fits(&x->stdin_writer, length) && ancestor_fits(&x->stdout_reader, length);
}

static bool
fits(const struct lw_msg_behave *m)
{
	return m->arena_length <= LW_ARENA_MAX && m->layer < LW_LAYER_COUNT &&
	       m->kind < LW_KIND_COUNT && m->verdict < LW_VERDICT_COUNT &&
	       m->container.label_count <= LW_LABELS_MAX &&
	       execution_fits(&m->execution, m->arena_length);
}

/* --- texts --- */

/* Absent where it is empty. */
static struct lw_rule_text
text_of(const char *data, size_t length)
{
	return length ? (struct lw_rule_text){data, length} : (struct lw_rule_text){0};
}

static struct lw_rule_text
string_of(const char *data, size_t size)
{
	return text_of(data, strnlen(data, size));
}

static struct lw_rule_text
slice_of(const struct lw_behave *b, struct lw_slice s)
{
	return text_of(&b->arena[s.offset], s.length);
}

/* Arguments that end in NUL each, as one line: a command line as it would be typed, unquoted. */
static size_t
join(const struct lw_behave *b, struct lw_slice args, char *out, size_t size)
{
	size_t n = LW_MIN((size_t)args.length, size);

	memcpy(out, &b->arena[args.offset], n);
	while (n > 0 && out[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < n; i++)
		if (out[i] == '\0')
			out[i] = ' ';
	return n;
}

static void
set(struct lw_behave *b, enum lw_rule_field field, struct lw_rule_text text)
{
	b->event.text[field] = text;
}

static void
set_word(struct lw_behave *b, enum lw_rule_field field, const char *word)
{
	set(b, field, text_of(word, strlen(word)));
}

static void
set_number(struct lw_behave *b, enum lw_rule_field field, int64_t value)
{
	b->event.number[field] = value;
	b->event.numbers |= 1ull << field;
}

/* --- the program --- */

static const char *
base_name(const char *path, size_t length)
{
	const char *slash = memrchr(path, '/', length);

	return slash ? &slash[1] : path;
}

/* Programs that are many: which one runs is said by the name that they are called by. */
static bool
is_multicall(const char *name)
{
	static const char *const names[] = {"busybox", "toybox", "coreutils"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* The i-th argument; absent behind the last. */
static struct lw_rule_text
argument(const struct lw_behave *b, unsigned i)
{
	struct lw_slice args = b->m->execution.args;
	const char *at = &b->arena[args.offset], *end = &at[args.length];

	for (; at < end; i--) {
		size_t length = strnlen(at, (size_t)(end - at));

		if (i == 0)
			return text_of(at, length);
		at = &at[LW_MIN(length + 1, (size_t)(end - at))];
	}
	return (struct lw_rule_text){0};
}

/* "/bin/busybox" called as nc, or with nc as its first argument, is "/bin/nc". */
static void
set_image(struct lw_behave *b)
{
	const char *path = b->m->image;
	size_t length = strnlen(path, sizeof(b->m->image));
	const char *name = base_name(path, length);
	struct lw_rule_text called = argument(b, 0);

	if (called.data && is_multicall(base_name(called.data, called.length)))
		called = argument(b, 1);
	set(b, LW_RULE_IMAGE, text_of(path, length));
	if (!is_multicall(name) || !called.data || called.data[0] == '-')
		return;
	const char *applet = base_name(called.data, called.length);
	int n = snprintf(b->image, sizeof(b->image), "%.*s%.*s", (int)(name - path), path,
		(int)LW_MIN(called.length - (size_t)(applet - called.data), (size_t)255), applet);
	set(b, LW_RULE_IMAGE, text_of(b->image, LW_MIN((size_t)n, sizeof(b->image) - 1)));
}

/* Empty where there is not even the program's name; absent where it is not known. */
static void
set_command(struct lw_behave *b)
{
	const struct lw_execution *x = &b->m->execution;
	uint32_t unknown = LW_EXEC_NO_REGISTERS | LW_EXEC_ARGS_UNREADABLE | LW_EXEC_FAILED;

	if (x->args.length > 0 || !(x->flags & unknown))
		set(b, LW_RULE_COMMAND_LINE,
			(struct lw_rule_text){
				b->command, join(b, x->args, b->command, sizeof(b->command))});
}

static void
set_program(struct lw_behave *b)
{
	const struct lw_msg_behave *m = b->m;
	const struct lw_execution *x = &m->execution;

	set_image(b);
	set_command(b);
	set(b, LW_RULE_CURRENT_DIRECTORY, slice_of(b, x->cwd));
	if (m->hashed) {
		lw_hex(b->sha256, m->sha256, LW_SHA256_SIZE);
		set_word(b, LW_RULE_SHA256, b->sha256);
	}
	set_word(b, LW_RULE_LAYER, lw_layer_to_str(m->layer));
	set_word(b, LW_RULE_KIND, lw_kind_to_str(m->kind));
	set_word(b, LW_RULE_VERDICT, lw_verdict_to_str(m->verdict));
	set(b, LW_RULE_SCRIPT, string_of(m->script, sizeof(m->script)));
	set_number(b, LW_RULE_PROCESS_ID, x->tgid);
	set_number(b, LW_RULE_PARENT_PROCESS_ID, x->ppid);
	set_number(b, LW_RULE_UID, x->uid);
	snprintf(b->user, sizeof(b->user), "%u", x->uid);
	set_word(b, LW_RULE_USER, x->uid == 0 ? "root" : b->user);
}

static void
set_ancestors(struct lw_behave *b)
{
	const struct lw_execution *x = &b->m->execution;

	for (uint32_t i = 0; i < x->ancestor_count; i++)
		b->ancestors[i] = slice_of(b, x->ancestors[i].exe);
	b->event.ancestors = b->ancestors;
	b->event.ancestor_count = x->ancestor_count;
	if (x->ancestor_count == 0)
		return;
	set(b, LW_RULE_PARENT_IMAGE, b->ancestors[0]);
	set(b, LW_RULE_PARENT_COMMAND_LINE,
		text_of(b->parent_command, join(b, x->ancestors[0].args, b->parent_command,
						   sizeof(b->parent_command))));
}

/* NAME=value; the value may hold further "=". */
static struct lw_rule_pair
pair_of(const char *text, size_t length)
{
	const char *equals = memchr(text, '=', length);
	size_t name = equals ? (size_t)(equals - text) : length;
	size_t begin = LW_MIN(name + 1, length);

	return (struct lw_rule_pair){{text, name}, {&text[begin], length - begin}};
}

static void
set_environment(struct lw_behave *b)
{
	struct lw_slice env = b->m->execution.env;
	size_t count = 0, at = 0;

	while (at < env.length && count < ENVIRONMENT_MAX) {
		const char *text = &b->arena[env.offset + at];
		size_t length = strnlen(text, env.length - at);

		b->environment[count++] = pair_of(text, length);
		at += length + 1;
	}
	b->event.environment = b->environment;
	b->event.environment_count = count;
}

/* --- standard input and output --- */

static bool
is_remote(struct lw_rule_text peer)
{
	struct lw_address address;

	return peer.data && lw_address_parse(peer.data, peer.length, &address) && address.remote;
}

static const char *const stream_words[] = {
	[LW_STDIN_UNKNOWN] = "",
	[LW_STDIN_NONE] = "none",
	[LW_STDIN_NULL] = "none",
	[LW_STDIN_FILE] = "file",
	[LW_STDIN_PIPE] = "pipe",
	[LW_STDIN_SOCKET] = "socket",
	[LW_STDIN_TTY] = "tty",
	[LW_STDIN_OTHER] = "",
};

/* "image arguments" of the process at the other end of a pipe. */
static struct lw_rule_text
other_of(const struct lw_behave *b, const struct lw_ancestor *other, char out[OTHER_MAX])
{
	size_t n = LW_MIN((size_t)other->exe.length, (size_t)OTHER_MAX - 1);

	memcpy(out, &b->arena[other->exe.offset], n);
	out[n++] = ' ';
	return text_of(out, other->pid ? n + join(b, other->args, &out[n], OTHER_MAX - n) : 0);
}

/* peer is the field behind the one that says what it is. */
static void
set_stream(struct lw_behave *b, enum lw_rule_field field, enum lw_stdin type, struct lw_slice peer,
	struct lw_rule_text other)
{
	struct lw_rule_text address = slice_of(b, peer);

	set_word(b, field, stream_words[type]);
	if (type == LW_STDIN_PIPE)
		set(b, field + 1, other);
	if (type == LW_STDIN_SOCKET && is_remote(address))
		set(b, field + 1, address);
}

static void
set_streams(struct lw_behave *b)
{
	static_assert(LW_RULE_STDIN_PEER == LW_RULE_STDIN + 1 &&
			      LW_RULE_STDOUT_PEER == LW_RULE_STDOUT + 1,
		"a stream's peer stands behind it");
	const struct lw_execution *x = &b->m->execution;

	set_stream(b, LW_RULE_STDIN, x->stdin_type, x->stdin_peer,
		other_of(b, &x->stdin_writer, b->others[0]));
	set_stream(b, LW_RULE_STDOUT, x->stdout_type, x->stdout_peer,
		other_of(b, &x->stdout_reader, b->others[1]));
}

static void
set_container(struct lw_behave *b)
{
	const struct lw_container_facts *f = &b->m->container;

	set(b, LW_RULE_CONTAINER_NAME, string_of(f->name, sizeof(f->name)));
	set(b, LW_RULE_CONTAINER_IMAGE, string_of(f->image, sizeof(f->image)));
	set(b, LW_RULE_CONTAINER_NAMESPACE, string_of(f->namespace_, sizeof(f->namespace_)));
	if (f->created_us > 0 && f->created_us <= b->m->now_us)
		set_number(b, LW_RULE_CONTAINER_AGE, (b->m->now_us - f->created_us) / 1000000);
	for (size_t i = 0; i < f->label_count; i++)
		b->labels[i] = pair_of(f->labels[i], strnlen(f->labels[i], LW_LABEL_SIZE));
	b->event.labels = b->labels;
	b->event.label_count = f->label_count;
}

/* --- what a finding will show --- */

/* Once; what there is no room for is left out. */
static void
add_technique(const struct lw_technique *t, struct lw_rule_hit *out)
{
	for (unsigned i = 0; t && i < LW_RULE_HIT_TECHNIQUES; i++) {
		if (strcmp(out->techniques[i], t->mitre) == 0)
			return;
		if (out->techniques[i][0])
			continue;
		lw_copy_string(out->techniques[i], sizeof(out->techniques[i]), t->mitre);
		return;
	}
}

/* A sub-technique is listed with its parent. */
static void
copy_techniques(const struct lw_rule_info *info, struct lw_rule_hit *out)
{
	for (unsigned i = 0; i < info->technique_count; i++) {
		const struct lw_technique *t = info->techniques[i].mitre;

		add_technique(t, out);
		add_technique(t ? lw_technique_parent(t) : NULL, out);
	}
	for (unsigned i = 0; i < LW_MIN(info->tactic_count, (unsigned)LW_RULE_HIT_TACTICS); i++)
		lw_copy_string(out->tactics[i], sizeof(out->tactics[0]), info->tactics[i]->mitre);
}

static void
describe(const struct lw_rule_info *info, struct lw_rule_hit *out)
{
	*out = (struct lw_rule_hit){.present = 1, .action = (uint8_t)info->action};
	lw_copy_string(out->id, sizeof(out->id), info->id[0] ? info->id : info->title);
	lw_copy_string(out->title, sizeof(out->title), info->title);
	lw_copy_string(out->category, sizeof(out->category), info->category);
	lw_copy_string(out->module, sizeof(out->module), info->module);
	lw_copy_string(out->severity, sizeof(out->severity), info->severity);
	lw_copy_string(out->description, sizeof(out->description), info->description);
	lw_copy_string(out->next_steps, sizeof(out->next_steps), info->next_steps);
	lw_copy_string(out->false_positives, sizeof(out->false_positives), info->false_positives);
	copy_techniques(info, out);
}

/* The strongest action first, so that no deny is cut off; else in the rules' own order. */
static void
tell(const struct lw_behave *b, const struct lw_rule_matches *matches, struct lw_msg_behaved *out)
{
	for (int action = LW_ACTION_COUNT - 1; action >= LW_ACTION_ALERT; action--) {
		for (unsigned i = 0; i < matches->count; i++) {
			const struct lw_rule_info *info =
				lw_rules_info(b->rules, matches->rules[i]);

			if (info->action != (enum lw_action)action)
				continue;
			if (out->count < LW_RULE_HITS_MAX)
				describe(info, &out->hits[out->count++]);
			else
				out->more++;
		}
	}
	out->more += matches->more;
	out->limited = matches->limited;
}

static int
read_texts(struct lw_behave *b, int arena_fd, int capture_fd)
{
	ssize_t n = lw_pread_full(arena_fd, b->arena, b->m->arena_length, 0);

	if (n < 0)
		return (int)n;
	if ((size_t)n != b->m->arena_length)
		return -EPROTO;
	if (capture_fd < 0)
		return 0;
	n = lw_pread_full(capture_fd, b->script, sizeof(b->script), 0);
	if (n > 0)
		set(b, LW_RULE_SCRIPT_CONTENTS, text_of(b->script, (size_t)n));
	return n < 0 ? (int)n : 0;
}

int
lw_behave_ask(struct lw_behave *b, const struct lw_msg_behave *m, int arena_fd, int capture_fd,
	struct lw_msg_behaved *out)
{
	struct lw_rule_matches matches;
	int r;

	*out = (struct lw_msg_behaved){.rules = (uint32_t)lw_rules_count(b->rules),
		.refused = (uint32_t)lw_rules_refused(b->rules),
		.can_deny = lw_rules_has_deny(b->rules)};
	if (!fits(m))
		return -EPROTO;
	b->m = m;
	b->event = (struct lw_rule_event){0};
	r = read_texts(b, arena_fd, capture_fd);
	if (r < 0)
		return r;
	set_program(b);
	set_ancestors(b);
	set_environment(b);
	set_streams(b);
	set_container(b);
	lw_rules_evaluate(b->rules, &b->event, &matches);
	tell(b, &matches, out);
	return 0;
}
