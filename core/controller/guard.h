/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h - what guards work on, and those that bound numbers of nodes.
 */
#ifndef CORE_CONTROLLER_GUARD_H
#define CORE_CONTROLLER_GUARD_H

#include "core/controller/guards.h"
#include "core/controller/memory.h"

struct rt_round {
	const struct rt_guard_conf *conf;
	const struct rt_observation *obs;
	const struct rt_instances *table; /* node i is instance i */
	struct rt_plan *plan;
	struct rt_guard_state *state;
	char *groups; /* a struct rt_guard_group_state each, `step` apart */
	size_t step;
};

void rt_guard_cluster(const struct rt_round *);
void rt_guard_minima(const struct rt_round *);
void rt_guard_freeze(const struct rt_round *);
void rt_guard_surge(const struct rt_round *);
void rt_guard_launch_rate(const struct rt_round *);
void rt_guard_cost(const struct rt_round *);
void rt_guard_stable(const struct rt_round *);
void rt_guard_removal_rate(const struct rt_round *);

/* What is ended in this round after all, for the rate of the next ones. */
void rt_guard_note_removals(const struct rt_round *);

#endif
