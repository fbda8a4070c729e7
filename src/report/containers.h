/*
 * containers: what the gate told of each overlay (LW_MSG_CONTAINER), by device number. Owned by
 * report; bounded: at LW_CONTAINERS_MAX the one touched longest ago makes room.
 */
#ifndef LW_REPORT_CONTAINERS_H
#define LW_REPORT_CONTAINERS_H

#include "base/json.h"
#include "layerwatch/messages.h"

#define LW_CONTAINERS_MAX 4096
#define LW_FACTS_WAIT_US 500000 /* a finding waits so long for its container's facts */

struct lw_containers;

int lw_containers_new(struct lw_containers **out);
struct lw_containers *lw_containers_free(struct lw_containers *c); /* always NULL */

/* Takes what the gate says: strings are ended, counts are cut to their bounds. 0 or -ENOMEM. */
int lw_containers_update(
	struct lw_containers *c, const struct lw_msg_container *m, uint64_t now_us);
/* NULL when the facts are not known. Valid until the next update. */
const struct lw_container_facts *lw_containers_facts(
	struct lw_containers *c, uint32_t dev_major, uint32_t dev_minor);
/*
 * Is it worth waiting for facts? For LW_FACTS_WAIT_US after the overlay was first heard of (from
 * the gate or from this question). Afterwards it has none: an overlay of no engine.
 */
bool lw_containers_worth_waiting(
	struct lw_containers *c, uint32_t dev_major, uint32_t dev_minor, uint64_t now_us);
size_t lw_containers_count(const struct lw_containers *c);

/* Calls fn for each overlay that is not gone, in no order. */
typedef void (*lw_container_fn)(void *arg, const struct lw_msg_container *m);
void lw_containers_each(const struct lw_containers *c, lw_container_fn fn, void *arg);
/* One line of the answer to "containers" (layerwatch/control.h), without its newline. */
void lw_container_line(struct lw_json *j, const struct lw_msg_container *m);

#endif
