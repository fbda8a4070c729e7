#include "classify/judge.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "classify/decode.h"
#include "classify/encoding.h"
#include "classify/pieces.h"

#define BETWEEN_LEAST 0.9 /* score; a piece of a large genuine library is read out of context */
#define OVERLAP (16u * 1024) /* bytes that two windows share */
#define SHOWN 3 /* features that a reason names */
#define BRIEF 2048u /* bytes; what is handed over in an argument is shorter */
#define BEHAVIOUR_MALICIOUS 0.99
#define BEHAVIOUR_SUSPICIOUS 0.5
#define LINE_DOUBT 2.5 /* log odds */
#define LINES_LEAST 1024 /* bytes; in a shorter text every line has its weight */
#define PROGRAM_LEAST 256 /* bytes; installers compare with the beginning of one */
#define PLAIN_EVIDENCE 2.0 /* log odds; less is not worth naming */
#define GROUP_EVIDENCE 0.6 /* what needs more to be seen says more of what was meant */
#define STRUCTURE_EVIDENCE 3.0

struct lw_judge {
	struct lw_features features;
	/* How lines of what is judged right now are counted in the text. */
	uint32_t before; /* so many lines stand before it */
	bool cut; /* it, with those before, is the pieces */
	struct lw_pieces pieces;
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

static uint32_t
line_of(const struct lw_judge *j, uint32_t line)
{
	return j->cut ? lw_pieces_line(&j->pieces, line + j->before) : line + j->before;
}

static void
add_named(const struct lw_judge *j, char reason[LW_REASON_SIZE], const char *sign,
	const struct named *one)
{
	if (one->line > 0)
		add_text(reason, "%s%s (line %u)", sign, one->name, line_of(j, one->line));
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
explain(const struct lw_judge *j, const struct lw_model_section *s, uint32_t heavy_line,
	struct lw_judgement *out)
{
	struct named best[SHOWN];
	char *reason = new_reason(out);

	find_named(s, &j->features, best);
	add_text(reason, "model %.3f", out->score);
	for (size_t i = 0; i < SHOWN && best[i].name; i++)
		add_named(j, reason, i == 0 ? ": " : ", ", &best[i]);
	if (heavy_line > 0)
		add_text(new_reason(out), "model: line %u weighs most", line_of(j, heavy_line));
}

static enum lw_verdict
verdict_of(const struct lw_model_section *s, double probability)
{
	if (probability >= s->malicious)
		return LW_VERDICT_MALICIOUS;
	return probability >= s->suspicious ? LW_VERDICT_SUSPICIOUS : LW_VERDICT_UNKNOWN;
}

static struct lw_piece
find_line(const uint8_t *bytes, size_t length, uint32_t line)
{
	size_t at = 0;

	for (;; at++, line--) {
		const uint8_t *end = memchr(&bytes[at], '\n', length - at);
		size_t next = end ? (size_t)(end - bytes) : length;

		if (line == 1 || !end)
			return (struct lw_piece){.start = at, .length = next - at};
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
	const uint32_t before = j->before;
	struct lw_model_result result;

	for (size_t i = 0; i < LW_HEAVY_LINES && lines[i] > 0; i++) {
		struct lw_piece line = find_line(bytes, length, lines[i]);

		if (line.length > length / 2)
			continue;
		lw_features_extract(&j->features, s->language, &bytes[line.start], line.length);
		lw_model_score(m, s, &j->features, &result);
		double score = 1 / (1 + exp(LINE_DOUBT - result.logit));
		if (score <= out->score || verdict_of(s, score) == LW_VERDICT_UNKNOWN)
			continue;
		*out = (struct lw_judgement){.score = score, .verdict = verdict_of(s, score)};
		j->before = before + lines[i] - 1;
		explain(j, s, 1, out);
		j->before = before;
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
		explain(j, s, result.heavy_lines[0], out);
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
			add_named(j, new_reason(out), "behaviour: ",
				&(struct named){lw_behaviours[i].name, 0, f->behaviour_lines[i]});
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
name_layer(const struct lw_judge *j, const struct lw_decoded *d, struct lw_judgement *r)
{
	lw_decoded_excerpt(d, &r->decoded);
	r->decoded.line = line_of(j, d->line);
	if (r->reason_count < LW_REASONS_MAX)
		add_text(new_reason(r), "decoded %.60s (line %u)", d->encodings, r->decoded.line);
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
	const bool cut = l->judge->cut;

	*r = (struct lw_judgement){.verdict = LW_VERDICT_UNKNOWN};
	if (d->kind != LW_DECODED_ELF) {
		l->judge->cut = false; /* a text of its own, with lines of its own */
		judge_text(l->judge, l->by->model, d->language, d->bytes, d->length, r);
		l->judge->cut = cut;
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
	if (r.verdict != LW_VERDICT_UNKNOWN)
		name_layer(l->judge, d, &r);
	else
		r.score = 0; /* a layer that nothing is said of */
	lw_judgement_add(l->out, &r);
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

	j->cut = false;
	for (size_t at = LW_PIECES_HEAD - OVERLAP;
		at + LW_PIECES_TAIL < length && out->verdict != LW_VERDICT_MALICIOUS;
		at += LW_FEATURE_TEXT_MAX - OVERLAP) {
		j->before = lw_pieces_count_lines(bytes, at);
		judge_text(j, model, language, &bytes[at],
			LW_MIN(length - at, (size_t)LW_FEATURE_TEXT_MAX), &r);
		if (r.verdict == LW_VERDICT_MALICIOUS && r.score >= BETWEEN_LEAST)
			lw_judgement_add(out, &r);
	}
	j->before = 0;
	j->cut = true;
}

static void
judge_one(struct lw_judge *j, const struct lw_judge_by *by, enum lw_language language,
	const uint8_t *bytes, size_t length, struct lw_judgement *out)
{
	struct layers layers = {j, by, out};
	const uint8_t *whole = bytes;
	size_t whole_length = length;

	j->cut = length > LW_FEATURE_TEXT_MAX;
	if (j->cut) {
		lw_pieces_choose(&j->pieces, bytes, length);
		bytes = j->pieces.bytes;
		length = j->pieces.length;
	}
	judge_text(j, by->model, language, bytes, length, out);
	if (j->cut)
		judge_between(j, by->model, language, whole, whole_length, out);
	/* out of memory: what was found until then counts */
	(void)lw_decode(bytes, length, language, NULL, on_layer, &layers);
}

/* A Python source in an encoding that hides it: as the interpreter reads it. */
static void
judge_encoded(struct lw_judge *j, const struct lw_judge_by *by, const uint8_t *bytes, size_t length,
	struct lw_judgement *out)
{
	const char *encoding = lw_encoding_of(bytes, length);
	_cleanup_free_ uint8_t *plain = encoding ? malloc(length) : NULL;
	struct lw_judgement r;

	if (!plain)
		return;
	judge_one(j, by, LW_LANGUAGE_PYTHON, plain,
		lw_encoding_decode(encoding, bytes, length, plain), &r);
	if (r.verdict != LW_VERDICT_UNKNOWN && r.reason_count < LW_REASONS_MAX)
		add_text(new_reason(&r), "source encoding %s", encoding);
	lw_judgement_add(out, &r);
}

void
lw_judge_script(struct lw_judge *j, const struct lw_judge_by *by, enum lw_language language,
	const uint8_t *bytes, size_t length, struct lw_judgement *out)
{
	judge_one(j, by, language, bytes, length, out);
	if (language == LW_LANGUAGE_PYTHON)
		judge_encoded(j, by, bytes, length, out);
}
