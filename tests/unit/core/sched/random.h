/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - random snapshots: groups that tie, nodes in all states, tasks with
 * selectors, gangs of all strategies, a constraint, maxima that bind, pods that
 * are resized.  Of size 1 they are small, of size n there is up to n times as
 * much.  The same seed gives the same snapshot.
 */
#ifndef TESTS_UNIT_CORE_SCHED_RANDOM_H
#define TESTS_UNIT_CORE_SCHED_RANDOM_H

#include "core/base/arena.h"
#include "core/base/names.h"

struct rt_snapshot *random_snapshot(uint64_t seed, uint32_t size,
				    struct rt_names *, struct rt_arena *);

#endif
