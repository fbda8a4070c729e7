/*
 * extract: the tokens of shell: commands, what is piped into what, and whole arguments.
 */
#include <string.h>

#include "classify/extract.h"

/* Shell: what comes after "|", and what went into it. */
static void
add_command(struct lw_extract *s, const struct lw_token *t, enum lw_atom atom)
{
	bool runs = atom == LW_ATOM_SHELL || atom == LW_ATOM_INTERPRETER || atom == LW_ATOM_EXEC;

	if (s->pipe_command) {
		lw_extract_emit(s->out,
			lw_extract_mix(LW_SPACE_PIPE, lw_extract_mix(s->pipe_command, t->hash)));
		if (runs && (s->pipe_atoms & (LW_ATOM_BIT(DOWNLOAD) | LW_ATOM_BIT(DECODE))) &&
			s->piped++ == 0)
			s->out->structure_lines[LW_STRUCTURE_PIPED_SHELL] = s->line;
	}
	if (atom == LW_ATOM_DOWNLOAD &&
		(s->line_atoms & (LW_ATOM_BIT(SHELL) | LW_ATOM_BIT(EXEC))) &&
		s->last_kind == LW_TOKEN_SIGN && s->last_sign == '(' && s->piped++ == 0)
		s->out->structure_lines[LW_STRUCTURE_PIPED_SHELL] = s->line;
	lw_extract_emit(s->out, lw_extract_mix(LW_SPACE_PIPE, t->hash));
	s->pipe_command = t->hash;
}

/* Words after which a command still comes. */
static bool
keeps_command(const struct lw_extract *s, const struct lw_token *t)
{
	static const char *const words[] = {"then", "do", "else", "if", "while", "until", "elif",
		"sudo", "exec", "nohup", "time", "xargs", "env", "setsid", "timeout"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(words); i++)
		if (lw_extract_is_word(s, t, words[i]))
			return true;
	return false;
}

static void
add_given(struct lw_extract *s, uint64_t what)
{
	if (s->command)
		lw_extract_emit(
			s->out, lw_extract_mix(LW_SPACE_GIVEN, lw_extract_mix(s->command, what)));
}

void
lw_extract_end_argument(struct lw_extract *s)
{
	if (s->argument) {
		lw_extract_chain(s->out, &s->word, s->argument);
		add_given(s, s->argument);
	}
	s->argument = 0;
}

static void
add_shell_word(struct lw_extract *s, struct lw_lexer *lexer, const struct lw_token *t)
{
	uint64_t token = lw_extract_word(s, &s->bytes[t->start], t->length, t->hash);
	enum lw_atom atom = lw_atom_find(t->hash);

	lw_extract_keyword(s, t);
	if (t->flags & LW_TOKEN_COMMAND) {
		add_command(s, t, atom);
		s->command = t->hash;
		if (keeps_command(s, t))
			lexer->command = true;
	}
	lw_extract_chain(s->out, &s->code, token);
	s->argument = lw_extract_mix(s->argument, token);
	if (s->argument != lw_extract_mix(0, token))
		add_given(s, token);
	if (atom < LW_ATOM_COUNT) {
		lw_extract_atom(s, atom, false);
		s->pipe_atoms |= 1ull << atom;
	} else {
		lw_extract_recall(s, t->hash);
	}
	s->last_word = t->hash;
}

static void
add_shell_sign(struct lw_extract *s, const struct lw_token *t)
{
	const uint8_t *p = &s->bytes[t->start];

	if (t->sign == '/' && lw_extract_is_devtcp(p, s->length - t->start))
		lw_extract_atom(s, LW_ATOM_DEVTCP, false);
	if (strchr(";|&(`", t->sign))
		s->command = 0;
	if (t->sign == ';' || t->sign == '&') {
		s->pipe_command = s->pipe_atoms = 0;
		lw_extract_end_name(s);
	}
	if (t->sign == '=' && !s->assigned) {
		s->name = s->last_word;
		s->assigned = true;
	}
	if (t->sign == '\\' && t->length == 2 && (p[1] == 'x' || p[1] == 'u'))
		s->escapes++;
	s->semicolons += t->sign == ';';
	s->signs++;
	lw_extract_chain(s->out, &s->code, t->sign);
	if (!strchr("|;<>()`\"'", t->sign))
		s->argument = lw_extract_mix(s->argument, t->sign);
	else
		lw_extract_end_argument(s);
}

void
lw_extract_shell(struct lw_extract *s, struct lw_lexer *lexer, const struct lw_token *t)
{
	if (t->flags & LW_TOKEN_SPACED)
		lw_extract_end_argument(s);
	if (t->kind == LW_TOKEN_WORD) {
		add_shell_word(s, lexer, t);
	} else if (t->kind == LW_TOKEN_NUMBER) {
		if (t->length >= LW_BLOB_BYTES)
			lw_extract_blob(s, t->length);
		lw_extract_number(s, t);
		s->argument = lw_extract_mix(s->argument, 1);
	} else if (t->kind == LW_TOKEN_SIGN) {
		add_shell_sign(s, t);
	} else if (t->kind == LW_TOKEN_NEWLINE) {
		lw_extract_end_argument(s);
		lw_extract_break(&s->word);
		s->pipe_command = s->pipe_atoms = s->command = 0;
		lw_extract_chain(s->out, &s->code, '\n');
	}
}
