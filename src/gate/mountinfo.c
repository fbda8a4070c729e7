/*
 * mountinfo: see mountinfo.h.
 *
 * The kernel escapes space, tab, newline, backslash (and in option values the comma) as \ooo, so a
 * line is first split at its single spaces and only then unescaped. Overlay options carry a second
 * escaping of overlayfs' own beneath that: "\:", "\," and "\\" in lowerdir, upperdir and workdir;
 * not in lowerdir+ and datadir+ (6.8+).
 */
#include "gate/mountinfo.h"

#include <string.h>

/* What is left of the line being cut up; always NUL-terminated at `end`. */
struct cursor {
	char *text;
	size_t at;
	size_t end;
};

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/*
 * Decodes the character at s[*at] and moves past it; \ooo counts as one and sets *octal. "\000"
 * would end the string early, and the kernel never writes it: it stays as it is.
 */
static char
take_char(const char *s, size_t *at, bool *octal)
{
	size_t i = *at;
	int value;

	*octal = false;
	*at = i + 1;
	if (s[i] != '\\' || !is_octal(s[i + 1]) || !is_octal(s[i + 2]) || !is_octal(s[i + 3]))
		return s[i];
	value = (s[i + 1] - '0') * 64 + (s[i + 2] - '0') * 8 + (s[i + 3] - '0');
	if (value == 0 || value > 0xff)
		return s[i];
	*octal = true;
	*at = i + 4;
	return (char)value;
}

/* In place: decoded text is never longer. */
static char *
unescape(char *s)
{
	size_t from = 0, to = 0;
	bool octal;

	while (s[from] != '\0') {
		char c = take_char(s, &from, &octal);

		s[to++] = c;
	}
	s[to] = '\0';
	return s;
}

/* The text up to the next space or the end of the line; NULL when the line is used up. */
static char *
take_field(struct cursor *c)
{
	char *start, *space;

	if (c->at > c->end)
		return NULL;
	start = &c->text[c->at];
	space = memchr(start, ' ', c->end - c->at);
	if (space) {
		*space = '\0';
		c->at = (size_t)(space - c->text) + 1;
	} else {
		c->at = c->end + 1;
	}
	return start;
}

/* Decimal up to `stop` (a character or NUL); moves past the stop. */
static bool
take_number(const char *s, size_t *at, char stop, uint32_t *out)
{
	uint64_t value = 0;
	size_t i = *at;

	for (; s[i] >= '0' && s[i] <= '9'; i++) {
		value = value * 10 + (uint64_t)(s[i] - '0');
		if (value > UINT32_MAX)
			return false;
	}
	if (i == *at || s[i] != stop)
		return false;
	*at = i + 1;
	*out = (uint32_t)value;
	return true;
}

static bool
field_number(struct cursor *c, uint32_t *out)
{
	const char *field = take_field(c);
	size_t at = 0;

	return field && take_number(field, &at, '\0', out);
}

static bool
field_device(struct cursor *c, uint32_t *major, uint32_t *minor)
{
	const char *field = take_field(c);
	size_t at = 0;

	return field && take_number(field, &at, ':', major) && take_number(field, &at, '\0', minor);
}

static bool
field_string(struct cursor *c, char **out)
{
	char *field = take_field(c);

	if (!field)
		return false;
	*out = unescape(field);
	return true;
}

/* "shared:1 master:2 ... -": as many as the kernel likes, up to the dash. */
static bool
skip_optional(struct cursor *c)
{
	const char *field;

	while ((field = take_field(c)))
		if (strcmp(field, "-") == 0)
			return true;
	return false;
}

static bool
parse_line(struct cursor *c, struct lw_mount *out)
{
	struct lw_mount m = {};

	if (!field_number(c, &m.id) || !field_number(c, &m.parent) ||
		!field_device(c, &m.major, &m.minor) || !field_string(c, &m.root) ||
		!field_string(c, &m.mount_point) || !field_string(c, &m.options) ||
		!skip_optional(c) || !field_string(c, &m.fs_type) || !field_string(c, &m.source))
		return false;
	if (c->at > c->end)
		return false;
	/*
	 * Some filesystems show options with bare spaces: the rest of the line, whatever it holds.
	 */
	m.super_options = &c->text[c->at];
	*out = m;
	return true;
}

void
lw_mountinfo_init(struct lw_mountinfo *mi, char *text, size_t length)
{
	*mi = (struct lw_mountinfo){
		.text = text,
		.length = LW_MIN(length, (size_t)LW_MOUNTINFO_TEXT_MAX),
		.truncated = length > LW_MOUNTINFO_TEXT_MAX,
	};
}

/*
 * The next line, its newline replaced by NUL. A last one without newline was cut while it was read:
 * bad.
 */
static bool
next_line(struct lw_mountinfo *mi, struct cursor *line)
{
	char *start, *newline;
	size_t length;

	if (mi->at >= mi->length)
		return false;
	start = &mi->text[mi->at];
	newline = memchr(start, '\n', mi->length - mi->at);
	if (!newline) {
		mi->bad++;
		mi->at = mi->length;
		return false;
	}
	*newline = '\0';
	length = (size_t)(newline - start);
	mi->at += length + 1;
	*line = (struct cursor){.text = start, .end = length};
	return true;
}

int
lw_mountinfo_next(struct lw_mountinfo *mi, struct lw_mount *out)
{
	struct cursor line;

	while (next_line(mi, &line)) {
		if (line.end <= LW_MOUNTINFO_LINE_MAX && !memchr(line.text, '\0', line.end) &&
			parse_line(&line, out))
			return 1;
		mi->bad++;
	}
	return 0;
}

static bool
add_layer(struct lw_overlay_options *o, char *path, bool data)
{
	size_t count = o->lower_count + o->data_count;

	if (count == LW_OVERLAY_LAYERS_MAX)
		return false;
	o->lower[count] = path;
	/* The kernel lets no merged layer follow a data-only one. */
	if (data || o->data_count > 0)
		o->data_count++;
	else
		o->lower_count++;
	return true;
}

/*
 * One path of a ":" list, both escapings undone in place, from value[*at] on. Writes at *to, ends
 * it in NUL. A colon that mountinfo shows as \072 (6.5 to 6.7) belongs to a name.
 */
static char *
take_path(char *value, size_t *at, size_t *to, bool list)
{
	char *start = &value[*to];
	size_t out = *to;
	bool octal;

	while (value[*at] != '\0') {
		char c = take_char(value, at, &octal);

		if (c == ':' && !octal && list)
			break;
		if (c == '\\' && value[*at] != '\0')
			c = take_char(value, at, &octal);
		value[out++] = c;
	}
	value[out] = '\0';
	*to = out + 1;
	return start;
}

/* "a:b::c": c is data-only. An empty name says that what follows is. */
static bool
take_lowerdir(struct lw_overlay_options *o, char *value)
{
	size_t at = 0, to = 0;
	bool data = false;

	while (value[at] != '\0') {
		char *path = take_path(value, &at, &to, true);

		if (*path == '\0')
			data = o->lower_count > 0;
		else if (!add_layer(o, path, data))
			return false;
	}
	return true;
}

static char *
whole_path(char *value)
{
	size_t at = 0, to = 0;

	return take_path(value, &at, &to, false);
}

static bool
set_lowerdir(struct lw_overlay_options *o, char *value)
{
	return take_lowerdir(o, value);
}

static bool
set_lowerdir_one(struct lw_overlay_options *o, char *value)
{
	return add_layer(o, unescape(value), false);
}

static bool
set_datadir_one(struct lw_overlay_options *o, char *value)
{
	return add_layer(o, unescape(value), true);
}

static bool
set_upperdir(struct lw_overlay_options *o, char *value)
{
	o->upper = whole_path(value);
	return true;
}

static bool
set_workdir(struct lw_overlay_options *o, char *value)
{
	o->work = whole_path(value);
	return true;
}

static bool
set_userxattr(struct lw_overlay_options *o, char *value _unused_)
{
	o->userxattr = true;
	return true;
}

static bool
set_volatile(struct lw_overlay_options *o, char *value _unused_)
{
	o->volatile_ = true;
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct lw_overlay_options *o, char *value);
} option_table[] = {
	{"lowerdir", set_lowerdir},
	{"lowerdir+", set_lowerdir_one},
	{"datadir+", set_datadir_one},
	{"upperdir", set_upperdir},
	{"workdir", set_workdir},
	{"userxattr", set_userxattr},
	{"volatile", set_volatile},
};

static const struct {
	const char *name;
	size_t offset;
} word_option_table[] = {
	{"metacopy", offsetof(struct lw_overlay_options, metacopy)},
	{"redirect_dir", offsetof(struct lw_overlay_options, redirect_dir)},
	{"index", offsetof(struct lw_overlay_options, index)},
	{"nfs_export", offsetof(struct lw_overlay_options, nfs_export)},
	{"xino", offsetof(struct lw_overlay_options, xino)},
	{"uuid", offsetof(struct lw_overlay_options, uuid)},
	{"verity", offsetof(struct lw_overlay_options, verity)},
};

static const struct {
	const char *word;
	enum lw_overlay_word value;
} word_table[] = {
	{"off", LW_OVERLAY_OFF},
	{"on", LW_OVERLAY_ON},
	{"follow", LW_OVERLAY_FOLLOW},
	{"nofollow", LW_OVERLAY_NOFOLLOW},
	{"auto", LW_OVERLAY_AUTO},
	{"null", LW_OVERLAY_NULL},
	{"require", LW_OVERLAY_REQUIRE},
};

static enum lw_overlay_word
word_value(const char *word)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(word_table); i++)
		if (strcmp(word_table[i].word, word) == 0)
			return word_table[i].value;
	return LW_OVERLAY_OTHER;
}

static bool
set_option(struct lw_overlay_options *o, const char *name, char *value)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(option_table); i++)
		if (strcmp(option_table[i].name, name) == 0)
			return option_table[i].set(o, value);
	for (size_t i = 0; i < LW_ARRAY_SIZE(word_option_table); i++)
		if (strcmp(word_option_table[i].name, name) == 0)
			*(enum lw_overlay_word *)((char *)o + word_option_table[i].offset) =
				word_value(value);
	return true;
}

int
lw_mount_overlay(const struct lw_mount *m, struct lw_overlay_options *out)
{
	char *rest = m->super_options, *option;
	bool fits = true;

	if (strcmp(m->fs_type, "overlay") != 0)
		return LW_MOUNT_NOT_OVERLAY;
	*out = (struct lw_overlay_options){};
	while ((option = strsep(&rest, ","))) {
		size_t name = strcspn(option, "=");
		char *value = &option[name];

		if (*value == '=')
			*value++ = '\0';
		fits = set_option(out, option, value) && fits;
	}
	return fits ? 0 : LW_MOUNT_TOO_MANY_LAYERS;
}
