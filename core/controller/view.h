/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - the snapshot: what policies may see of the instance table and the
 * observation.  Node i of the snapshot is instance i of the table.
 */
#ifndef CORE_CONTROLLER_VIEW_H
#define CORE_CONTROLLER_VIEW_H

#include "core/base/names.h"
#include "core/controller/instances.h"

/* What Ray's scheduler carries from round to round, by group name. */
struct rt_carried {
	uint32_t len;
	struct {
		char *group;
		struct rt_times times;
	} * at;
};

struct rt_snapshot *rt_snapshot_build(const struct rt_instances *,
				      const struct rt_observation *,
				      const struct rt_carried *,
				      const struct rt_backoff *,
				      const struct rt_controller_settings *,
				      struct rt_names *, struct rt_arena *);

/* Keeps the decision's times for the next round. */
void rt_carried_keep(struct rt_carried *, const struct rt_decision *);
void rt_carried_free(struct rt_carried *);

#endif
