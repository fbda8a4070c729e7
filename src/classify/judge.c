#include "classify/judge.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "classify/decode.h"

#define HEAD (LW_FEATURE_TEXT_MAX / 2)
#define TAIL (LW_FEATURE_TEXT_MAX / 4)
#define BETWEEN_LEAST 0.9 /* score; a piece of a large genuine library is read out of context */
#define OVERLAP (16u * 1024) /* bytes that two windows share */
#define LONG_LINES 8
#define SHOWN 3 /* features that a reason names */
#define BRIEF 2048u /* bytes; what is handed over in an argument is shorter */
#define BEHAVIOUR_MALICIOUS 0.99
#define BEHAVIOUR_SUSPICIOUS 0.5
#define LINE_DOUBT 4.0 /* log odds */
#define LINES_LEAST 1024 /* bytes; in a shorter text every line has its weight */
#define PROGRAM_LEAST 256 /* bytes; installers compare with the beginning of one */
#define PLAIN_EVIDENCE 2.0 /* log odds; less is not worth naming */
#define GROUP_EVIDENCE 0.6 /* what needs more to be seen says more of what was meant */
#define STRUCTURE_EVIDENCE 3.0

struct lw_judge {
	struct lw_features features;
	uint8_t text[LW_FEATURE_TEXT_MAX];
};

int
lw_judge_new(struct lw_judge **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

struct lw_judge *
lw_judge_free(struct lw_judge *j)
{
	free(j);
	return NULL;
}

void
lw_judge_freep(struct lw_judge **j)
{
	*j = lw_judge_free(*j);
}

struct piece {
	size_t start, length;
};

/* Puts a line among the longest, which are kept longest first. */
static void
keep_long(struct piece lines[LONG_LINES], struct piece line)
{
	size_t at = LONG_LINES;

	while (at > 0 && lines[at - 1].length < line.length)
		at--;
	if (at == LONG_LINES)
		return;
	memmove(&lines[at + 1], &lines[at], (LONG_LINES - 1 - at) * sizeof(line));
	lines[at] = line;
}

static void
find_long_lines(const uint8_t *bytes, size_t from, size_t to, struct piece lines[LONG_LINES])
{
	memset(lines, 0, LONG_LINES * sizeof(lines[0]));
	while (from < to) {
		const uint8_t *end = memchr(&bytes[from], '\n', to - from);
		size_t next = end ? (size_t)(end - bytes) : to;

		keep_long(lines, (struct piece){from, next - from});
		from = next + 1;
	}
}

static void
add_piece(struct lw_judge *j, size_t *length, const uint8_t *bytes, struct piece piece, size_t room)
{
	size_t n = LW_MIN(piece.length, LW_MIN(room, sizeof(j->text) - *length));

	memcpy(&j->text[*length], &bytes[piece.start], n);
	*length += n;
	if (*length < sizeof(j->text))
		j->text[(*length)++] = '\n';
}

/* Head, the longest lines of what is between, tail. */
static size_t
choose_pieces(struct lw_judge *j, const uint8_t *bytes, size_t length)
{
	struct piece lines[LONG_LINES];
	size_t n = 0;

	find_long_lines(bytes, HEAD, length - TAIL, lines);
	add_piece(j, &n, bytes, (struct piece){0, HEAD}, HEAD);
	for (size_t i = 0; i < LONG_LINES; i++)
		if (lines[i].length > 0)
			add_piece(j, &n, bytes, lines[i], (HEAD - TAIL) / LONG_LINES - 1);
	add_piece(j, &n, bytes, (struct piece){length - TAIL, TAIL}, TAIL);
	return n;
}

/* A feature that can be named. */
struct named {
	const char *name;
	double evidence;
	uint32_t line;
};

static void
keep_named(struct named best[SHOWN], struct named one)
{
	size_t at = SHOWN;

	while (at > 0 && best[at - 1].evidence < one.evidence)
		at--;
	if (at == SHOWN || !one.name)
		return;
	memmove(&best[at + 1], &best[at], (SHOWN - 1 - at) * sizeof(one));
	best[at] = one;
}

static void
find_named(const struct lw_model_section *s, const struct lw_features *f, struct named best[SHOWN])
{
	memset(best, 0, SHOWN * sizeof(best[0]));
	for (size_t i = 0; i < lw_behaviour_count; i++) {
		double evidence = s->evidence[LW_DENSE_BEHAVIOUR + i];

		evidence += GROUP_EVIDENCE * lw_behaviour_groups(&lw_behaviours[i]);
		if (f->dense[LW_DENSE_BEHAVIOUR + i] >= LW_SCOPE_NEAR && evidence > PLAIN_EVIDENCE)
			keep_named(best, (struct named){lw_behaviours[i].name, evidence,
						 f->behaviour_lines[i]});
	}
	for (size_t i = 0; i < LW_STRUCTURE_COUNT; i++)
		if (f->dense[LW_DENSE_STRUCTURE + i] > s->evidence[LW_DENSE_STRUCTURE + i])
			keep_named(best, (struct named){lw_structure_to_str(i), STRUCTURE_EVIDENCE,
						 f->structure_lines[i]});
}

static _printf_(2, 3) void add_text(char reason[LW_REASON_SIZE], const char *fmt, ...)
{
	size_t used = strlen(reason);
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(&reason[used], LW_REASON_SIZE - used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= LW_REASON_SIZE - used)
		reason[used] = '\0'; /* whole or not at all */
}

/* before: the lines of the text before what was judged. */
static void
add_named(char reason[LW_REASON_SIZE], const char *sign, const struct named *one, uint32_t before)
{
	if (one->line > 0)
		add_text(reason, "%s%s (line %u)", sign, one->name, one->line + before);
	else
		add_text(reason, "%s%s", sign, one->name);
}

static char *
new_reason(struct lw_judgement *out)
{
	char *reason = out->reasons[out->reason_count++];

	reason[0] = '\0';
	return reason;
}

/* "model 0.993: exec of decoded data (line 12), socket + dup2 (line 3)" */
static void
explain(const struct lw_model_section *s, const struct lw_features *f, uint32_t heavy_line,
	uint32_t before, struct lw_judgement *out)
{
	struct named best[SHOWN];
	char *reason = new_reason(out);

	find_named(s, f, best);
	add_text(reason, "model %.3f", out->score);
	for (size_t i = 0; i < SHOWN && best[i].name; i++)
		add_named(reason, i == 0 ? ": " : ", ", &best[i], before);
	if (heavy_line > 0)
		add_text(new_reason(out), "model: line %u weighs most", heavy_line + before);
}

static enum lw_verdict
verdict_of(const struct lw_model_section *s, double probability)
{
	if (probability >= s->malicious)
		return LW_VERDICT_MALICIOUS;
	return probability >= s->suspicious ? LW_VERDICT_SUSPICIOUS : LW_VERDICT_UNKNOWN;
}

static struct piece
find_line(const uint8_t *bytes, size_t length, uint32_t line)
{
	size_t at = 0;

	for (;; at++, line--) {
		const uint8_t *end = memchr(&bytes[at], '\n', length - at);
		size_t next = end ? (size_t)(end - bytes) : length;

		if (line == 1 || !end)
			return (struct piece){at, next - at};
		at = next;
	}
}

/*
 * One line in a large text of another kind hardly moves the whole: the lines that weigh most are
 * judged once more as if each were all there is. A line says less than a text, so it has to say it
 * louder.
 */
static void
judge_lines(struct lw_judge *j, const struct lw_model *m, const struct lw_model_section *s,
	const uint8_t *bytes, size_t length, const uint32_t lines[LW_HEAVY_LINES],
	struct lw_judgement *out)
{
	struct lw_model_result result;

	for (size_t i = 0; i < LW_HEAVY_LINES && lines[i] > 0; i++) {
		struct piece line = find_line(bytes, length, lines[i]);

		if (line.length > length / 2)
			continue;
		lw_features_extract(&j->features, s->language, &bytes[line.start], line.length);
		lw_model_score(m, s, &j->features, &result);
		double score = 1 / (1 + exp(LINE_DOUBT - result.logit));
		if (score <= out->score || verdict_of(s, score) == LW_VERDICT_UNKNOWN)
			continue;
		*out = (struct lw_judgement){.score = score, .verdict = verdict_of(s, score)};
		explain(s, &j->features, 1, lines[i] - 1, out);
	}
}

static void
judge_by_model(struct lw_judge *j, const struct lw_model *m, const struct lw_model_section *s,
	const uint8_t *bytes, size_t length, struct lw_judgement *out)
{
	struct lw_model_result result;

	lw_model_score(m, s, &j->features, &result);
	out->score = result.probability;
	out->verdict = verdict_of(s, result.probability);
	if (out->verdict != LW_VERDICT_UNKNOWN)
		explain(s, &j->features, result.heavy_lines[0], 0, out);
	if (length >= LINES_LEAST && out->verdict != LW_VERDICT_MALICIOUS)
		judge_lines(j, m, s, bytes, length, result.heavy_lines, out);
}

/*
 * In a text that is short: near each other malicious, somewhere in it suspicious. In a longer one
 * they meet by chance, in libraries for networks above all: near each other is suspicious.
 */
static void
judge_by_behaviours(struct lw_judge *j, size_t length, struct lw_judgement *out)
{
	const struct lw_features *f = &j->features;
	bool brief = length <= BRIEF;

	for (size_t i = 0; i < lw_behaviour_count; i++) {
		float scope = f->dense[LW_DENSE_BEHAVIOUR + i];
		bool near = scope >= LW_SCOPE_NEAR && brief;

		if (!lw_behaviours[i].alone || scope < (brief ? LW_SCOPE_TEXT : LW_SCOPE_NEAR))
			continue;
		out->score = LW_MAX(out->score, near ? BEHAVIOUR_MALICIOUS : BEHAVIOUR_SUSPICIOUS);
		out->verdict =
			LW_MAX(out->verdict, near ? LW_VERDICT_MALICIOUS : LW_VERDICT_SUSPICIOUS);
		if (out->reason_count < LW_REASONS_MAX)
			add_named(new_reason(out), "behaviour: ",
				&(struct named){lw_behaviours[i].name, 0, f->behaviour_lines[i]},
				0);
	}
}

static void
judge_text(struct lw_judge *j, const struct lw_model *model, enum lw_language language,
	const uint8_t *bytes, size_t length, struct lw_judgement *out)
{
	const struct lw_model_section *s = model ? lw_model_find(model, language) : NULL;

	*out = (struct lw_judgement){.verdict = LW_VERDICT_UNKNOWN};
	if (language == LW_LANGUAGE_NONE)
		return; /* no interpreter reads it */
	lw_features_extract(&j->features, language, bytes, length);
	if (s)
		judge_by_model(j, model, s, bytes, length, out);
	else
		judge_by_behaviours(j, length, out);
}

struct layers {
	struct lw_judge *judge;
	const struct lw_judge_by *by;
	struct lw_judgement *out; /* the worst so far, of the text and its layers */
};

/* "decoded base64 > zlib (line 12)" */
static void
name_layer(struct lw_judgement *r, const struct lw_decoded *d)
{
	if (r->reason_count < LW_REASONS_MAX)
		add_text(new_reason(r), "decoded %.60s (line %u)", d->encodings, d->line);
}

void
lw_judgement_add(struct lw_judgement *worst, const struct lw_judgement *one)
{
	double score = LW_MAX(worst->score, one->score);
	bool partial = worst->rules_partial || one->rules_partial;

	if (one->verdict > worst->verdict ||
		(one->verdict == worst->verdict && one->score > worst->score))
		*worst = *one;
	worst->score = score;
	worst->rules_partial = partial;
}

/* A layer is a file that never lies on a disk: the rules that would have found it there. */
static void
ask_rules(const struct lw_judge_by *by, const struct lw_decoded *d, struct lw_judgement *r)
{
	uint64_t now = by->yara && by->deadline_us ? lw_now_us() : 0;
	struct lw_yara_matches m;

	r->rules_partial = now > 0 && now >= by->deadline_us;
	if (!by->yara || r->rules_partial)
		return;
	lw_yara_scan(by->yara, d->bytes, d->length, now ? by->deadline_us - now : 0, &m);
	r->rules_partial = m.partial;
	for (size_t i = 0; i < m.count && r->reason_count < LW_REASONS_MAX - 1; i++)
		add_text(new_reason(r), LW_REASON_YARA "%s", m.names[i]);
	r->verdict = LW_MAX(r->verdict, m.verdict);
	r->score = LW_MAX(r->score, lw_yara_score(m.verdict));
}

static void
judge_layer(struct layers *l, const struct lw_decoded *d, struct lw_judgement *r)
{
	*r = (struct lw_judgement){.verdict = LW_VERDICT_UNKNOWN};
	if (d->kind != LW_DECODED_ELF) {
		judge_text(l->judge, l->by->model, d->language, d->bytes, d->length, r);
	} else if (d->length >= PROGRAM_LEAST) {
		r->verdict = LW_VERDICT_SUSPICIOUS;
		r->score = BEHAVIOUR_SUSPICIOUS;
		add_text(new_reason(r), "a program for the kernel in a script");
	}
	ask_rules(l->by, d, r);
}

static void
on_layer(void *arg, const struct lw_decoded *d)
{
	struct layers *l = arg;
	struct lw_judgement r;

	judge_layer(l, d, &r);
	if (r.verdict != LW_VERDICT_UNKNOWN) {
		name_layer(&r, d);
		lw_decoded_excerpt(d, &r.decoded);
	} else {
		r.score = 0; /* a layer that nothing is said of */
	}
	lw_judgement_add(l->out, &r);
}

static uint32_t
count_lines(const uint8_t *bytes, size_t length)
{
	uint32_t n = 0;

	for (const uint8_t *end; length > 0 && (end = memchr(bytes, '\n', length)); n++) {
		length -= (size_t)(end - bytes) + 1;
		bytes = &end[1];
	}
	return n;
}

/*
 * What lies between the beginning and the end of a long text, as if it were all there is: a few
 * lines in it are not lost among what stands around them.
 */
static void
judge_between(struct lw_judge *j, const struct lw_model *model, enum lw_language language,
	const uint8_t *bytes, size_t length, struct lw_judgement *out)
{
	struct lw_judgement r;

	for (size_t at = HEAD - OVERLAP; at + TAIL < length && out->verdict != LW_VERDICT_MALICIOUS;
		at += LW_FEATURE_TEXT_MAX - OVERLAP) {
		judge_text(j, model, language, &bytes[at],
			LW_MIN(length - at, (size_t)LW_FEATURE_TEXT_MAX), &r);
		if (r.verdict != LW_VERDICT_MALICIOUS || r.score < BETWEEN_LEAST)
			continue;
		if (r.reason_count < LW_REASONS_MAX)
			add_text(new_reason(&r), "behind line %u", count_lines(bytes, at));
		lw_judgement_add(out, &r);
	}
}

void
lw_judge_script(struct lw_judge *j, const struct lw_judge_by *by, enum lw_language language,
	const uint8_t *bytes, size_t length, struct lw_judgement *out)
{
	struct layers layers = {j, by, out};
	const uint8_t *whole = bytes;
	size_t whole_length = length;

	if (length > LW_FEATURE_TEXT_MAX) {
		length = choose_pieces(j, bytes, length);
		bytes = j->text;
	}
	judge_text(j, by->model, language, bytes, length, out);
	if (bytes != whole)
		judge_between(j, by->model, language, whole, whole_length, out);
	/* out of memory: what was found until then counts */
	(void)lw_decode(bytes, length, language, NULL, on_layer, &layers);
}
