#include <errno.h>
#include <string.h>

#include "classify/assess.h"
#include "classify/elf.h"
#include "classify/packed.h"
#include "classify/recognise.h"
#include "classify/script.h"
#include "layerwatch/interpreter.h"

/* score; models have seen sources alone, and not one in 1000 harmless modules has so much */
#define COMPILED_LEAST 0.97
#define DAY_US (86400ll * 1000 * 1000)

int
lw_assessor_init(struct lw_assessor *a)
{
	memset(a, 0, sizeof(*a));
	int r;

	a->hash_bytes = UINT64_MAX;
	r = lw_content_init(&a->content);
	return r < 0 ? r : lw_judge_new(&a->judge);
}

void
lw_assessor_done(struct lw_assessor *a)
{
	lw_content_done(&a->content);
	lw_lists_done(&a->lists);
	a->interpreters = lw_custom_free(a->interpreters);
	a->yara = lw_yara_free(a->yara);
	a->judge = lw_judge_free(a->judge);
	a->model = lw_model_free(a->model);
}

static const struct lw_interpreter *
find_interpreter(const struct lw_assessor *a, const char *name, size_t length)
{
	struct lw_interpreters more = {0};

	if (a->interpreters)
		more = lw_custom_rows(a->interpreters);
	return lw_interpreter_find(&more, name, length);
}

static bool
is_interpreter_name(const struct lw_assessor *a, const struct lw_msg_assess *request)
{
	return find_interpreter(a, request->name, strnlen(request->name, sizeof(request->name)));
}

/* The "#!" line of a script may name an interpreter of the policy. */
static enum lw_language
script_language(const struct lw_assessor *a, const struct lw_script *s)
{
	const struct lw_interpreter *i;
	const char *name;
	size_t length;

	if (s->language != LW_LANGUAGE_OTHER)
		return s->language;
	name = lw_interpreter_base_name(s->interpreter, strlen(s->interpreter), &length);
	i = find_interpreter(a, name, length);
	return i ? i->language : LW_LANGUAGE_OTHER;
}

static uint32_t
elf_flags(const struct lw_elf *elf)
{
	const struct {
		bool is;
		uint32_t flag;
	} rows[] = {
		{elf->has_interp, LW_ASSESS_ELF_INTERP},
		{elf->is_loader, LW_ASSESS_ELF_LOADER},
		{elf->is_static, LW_ASSESS_ELF_STATIC},
		{elf->is_library, LW_ASSESS_ELF_LIBRARY},
		{elf->bad, LW_ASSESS_ELF_BAD},
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++)
		if (rows[i].is)
			flags |= rows[i].flag;
	return flags;
}

/* An image's own programs are what they are called; others can be copies under any name. */
static void
recognise(const struct lw_assessor *a, const struct lw_msg_assess *request,
	const struct lw_elf *elf, struct lw_assessment *out)
{
	bool foreign = request->layer != LW_LAYER_IMAGE && request->layer != LW_LAYER_TOUCHED;
	const struct lw_interpreter *i = foreign && request->kind == LW_KIND_BINARY
						 ? lw_recognise(a->content.fd, elf)
						 : NULL;

	if (is_interpreter_name(a, request) || i)
		out->flags |= LW_ASSESS_INTERPRETER;
	if (i)
		out->language = (uint8_t)i->language;
}

/* What the file is, from its head (and an ELF's tables, wherever in the file they are). */
static void
read_format(struct lw_assessor *a, const struct lw_msg_assess *request, struct lw_assessment *out)
{
	const struct lw_content *c = &a->content;
	struct lw_script script;
	struct lw_elf elf;

	lw_window_init(&a->window, c->fd, c->st.st_size, c->block, c->head_length);
	if (lw_elf_read(&a->window, &elf) == 0) {
		out->format = LW_FORMAT_ELF;
		out->flags |= elf_flags(&elf);
		recognise(a, request, &elf, out);
		lw_copy_string(out->interpreter, sizeof(out->interpreter), elf.interpreter);
		return;
	}
	lw_script_read(c->block, c->head_length, &script);
	out->format = script.format;
	out->language = script_language(a, &script);
	lw_copy_string(out->interpreter, sizeof(out->interpreter), script.interpreter);
	lw_copy_string(out->interpreter_arg, sizeof(out->interpreter_arg), script.argument);
}

/* Who asks has seen which interpreter reads the file; that counts for more than the "#!" line. */
static enum lw_language
asked_language(const struct lw_msg_assess *request, enum lw_language found)
{
	bool asked = request->language != LW_LANGUAGE_NONE && request->language < LW_LANGUAGE_COUNT;

	return asked ? request->language : found;
}

static bool
is_script(const struct lw_msg_assess *request, enum lw_format format)
{
	return format == LW_FORMAT_SHEBANG || format == LW_FORMAT_TEXT ||
	       (request->flags & LW_ASSESS_AS_SCRIPT);
}

static bool
wants_capture(const struct lw_msg_assess *request, enum lw_format format)
{
	bool script = is_script(request, format);

	if (request->flags & LW_ASSESS_CAPTURE_SCRIPTS)
		return script;
	return request->flags & LW_ASSESS_WANT_CAPTURE;
}

/* "hash list: NAME, 3 days old: LABEL" */
static void
add_reason(struct lw_assessment *out, const struct lw_list *list, const char *label)
{
	int64_t age = lw_realtime_us() - lw_hashset_info(list->set)->created_us;
	int64_t days = LW_MAX(age, 0) / DAY_US;
	char old[32] = "of today", reason[LW_REASON_SIZE + LW_HASHSET_LABEL_SIZE + 48];

	if (out->reason_count == 0)
		lw_copy_string(out->hash_list, sizeof(out->hash_list), list->name);
	if (out->reason_count == LW_REASONS_MAX)
		return;
	if (days > 0)
		snprintf(old, sizeof(old), "%lld day%s old", (long long)days, days > 1 ? "s" : "");
	snprintf(reason, sizeof(reason), "hash list: %s, %s%s%s", list->name, old,
		label[0] ? ": " : "", label);
	lw_copy_string(out->reasons[out->reason_count++], LW_REASON_SIZE, reason);
}

static bool
judge_by(const struct lw_lists *lists, enum lw_verdict verdict, const uint8_t *sha256,
	struct lw_assessment *out)
{
	const struct lw_list *list = NULL;
	char label[LW_HASHSET_LABEL_SIZE];

	while ((list = lw_lists_find(lists, verdict, sha256, list, label))) {
		out->verdict = verdict;
		add_reason(out, list, label);
	}
	return out->verdict == verdict;
}

static void
add_reasons_once(const struct lw_judgement *j, struct lw_assessment *out)
{
	for (uint32_t i = 0; i < j->reason_count && out->reason_count < LW_REASONS_MAX; i++) {
		bool there = false;

		for (uint32_t k = 0; k < out->reason_count; k++)
			there |= strcmp(out->reasons[k], j->reasons[i]) == 0;
		if (!there)
			memcpy(out->reasons[out->reason_count++], j->reasons[i], LW_REASON_SIZE);
	}
}

/* Shells read past them: they are no part of the code. */
static size_t
remove_nuls(uint8_t *text, size_t length)
{
	size_t kept = 0;

	if (!memchr(text, '\0', length))
		return length;
	for (size_t i = 0; i < length; i++)
		if (text[i] != '\0')
			text[kept++] = text[i];
	return kept;
}

/* The text that was read last; *j then holds what was worse, that or what it held. */
static void
read_text(struct lw_assessor *a, uint64_t deadline_us, enum lw_language language,
	struct lw_judgement *j)
{
	const struct lw_judge_by by = {a->model, a->yara, deadline_us};
	struct lw_content *c = &a->content;
	struct lw_judgement one;

	c->text_length = remove_nuls(c->text, c->text_length);
	lw_judge_script(a->judge, &by, language, c->text, c->text_length, &one);
	lw_judgement_add(j, &one);
}

/* Of compiled code, strings and names without the code around them: only what is sure counts. */
static void
doubt(struct lw_judgement *j)
{
	if (j->score >= COMPILED_LEAST)
		return;
	*j = (struct lw_judgement){.score = j->score, .rules_partial = j->rules_partial};
}

/* What a text says: more than a list that does not know it. */
static void
judge_text(const struct lw_assessor *a, const struct lw_judgement *j, struct lw_assessment *out)
{
	if (out->verdict == LW_VERDICT_TRUSTED)
		return;
	if (a->model && lw_model_find(a->model, out->language))
		lw_copy_string(out->model, sizeof(out->model), lw_model_name(a->model));
	out->decoded = j->decoded;
	out->verdict = LW_MAX(out->verdict, j->verdict);
	out->score = LW_MAX(out->score, (float)j->score);
	out->flags |= j->rules_partial ? LW_ASSESS_YARA_PARTIAL : 0;
	add_reasons_once(j, out);
}

static void
judge_lists(const struct lw_lists *lists, uint32_t asked, struct lw_assessment *out)
{
	if (judge_by(lists, LW_VERDICT_MALICIOUS, out->sha256, out) ||
		(out->captured_size > 0 &&
			judge_by(lists, LW_VERDICT_MALICIOUS, out->captured_sha256, out)))
		out->score = 1.0f;
	else if (out->flags & LW_ASSESS_HASHED && !(asked & LW_ASSESS_INCOMPLETE))
		judge_by(lists, LW_VERDICT_TRUSTED, out->sha256, out);
}

/* A text that ends in an archive: "python3 < FILE" reads the text, "python3 FILE" the archive. */
static bool
is_both(enum lw_format format, int packed)
{
	return packed >= 0 && (format == LW_FORMAT_SHEBANG || format == LW_FORMAT_TEXT);
}

/* Of a file that is packed code, the capture is what is within. */
static int
read_packed(struct lw_assessor *a, int fd, const struct lw_content_limits *limits,
	struct lw_content_result *out)
{
	struct lw_content_result code;
	int r = lw_content_begin(&a->content, fd);

	if (r == 0)
		r = lw_content_finish(&a->content, limits, &code);
	if (r < 0)
		return r;
	out->flags |= code.flags & LW_ASSESS_TRUNCATED;
	out->captured_size = code.captured_size;
	memcpy(out->captured_sha256, code.captured_sha256, sizeof(out->captured_sha256));
	return 0;
}

/* The beginning of the file in memory of our own; *n bytes of it. NULL: there is no memory. */
static uint8_t *
load_bytes(int fd, uint64_t size, size_t *n)
{
	size_t most = LW_MIN(size, (uint64_t)LW_YARA_SCAN_MAX + 1);
	uint8_t *bytes = malloc(most + 1);

	*n = 0;
	if (bytes)
		*n = (size_t)LW_MAX(lw_pread_full(fd, bytes, most, 0), 0);
	return bytes;
}

static void
add_rules(const struct lw_yara_matches *m, struct lw_assessment *out)
{
	for (size_t i = 0; i < m->count && out->reason_count < LW_REASONS_MAX; i++)
		snprintf(out->reasons[out->reason_count++], LW_REASON_SIZE, LW_REASON_YARA "%s",
			m->names[i]);
}

/* What no list knows, or a list has condemned: the rules that match are named in both cases. */
static void
judge_by_rules(struct lw_assessor *a, int fd, uint64_t deadline_us, struct lw_assessment *out)
{
	uint64_t now = lw_now_us(), timeout = deadline_us > now ? deadline_us - now : 1;
	_cleanup_free_ uint8_t *bytes = NULL;
	struct lw_yara_matches matches;
	struct stat st = {0};
	size_t n = 0;

	if (!a->yara || out->verdict == LW_VERDICT_TRUSTED)
		return;
	if (fstat(fd, &st) == 0)
		bytes = load_bytes(fd, st.st_size, &n);
	if (!bytes) {
		out->flags |= LW_ASSESS_YARA_PARTIAL;
		return;
	}
	lw_yara_scan(a->yara, bytes, n, deadline_us ? timeout : 0, &matches);
	if (matches.partial || n < (uint64_t)st.st_size)
		out->flags |= LW_ASSESS_YARA_PARTIAL;
	add_rules(&matches, out);
	out->score = LW_MAX(out->score, lw_yara_score(matches.verdict));
	out->verdict = LW_MAX(out->verdict, (uint8_t)matches.verdict);
}

static int
read_content(struct lw_assessor *a, const struct lw_msg_assess *request, int packed, int capture_fd,
	uint64_t deadline_us, struct lw_judgement *own, struct lw_assessment *out)
{
	int captured = wants_capture(request, out->format) ? capture_fd : -1;
	struct lw_content_limits limits = {
		.hash_bytes = a->hash_bytes,
		.deadline_us = deadline_us,
		.keep_text = is_script(request, out->format) || packed >= 0,
		.capture_fd = packed < 0 ? captured : -1,
		.capture_max = request->capture_max,
	};
	struct lw_content_result result;
	int r = lw_content_finish(&a->content, &limits, &result);

	limits.capture_fd = captured;
	if (r == 0 && is_both(out->format, packed))
		read_text(a, deadline_us, out->language, own);
	if (r == 0 && packed >= 0)
		r = read_packed(a, packed, &limits, &result);
	if (r < 0)
		return r;
	out->flags |= result.flags;
	out->hashed_size = result.hashed_size;
	out->captured_size = result.captured_size;
	memcpy(out->sha256, result.sha256, sizeof(out->sha256));
	memcpy(out->captured_sha256, result.captured_sha256, sizeof(out->captured_sha256));
	return 0;
}

void
lw_assess(struct lw_assessor *a, const struct lw_msg_assess *request, int fd, int capture_fd,
	struct lw_assessment *out)
{
	uint64_t deadline_us = request->budget_us ? lw_now_us() + request->budget_us : 0;
	struct lw_judgement judgement = {0};
	_cleanup_close_ int packed = -1;
	bool compiled = false;

	memset(out, 0, sizeof(*out));
	out->language = asked_language(request, LW_LANGUAGE_NONE);
	if (lw_content_begin(&a->content, fd) < 0) {
		out->flags |= LW_ASSESS_UNREADABLE;
		return;
	}
	out->size = a->content.st.st_size;
	read_format(a, request, out);
	out->language = asked_language(request, out->language);
	packed = lw_packed_open(
		fd, out->size, a->content.block, a->content.head_length, out->language, &compiled);
	if (read_content(a, request, packed, capture_fd, deadline_us, &judgement, out) < 0) {
		out->flags |= LW_ASSESS_UNREADABLE;
		return;
	}
	judge_lists(&a->lists, request->flags, out);
	judge_by_rules(a, fd, deadline_us, out);
	if (packed >= 0)
		judge_by_rules(a, packed, deadline_us, out);
	if (!is_script(request, out->format) && packed < 0)
		return;
	if (out->verdict != LW_VERDICT_TRUSTED)
		read_text(a, deadline_us, out->language, &judgement);
	if (compiled)
		doubt(&judgement);
	judge_text(a, &judgement, out);
}
