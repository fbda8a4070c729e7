#include <string.h>

#include "base/shebang.h"
#include "classify/script.h"
#include "layerwatch/interpreter.h"

/* How far bash looks for a NUL before it refuses to run a file without "#!" (check_binary_file). */
#define TEXT_SAMPLE 80
#define WORD_SIZE (LW_SHEBANG_LINE + 1)
#define WORDS_MAX 64 /* of env's argument */

/* A command line that is taken apart as env -S does it. */
struct words {
	const char *text;
	size_t at;
	char quote; /* the one that is open, or NUL */
};

static bool
is_blank(char c)
{
	return c && strchr(" \t\n\v\f\r", c);
}

/* The next byte of the word; NUL at its end. */
static char
next_byte(struct words *w)
{
	for (char c = w->text[w->at]; c; c = w->text[w->at]) {
		char after = w->text[w->at + 1];

		if (!w->quote && is_blank(c))
			return '\0';
		w->at++;
		if (w->quote ? c == w->quote : c == '\'' || c == '"') {
			w->quote = w->quote ? '\0' : c;
			continue;
		}
		if (c != '\\' || w->quote == '\'' || !after)
			return c;
		w->at++;
		/* "\_" is a blank, and outside of quotes one that separates. */
		if (after == '_')
			return w->quote ? ' ' : '\0';
		return after;
	}
	return '\0';
}

/* False at the end. */
static bool
next_word(struct words *w, char word[WORD_SIZE])
{
	size_t n = 0;

	w->quote = '\0';
	while (is_blank(w->text[w->at]))
		w->at++;
	if (!w->text[w->at])
		return false;
	for (char c = next_byte(w); c && n < WORD_SIZE - 1; c = next_byte(w))
		word[n++] = c;
	word[n] = '\0';
	return true;
}

static enum lw_language
language_of_path(const char *path)
{
	size_t length = strlen(path);
	const char *base;

	/* A file with DOS line ends: the kernel looks for "sh\r", the author meant sh. */
	while (length > 0 && path[length - 1] == '\r')
		length--;
	base = lw_interpreter_base_name(path, length, &length);
	return lw_interpreter_language(base, length);
}

static bool
is_env(const char *path)
{
	size_t length;
	const char *base = lw_interpreter_base_name(path, strlen(path), &length);

	return length == 3 && memcmp(base, "env", 3) == 0;
}

/* Does this option of env take the next word? */
static bool
takes_value(const char *option)
{
	static const char *const options[] = {
		"-u", "--unset", "-C", "--chdir", "-P", "-a", "--argv0"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(options); i++)
		if (strcmp(option, options[i]) == 0)
			return true;
	return false;
}

/* What stands glued behind -S ("-Spython3", "-iS", "--split-string=python3"); NULL without. */
static const char *
glued_command(const char *option)
{
	static const char long_option[] = "--split-string=";

	if (strncmp(option, long_option, sizeof(long_option) - 1) == 0)
		return &option[sizeof(long_option) - 1];
	if (option[0] != '-' || option[1] == '-')
		return NULL;

	const char *s = strchr(option, 'S');
	return s && s[1] ? &s[1] : NULL;
}

enum lw_language
lw_script_env_language(const char *argument)
{
	struct words words = {.text = argument};
	char word[WORD_SIZE];

	for (int i = 0; i < WORDS_MAX && next_word(&words, word); i++) {
		const char *program = glued_command(word);

		if (!program && word[0] == '-') {
			char value[WORD_SIZE];

			if (takes_value(word) && !next_word(&words, value))
				break;
			continue;
		}
		if (!program)
			program = word;
		if (is_env(program) || strchr(program, '='))
			continue;
		return language_of_path(program);
	}
	return LW_LANGUAGE_NONE;
}

/* busybox and toybox run the applet that their argument names. */
static enum lw_language
box_language(const struct lw_shebang *c)
{
	struct words words = {.text = c->argument};
	size_t length;
	const char *base =
		lw_interpreter_base_name(c->interpreter, strlen(c->interpreter), &length);
	char word[WORD_SIZE];

	if (strncmp(base, "busybox", 7) != 0 && strncmp(base, "toybox", 6) != 0)
		return LW_LANGUAGE_NONE;
	return next_word(&words, word) ? language_of_path(word) : LW_LANGUAGE_NONE;
}

static enum lw_language
find_language(const struct lw_shebang *c)
{
	enum lw_language language =
		is_env(c->interpreter) ? lw_script_env_language(c->argument) : box_language(c);

	if (language == LW_LANGUAGE_NONE)
		language = language_of_path(c->interpreter);
	return language == LW_LANGUAGE_NONE ? LW_LANGUAGE_OTHER : language;
}

static bool
is_text(const uint8_t *head, size_t length)
{
	for (size_t i = 0; i < LW_MIN(length, (size_t)TEXT_SAMPLE); i++) {
		if (head[i] == '\n')
			return true;
		if (head[i] == '\0')
			return false;
	}
	return true;
}

void
lw_script_read(const uint8_t *head, size_t length, struct lw_script *out)
{
	struct lw_script s = {.format = LW_FORMAT_EMPTY};
	struct lw_shebang line;

	if (lw_shebang_read(head, length, &line)) {
		s.format = LW_FORMAT_SHEBANG;
		lw_copy_string(s.interpreter, sizeof(s.interpreter), line.interpreter);
		lw_copy_string(s.argument, sizeof(s.argument), line.argument);
		s.language = find_language(&line);
	} else if (length > 0) {
		s.format = is_text(head, length) ? LW_FORMAT_TEXT : LW_FORMAT_DATA;
		s.language = s.format == LW_FORMAT_TEXT ? LW_LANGUAGE_SHELL : LW_LANGUAGE_NONE;
	}
	*out = s;
}
