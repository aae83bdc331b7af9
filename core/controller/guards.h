/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guards.h - the last word on a plan.  A guard may only hold or cut: it never
 * launches or removes what the policy did not ask for.
 */
#ifndef CORE_CONTROLLER_GUARDS_H
#define CORE_CONTROLLER_GUARDS_H

#include "core/model/observation.h"
#include "core/model/plan.h"

void rt_guards_apply(const struct rt_observation *, struct rt_plan *);

#endif
