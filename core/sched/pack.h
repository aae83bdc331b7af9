/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - Ray 2.60's resource demand scheduler
 * (ray/autoscaler/v2/scheduler.py, ResourceDemandScheduler.schedule): from a
 * snapshot to launches, terminations and what is infeasible.  Same snapshot,
 * same plan, to the tie.  docs/parity.md states the rules.
 */
#ifndef CORE_SCHED_PACK_H
#define CORE_SCHED_PACK_H

#include <raytide/plan.h>

/* Edits the plan, whose arena serves as scratch memory too. */
enum rt_status rt_pack_run(const struct rt_snapshot *, struct rt_plan *,
			   struct rt_error *err);

#endif
