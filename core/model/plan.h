/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - the verbs that edit a plan (raytide/plan.h says what they mean).
 */
#ifndef CORE_MODEL_PLAN_H
#define CORE_MODEL_PLAN_H

#include <raytide/plan.h>

#include "core/base/arena.h"

/* An empty plan for this snapshot; lives in the arena. */
struct rt_plan *rt_plan_new(struct rt_arena *, const struct rt_snapshot *);

/* From now on the edits are this stage's; `flags` as in struct rt_policy_ops.
 */
void rt_plan_enter(struct rt_plan *, const char *stage, uint32_t flags);
/* Reasons for what stays as it is are wanted too. */
void rt_plan_explain(struct rt_plan *);

/* What is not changed yet is shared with the snapshot that was given. */
void rt_plan_floor(struct rt_plan *, uint32_t group, int64_t nodes,
		   struct rt_why);
void rt_plan_spare(struct rt_plan *, struct rt_request, struct rt_why);
void rt_plan_prefer(struct rt_plan *, uint32_t group, int64_t rank,
		    struct rt_why);
void rt_plan_defer(struct rt_plan *, uint32_t task, int64_t count,
		   struct rt_why);
void rt_plan_price(struct rt_plan *, uint32_t group, double price);

void rt_plan_launch(struct rt_plan *, uint32_t group, int64_t count,
		    struct rt_why);
void rt_plan_remove(struct rt_plan *, struct rt_removal, struct rt_why);
void rt_plan_cancel(struct rt_plan *, uint32_t group, int64_t count,
		    struct rt_why);
void rt_plan_resize(struct rt_plan *, struct rt_resizing, struct rt_why);
void rt_plan_infeasible_task(struct rt_plan *, uint32_t i, int64_t count,
			     struct rt_why);
void rt_plan_infeasible_gang(struct rt_plan *, uint32_t i, struct rt_why);
void rt_plan_infeasible_constraint(struct rt_plan *, uint32_t i, struct rt_why);
void rt_plan_unneeded(struct rt_plan *, uint32_t group, struct rt_times);
void rt_plan_stay(struct rt_plan *, uint32_t node, struct rt_why);
void rt_plan_pace(struct rt_plan *, double speed);
void rt_plan_mend(struct rt_plan *);
void rt_plan_until(struct rt_plan *, int64_t until_ms);

/* For guards: they may only cut.  The new count is at most the old one;
 * `keep` takes node's removal back. */
void rt_plan_cut(struct rt_plan *, uint32_t group, int64_t count,
		 struct rt_why);
void rt_plan_keep(struct rt_plan *, uint32_t node, struct rt_why);

/* Takes all wishes back: the round may write nothing to the world. */
void rt_plan_hold(struct rt_plan *, struct rt_why);

/* Adds a line of explanation that changes nothing. */
void rt_plan_note(struct rt_plan *, uint32_t group, uint32_t node,
		  int64_t count, struct rt_why);

#endif
