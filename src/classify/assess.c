#include <string.h>

#include "classify/assess.h"
#include "classify/elf.h"
#include "classify/script.h"
#include "layerwatch/interpreter.h"

int
lw_assessor_init(struct lw_assessor *a)
{
	memset(a, 0, sizeof(*a));
	a->hash_bytes = UINT64_MAX;
	return lw_content_init(&a->content);
}

void
lw_assessor_done(struct lw_assessor *a)
{
	lw_content_done(&a->content);
	lw_lists_done(&a->lists);
}

static bool
is_interpreter_name(const struct lw_msg_assess *request)
{
	size_t length = strnlen(request->name, sizeof(request->name));

	return lw_interpreter_language(request->name, length) != LW_LANGUAGE_NONE;
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
		if (is_interpreter_name(request))
			out->flags |= LW_ASSESS_INTERPRETER;
		lw_copy_string(out->interpreter, sizeof(out->interpreter), elf.interpreter);
		return;
	}
	lw_script_read(c->block, c->head_length, &script);
	out->format = script.format;
	out->language = script.language;
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
wants_capture(const struct lw_msg_assess *request, enum lw_format format)
{
	bool script = format == LW_FORMAT_SHEBANG || format == LW_FORMAT_TEXT ||
		      (request->flags & LW_ASSESS_AS_SCRIPT);

	if (request->flags & LW_ASSESS_CAPTURE_SCRIPTS)
		return script;
	return request->flags & LW_ASSESS_WANT_CAPTURE;
}

static void
add_reason(struct lw_assessment *out, const struct lw_list *list)
{
	if (out->reason_count == 0)
		lw_copy_string(out->hash_list, sizeof(out->hash_list), list->name);
	if (out->reason_count == LW_REASONS_MAX)
		return;
	snprintf(out->reasons[out->reason_count++], LW_REASON_SIZE, "hash list: %s", list->name);
}

static bool
judge_by(const struct lw_lists *lists, enum lw_verdict verdict, const uint8_t *sha256,
	struct lw_assessment *out)
{
	const struct lw_list *list = NULL;

	while ((list = lw_lists_find(lists, verdict, sha256, list))) {
		out->verdict = verdict;
		add_reason(out, list);
	}
	return out->verdict == verdict;
}

static void
judge(const struct lw_lists *lists, struct lw_assessment *out)
{
	if (judge_by(lists, LW_VERDICT_MALICIOUS, out->sha256, out) ||
		(out->captured_size > 0 &&
			judge_by(lists, LW_VERDICT_MALICIOUS, out->captured_sha256, out)))
		out->score = 1.0f;
	else if (out->flags & LW_ASSESS_HASHED)
		judge_by(lists, LW_VERDICT_TRUSTED, out->sha256, out);
}

static int
read_content(struct lw_assessor *a, const struct lw_msg_assess *request, int capture_fd,
	uint64_t deadline_us, struct lw_assessment *out)
{
	struct lw_content_limits limits = {
		.hash_bytes = a->hash_bytes,
		.deadline_us = deadline_us,
		.capture_fd = wants_capture(request, out->format) ? capture_fd : -1,
		.capture_max = request->capture_max,
	};
	struct lw_content_result result;
	int r = lw_content_finish(&a->content, &limits, &result);

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

	memset(out, 0, sizeof(*out));
	out->language = asked_language(request, LW_LANGUAGE_NONE);
	if (lw_content_begin(&a->content, fd) < 0) {
		out->flags |= LW_ASSESS_UNREADABLE;
		return;
	}
	out->size = a->content.st.st_size;
	read_format(a, request, out);
	out->language = asked_language(request, out->language);
	if (read_content(a, request, capture_fd, deadline_us, out) < 0)
		out->flags |= LW_ASSESS_UNREADABLE;
	else
		judge(&a->lists, out);
}
