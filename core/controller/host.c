/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - each verb looks whether the stage may, then edits the plan.
 */
#include "core/controller/host.h"

#include "core/base/arena.h"
#include "core/base/cron.h"
#include "core/controller/what_if.h"
#include "core/model/plan.h"
#include "core/sched/pack.h"

static bool may(struct rt_plan *plan, bool yes, const char *misuse)
{
	if (!yes && !plan->misuse)
		plan->misuse = misuse;
	return yes;
}

static bool shapes(struct rt_plan *plan)
{
	return may(plan, !(plan->flags & (RT_PACKS | RT_TRIMS)),
		   "a stage that packs or trims may not shape what is seen");
}

static bool packs(struct rt_plan *plan)
{
	return may(plan, plan->flags & RT_PACKS,
		   "a stage without RT_PACKS may not say how many nodes there "
		   "will be");
}

static bool moves(struct rt_plan *plan)
{
	return may(plan, plan->flags & (RT_PACKS | RT_REPACKS),
		   "a stage without RT_PACKS may not say how many nodes there "
		   "will be");
}

static bool has_group(struct rt_plan *plan, uint32_t group, int64_t count)
{
	return may(
		plan, group < plan->snapshot->groups_len && count >= 0,
		"it speaks of a group that is not there, or of a count below "
		"0");
}

static bool has_node(struct rt_plan *plan, uint32_t node)
{
	return may(plan, node < plan->snapshot->nodes_len,
		   "it speaks of a node that is not there");
}

static void host_launch(struct rt_plan *plan, uint32_t group, int64_t count,
			struct rt_why why)
{
	if (moves(plan) && has_group(plan, group, count))
		rt_plan_launch(plan, group, count, why);
}

static void host_remove(struct rt_plan *plan, struct rt_removal removal,
			struct rt_why why)
{
	if (moves(plan) && has_node(plan, removal.node))
		rt_plan_remove(plan, removal, why);
}

static void host_infeasible_task(struct rt_plan *plan, uint32_t i,
				 int64_t count, struct rt_why why)
{
	if (packs(plan) && may(plan, i < plan->snapshot->demand.tasks_len,
			       "it speaks of a task that is not there"))
		rt_plan_infeasible_task(plan, i, count, why);
}

static void host_pace(struct rt_plan *plan, double speed)
{
	if (may(plan, speed > 0, "it asks for a pace of 0"))
		rt_plan_pace(plan, speed);
}

static enum rt_status host_pack(const struct rt_snapshot *snapshot,
				struct rt_plan *plan, struct rt_error *err)
{
	return packs(plan) ? rt_pack_run(snapshot, plan, err) : RT_OK;
}

static void host_stay(struct rt_plan *plan, uint32_t node, struct rt_why why)
{
	if (has_node(plan, node))
		rt_plan_stay(plan, node, why);
}

static void host_floor(struct rt_plan *plan, uint32_t group, int64_t nodes,
		       struct rt_why why)
{
	if (shapes(plan) && has_group(plan, group, nodes))
		rt_plan_floor(plan, group, nodes, why);
}

static void host_spare(struct rt_plan *plan, struct rt_request request,
		       struct rt_why why)
{
	if (shapes(plan) &&
	    may(plan, request.count >= 0, "it asks for less than no room"))
		rt_plan_spare(plan, request, why);
}

static void host_defer(struct rt_plan *plan, uint32_t task, int64_t count,
		       struct rt_why why)
{
	if (shapes(plan) &&
	    may(plan, task < plan->snapshot->demand.tasks_len && count >= 0,
		"it speaks of a task that is not there"))
		rt_plan_defer(plan, task, count, why);
}

static void host_prefer(struct rt_plan *plan, uint32_t group, int64_t rank,
			struct rt_why why)
{
	if (shapes(plan) && has_group(plan, group, 0))
		rt_plan_prefer(plan, group, rank, why);
}

static void host_tell(struct rt_plan *plan, uint32_t group, struct rt_why why)
{
	if (has_group(plan, group, 0))
		rt_plan_note(plan, group, UINT32_MAX, RT_NONE, why);
}

static void host_keep(struct rt_plan *plan, uint32_t node, struct rt_why why)
{
	if (may(plan, plan->flags & (RT_TRIMS | RT_REPACKS),
		"a stage without RT_TRIMS may not take removals back") &&
	    has_node(plan, node))
		rt_plan_keep(plan, node, why);
}

const struct rt_host rt_host_of_stages = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_host),
	.alloc = rt_arena_alloc,
	.launch = host_launch,
	.remove = host_remove,
	.infeasible_task = host_infeasible_task,
	.pace = host_pace,
	.pack = host_pack,
	.until = rt_plan_until,
	.stay = host_stay,
	.floor = host_floor,
	.spare = host_spare,
	.prefer = host_prefer,
	.keep = host_keep,
	.is_open = rt_window_is_open,
	.mend = rt_plan_mend,
	.defer = host_defer,
	.tell = host_tell,
	.what_if = rt_what_if_run,
};
