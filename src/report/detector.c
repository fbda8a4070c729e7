#include "base/util.h"
#include "report/detector.h"

#define BIT(v) (1u << (v))
#define ANY ~0u

#define K_PROGRAM (BIT(LW_KIND_BINARY) | BIT(LW_KIND_LIBRARY))
#define K_FILE (K_PROGRAM | BIT(LW_KIND_SCRIPT))
#define K_CODE (BIT(LW_KIND_SCRIPT) | BIT(LW_KIND_INLINE) | BIT(LW_KIND_STDIN))
#define L_IMAGE (BIT(LW_LAYER_IMAGE) | BIT(LW_LAYER_TOUCHED))
#define L_MODIFIED BIT(LW_LAYER_MODIFIED)
/* What did not come with the image; a layer that could not be told is never treated as image. */
#define L_ADDED                                                                                    \
	(BIT(LW_LAYER_ADDED) | BIT(LW_LAYER_VOLUME) | BIT(LW_LAYER_TMPFS) |                        \
		BIT(LW_LAYER_UNKNOWN) | BIT(LW_LAYER_MEMFD))
#define V_BAD BIT(LW_VERDICT_MALICIOUS)

#define EXECUTES_BINARY                                                                            \
	.tactic = "EXECUTION", .techniques = {"NATIVE_API"}, .more_tactic = "COMMAND_AND_CONTROL", \
	.more_techniques = {"INGRESS_TOOL_TRANSFER"}
#define LOADS_LIBRARY                                                                              \
	.tactic = "EXECUTION", .techniques = {"SHARED_MODULES"},                                   \
	.more_tactic = "COMMAND_AND_CONTROL", .more_techniques = {"INGRESS_TOOL_TRANSFER"}

#define STEPS_MALICIOUS                                                                            \
	"Isolate the container and keep its writable layer for forensics. Compare the file's "     \
	"SHA-256 with VirusTotal, find out from the parent processes how it came into the "        \
	"container, and redeploy from a clean image."
#define STEPS_SCRIPT                                                                               \
	"Read the captured script (processes[0].script.contents). Isolate the container, find "    \
	"out from the parent processes who started it, and redeploy from a clean image."
#define STEPS_LIBRARY                                                                              \
	"Find out which program loaded the library and how it came into the container. When it "   \
	"is unknown to you, isolate the container and redeploy from a clean image."
#define STEPS_HEALTH "Look at `layerwatch status`, `layerwatch containers` and the daemon's log."

/* A row of what the policy can report: the masks say which objects it takes; the first that fits
 * names the finding. */
struct rule {
	uint32_t layers, kinds, verdicts, languages;
	struct lw_detector d;
};

static const struct rule executions[] = {
	{BIT(LW_LAYER_MEMFD), K_FILE, ANY, ANY,
		{.category = "Execution: Fileless Execution in /memfd:",
			.module = "FILELESS_EXECUTION_DETECTION_MEMFD",
			.severity = "HIGH",
			.finding_class = "THREAT",
			.tactic = "DEFENSE_EVASION",
			.techniques = {"REFLECTIVE_CODE_LOADING"},
			.next_steps = "A program was executed from memory, without a file. Isolate "
				      "the container and look at the parent processes: few "
				      "programs do this for a good reason."}},
	{ANY, K_CODE, V_BAD, BIT(LW_LANGUAGE_PYTHON),
		{.category = "Execution: Malicious Python executed",
			.module = "MALICIOUS_PYTHON_EXECUTED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			.tactic = "EXECUTION",
			.techniques = {"PYTHON", "COMMAND_AND_SCRIPTING_INTERPRETER"},
			.more_tactic = "COMMAND_AND_CONTROL",
			.more_techniques = {"INGRESS_TOOL_TRANSFER"},
			.next_steps = STEPS_SCRIPT}},
	{ANY, K_CODE, V_BAD, ANY,
		{.category = "Malicious Script Executed",
			.module = "MALICIOUS_SCRIPT_EXECUTED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			.tactic = "EXECUTION",
			.techniques = {"UNIX_SHELL", "COMMAND_AND_SCRIPTING_INTERPRETER"},
			.more_tactic = "COMMAND_AND_CONTROL",
			.more_techniques = {"INGRESS_TOOL_TRANSFER"},
			.next_steps = STEPS_SCRIPT}},
	{L_IMAGE, K_PROGRAM, V_BAD, ANY,
		{.category = "Execution: Built in Malicious Binary Executed",
			.module = "BUILT_IN_MALICIOUS_BINARY_EXECUTED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			EXECUTES_BINARY,
			.next_steps = "The image itself holds the malicious file. Stop every "
				      "container of this image, find out who built it, and rebuild "
				      "it from sources that you trust."}},
	{L_MODIFIED, BIT(LW_KIND_LIBRARY), V_BAD, ANY,
		{.category = "Execution: Modified Malicious Library Loaded",
			.module = "MODIFIED_MALICIOUS_LIBRARY_LOADED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			LOADS_LIBRARY,
			.next_steps = STEPS_LIBRARY}},
	{L_ADDED, BIT(LW_KIND_LIBRARY), V_BAD, ANY,
		{.category = "Execution: Added Malicious Library Loaded",
			.module = "ADDED_MALICIOUS_LIBRARY_LOADED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			LOADS_LIBRARY,
			.next_steps = STEPS_LIBRARY}},
	{L_MODIFIED, K_PROGRAM, V_BAD, ANY,
		{.category = "Execution: Modified Malicious Binary Executed",
			.module = "MODIFIED_MALICIOUS_BINARY_EXECUTED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			EXECUTES_BINARY,
			.next_steps = STEPS_MALICIOUS}},
	{L_ADDED, K_PROGRAM, V_BAD, ANY,
		{.category = "Execution: Added Malicious Binary Executed",
			.module = "ADDED_MALICIOUS_BINARY_EXECUTED",
			.severity = "CRITICAL",
			.finding_class = "THREAT",
			EXECUTES_BINARY,
			.next_steps = STEPS_MALICIOUS}},
	{L_ADDED | L_MODIFIED, BIT(LW_KIND_LIBRARY), ANY, ANY,
		{.category = "Added Library Loaded",
			.module = "ADDED_LIBRARY_LOADED",
			.severity = "LOW",
			.finding_class = "THREAT",
			LOADS_LIBRARY,
			.next_steps = STEPS_LIBRARY}},
	{L_ADDED | L_MODIFIED, K_FILE, ANY, ANY,
		{.category = "Added Binary Executed",
			.module = "ADDED_BINARY_EXECUTED",
			.severity = "LOW",
			.finding_class = "THREAT",
			EXECUTES_BINARY,
			.next_steps = "The file did not come with the image as it is. If this is "
				      "an installer or updater that you know, make an exception "
				      "for it; else find out from the parent processes how it came "
				      "into the container."}},
	/* A rule of the administrator's own met something that no detector of the field has a name
	   for. */
	{ANY, ANY, ANY, ANY,
		{.category = "Execution: Policy Rule Matched",
			.module = "POLICY_RULE_MATCHED",
			.severity = "MEDIUM",
			.finding_class = "THREAT",
			.tactic = "EXECUTION",
			.techniques = {"COMMAND_AND_SCRIPTING_INTERPRETER"},
			.next_steps = "A rule of your own policy asked for this report: "
				      "sourceProperties.Policy_Rule names it."}},
};

#define HEALTH(name, id, level, steps)                                                             \
	{                                                                                          \
		.category = "Health: " name, .module = id, .severity = level,                      \
		.finding_class = "SCC_ERROR", .next_steps = steps                                  \
	}

static const struct lw_detector healths[LW_HEALTH_COUNT] = {
	[LW_HEALTH_GATE_RESTARTED] = HEALTH("Gate Restarted", "GATE_RESTARTED", "HIGH",
		"Executions between the two gates were allowed unseen. " STEPS_HEALTH),
	[LW_HEALTH_PAUSED] = HEALTH("Watching Paused", "WATCHING_PAUSED", "HIGH",
		"An operator asked for this; everything is allowed until it ends. `layerwatch "
		"resume` ends it now."),
	[LW_HEALTH_RESUMED] = HEALTH("Watching Resumed", "WATCHING_RESUMED", "LOW",
		"Executions during the pause were allowed unseen."),
	[LW_HEALTH_CONFIG_REJECTED] =
		HEALTH("Configuration Rejected", "CONFIGURATION_REJECTED", "MEDIUM",
			"The old policy stays in force. Run `layerwatchd --check-config` and "
			"reload."),
	[LW_HEALTH_UNMARKED] = HEALTH("Container Not Watched", "CONTAINER_NOT_WATCHED", "MEDIUM",
		"`layerwatch containers` shows every container that is not watched, and why."),
	[LW_HEALTH_HELPER_LOOP] = HEALTH("Helper Restarts", "HELPER_RESTARTS", "MEDIUM",
		"Content may be judged late or not at all while a helper keeps "
		"dying. " STEPS_HEALTH),
	[LW_HEALTH_RULES] = HEALTH("Detection Rules Left Out", "DETECTION_RULES_LEFT_OUT", "MEDIUM",
		"`layerwatch rules check` with the paths of content.rules says which rules, and "
		"why."),
	[LW_HEALTH_DROPPED] = HEALTH("Observations Dropped", "OBSERVATIONS_DROPPED", "MEDIUM",
		"More was observed than could be reported. " STEPS_HEALTH),
};

static const struct lw_detector held_back = {
	.category = "Health: Findings Held Back",
	.module = "FINDINGS_HELD_BACK",
	.severity = "LOW",
	.finding_class = "SCC_ERROR",
	.next_steps = "One container raised more alerts than noise.alerts_per_minute. An "
		      "exception, or a higher bound, tells you more.",
};

const struct lw_detector *
lw_detector_for(const struct lw_object *o, enum lw_language language)
{
	size_t i = 0;

	for (; i < LW_ARRAY_SIZE(executions) - 1; i++) {
		const struct rule *r = &executions[i];

		if ((r->layers & BIT(o->layer)) && (r->kinds & BIT(o->kind)) &&
			(r->verdicts & BIT(o->assessment.verdict)) &&
			(r->languages & BIT(language)))
			break;
	}
	return &executions[i].d;
}

const struct lw_detector *
lw_detector_for_health(enum lw_health what)
{
	return what < LW_HEALTH_COUNT && healths[what].category ? &healths[what] : NULL;
}

const struct lw_detector *
lw_detector_held_back(void)
{
	return &held_back;
}

const struct lw_detector *
lw_detector_at(unsigned i)
{
	unsigned n = 0;

	if (i < LW_ARRAY_SIZE(executions))
		return &executions[i].d;
	i -= LW_ARRAY_SIZE(executions);
	for (unsigned h = 0; h < LW_HEALTH_COUNT; h++) {
		if (healths[h].category && n++ == i)
			return &healths[h];
	}
	return i == n ? &held_back : NULL;
}
