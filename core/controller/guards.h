/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guards.h - the last word on a plan.  A guard may only hold or cut: it never
 * launches or removes what the policy did not ask for.
 */
#ifndef CORE_CONTROLLER_GUARDS_H
#define CORE_CONTROLLER_GUARDS_H

#include "core/model/observation.h"
#include "core/model/plan.h"

/* Without the head's pod and its Ray node the picture is not whole: half an
 * answer, or a head that is being replaced.  Nothing is done then, not even
 * what is left of earlier rounds. */
bool rt_guards_hold(const struct rt_snapshot *);

void rt_guards_apply(const struct rt_observation *, struct rt_plan *);

#endif
