/*
 * mitre: tactics and techniques of MITRE ATT&CK by the names that findings have for them (enums of
 * MitreAttack in Security Command Center's API v2; src/base/mitre.c). Findings name no others.
 */
#ifndef LAYERWATCH_MITRE_H
#define LAYERWATCH_MITRE_H

#include <stddef.h>

struct lw_tactic {
	const char *id;		/* "TA0004" */
	const char *tag;	/* of a Sigma rule, after "attack.": "privilege-escalation" */
	const char *mitre;	/* of a finding: "PRIVILEGE_ESCALATION" */
};

struct lw_technique {
	const char *id;		/* "T1059" or "T1059.004" */
	const char *mitre;	/* "UNIX_SHELL" */
};

/* By tag; "_" is taken for "-". NULL = no such tactic. */
const struct lw_tactic *lw_tactic_find(const char *tag);
/* By id, in either case. NULL = findings have no name for it. */
const struct lw_technique *lw_technique_find(const char *id);
/* The technique of a sub-technique; NULL where it is none, or has no name. */
const struct lw_technique *lw_technique_parent(const struct lw_technique *t);
/* Row i of each table, NULL after the last; techniques are ordered by id. */
const struct lw_tactic *lw_tactic_at(size_t i);
const struct lw_technique *lw_technique_at(size_t i);

#endif
