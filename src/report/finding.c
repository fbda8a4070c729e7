#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "report/account.h"
#include "report/facts_json.h"

#define PRODUCT "layerwatch"
#define MITRE_VERSION "15"
#define DESCRIPTION_MAX 8192
#define NAME_PART 128 /* of a project, location or host in a resource name */

/* Letters, digits, ".", "-" and "_" only: a part of a resource name. */
static void
name_part(char out[NAME_PART], const char *s, const char *otherwise)
{
	size_t n = 0;

	for (size_t i = 0; s && s[i] && n < NAME_PART - 1; i++) {
		unsigned char c = s[i];
		bool fine = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';

		out[n++] = fine ? c : '_';
	}
	out[n] = '\0';
	if (n == 0)
		lw_copy_string(out, NAME_PART, otherwise);
}

/* 32 hex digits of the hash of what makes the event what it is. */
static void
finding_id(char out[33], const char *what)
{
	uint8_t sha256[LW_SHA256_SIZE] = {0};

	lw_sha256_of(what, strlen(what), sha256);
	lw_hex(out, sha256, 16);
}

static void
write_names(struct lw_json *j, const struct lw_finding_context *c, const char *id)
{
	char project[NAME_PART], location[NAME_PART], host[NAME_PART], name[4 * NAME_PART];

	name_part(host, c->host, "localhost");
	name_part(project, c->settings->resource.project, host);
	name_part(location, c->settings->resource.location, "global");
	snprintf(name, sizeof(name), "projects/%s/sources/" PRODUCT "/locations/%s/findings/%s",
		project, location, id);
	lw_json_pair_string(j, "name", name);
	snprintf(name, sizeof(name), "projects/%s/sources/" PRODUCT "/locations/%s", project,
		location);
	lw_json_pair_string(j, "parent", name);
}

/* //HOST/containers/ID, or what is known instead. */
static void
resource_name(char *out, size_t size, const char *host, const struct lw_container_facts *f,
	const char *overlay)
{
	char part[NAME_PART], id[NAME_PART];

	name_part(part, host, "localhost");
	name_part(id, f ? f->id : NULL, "");
	if (id[0])
		snprintf(out, size, "//%s/containers/%s", part, id);
	else if (overlay && overlay[0])
		snprintf(out, size, "//%s/overlays/%s", part, overlay);
	else
		snprintf(out, size, "//%s", part);
}

static void
write_class(struct lw_json *j, const struct lw_detector *d)
{
	lw_json_pair_string(j, "state", "ACTIVE");
	lw_json_pair_string(j, "category", d->category);
	lw_json_pair_string(j, "moduleName", d->module);
	lw_json_pair_string(j, "severity", d->severity);
	lw_json_pair_string(j, "findingClass", d->finding_class);
	lw_json_pair_string(j, "parentDisplayName", PRODUCT);
}

static void
write_list(struct lw_json *j, const char *key, const char *const *items, size_t count)
{
	lw_json_key(j, key);
	lw_json_array(j);
	for (size_t i = 0; i < count && items[i]; i++)
		lw_json_string(j, items[i]);
	lw_json_array_end(j);
}

static void
write_mitre(struct lw_json *j, const struct lw_detector *d)
{
	if (!d->tactic)
		return;
	lw_json_key(j, "mitreAttack");
	lw_json_object(j);
	lw_json_pair_string(j, "primaryTactic", d->tactic);
	if (d->techniques[0])
		write_list(j, "primaryTechniques", d->techniques, LW_TECHNIQUES_MAX);
	if (d->more_tactic)
		write_list(j, "additionalTactics", &d->more_tactic, 1);
	if (d->more_techniques[0])
		write_list(j, "additionalTechniques", d->more_techniques, LW_TECHNIQUES_MAX);
	lw_json_pair_string(j, "version", MITRE_VERSION);
	lw_json_object_end(j);
}

/* The YARA rules among the reasons. */
static void
write_indicator(struct lw_json *j, const struct lw_assessment *v)
{
	const size_t prefix = strlen(LW_REASON_YARA);
	unsigned found = 0;

	for (unsigned i = 0; i < v->reason_count; i++) {
		if (strncmp(v->reasons[i], LW_REASON_YARA, prefix) != 0)
			continue;
		if (found++ == 0) {
			lw_json_key(j, "indicator");
			lw_json_object(j);
			lw_json_key(j, "signatures");
			lw_json_array(j);
		}
		lw_json_object(j);
		lw_json_key(j, "yaraRuleSignature");
		lw_json_object(j);
		lw_json_pair_string(j, "yaraRule", &v->reasons[i][prefix]);
		lw_json_object_end(j);
		lw_json_pair_string(j, "signatureType", "SIGNATURE_TYPE_FILE");
		lw_json_object_end(j);
	}
	if (found > 0) {
		lw_json_array_end(j);
		lw_json_object_end(j);
	}
}

static void
write_resource(
	struct lw_json *j, const struct lw_finding_context *c, const char *name, const char *shown)
{
	const char *project = c->settings->resource.project;

	lw_json_key(j, "resource");
	lw_json_object(j);
	lw_json_pair_string(j, "name", name);
	lw_json_pair_string(j, "displayName",
		c->settings->resource.display_name ? c->settings->resource.display_name : shown);
	lw_json_pair_string(j, "type",
		strstr(name, "/containers/") || strstr(name, "/overlays/") ? "container" : "host");
	lw_json_pair_string(j, "service", PRODUCT);
	lw_json_pair_string(j, "location", c->settings->resource.location);
	if (project && project[0]) {
		lw_json_key(j, "gcpMetadata");
		lw_json_object(j);
		lw_json_pair_string(j, "project", project);
		lw_json_pair_string(j, "projectDisplayName", project);
		lw_json_object_end(j);
	}
	lw_json_object_end(j);
}

static void
write_description(struct lw_json *j, const struct lw_account *a)
{
	_cleanup_text_ struct lw_text description = {0};

	lw_text_init(&description, DESCRIPTION_MAX);
	lw_account_describe(a, &description);
	lw_json_pair_string(j, "description", description.data);
}

static void
write_container(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_container_facts *f = a->finding->container;

	if (!f)
		return;
	lw_json_key(j, "containers");
	lw_json_array(j);
	lw_facts_container(j, NULL, f);
	lw_json_array_end(j);
	lw_facts_kubernetes(j, f, a->context->host);
}

static void
write_identity(struct lw_json *j, const struct lw_account *a)
{
	const struct lw_observation *s = a->seen;
	char what[512], id[33];

	snprintf(what, sizeof(what), "%.255s|%lld|%llu|%u|%u%s%s", a->context->host,
		(long long)s->time_us, (unsigned long long)s->sequence, s->execution.tid,
		a->finding->object, s->hit.present ? "|" : "", s->hit.present ? s->hit.id : "");
	finding_id(id, what);
	write_names(j, a->context, id);
}

static void
write_finding(struct lw_json *j, struct lw_account *a, const char *resource)
{
	lw_json_key(j, "finding");
	lw_json_object(j);
	write_identity(j, a);
	lw_json_pair_string(j, "resourceName", resource);
	write_class(j, a->finding->detector);
	lw_json_pair_time(j, "eventTime", a->seen->time_us);
	lw_json_pair_time(j, "createTime", a->context->now_us);
	write_description(j, a);
	lw_json_pair_string(j, "nextSteps", a->finding->detector->next_steps);
	write_mitre(j, a->finding->detector);
	write_indicator(j, &a->object->assessment);
	lw_account_virustotal(j, "externalUri", &a->object->assessment);
	lw_account_connections(j, a);
	lw_account_processes(j, a);
	write_container(j, a);
	lw_account_files(j, a);
	lw_account_properties(j, a);
	lw_json_object_end(j);
}

static void
account_init(struct lw_account *a, const struct lw_finding_context *c, const struct lw_finding *f,
	bool brief)
{
	*a = (struct lw_account){
		.context = c,
		.finding = f,
		.seen = &f->evidence->seen,
		.object = &f->evidence->seen.objects[f->object],
		.brief = brief,
	};
	lw_text_init(&a->args, (size_t)LW_ARENA_MAX * LW_REDACT_GROWTH + 64);
	lw_text_init(&a->env, (size_t)LW_ARENA_MAX * LW_REDACT_GROWTH + 64);
	lw_text_init(&a->contents, f->evidence->capture_length * LW_REDACT_GROWTH + 64);
	lw_text_init(&a->decoded, LW_LAYER_TEXT * LW_REDACT_GROWTH + 64);
}

static void
account_done(struct lw_account *a)
{
	lw_text_done(&a->args);
	lw_text_done(&a->env);
	lw_text_done(&a->contents);
	lw_text_done(&a->decoded);
}

/* Redacts what several parts of the finding show. */
static void
account_redact(struct lw_account *a)
{
	struct lw_redactor *r = a->context->redactor;
	const struct lw_evidence *e = a->finding->evidence;

	lw_redactor_begin(r);
	if (lw_evidence_capture_owner(e) == (int)a->finding->object) {
		a->has_contents = true;
		a->captured = (struct lw_bytes){e->capture, e->capture_length};
	}
	if (a->brief)
		return;
	a->redacted |=
		lw_redact_arguments(r, lw_evidence_slice(e, a->seen->execution.args), &a->args);
	a->redacted |=
		lw_redact_environment(r, lw_evidence_slice(e, a->seen->execution.env), &a->env);
	a->redacted |= lw_redact_text(r, a->captured, &a->contents);
	a->redacted |= lw_redact_text(r,
		(struct lw_bytes){(const char *)a->object->assessment.decoded.text,
			a->object->assessment.decoded.length},
		&a->decoded);
}

static int
write_line(const struct lw_finding_context *c, const struct lw_finding *f, bool brief,
	struct lw_text *out)
{
	_cleanup_(account_done) struct lw_account a;
	char overlay[32] = "", resource[3 * NAME_PART];
	const struct lw_container_facts *facts = f->container;
	struct lw_json j;

	account_init(&a, c, f, brief);
	account_redact(&a);
	if (a.seen->dev_major || a.seen->dev_minor)
		snprintf(overlay, sizeof(overlay), "%u:%u", a.seen->dev_major, a.seen->dev_minor);
	resource_name(resource, sizeof(resource), c->host, facts, overlay);
	lw_json_init(&j, out);
	lw_json_object(&j);
	write_finding(&j, &a, resource);
	write_resource(&j, c, resource,
		facts && facts->name[0] ? facts->name
		: facts			? facts->id
					: NULL);
	lw_json_object_end(&j);
	lw_text_adds(out, "\n");
	return out->failed || a.args.failed || a.env.failed || a.contents.failed ? -EMSGSIZE : 0;
}

int
lw_finding_write(
	const struct lw_finding_context *c, const struct lw_finding *f, struct lw_text *out)
{
	_cleanup_text_ struct lw_text line = {0};
	int r;

	lw_text_init(&line, LW_FINDING_MAX);
	r = write_line(c, f, false, &line);
	if (r != 0) {
		lw_text_done(&line);
		lw_text_init(&line, LW_FINDING_MAX);
		r = write_line(c, f, true, &line);
	}
	if (r == 0)
		lw_text_add(out, line.data, line.length);
	return r == 0 && out->failed ? -EMSGSIZE : r;
}

static void
write_health_properties(
	struct lw_json *j, const struct lw_finding_context *c, const struct lw_health_finding *f)
{
	lw_json_key(j, "sourceProperties");
	lw_json_object(j);
	lw_json_pair_string(j, "VM_Instance_Name", c->host);
	lw_json_pair_string(j, "Gap", f->detail);
	lw_json_pair_string(j, "Overlay", f->overlay);
	if (f->container) {
		lw_json_pair_string(j, "Container_Id", f->container->id);
		lw_json_pair_string(j, "Container_Name", f->container->name);
		lw_json_pair_string(j, "Container_Image_Uri", f->container->image);
	}
	if (f->count)
		lw_json_pair_i64(j, "Count", f->count);
	if (f->repeats)
		lw_json_pair_i64(j, "Repeat_Count", f->repeats);
	lw_json_object_end(j);
}

static void
write_health(struct lw_json *j, const struct lw_finding_context *c,
	const struct lw_health_finding *f, const char *resource)
{
	_cleanup_text_ struct lw_text description = {0};
	char what[512], id[33];

	snprintf(what, sizeof(what), "%.200s|%lld|%s|%.200s", c->host, (long long)f->time_us,
		f->detector->module, f->detail);
	finding_id(id, what);
	lw_text_init(&description, DESCRIPTION_MAX);
	lw_text_addf(&description, "%s: ", f->detector->category);
	lw_text_add_visible(&description, f->detail, strlen(f->detail));
	lw_json_key(j, "finding");
	lw_json_object(j);
	write_names(j, c, id);
	lw_json_pair_string(j, "resourceName", resource);
	write_class(j, f->detector);
	lw_json_pair_time(j, "eventTime", f->time_us);
	lw_json_pair_time(j, "createTime", c->now_us);
	lw_json_pair_string(j, "description", description.data);
	lw_json_pair_string(j, "nextSteps", f->detector->next_steps);
	write_health_properties(j, c, f);
	lw_json_object_end(j);
}

int
lw_finding_write_health(
	const struct lw_finding_context *c, const struct lw_health_finding *f, struct lw_text *out)
{
	char resource[3 * NAME_PART];
	struct lw_json j;

	resource_name(resource, sizeof(resource), c->host, f->container, f->overlay);
	lw_json_init(&j, out);
	lw_json_object(&j);
	write_health(&j, c, f, resource);
	write_resource(&j, c, resource,
		f->container && f->container->name[0] ? f->container->name : c->host);
	lw_json_object_end(&j);
	lw_text_adds(out, "\n");
	return out->failed ? -EMSGSIZE : 0;
}
