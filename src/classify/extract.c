#include "classify/extract.h"

#include <string.h>

static void
note_behaviour(struct lw_extract *s, size_t rule, enum lw_scope scope)
{
	if (s->behaviour_scope[rule] >= scope)
		return;
	s->behaviour_scope[rule] = scope;
	s->out->behaviour_lines[rule] = s->line;
}

void
lw_extract_check(struct lw_extract *s, uint64_t atoms, enum lw_scope scope)
{
	for (size_t i = 0; i < lw_behaviour_count; i++)
		if (s->behaviour_scope[i] < scope && lw_behaviour_holds(&lw_behaviours[i], atoms))
			note_behaviour(s, i, scope);
}

/* The pairs that a new atom makes with those that are there. */
static void
emit_pairs(struct lw_extract *s, uint64_t atoms, unsigned atom, unsigned space)
{
	for (uint64_t rest = atoms; rest; rest &= rest - 1) {
		unsigned other = __builtin_ctzll(rest);
		unsigned low = LW_MIN(atom, other), high = LW_MAX(atom, other);

		lw_extract_emit(s->out, lw_extract_mix(space, low * 64 + high));
	}
}

void
lw_extract_line_atoms(struct lw_extract *s, uint64_t atoms)
{
	uint64_t fresh = atoms & ~s->line_atoms;

	for (uint64_t rest = fresh; rest; rest &= rest - 1) {
		emit_pairs(s, s->line_atoms, __builtin_ctzll(rest), LW_SPACE_LINE);
		s->line_atoms |= rest & -rest;
	}
	if (fresh)
		lw_extract_check(s, s->line_atoms, LW_SCOPE_LINE);
}

static void
add_near_atom(struct lw_extract *s, unsigned atom)
{
	uint64_t near = s->block_atoms | s->last_block_atoms;

	if (near & (1ull << atom)) {
		s->block_atoms |= 1ull << atom;
		return;
	}
	emit_pairs(s, near, atom, LW_SPACE_NEAR);
	s->block_atoms |= 1ull << atom;
	lw_extract_check(s, near | s->block_atoms, LW_SCOPE_NEAR);
}

/* exec(b64decode(...)): what stands in the parentheses of what. */
static void
note_nesting(struct lw_extract *s, unsigned atom)
{
	uint64_t outer = s->depth ? s->open[s->depth - 1] : 0;
	uint64_t bit = 1ull << atom;

	for (uint64_t rest = outer; rest; rest &= rest - 1)
		lw_extract_emit(
			s->out, lw_extract_mix(LW_SPACE_INSIDE, __builtin_ctzll(rest) * 64 + atom));
	if ((outer & (LW_ATOM_BIT(EXEC) | LW_ATOM_BIT(COMPILE))) &&
		(bit & (LW_ATOM_BIT(DECODE) | LW_ATOM_BIT(CHARS) | LW_ATOM_BIT(CRYPT) |
			       LW_ATOM_BIT(MARSHAL)))) {
		if (s->nested_exec++ == 0)
			s->out->structure_lines[LW_STRUCTURE_NESTED_EXEC] = s->line;
	}
	if ((outer & (LW_ATOM_BIT(EXEC) | LW_ATOM_BIT(COMPILE) | LW_ATOM_BIT(SPAWN))) &&
		(bit & LW_ATOM_BIT(DOWNLOAD)))
		if (s->nested_fetch++ == 0)
			s->out->structure_lines[LW_STRUCTURE_NESTED_FETCH] = s->line;
}

void
lw_extract_atom(struct lw_extract *s, unsigned atom, bool in_string)
{
	uint32_t *count = in_string ? &s->atoms_string[atom] : &s->atoms_code[atom];

	if ((*count)++ == 0)
		lw_extract_emit(s->out, lw_extract_mix(LW_SPACE_ATOM, atom * 2 + in_string));
	s->all_atoms |= 1ull << atom;
	lw_extract_line_atoms(s, 1ull << atom);
	add_near_atom(s, atom);
	note_nesting(s, atom);
}

/* Words that no person writes: long, or digits between letters, or hardly a vowel. */
static bool
is_odd(const uint8_t *word, size_t length)
{
	unsigned changes = 0, vowels = 0, letters = 0;
	bool digit = false;

	if (length < 6)
		return false;
	for (size_t i = 0; i < LW_MIN(length, (size_t)LW_LONG_WORD); i++) {
		bool is_digit = word[i] >= '0' && word[i] <= '9';
		uint8_t c = word[i] | 0x20;

		changes += i > 0 && is_digit != digit;
		digit = is_digit;
		letters += c >= 'a' && c <= 'z';
		vowels += c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
	}
	return changes >= 3 || (letters >= 6 && vowels * 6 < letters);
}

void
lw_extract_blob(struct lw_extract *s, size_t length)
{
	if (length > s->longest_blob) {
		s->longest_blob = length;
		s->blob_line = s->line;
	}
}

uint64_t
lw_extract_word(struct lw_extract *s, const uint8_t *word, size_t length, uint64_t hash)
{
	s->words++;
	s->word_bytes += LW_MIN(length, (size_t)LW_LONG_WORD);
	if (length >= LW_LONG_WORD) {
		if (length >= LW_BLOB_BYTES)
			lw_extract_blob(s, length);
		s->odd_words++;
		return lw_extract_mix(LW_SPACE_SHAPE, 64 + lw_extract_size_class(length));
	}
	if (is_odd(word, length)) {
		s->odd_words++;
		if (length >= 8)
			lw_extract_emit(s->out, lw_extract_mix(LW_SPACE_SHAPE,
							128 + lw_extract_size_class(length)));
	}
	return hash;
}

size_t
lw_extract_read_address(const uint8_t *p, size_t left)
{
	size_t i = 0;

	for (unsigned part = 0; part < 4; part++) {
		size_t digits = 0;

		while (i < left && p[i] >= '0' && p[i] <= '9' && digits < 4) {
			i++;
			digits++;
		}
		if (digits == 0 || digits > 3)
			return 0;
		if (part < 3 && (i >= left || p[i++] != '.'))
			return 0;
	}
	return i < left && (p[i] == '.' || (p[i] >= '0' && p[i] <= '9')) ? 0 : i;
}

uint64_t
lw_extract_address(struct lw_extract *s, const uint8_t *p, size_t length, bool in_string)
{
	bool local = p[0] == '0' || (length > 4 && memcmp(p, "127.", 4) == 0);

	lw_extract_emit(s->out, lw_extract_mix(LW_SPACE_SHAPE, local ? 1 : 2));
	if (!local)
		lw_extract_atom(s, LW_ATOM_ADDRESS, in_string);
	return lw_extract_mix(LW_SPACE_SHAPE, local ? 5 : 6);
}

bool
lw_extract_is_devtcp(const uint8_t *p, size_t left)
{
	static const char *const names[] = {"/dev/tcp", "/dev/udp", "/inet/tc", "/inet/ud"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(names) && left >= 8; i++)
		if (memcmp(p, names[i], 8) == 0)
			return true;
	return false;
}

bool
lw_extract_is_word(const struct lw_extract *s, const struct lw_token *t, const char *word)
{
	size_t n = strlen(word);

	return t->length == n && memcmp(&s->bytes[t->start], word, n) == 0;
}

void
lw_extract_keyword(struct lw_extract *s, const struct lw_token *t)
{
	if (lw_extract_is_word(s, t, "import") || lw_extract_is_word(s, t, "require") ||
		lw_extract_is_word(s, t, "use"))
		s->imports++;
	else if (lw_extract_is_word(s, t, "def") || lw_extract_is_word(s, t, "class") ||
		 lw_extract_is_word(s, t, "function") || lw_extract_is_word(s, t, "sub"))
		s->definitions++;
}

void
lw_extract_recall(struct lw_extract *s, uint64_t hash)
{
	uint64_t atoms = s->made_of[hash % LW_EXTRACT_NAMES];

	if (atoms & ~s->line_atoms)
		lw_extract_line_atoms(s, atoms);
	for (uint64_t outer = s->depth ? s->open[s->depth - 1] : 0, rest = atoms; outer && rest;
		rest &= rest - 1)
		if (outer & (LW_ATOM_BIT(EXEC) | LW_ATOM_BIT(SPAWN) | LW_ATOM_BIT(UPLOAD)))
			lw_extract_emit(s->out,
				lw_extract_mix(LW_SPACE_INSIDE, 4096 + __builtin_ctzll(outer) * 64 +
									__builtin_ctzll(rest)));
}

void
lw_extract_end_name(struct lw_extract *s)
{
	if (s->assigned)
		s->made_of[s->name % LW_EXTRACT_NAMES] = s->line_atoms;
	s->assigned = false;
}

void
lw_extract_number(struct lw_extract *s, const struct lw_token *t)
{
	size_t n = lw_extract_read_address(&s->bytes[t->start], s->length - t->start);

	s->numbers++;
	if (n > 0) {
		s->skip_until = t->start + n;
		lw_extract_chain(
			s->out, &s->code, lw_extract_address(s, &s->bytes[t->start], n, false));
		return;
	}
	if (s->last_kind == LW_TOKEN_SIGN && s->last_sign == ',') {
		if (++s->number_run > s->longest_number_run) {
			s->longest_number_run = s->number_run;
			s->number_line = t->line;
		}
	} else {
		s->number_run = 0;
	}
	if (s->number_run < 8)
		lw_extract_chain(s->out, &s->code, t->hash);
}
