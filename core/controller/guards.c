/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guards.c - one function per guard; the list at the end is their order.
 */
#include "core/controller/guards.h"

bool rt_guards_hold(const struct rt_snapshot *s)
{
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (s->nodes[i].is_head && s->nodes[i].known)
			return false;
	return true;
}

static void guard_stale(const struct rt_observation *obs, struct rt_plan *plan)
{
	const struct rt_snapshot *s = plan->snapshot;

	(void)obs;
	if (!rt_guards_hold(s))
		return;
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (plan->launch[g])
			rt_plan_cut(plan, g, 0, RT_WHY(GUARD_STALE));
	while (plan->removals_len)
		rt_plan_keep(plan, plan->removals[0].node, RT_WHY(GUARD_STALE));
}

/* No group beyond its maximum, and never a second head.  A node has its place
 * in the replicas until its deletion is asked for: also while it drains, when
 * policies count it no more. */
static void guard_limits(const struct rt_observation *obs, struct rt_plan *plan)
{
	const struct rt_snapshot *s = plan->snapshot;
	int64_t *there = RT_ARENA_ARRAY(plan->arena, int64_t, s->groups_len);

	(void)obs;
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (s->nodes[i].group != RT_NO_GROUP &&
		    s->nodes[i].status != RT_NODE_TERMINATING)
			there[s->nodes[i].group]++;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		int64_t max = s->groups[g].is_head ? 0 : s->groups[g].max_nodes;
		int64_t room = max > there[g] ? max - there[g] : 0;
		if (plan->launch[g] > room)
			rt_plan_cut(plan, g, room,
				    RT_WHY(GUARD_LIMIT, .n = plan->launch[g],
					   .limit = room));
	}
}

/* The operator empties a suspended group by itself.  Where a replica has
 * several hosts it would take them all with the one that is named, busy ones
 * too. */
static void guard_groups(const struct rt_observation *obs, struct rt_plan *plan)
{
	const struct rt_snapshot *s = plan->snapshot;

	for (uint32_t i = 0; i < plan->removals_len;) {
		uint32_t at = plan->removals[i].node;
		uint32_t g = s->nodes[at].group;
		if (g != RT_NO_GROUP && (obs->cluster.specs[g].suspend ||
					 s->groups[g].num_of_hosts > 1))
			rt_plan_keep(plan, at, RT_WHY(GUARD_GROUP));
		else
			i++;
	}
}

/* No node with work goes for being idle, and the head never goes. */
static void guard_busy(const struct rt_observation *obs, struct rt_plan *plan)
{
	const struct rt_snapshot *s = plan->snapshot;

	(void)obs;
	for (uint32_t i = 0; i < plan->removals_len;) {
		const struct rt_removal *removal = &plan->removals[i];
		const struct rt_node *node = &s->nodes[removal->node];
		bool busy = removal->cause == RT_CAUSE_IDLE && node->known &&
			    node->idle_ms <= 0;
		if (busy || node->is_head)
			rt_plan_keep(plan, removal->node, RT_WHY(GUARD_BUSY));
		else
			i++;
	}
}

typedef void guard_fn(const struct rt_observation *, struct rt_plan *);
static guard_fn *const guards[] = { guard_stale, guard_limits, guard_groups,
				    guard_busy };

void rt_guards_apply(const struct rt_observation *obs, struct rt_plan *plan)
{
	rt_plan_enter(plan, "guards");
	for (size_t i = 0; i < sizeof guards / sizeof *guards; i++)
		guards[i](obs, plan);
}
