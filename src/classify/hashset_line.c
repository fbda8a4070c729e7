#include <string.h>

#include "classify/hashset_line.h"

#define DIGITS (2 * LW_SHA256_SIZE)
#define SHA1_DIGITS 40
#define MD5_DIGITS 32
#define FIELDS_MAX 64 /* of a CSV row */

static const char bad_digest[] = "not a SHA-256: 64 hexadecimal digits are wanted";

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t
count_digits(const char *text)
{
	size_t n = 0;

	while ((text[n] >= '0' && text[n] <= '9') ||
		((text[n] | 0x20) >= 'a' && (text[n] | 0x20) <= 'f'))
		n++;
	return n;
}

static uint8_t
digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Of a text that has DIGITS digits. */
static void
read_digest(const char *text, uint8_t digest[LW_SHA256_SIZE])
{
	for (size_t i = 0; i < LW_SHA256_SIZE; i++)
		digest[i] = digit(text[2 * i]) << 4 | digit(text[2 * i + 1]);
}

/* Is the text one digest and nothing else? */
static bool
is_digest(const char *text)
{
	return count_digits(text) == DIGITS && text[DIGITS] == '\0';
}

static bool
is_other_digest(const char *text)
{
	size_t n = count_digits(text);

	return (n == SHA1_DIGITS || n == MD5_DIGITS) && text[n] == '\0';
}

/*
 * What is kept of a name: printable ASCII. ClamAV numbers its signatures (Win.Trojan.Agent-123-0):
 * the number is left out, so that a list has few names.
 */
static void
read_name(char out[LW_HASHSET_LABEL_SIZE], const char *text)
{
	size_t n = 0, end;

	if (strcasecmp(text, "n/a") == 0 || strcasecmp(text, "null") == 0)
		text = "";
	for (; *text && n < LW_HASHSET_LABEL_SIZE - 1; text++)
		if (*text >= ' ' && *text < 0x7f)
			out[n++] = *text;
	out[n] = '\0';
	for (int i = 0; i < 2; i++) {
		for (end = n; end > 1 && out[end - 1] >= '0' && out[end - 1] <= '9'; end--)
			;
		if (end == n || out[end - 1] != '-')
			return;
		n = end - 1;
		out[n] = '\0';
	}
}

/* Where the digest of "SHA256 (name) = digest" begins; NULL when the line is none. */
static const char *
tagged_digest(const char *line)
{
	const char *end = strncmp(line, "SHA256 (", 8) == 0 ? strrchr(line, '=') : NULL;

	return end && strncmp(end, "= ", 2) == 0 ? &end[2] : NULL;
}

/* A digest, then the end of the line or a blank with anything behind it. */
static enum lw_hashset_line
read_plain(const char *text, struct lw_hashset_entry *out, const char **why)
{
	/* sha256sum(1) puts a backslash in front where it had to escape the file's name. */
	const char *start = text[0] == '\\' ? &text[1] : text;
	const char *tagged = tagged_digest(start);

	if (tagged)
		start = tagged;
	if (count_digits(start) == DIGITS && (!start[DIGITS] || is_blank(start[DIGITS]))) {
		read_digest(start, out->digest);
		return LW_LINE_DIGEST;
	}
	*why = bad_digest;
	return LW_LINE_BAD;
}

/* DIGEST:SIZE:NAME and more fields that do not matter here. */
static enum lw_hashset_line
read_signature(char *text, size_t digits, struct lw_hashset_entry *out, const char **why)
{
	char *size = &text[digits + 1], *name = strchr(size, ':');

	if (!name || (size[strspn(size, "0123456789")] != ':' && strncmp(size, "*:", 2) != 0)) {
		*why = "not DIGEST:SIZE:NAME";
		return LW_LINE_BAD;
	}
	if (digits != DIGITS)
		return LW_LINE_OTHER;
	name++;
	name[strcspn(name, ":")] = '\0';
	read_name(out->name, name);
	read_digest(text, out->digest);
	return LW_LINE_DIGEST;
}

/*
 * Takes the next field off a CSV row, in place: quotes undone, blanks around it left out. NULL at
 * the end.
 */
static char *
next_field(char **rest)
{
	char *in = *rest, *start, *out;

	if (!in)
		return NULL;
	while (is_blank(*in))
		in++;
	start = out = in;
	if (*in == '"') {
		for (in++; *in && (*in != '"' || in[1] == '"'); in++) {
			in += *in == '"';
			*out++ = *in;
		}
		in += *in == '"';
		*rest = strchr(in, ',');
	} else {
		in += strcspn(in, ",");
		*rest = *in ? in : NULL;
		for (out = in; out > start && is_blank(out[-1]); out--)
			;
	}
	if (*rest)
		(*rest)++;
	*out = '\0';
	return start;
}

static size_t
split(char *row, char *fields[FIELDS_MAX])
{
	size_t count = 0;

	for (char *rest = row, *field; count < FIELDS_MAX && (field = next_field(&rest));)
		fields[count++] = field;
	return count;
}

/* Is this row the names of the columns? */
static bool
read_columns(struct lw_hashset_columns *columns, char *fields[], size_t count)
{
	struct lw_hashset_columns found = {.known = true, .digest = -1, .name = -1};

	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(fields[i], "sha256_hash") == 0 ||
			strcasecmp(fields[i], "sha256") == 0)
			found.digest = i;
		if (strcasecmp(fields[i], "signature") == 0)
			found.name = i;
	}
	if (found.digest < 0)
		return false;
	*columns = found;
	return true;
}

static enum lw_hashset_line
read_row(struct lw_hashset_columns *columns, char *row, struct lw_hashset_entry *out,
	const char **why)
{
	char *fields[FIELDS_MAX];
	size_t count = split(row, fields), digest = 0;
	bool other = false;

	if (!columns->known && read_columns(columns, fields, count))
		return LW_LINE_NOTHING;
	if (columns->known)
		digest = columns->digest;
	else
		for (; digest < count && !is_digest(fields[digest]); digest++)
			other |= is_other_digest(fields[digest]);
	if (digest < count && is_digest(fields[digest])) {
		if (columns->known && columns->name >= 0 && (size_t)columns->name < count)
			read_name(out->name, fields[columns->name]);
		read_digest(fields[digest], out->digest);
		return LW_LINE_DIGEST;
	}
	if (other || (digest < count && is_other_digest(fields[digest])))
		return LW_LINE_OTHER;
	*why = bad_digest;
	return LW_LINE_BAD;
}

/* A comment may name the columns of the rows that follow. */
static enum lw_hashset_line
read_comment(struct lw_hashset_columns *columns, char *text)
{
	char *fields[FIELDS_MAX];

	if (!columns->known && strchr(text, ',')) {
		text += strspn(text, "# \t");
		read_columns(columns, fields, split(text, fields));
	}
	return LW_LINE_NOTHING;
}

enum lw_hashset_line
lw_hashset_line(struct lw_hashset_columns *columns, char *line, size_t length,
	struct lw_hashset_entry *out, const char **why)
{
	char *text;
	size_t digits;

	out->name[0] = '\0';
	while (length > 0 && is_blank(line[length - 1]))
		length--;
	line[length] = '\0';
	if (strlen(line) != length) {
		*why = "the line holds a NUL";
		return LW_LINE_BAD;
	}
	text = &line[strspn(line, " \t")];
	if (text[0] == '\0')
		return LW_LINE_NOTHING;
	if (text[0] == '#')
		return read_comment(columns, text);
	digits = count_digits(text);
	if (digits == DIGITS && (text[digits] == '\0' || is_blank(text[digits])))
		return read_plain(text, out, why);
	if (digits >= MD5_DIGITS && text[digits] == ':')
		return read_signature(text, digits, out, why);
	if (text[0] == '"' || columns->known ||
		(strchr(text, ',') && text[0] != '\\' && !tagged_digest(text)))
		return read_row(columns, text, out, why);
	return read_plain(text, out, why);
}
