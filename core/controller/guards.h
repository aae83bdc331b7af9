/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guards.h - the last word on a plan.  A guard may only hold or cut: it never
 * launches or removes what the policy did not ask for.
 */
#ifndef CORE_CONTROLLER_GUARDS_H
#define CORE_CONTROLLER_GUARDS_H

#include <raytide/kit.h>
#include <raytide/param.h>

#include "core/controller/instances.h"
#include "core/model/plan.h"

/* What `guards` of a policy file may set; 0 is off. */
struct rt_guard_conf {
	int64_t max_launch_per_minute;
	int64_t max_removal_per_minute;
	double scale_down_stabilization_s;
	double max_hourly_cost;
	double max_surge;
	struct rt_list freeze; /* of struct rt_freeze */
};

enum rt_frozen {
	RT_FROZEN_BOTH,
	RT_FROZEN_LAUNCH,
	RT_FROZEN_REMOVE,
};

struct rt_freeze {
	struct rt_window window;
	int what; /* enum rt_frozen */
};

extern const struct rt_param rt_guard_params[];

/* What they remember. */
struct rt_guard_state {
	int64_t second;     /* the last with removals */
	uint32_t ended[60]; /* in each of the seconds up to it, mod 60 */
};

struct rt_guard_group_state {
	struct rt_most wanted; /* nodes */
};

struct rt_round;

struct rt_guard {
	const char *name, *help;
	void (*apply)(const struct rt_round *);
};

/* In the order in which they are applied; ends with a name of NULL. */
extern const struct rt_guard rt_guards[];

struct rt_recall;
struct rt_layout;

/* The table must be as it was when the plan's snapshot was built; the guards'
 * own memory begins at the layout.  A plan that is held (plan->held) wishes
 * nothing, and nothing may be written to the world, not even what is left of
 * earlier rounds. */
void rt_guards_apply(const struct rt_guard_conf *,
		     const struct rt_observation *, const struct rt_instances *,
		     const struct rt_recall *, struct rt_layout,
		     struct rt_plan *);

#endif
