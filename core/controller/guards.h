/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guards.h - the last word on a plan.  A guard may only hold or cut: it never
 * launches or removes what the policy did not ask for.
 */
#ifndef CORE_CONTROLLER_GUARDS_H
#define CORE_CONTROLLER_GUARDS_H

#include "core/controller/instances.h"
#include "core/model/plan.h"

/* The table must be as it was when the plan's snapshot was built.  A plan that
 * is held (plan->held) wishes nothing, and nothing may be written to the world,
 * not even what is left of earlier rounds. */
void rt_guards_apply(const struct rt_observation *, const struct rt_instances *,
		     struct rt_plan *);

#endif
