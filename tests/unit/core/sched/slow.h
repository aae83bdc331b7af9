/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow.h - Ray's scheduler a second time, written to be right at a glance and
 * not to be fast: counts are expanded, nodes are copied whole, every request is
 * tried on every node again and again.  It shares the snapshot and the plan
 * with core/sched, and nothing else; core/sched/README.md has the rules.
 */
#ifndef TESTS_UNIT_CORE_SCHED_SLOW_H
#define TESTS_UNIT_CORE_SCHED_SLOW_H

#include <raytide/plan.h>

/* The plan's reasons are not filled in.  For small snapshots without amounts
 * that could overflow. */
void slow_pack(const struct rt_snapshot *, struct rt_plan *);

#endif
