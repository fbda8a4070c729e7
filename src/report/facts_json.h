/*
 * facts_json: container facts as the objects that a finding shows: containers[], kubernetes,
 * resource. Pure.
 */
#ifndef LW_REPORT_FACTS_JSON_H
#define LW_REPORT_FACTS_JSON_H

#include "base/json.h"
#include "layerwatch/facts.h"

/* One Container object under key (NULL = no key): name, uri, imageId, labels, createTime. Nothing
 * known: an empty object. */
void lw_facts_container(struct lw_json *j, const char *key, const struct lw_container_facts *f);
/* "kubernetes": pods and nodes; nothing when the container is in no pod. */
void lw_facts_kubernetes(struct lw_json *j, const struct lw_container_facts *f, const char *node);

#endif
