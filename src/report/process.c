#include <string.h>

#include "base/digest.h"
#include "report/account.h"

#define COMM_SHOWN (LW_COMM_SIZE - 1) /* what the kernel keeps of a program's name */

/* An SCC File. */
struct file {
	struct lw_bytes path;
	uint64_t size;
	const uint8_t *sha256; /* of the first hashed_size bytes; NULL = not known */
	uint64_t hashed_size;
	struct lw_bytes contents;
};

static void
write_file(struct lw_json *j, const struct file *f)
{
	char hex[2 * LW_SHA256_SIZE + 1];

	lw_json_object(j);
	lw_account_bytes(j, "path", f->path);
	if (f->size || f->sha256)
		lw_json_pair_i64s(j, "size", f->size);
	if (f->sha256) {
		lw_hex(hex, f->sha256, LW_SHA256_SIZE);
		lw_json_pair_string(j, "sha256", hex);
		lw_json_pair_i64s(j, "hashedSize", f->hashed_size);
		lw_json_pair_bool(j, "partiallyHashed", f->hashed_size < f->size);
	}
	lw_account_bytes(j, "contents", f->contents);
	lw_json_object_end(j);
}

static struct file
file_of(const struct lw_object *o, struct lw_bytes path)
{
	bool hashed = o->assessment.flags & (LW_ASSESS_HASHED | LW_ASSESS_PARTIAL);

	return (struct file){
		.path = path,
		.size = o->assessment.size ? o->assessment.size : o->size,
		.sha256 = hashed ? o->assessment.sha256 : NULL,
		.hashed_size = o->assessment.hashed_size,
	};
}

/* Does the finding tell of what the program was given, or opened, beside the program itself? */
static bool
is_argument(const struct lw_account *a)
{
	return a->finding->object == 1 &&
	       (lw_object_is_script(a->object) || a->object->kind == LW_KIND_LIBRARY);
}

static struct lw_bytes
program_path(const struct lw_account *a)
{
	const struct lw_evidence *e = a->finding->evidence;
	struct lw_bytes path = lw_evidence_path(e, a->seen->objects[0].path);

	return path.data ? path : lw_evidence_path(e, a->seen->execution.program);
}

struct lw_bytes
lw_account_binary(const struct lw_account *a)
{
	const char *interpreter = a->object->assessment.interpreter;
	struct lw_bytes path;

	if (is_argument(a) || (a->finding->object == 0 && !lw_object_is_script(a->object)))
		return program_path(a);
	if (lw_object_is_script(a->object))
		return (struct lw_bytes){interpreter[0] ? interpreter : NULL, strlen(interpreter)};
	path = lw_evidence_path(a->finding->evidence, a->object->path);
	return path.data ? path
			 : lw_evidence_path(a->finding->evidence, a->seen->execution.content_path);
}

struct lw_bytes
lw_account_script(const struct lw_account *a)
{
	struct lw_bytes path = {0};

	if (a->object->kind != LW_KIND_SCRIPT || a->object->layer == LW_LAYER_MEMFD)
		return path;
	path = lw_evidence_path(a->finding->evidence, a->object->path);
	if (!path.data && a->finding->object == 1)
		path = lw_evidence_path(a->finding->evidence, a->seen->execution.content_path);
	return path;
}

/* The interpreter of a "#!" script was not judged in the same execution: only its path is known. */
static void
write_binary(struct lw_json *j, const struct lw_account *a)
{
	struct lw_bytes path = lw_account_binary(a);
	const struct lw_object *o = is_argument(a) ? &a->seen->objects[0] : a->object;
	bool interpreter = !is_argument(a) && lw_object_is_script(a->object);
	struct file f = !interpreter && o->present ? file_of(o, path) : (struct file){.path = path};

	if (!path.data)
		return;
	lw_json_key(j, "binary");
	write_file(j, &f);
}

/* Hash and contents are of what was captured; the whole file's hash is in the properties. */
static void
write_script(struct lw_json *j, const struct lw_account *a)
{
	struct file f = file_of(a->object, lw_account_script(a));
	uint8_t sha256[LW_SHA256_SIZE];

	if (!lw_object_is_script(a->object))
		return;
	if (a->has_contents && lw_sha256_of(a->captured.data, a->captured.length, sha256) == 0) {
		f.sha256 = sha256;
		f.hashed_size = a->captured.length;
		f.size = LW_MAX(f.size, f.hashed_size);
		f.contents = lw_text_bytes(&a->contents);
	}
	lw_json_key(j, "script");
	write_file(j, &f);
}

static void
write_libraries(struct lw_json *j, const struct lw_account *a)
{
	struct file f = file_of(a->object, lw_evidence_path(a->finding->evidence, a->object->path));

	if (a->object->kind != LW_KIND_LIBRARY)
		return;
	lw_json_key(j, "libraries");
	lw_json_array(j);
	write_file(j, &f);
	lw_json_array_end(j);
}

static void
write_args(struct lw_json *j, const struct lw_text *args)
{
	struct lw_bytes item;

	if (args->length == 0)
		return;
	lw_json_key(j, "args");
	lw_json_array(j);
	for (size_t at = 0; lw_bytes_next(lw_text_bytes(args), &at, &item);)
		lw_json_bytes(j, item.data, item.length);
	lw_json_array_end(j);
}

static void
write_env(struct lw_json *j, const struct lw_text *env)
{
	struct lw_bytes item;

	if (env->length == 0)
		return;
	lw_json_key(j, "envVariables");
	lw_json_array(j);
	for (size_t at = 0; lw_bytes_next(lw_text_bytes(env), &at, &item);) {
		const char *equals = memchr(item.data, '=', item.length);
		size_t name = equals ? (size_t)(equals - item.data) : item.length;

		lw_json_object(j);
		lw_json_key(j, "name");
		lw_json_bytes(j, item.data, name);
		lw_json_key(j, "val");
		lw_json_bytes(j, equals ? &equals[1] : "", equals ? item.length - name - 1 : 0);
		lw_json_object_end(j);
	}
	lw_json_array_end(j);
}

/* As the kernel names it: the last part of the path, cut. */
static void
write_name(struct lw_json *j, struct lw_bytes path, const char comm[LW_COMM_SIZE])
{
	size_t from = path.length;

	while (from > 0 && path.data[from - 1] != '/')
		from--;
	lw_json_key(j, "name");
	if (path.length > from)
		lw_json_bytes(j, &path.data[from], LW_MIN(path.length - from, (size_t)COMM_SHOWN));
	else
		lw_json_bytes(j, comm, strnlen(comm, LW_COMM_SIZE));
}

static void
write_child(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_execution *x = &a->seen->execution;

	lw_json_object(j);
	write_name(j, lw_evidence_path(a->finding->evidence, x->program), x->comm);
	write_binary(j, a);
	write_script(j, a);
	write_libraries(j, a);
	write_args(j, &a->args);
	if (x->flags & LW_EXEC_ARGS_TRUNCATED || (a->brief && x->args.length))
		lw_json_pair_bool(j, "argumentsTruncated", true);
	write_env(j, &a->env);
	if (x->flags & LW_EXEC_ENV_TRUNCATED || (a->brief && x->env.length))
		lw_json_pair_bool(j, "envVariablesTruncated", true);
	if (x->tgid)
		lw_json_pair_i64s(j, "pid", x->tgid);
	if (x->ppid)
		lw_json_pair_i64s(j, "parentPid", x->ppid);
	if (x->tgid)
		lw_json_pair_i64s(j, "userId", x->uid);
	lw_json_object_end(j);
}

static void
write_ancestor(struct lw_json *j, struct lw_account *a, unsigned i)
{
	const struct lw_execution *x = &a->seen->execution;
	const struct lw_ancestor *p = &x->ancestors[i];
	struct lw_bytes args = lw_evidence_slice(a->finding->evidence, p->args);
	_cleanup_text_ struct lw_text shown = {0};
	struct file f = {.path = lw_evidence_path(a->finding->evidence, p->exe)};

	lw_text_init(&shown, args.length * LW_REDACT_GROWTH + 64);
	if (!a->brief)
		a->redacted |= lw_redact_arguments(a->context->redactor, args, &shown);
	lw_json_object(j);
	lw_json_key(j, "name");
	lw_json_bytes(j, p->comm, strnlen(p->comm, LW_COMM_SIZE));
	if (f.path.data) {
		lw_json_key(j, "binary");
		write_file(j, &f);
	}
	write_args(j, &shown);
	if (p->pid)
		lw_json_pair_i64s(j, "pid", p->pid);
	if (i + 1 < x->ancestor_count && x->ancestors[i + 1].pid)
		lw_json_pair_i64s(j, "parentPid", x->ancestors[i + 1].pid);
	lw_json_pair_i64s(j, "userId", p->uid);
	lw_json_object_end(j);
}

void
lw_account_processes(struct lw_json *j, struct lw_account *a)
{
	lw_json_key(j, "processes");
	lw_json_array(j);
	write_child(j, a);
	for (unsigned i = 0; i < a->seen->execution.ancestor_count; i++)
		write_ancestor(j, a, i);
	lw_json_array_end(j);
}

void
lw_account_files(struct lw_json *j, const struct lw_account *a)
{
	struct lw_bytes path = a->object->kind == LW_KIND_LIBRARY
				       ? lw_evidence_path(a->finding->evidence, a->object->path)
			       : lw_object_is_script(a->object) ? lw_account_script(a)
								: lw_account_binary(a);
	struct file f = file_of(a->object, path);

	if (!path.data)
		return;
	lw_json_key(j, "files");
	lw_json_array(j);
	write_file(j, &f);
	lw_json_array_end(j);
}
