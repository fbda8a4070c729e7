#include <yara.h>

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "classify/yara.h"
#include "layerwatch/words.h"
#include "policy/rule_files.h"

struct lw_yara {
	YR_RULES *rules;
	YR_SCANNER *scanner;
	size_t count;
	const char *refused; /* a module that is not taken */
};

/* Where errors of the compiler go. */
struct compiling {
	const char *path;
	char *detail;
	bool failed;
};

int
lw_yara_start(void)
{
	return yr_initialize() == ERROR_SUCCESS ? 0 : -ENOMEM;
}

struct lw_yara *
lw_yara_free(struct lw_yara *y)
{
	if (!y)
		return NULL;
	if (y->scanner)
		yr_scanner_destroy(y->scanner);
	if (y->rules)
		yr_rules_destroy(y->rules);
	free(y);
	return NULL;
}

void
lw_yara_freep(struct lw_yara **y)
{
	*y = lw_yara_free(*y);
}

size_t
lw_yara_count(const struct lw_yara *y)
{
	return y ? y->count : 0;
}

static void
compiler_freep(YR_COMPILER **c)
{
	if (*c)
		yr_compiler_destroy(*c);
}

/* The first error counts; what follows is often of its making. */
static void
on_message(
	int level, const char *file, int line, const YR_RULE *rule, const char *message, void *arg)
{
	struct compiling *c = arg;

	if (level != YARA_ERROR_LEVEL_ERROR || c->failed)
		return;
	snprintf(c->detail, LW_YARA_DETAIL, "%.120s:%d: %s", c->path, line, message);
	c->failed = true;
}

static const char *
namespace_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Adds the files; 0, 1 with detail, or -ENOMEM. */
static int
compile(YR_COMPILER *compiler, const char *text, size_t length, char *detail)
{
	struct compiling c = {.detail = detail};
	struct lw_rule_file file;
	size_t at = 0;

	yr_compiler_set_callback(compiler, on_message, &c);
	yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
	while (lw_rule_files_next(text, length, &at, &file)) {
		c.path = file.path;
		if (yr_compiler_add_string(compiler, file.text, namespace_of(file.path)) == 0)
			continue;
		if (!c.failed)
			snprintf(detail, LW_YARA_DETAIL, "%.120s: can't be compiled", file.path);
		return 1;
	}
	if (at != length) {
		snprintf(detail, LW_YARA_DETAIL, "the rules came damaged");
		return 1;
	}
	return 0;
}

/* What needs no file and no library of its own. */
static bool
is_taken_module(const char *name)
{
	static const char *const modules[] = {
		"elf", "math", "hash", "time", "string", "pe", "dotnet", "console"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(modules); i++)
		if (strcmp(name, modules[i]) == 0)
			return true;
	return false;
}

static const char *
verdict_meta(YR_RULE *rule)
{
	YR_META *meta;

	yr_rule_metas_foreach(rule, meta)
	{
		if (meta->type == META_TYPE_STRING && strcmp(meta->identifier, "verdict") == 0)
			return meta->string;
	}
	return "malicious";
}

static enum lw_verdict
verdict_of(YR_RULE *rule)
{
	const char *meta = verdict_meta(rule);

	if (strcmp(meta, "none") == 0)
		return LW_VERDICT_UNKNOWN;
	return strcmp(meta, "suspicious") == 0 ? LW_VERDICT_SUSPICIOUS : LW_VERDICT_MALICIOUS;
}

/* A match that is stronger than what is there goes to the front. */
static void
add_match(struct lw_yara_matches *m, const char *name, enum lw_verdict verdict)
{
	bool first = verdict > m->verdict;
	size_t kept = LW_MIN(m->count, (size_t)LW_YARA_MATCHES - 1);

	if (verdict == LW_VERDICT_UNKNOWN || (!first && m->count == LW_YARA_MATCHES))
		return;
	if (first)
		memmove(m->names[1], m->names[0], kept * sizeof(m->names[0]));
	lw_copy_string(m->names[first ? 0 : kept], sizeof(m->names[0]), name);
	m->count = kept + 1;
	m->verdict = LW_MAX(m->verdict, verdict);
}

/* What one scan knows. */
struct scan {
	struct lw_yara *yara;
	struct lw_yara_matches *matches;
};

static int
on_event(YR_SCAN_CONTEXT *context, int event, void *data, void *arg)
{
	struct scan *s = arg;

	if (event == CALLBACK_MSG_RULE_MATCHING)
		add_match(s->matches, ((YR_RULE *)data)->identifier, verdict_of(data));
	if (event == CALLBACK_MSG_TOO_MANY_MATCHES)
		s->matches->partial = true;
	if (event == CALLBACK_MSG_IMPORT_MODULE) {
		const char *name = ((YR_MODULE_IMPORT *)data)->module_name;

		if (!is_taken_module(name)) {
			s->yara->refused = name;
			return CALLBACK_ERROR;
		}
	}
	return CALLBACK_CONTINUE;
}

void
lw_yara_scan(struct lw_yara *y, const void *bytes, size_t n, uint64_t timeout_us,
	struct lw_yara_matches *out)
{
	struct scan s = {y, out};

	memset(out, 0, sizeof(*out));
	if (!y)
		return;
	yr_scanner_set_callback(y->scanner, on_event, &s);
	/* yr_scanner_set_timeout() knows whole seconds only. */
	y->scanner->timeout = timeout_us ? timeout_us * 1000 : UINT64_MAX;
	if (yr_scanner_scan_mem(y->scanner, bytes, LW_MIN(n, LW_YARA_SCAN_MAX)) != ERROR_SUCCESS)
		out->partial = true;
	out->partial |= n > LW_YARA_SCAN_MAX;
}

/* A first scan, of nothing, shows the modules that the rules import. */
static int
try_rules(struct lw_yara *y, char detail[LW_YARA_DETAIL])
{
	struct lw_yara_matches matches;
	YR_RULE *rule;

	yr_rules_foreach(y->rules, rule)
	{
		const char *meta = verdict_meta(rule);

		y->count++;
		if (strcmp(meta, "none") != 0 && strcmp(meta, "suspicious") != 0 &&
			strcmp(meta, "malicious") != 0) {
			snprintf(detail, LW_YARA_DETAIL,
				"%.60s: rule %.60s: verdict is malicious, suspicious or none",
				rule->ns->name, rule->identifier);
			return 1;
		}
	}
	lw_yara_scan(y, "", 0, 0, &matches);
	if (y->refused) {
		snprintf(detail, LW_YARA_DETAIL, "the module %.40s can't be used here", y->refused);
		return 1;
	}
	return 0;
}

int
lw_yara_load(const char *text, size_t length, struct lw_yara **out, char detail[LW_YARA_DETAIL])
{
	_cleanup_(lw_yara_freep) struct lw_yara *y = calloc(1, sizeof(*y));
	_cleanup_(compiler_freep) YR_COMPILER *compiler = NULL;
	int r;

	if (length == 0)
		return 0;
	if (!y || yr_compiler_create(&compiler) != ERROR_SUCCESS)
		return -ENOMEM;
	r = compile(compiler, text, length, detail);
	if (r != 0)
		return r;
	if (yr_compiler_get_rules(compiler, &y->rules) != ERROR_SUCCESS ||
		yr_scanner_create(y->rules, &y->scanner) != ERROR_SUCCESS)
		return -ENOMEM;
	yr_scanner_set_flags(y->scanner, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
	r = try_rules(y, detail);
	if (r == 0)
		*out = TAKE_PTR(y);
	return r;
}
