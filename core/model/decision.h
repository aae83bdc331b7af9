/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision.h - a sealed plan: what the round has decided, for people, records
 * and the instance table.  Nothing edits it.
 */
#ifndef CORE_MODEL_DECISION_H
#define CORE_MODEL_DECISION_H

#include <raytide/plan.h>

#include "core/base/arena.h"

struct rt_decision {
	const struct rt_snapshot *snapshot;
	bool held; /* the last note says why; nothing may be written */
	const int64_t *launch;           /* for each group */
	const struct rt_why *launch_why; /* for each group that launches */
	const int64_t *cancelled;        /* for each group */
	uint32_t removals_len;
	const struct rt_removal *removals; /* in byte order of instance_id */
	uint32_t resizes_len;
	const struct rt_resizing *resizes;
	const int64_t *infeasible_tasks;
	const bool *infeasible_gangs;
	const bool *infeasible_constraints;
	const struct rt_times *unneeded; /* for each group */
	double upscaling_speed;
	uint32_t notes_len;
	const struct rt_note *notes;
	/* Totals after the decision, by name id; totals_len = names.len. */
	uint32_t totals_len;
	const double *totals;
};

/* The plan must not be edited afterwards. */
struct rt_decision *rt_decision_seal(const struct rt_plan *, struct rt_arena *);

/* How many nodes of the group there are to be: those that are there or on their
 * way, without those that end, and with those that are launched. */
int64_t rt_decision_target(const struct rt_decision *, uint32_t group);

/* Of two on the same snapshot: do they launch or end anything else? */
bool rt_decision_differs(const struct rt_decision *,
			 const struct rt_decision *);

#endif
