/*
 * messages: the table of what may be sent: for each type its name, the exact length of its body
 * and how many descriptors go with it. A type without a row does not exist.
 */
#include <assert.h>

#include "wire/chan.h"

/* sizeof(type), refusing to compile when a channel could not carry it. */
#define BODY(type)                                                                                 \
	(sizeof(struct {                                                                           \
		static_assert(sizeof(type) <= LW_CHAN_BODY_MAX, #type " fits a frame");            \
		type body;                                                                         \
	}))

static const struct lw_message_rule rules[] = {
	[LW_MSG_CONFIG] = {"config", BODY(struct lw_msg_config), 1, 1},
	[LW_MSG_RESOURCE] = {"resource", BODY(struct lw_msg_resource), 1, 1},
	[LW_MSG_PEER] = {"peer", BODY(struct lw_msg_peer), 1, 1},
	[LW_MSG_START] = {"start", BODY(struct lw_msg_start), 0, 0},
	[LW_MSG_PAUSE] = {"pause", BODY(struct lw_msg_pause), 0, 0},
	[LW_MSG_REOPEN] = {"reopen", BODY(struct lw_msg_empty), 0, 0},
	[LW_MSG_STOP] = {"stop", BODY(struct lw_msg_empty), 0, 0},
	[LW_MSG_READY] = {"ready", BODY(struct lw_msg_ready), 0, 0},
	[LW_MSG_HEARTBEAT] = {"heartbeat", BODY(struct lw_msg_empty), 0, 0},
	[LW_MSG_REPLACE] = {"replace", BODY(struct lw_msg_replace), 0, 0},
	[LW_MSG_CONTROL] = {"control", BODY(struct lw_msg_control), 1, 1},
	[LW_MSG_ASSESS] = {"assess", BODY(struct lw_msg_assess), 1, 2},
	[LW_MSG_ASSESSED] = {"assessed", BODY(struct lw_msg_assessed), 0, 0},
	[LW_MSG_BEHAVE] = {"behave", BODY(struct lw_msg_behave), 1, 2},
	[LW_MSG_BEHAVED] = {"behaved", BODY(struct lw_msg_behaved), 0, 0},
	[LW_MSG_EXECUTION] = {"execution", BODY(struct lw_msg_execution), 0, 0},
	[LW_MSG_EXECUTED] = {"executed", BODY(struct lw_msg_executed), 0, 2},
	[LW_MSG_CONTAINER_ASK] = {"container_ask", BODY(struct lw_msg_container_ask), 0, 0},
	[LW_MSG_CONTAINER_TELL] = {"container_tell", BODY(struct lw_msg_container_tell), 0, 0},
	[LW_MSG_OBSERVATION] = {"observation", BODY(struct lw_observation), 0, 2},
	[LW_MSG_CONTAINER] = {"container", BODY(struct lw_msg_container), 0, 0},
	[LW_MSG_COUNTERS] = {"counters", BODY(struct lw_msg_counters), 0, 0},
	[LW_MSG_HEALTH] = {"health", BODY(struct lw_msg_health), 0, 0},
	[LW_MSG_PROCESSES] = {"processes", BODY(struct lw_msg_processes), 0, 0},
};

static_assert(LW_ARRAY_SIZE(rules) == LW_MSG_COUNT, "each message has its row");

const struct lw_message_rule *
lw_message_rule(unsigned type)
{
	return type < LW_ARRAY_SIZE(rules) && rules[type].name ? &rules[type] : NULL;
}

static const char *const role_words[] = {
	[LW_ROLE_GUARD] = "guard",
	[LW_ROLE_GATE] = "gate",
	[LW_ROLE_CLASSIFY] = "classify",
	[LW_ROLE_RESOLVE] = "resolve",
	[LW_ROLE_REPORT] = "report",
};

static_assert(LW_ARRAY_SIZE(role_words) == LW_ROLE_COUNT, "each role has a name");

const char *
lw_role_to_str(unsigned role)
{
	return role < LW_ARRAY_SIZE(role_words) ? role_words[role] : "invalid";
}
