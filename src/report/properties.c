#include <string.h>

#include "report/account.h"

/* Facts that are told only when they hold. */
struct flag {
	uint32_t bit;
	const char *key;
};

static const struct flag execution_flags[] = {
	{LW_EXEC_ARGS_UNREADABLE, "Arguments_Unreadable"},
	{LW_EXEC_COMPAT, "Compat_32bit"},
	{LW_EXEC_X32, "Compat_X32"},
	{LW_EXEC_LOADER_TARGET, "Started_By_Loader"},
	{LW_EXEC_PATH_TRUNCATED, "Path_Truncated"},
	{LW_EXEC_NO_REGISTERS, "Arguments_Unknown"},
	{LW_EXEC_CONTENT_UNRESOLVED, "Script_Not_Found"},
	{LW_EXEC_CONTENT_NOT_REGULAR, "Script_Not_Regular"},
	{LW_EXEC_FAILED, "Process_Gone"},
	{LW_EXEC_CODE_LEFT, "More_Code_Than_Looked_At"},
};

static const struct flag assessment_flags[] = {
	{LW_ASSESS_PARTIAL, "Partially_Hashed"},
	{LW_ASSESS_UNREADABLE, "Unreadable"},
	{LW_ASSESS_TRUNCATED, "Contents_Truncated"},
	{LW_ASSESS_YARA_PARTIAL, "Yara_Incomplete"},
	{LW_ASSESS_ELF_STATIC, "Elf_Static"},
	{LW_ASSESS_ELF_LOADER, "Elf_Loader"},
	{LW_ASSESS_ELF_BAD, "Elf_Malformed"},
};

static void
write_flags(struct lw_json *j, const struct flag *flags, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (value & flags[i].bit)
			lw_json_pair_bool(j, flags[i].key, true);
	}
}

static void
pair_true(struct lw_json *j, const char *key, bool value)
{
	if (value)
		lw_json_pair_bool(j, key, true);
}

static void
pair_sha256(struct lw_json *j, const char *key, const uint8_t sha256[LW_SHA256_SIZE])
{
	char hex[2 * LW_SHA256_SIZE + 1];

	lw_hex(hex, sha256, LW_SHA256_SIZE);
	lw_json_pair_string(j, key, hex);
}

/* A capture may end within a character: that is a cut, not foreign bytes. */
static bool
is_text(struct lw_bytes b)
{
	for (size_t cut = 0; cut < 4 && cut <= b.length; cut++) {
		if (lw_utf8_valid(b.data, b.length - cut))
			return true;
	}
	return false;
}

/* The exact bytes of what the text shows with U+FFFD in it. */
static void
pair_base64(struct lw_json *j, const char *key, struct lw_bytes b)
{
	_cleanup_text_ struct lw_text encoded = {0};

	if (!b.data || is_text(b))
		return;
	lw_text_init(&encoded, b.length / 3 * 4 + 8);
	lw_text_add_base64(&encoded, b.data, b.length);
	if (encoded.failed)
		j->text->failed = true;
	else
		lw_json_pair_string(j, key, encoded.data);
}

static void
write_reasons(struct lw_json *j, const struct lw_assessment *v)
{
	_cleanup_text_ struct lw_text reasons = {0};

	lw_text_init(&reasons, LW_REASONS_MAX * (LW_REASON_SIZE + 2));
	for (unsigned i = 0; i < v->reason_count; i++)
		lw_text_addf(&reasons, "%s%s", i ? "; " : "", v->reasons[i]);
	lw_json_pair_string(j, "Reasons", reasons.data);
}

/* The decoded layer that was judged. */
static void
write_decoded(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_layer_excerpt *d = &a->object->assessment.decoded;

	if (d->line == 0)
		return;
	lw_json_pair_string(j, "Decoded_Encodings", d->encodings);
	lw_json_pair_i64(j, "Decoded_Line", d->line);
	lw_json_pair_i64(j, "Decoded_Size", d->size);
	lw_account_bytes(j, "Decoded_Text", lw_text_bytes(&a->decoded));
	pair_base64(j, "Decoded_Text_Base64", lw_text_bytes(&a->decoded));
}

static void
write_hit(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_rule_hit *hit = &a->seen->hit;

	if (!hit->present)
		return;
	lw_json_pair_string(j, "Detection_Rule", hit->title);
	lw_json_pair_string(j, "Detection_Rule_Id", hit->id);
	lw_json_pair_string(j, "False_Positives", hit->false_positives);
}

static void
write_judgement(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_object *o = a->object;
	const struct lw_assessment *v = &o->assessment;
	enum lw_language language = lw_evidence_language(a->seen, a->finding->object);

	lw_json_pair_string(j, "Layer", lw_layer_to_str(o->layer));
	lw_json_pair_string(j, "Kind", lw_kind_to_str(o->kind));
	lw_json_pair_string(j, "Action", lw_outcome_to_str(o->outcome));
	lw_json_pair_string(j, "Policy_Rule", o->rule);
	lw_json_pair_string(j, "Mode", lw_mode_to_str(a->seen->mode));
	lw_json_pair_string(j, "Verdict", lw_verdict_to_str(v->verdict));
	if (v->verdict == LW_VERDICT_MALICIOUS || v->verdict == LW_VERDICT_SUSPICIOUS) {
		lw_json_key(j, "Score");
		lw_json_double(j, v->score, 3);
	}
	write_hit(j, a);
	write_reasons(j, v);
	write_decoded(j, a);
	lw_json_pair_string(j, "Model", v->model);
	lw_json_pair_string(j, "Hash_List", v->hash_list);
	if (lw_object_is_script(o) && language != LW_LANGUAGE_NONE)
		lw_json_pair_string(j, "Language", lw_language_to_str(language));
	if (o->original_known)
		pair_sha256(j, "Original_SHA256", o->original_sha256);
	if (v->flags & LW_ASSESS_HASHED && lw_object_is_script(o))
		pair_sha256(j, "Script_SHA256", v->sha256);
}

static void
write_course(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_observation *s = a->seen;

	lw_json_pair_i64(j, "Decision_Us", s->decision_us);
	lw_json_pair_i64(j, "Queue_Us", s->queue_us);
	if (a->finding->repeats)
		lw_json_pair_i64(j, "Repeat_Count", a->finding->repeats);
	pair_true(j, "Deadline_Missed", a->object->deadline_missed || s->reason_deadline);
	pair_true(j, "Writable_Mapping", a->object->writable_mapping);
	pair_true(j, "Changed_While_Judged", a->object->changed_while_judged);
	pair_true(j, "Script_Incomplete", a->object->incomplete);
	pair_true(j, "Judged_After_Answer", s->late);
	pair_true(j, "Redacted", a->redacted);
	pair_true(j, "Shortened", a->brief);
	write_flags(j, execution_flags, LW_ARRAY_SIZE(execution_flags), s->execution.flags);
	write_flags(
		j, assessment_flags, LW_ARRAY_SIZE(assessment_flags), a->object->assessment.flags);
}

static void
write_place(struct lw_json *j, const struct lw_account *a)
{
	static const char *const states[] = {
		[LW_FACTS_PARTIAL] = "partial",
		[LW_FACTS_PENDING] = "pending",
		[LW_FACTS_LATE] = "late",
	};
	const struct lw_container_facts *f = a->finding->container;
	char overlay[32];

	lw_json_pair_string(j, "VM_Instance_Name", a->context->host);
	if (a->finding->facts != LW_FACTS_COMPLETE)
		lw_json_pair_string(j, "Container_Facts", states[a->finding->facts]);
	if (a->seen->dev_major || a->seen->dev_minor) {
		snprintf(overlay, sizeof(overlay), "%u:%u", a->seen->dev_major, a->seen->dev_minor);
		lw_json_pair_string(j, "Overlay", overlay);
	}
	if (!f)
		return;
	lw_json_pair_string(j, "Engine", lw_engine_to_str(f->engine));
	lw_json_pair_string(j, "Container_Id", f->id);
	lw_json_pair_string(j, "Container_Name", f->name);
	lw_json_pair_string(j, "Container_Image_Uri", f->image);
	lw_json_pair_string(j, "Pod_Namespace", f->namespace_);
	lw_json_pair_string(j, "Pod_Name", f->pod);
	pair_true(j, "Privileged", f->privileged == 1);
	pair_true(j, "Labels_Truncated", f->labels_truncated);
}

struct stream {
	enum lw_stdin type;
	struct lw_slice peer;
	const struct lw_ancestor *other;
	const char *keys[3]; /* of type, peer, other */
};

static void
write_stream(struct lw_json *j, const struct lw_account *a, const struct stream *stream)
{
	const struct lw_ancestor *other = stream->other;

	if (stream->type != LW_STDIN_UNKNOWN)
		lw_json_pair_string(j, stream->keys[0], lw_stdin_to_str(stream->type));
	lw_account_bytes(j, stream->keys[1], lw_evidence_path(a->finding->evidence, stream->peer));
	if (other->pid)
		lw_account_bytes(j, stream->keys[2],
			(struct lw_bytes){other->comm, strnlen(other->comm, LW_COMM_SIZE)});
}

static void
write_streams(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_execution *x = &a->seen->execution;
	const struct stream streams[] = {
		{x->stdin_type, x->stdin_peer, &x->stdin_writer,
			{"Stdin_Type", "Stdin_Peer", "Stdin_Writer"}},
		{x->stdout_type, x->stdout_peer, &x->stdout_reader,
			{"Stdout_Type", "Stdout_Peer", "Stdout_Reader"}},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(streams); i++)
		write_stream(j, a, &streams[i]);
}

static void
write_process(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_evidence *e = a->finding->evidence;
	const struct lw_execution *x = &a->seen->execution;
	struct lw_bytes binary = lw_account_binary(a);

	lw_account_bytes(j, "Process_Binary_Fullpath", binary);
	pair_base64(j, "Process_Binary_Fullpath_Base64", binary);
	pair_base64(j, "Script_Path_Base64", lw_account_script(a));
	pair_base64(j, "Script_Contents_Base64", lw_text_bytes(&a->contents));
	pair_base64(j, "Process_Arguments_Base64", lw_text_bytes(&a->args));
	pair_base64(j, "Process_Environment_Base64", lw_text_bytes(&a->env));
	lw_account_bytes(j, "Process_Program", lw_evidence_path(e, x->program));
	lw_account_bytes(j, "Process_Cwd", lw_evidence_path(e, x->cwd));
	if (x->argc)
		lw_json_pair_i64(j, "Process_Argument_Count", x->argc);
	write_streams(j, a);
	lw_account_redirection(j, a);
}

void
lw_account_virustotal(struct lw_json *j, const char *key, const struct lw_assessment *v)
{
	char url[160], hex[2 * LW_SHA256_SIZE + 1];

	if (!(v->flags & LW_ASSESS_HASHED))
		return;
	lw_hex(hex, v->sha256, LW_SHA256_SIZE);
	snprintf(url, sizeof(url), "https://www.virustotal.com/gui/file/%s", hex);
	lw_json_pair_string(j, key, url);
}

void
lw_account_properties(struct lw_json *j, const struct lw_account *a)
{
	lw_json_key(j, "sourceProperties");
	lw_json_object(j);
	write_judgement(j, a);
	write_course(j, a);
	write_place(j, a);
	write_process(j, a);
	lw_account_virustotal(j, "VirusTotal_Indicator", &a->object->assessment);
	lw_json_object_end(j);
}
