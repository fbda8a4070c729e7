/*
 * rule_hit: a detection rule that an execution meets, as classify tells it to the gate and the
 * gate to report. Of fixed size and complete in itself: whoever shows it needs no rules.
 */
#ifndef LAYERWATCH_RULE_HIT_H
#define LAYERWATCH_RULE_HIT_H

#include <stdint.h>

#define LW_RULE_HITS_MAX 4		/* of one execution that are told, the strongest first */
#define LW_RULE_HIT_TACTICS 2
#define LW_RULE_HIT_TECHNIQUES 4

/* All strings are NUL-terminated UTF-8, "" where the rule says nothing, cut where they are long. */
struct lw_rule_hit {
	uint8_t present;
	uint8_t action;			/* enum lw_action that the rule itself asks for */
	uint8_t zero[6];
	char id[64];
	char title[160];
	char category[160];
	char module[80];
	char severity[16];		/* of findings: CRITICAL, HIGH, MEDIUM, LOW */
	/* names that findings have for MITRE ATT&CK's */
	char tactics[LW_RULE_HIT_TACTICS][32];
	char techniques[LW_RULE_HIT_TECHNIQUES][64];
	char description[640];
	char next_steps[384];
	char false_positives[256];
};

#endif
